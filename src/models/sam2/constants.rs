//! What a pack of this family says beside its graphs.

use std::fmt::Display;

use serde::Deserialize;

use super::parts::{Layout, Parts};

/// The constants of `model.json`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Constants {
    /// The pointer of a frame in which the object is not seen.
    pub no_object_pointer: Vec<f32>,
    /// Fewest points for which the best of three masks is taken.
    pub multimask_min_points: usize,
    /// Most points for which the best of three masks is taken.
    pub multimask_max_points: usize,
    /// Whether that holds for propagated frames too.
    pub multimask_for_tracking: bool,
    /// Whether an unstable single mask gives way to the best of three.
    pub stability: bool,
    /// Distance from zero of the two thresholds that are compared, in logits.
    pub stability_delta: f32,
    /// Least share of the larger area that the smaller one must have.
    pub stability_threshold: f32,
    /// Memories attended to, one prompted frame's included: rows of the temporal table.
    pub memories: usize,
    /// Most prompted frames attended to; -1 for all.
    pub max_conditioning: i64,
    /// Most object pointers attended to.
    pub max_pointers: usize,
    /// Factor of the mask that is remembered.
    pub mask_scale: f32,
    /// Offset of the mask that is remembered.
    pub mask_bias: f32,
    /// How the reference keeps its memories.
    pub memory_precision: Precision,
    /// Which graphs there are.
    #[serde(default)]
    pub layout: Layout,
    /// What those graphs leave out; native ones leave nothing out.
    #[serde(default)]
    pub parts: Option<Parts>,
}

/// A floating-point format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Precision {
    /// 32 bits.
    F32,
    /// bfloat16.
    Bf16,
}

/// Constants that cannot be worked with.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub(super) enum ConstantsError {
    /// The pointer of no object has too few or too many numbers, or one that is not finite; how many.
    #[error("no_object_pointer of {0} numbers, expected 1 to 4096 finite ones")]
    Pointer(usize),
    /// One of them is out of range.
    #[error("{name} {found}, expected {expected}")]
    Range {
        /// Which.
        name: &'static str,
        /// What it is.
        found: String,
        /// What it may be.
        expected: String,
    },
    /// There are parts and no use for them.
    #[error("parts, expected none with graphs that take none")]
    Parts,
    /// The graphs cannot do without parts.
    #[error("no parts, expected those that the graphs leave out")]
    NoParts,
}

/// An error where the constant called `name` is not `sound`.
fn within(
    sound: bool,
    name: &'static str,
    found: impl Display,
    expected: impl Display,
) -> Result<(), ConstantsError> {
    if sound {
        return Ok(());
    }
    Err(ConstantsError::Range { name, found: found.to_string(), expected: expected.to_string() })
}

impl Constants {
    /// That they can be worked with.
    ///
    /// # Errors
    /// [`ConstantsError`] with the first that is wrong.
    pub fn check(&self) -> Result<(), ConstantsError> {
        let length = self.no_object_pointer.len();
        if !(1..=4096).contains(&length) || self.no_object_pointer.iter().any(|v| !v.is_finite()) {
            return Err(ConstantsError::Pointer(length));
        }
        let (fewest, most) = (self.multimask_min_points, self.multimask_max_points);
        within(fewest <= most, "multimask_min_points", fewest, format_args!("at most {most}"))?;
        let (delta, threshold) = (self.stability_delta, self.stability_threshold);
        within((0.0..=100.0).contains(&delta), "stability_delta", delta, "0 to 100")?;
        within((0.0..=1.0).contains(&threshold), "stability_threshold", threshold, "0 to 1")?;
        within((1..=64).contains(&self.memories), "memories", self.memories, "1 to 64")?;
        let prompted = self.max_conditioning;
        let sound = (-1..=4096).contains(&prompted) && prompted != 0;
        within(sound, "max_conditioning", prompted, "-1 or 1 to 4096")?;
        let pointers = self.max_pointers;
        within((2..=1024).contains(&pointers), "max_pointers", pointers, "2 to 1024")?;
        match (self.layout, &self.parts) {
            (Layout::Native | Layout::Still, Some(_)) => return Err(ConstantsError::Parts),
            (Layout::Ailia | Layout::Cpp, None) => return Err(ConstantsError::NoParts),
            _ => {}
        }
        for (name, value) in [("mask_scale", self.mask_scale), ("mask_bias", self.mask_bias)] {
            within((-1000.0..=1000.0).contains(&value), name, value, "-1000 to 1000")?;
        }
        Ok(())
    }
}

#[cfg(test)]
impl Constants {
    /// Those of SAM 2.1 with a pointer of `length` numbers.
    pub fn of_pointer(length: usize) -> Self {
        Self {
            no_object_pointer: vec![0.0; length],
            multimask_min_points: 0,
            multimask_max_points: 1,
            multimask_for_tracking: true,
            stability: true,
            stability_delta: 0.05,
            stability_threshold: 0.98,
            memories: 7,
            max_conditioning: -1,
            max_pointers: 16,
            mask_scale: 20.0,
            mask_bias: -10.0,
            memory_precision: Precision::F32,
            layout: Layout::Native,
            parts: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_out_of_range_are_named() {
        let good = || Constants::of_pointer(4);
        assert_eq!(good().check(), Ok(()));
        let bad = [
            (Constants { no_object_pointer: vec![], ..good() }, "no_object_pointer of 0 numbers"),
            (Constants { no_object_pointer: vec![f32::NAN], ..good() }, "no_object_pointer"),
            (Constants { multimask_min_points: 2, ..good() }, "multimask_min_points 2, expected at most 1"),
            (Constants { stability_delta: f32::NAN, ..good() }, "stability_delta NaN"),
            (Constants { stability_threshold: 1.5, ..good() }, "stability_threshold 1.5"),
            (Constants { memories: 0, ..good() }, "memories 0, expected 1 to 64"),
            (Constants { max_conditioning: 0, ..good() }, "max_conditioning 0"),
            (Constants { max_pointers: 1, ..good() }, "max_pointers 1, expected 2 to 1024"),
            (Constants { mask_scale: f32::INFINITY, ..good() }, "mask_scale inf"),
            (Constants { layout: Layout::Ailia, ..good() }, "no parts, expected"),
        ];
        for (constants, said) in bad {
            let reason = constants.check().expect_err(said).to_string();
            assert!(reason.contains(said), "{reason}, expected {said}");
        }
    }
}

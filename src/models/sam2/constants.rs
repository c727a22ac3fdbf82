//! What a pack of this family says beside its graphs.

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

impl Constants {
    /// That they can be worked with.
    pub fn check(&self) -> Result<(), String> {
        let length = self.no_object_pointer.len();
        if !(1..=4096).contains(&length) || self.no_object_pointer.iter().any(|v| !v.is_finite()) {
            return Err(format!("no_object_pointer of {length} numbers, expected 1 to 4096 finite ones"));
        }
        let (fewest, most) = (self.multimask_min_points, self.multimask_max_points);
        if fewest > most {
            return Err(format!("multimask_min_points {fewest}, expected at most {most}"));
        }
        if !(0.0..=100.0).contains(&self.stability_delta) {
            return Err(format!("stability_delta {}, expected 0 to 100", self.stability_delta));
        }
        if !(0.0..=1.0).contains(&self.stability_threshold) {
            return Err(format!("stability_threshold {}, expected 0 to 1", self.stability_threshold));
        }
        if !(1..=64).contains(&self.memories) {
            return Err(format!("memories {}, expected 1 to 64", self.memories));
        }
        if !(-1..=4096).contains(&self.max_conditioning) || self.max_conditioning == 0 {
            return Err(format!("max_conditioning {}, expected -1 or 1 to 4096", self.max_conditioning));
        }
        if !(2..=1024).contains(&self.max_pointers) {
            return Err(format!("max_pointers {}, expected 2 to 1024", self.max_pointers));
        }
        match (self.layout, &self.parts) {
            (Layout::Native | Layout::Still, Some(_)) => {
                return Err("parts, expected none with graphs that take none".to_owned());
            }
            (Layout::Ailia | Layout::Cpp, None) => {
                return Err("no parts, expected those that the graphs leave out".to_owned());
            }
            _ => {}
        }
        for (name, value) in [("mask_scale", self.mask_scale), ("mask_bias", self.mask_bias)] {
            if !(-1000.0..=1000.0).contains(&value) {
                return Err(format!("{name} {value}, expected -1000 to 1000"));
            }
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
            let reason = constants.check().expect_err(said);
            assert!(reason.contains(said), "{reason}, expected {said}");
        }
    }
}

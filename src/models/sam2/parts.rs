//! What public exports leave out of their graphs: small tables and sums that the reference code does
//! between them. They stand in a pack's constants as "parts", and are done here on the processor.

use serde::Deserialize;

/// Which graphs a pack has, and how they work together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Layout {
    /// The five graphs that `models/export` writes.
    #[default]
    Native,
    /// The six graphs of the ailia export, see [`super::ailia`].
    Ailia,
    /// The four graphs of the sam2-onnx-cpp export, see [`super::cpp`].
    #[serde(rename = "sam2-onnx-cpp")]
    Cpp,
    /// The two graphs for stills, see [`super::still`].
    Still,
}

impl Layout {
    /// What a user has to know of a pack of this layout, if its tracks are not what the reference
    /// gives; a sentence that goes on after the pack's name.
    pub fn remark(self) -> Option<&'static str> {
        match self {
            Self::Native | Self::Ailia => None,
            Self::Cpp => Some(
                "was exported by sam2-onnx-cpp: one click is tracked as in the reference; frames with a \
                 box, with several clicks or with a mask, and frames tracked from them, differ slightly \
                 from the reference, and the confidence is the mask's stability",
            ),
            Self::Still => {
                Some("was exported for stills: it finds the object in prompted frames and cannot propagate")
            }
        }
    }
}

/// Side of the cells that a mask prompt is made smaller by.
pub(super) const CELL: usize = 4;

/// The parts. C is the channels of a memory, P the length of a pointer.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Parts {
    /// What is added to the features of a frame that remembers nothing: P numbers.
    pub no_memory: Vec<f32>,
    /// The temporal table: C numbers for each memory, the last row for a prompted frame.
    pub temporal: Vec<f32>,
    /// The convolution of a mask prompt: 4 x 4 weights and an offset.
    pub mask_downsample: Vec<f32>,
    /// What is added to each token of a memory without the object: C numbers; SAM 2.1 has it.
    #[serde(default)]
    pub occluded: Vec<f32>,
    /// Whether the memory encoder has added [`Self::occluded`] whatever is seen.
    #[serde(default)]
    pub always_occluded: bool,
    /// From the sine encoding of a pointer's distance to C numbers: C x P weights, then C offsets;
    /// SAM 2.1 has it.
    #[serde(default)]
    pub pointer_position: Vec<f32>,
}

/// Parts that do not fit the graphs.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum PartsError {
    /// A list is too short or too long.
    #[error("parts: {name} of {found} numbers, expected {expected}")]
    Length {
        /// Which.
        name: &'static str,
        /// How many numbers it has.
        found: usize,
        /// How many it should have.
        expected: usize,
    },
    /// A list holds numbers that cannot be worked with: which.
    #[error("parts: {0} holds numbers that are not finite")]
    NotFinite(&'static str),
    /// What the memory encoder has added is not given.
    #[error("parts: always_occluded without occluded, expected both")]
    Occluded,
    /// A pointer cannot be cut into tokens.
    #[error("a pointer has {pointer} numbers, expected a multiple of {channels} channels")]
    Pointer {
        /// Numbers of a pointer.
        pointer: usize,
        /// Channels of a memory.
        channels: usize,
    },
}

impl Parts {
    /// That they are of the sizes that the graphs need.
    ///
    /// # Errors
    /// [`PartsError`] with the first that is not.
    pub fn check(&self, channels: usize, pointer: usize, memories: usize) -> Result<(), PartsError> {
        let lists = [
            ("no_memory", &self.no_memory, pointer, false),
            ("temporal", &self.temporal, memories * channels, false),
            ("mask_downsample", &self.mask_downsample, CELL * CELL + 1, false),
            ("occluded", &self.occluded, channels, true),
            ("pointer_position", &self.pointer_position, channels * (pointer + 1), true),
        ];
        for (name, list, expected, optional) in lists {
            if !(optional && list.is_empty()) && list.len() != expected {
                return Err(PartsError::Length { name, found: list.len(), expected });
            }
            if list.iter().any(|v| !v.is_finite()) {
                return Err(PartsError::NotFinite(name));
            }
        }
        if self.always_occluded && self.occluded.is_empty() {
            return Err(PartsError::Occluded);
        }
        if channels == 0 || !pointer.is_multiple_of(channels) || !pointer.is_multiple_of(2) {
            return Err(PartsError::Pointer { pointer, channels });
        }
        Ok(())
    }

    /// A mask of `side` x `side`, 0 or 1, as the decoder's mask input.
    pub fn downsample(&self, mask: &[f32], side: usize) -> Vec<f32> {
        let small = side / CELL;
        let (weights, offset) = self.mask_downsample.split_at(CELL * CELL);
        let cell = |x: usize, y: usize| {
            let rows = weights.chunks_exact(CELL).enumerate();
            let dot = |(dy, row): (usize, &[f32])| {
                let start = (CELL * y + dy) * side + CELL * x;
                row.iter().zip(&mask[start..start + CELL]).map(|(w, v)| w * v).sum::<f32>()
            };
            rows.map(dot).sum::<f32>() + offset.first().copied().unwrap_or_default()
        };
        (0..small * small).map(|i| cell(i % small, i / small)).collect()
    }

    /// The encoding of each memory: `position`, T x C numbers, and the row of the temporal table.
    pub fn memory_positions(&self, position: &[f32], channels: usize, rows: &[i64]) -> Vec<f32> {
        let mut out = Vec::with_capacity(position.len() * rows.len());
        for &row in rows {
            let start = usize::try_from(row).unwrap_or(0) * channels;
            let table = self.temporal.get(start..start + channels).unwrap_or_default();
            let tokens = position.chunks_exact(channels);
            out.extend(tokens.flat_map(|token| token.iter().zip(table).map(|(a, b)| a + b)));
        }
        out
    }

    /// The encoding of each pointer's distance, once for each of the tokens that a pointer of `pointer`
    /// numbers is cut into.
    pub fn pointer_positions(&self, distances: &[f32], channels: usize, pointer: usize) -> Vec<f32> {
        let tokens = pointer / channels;
        if self.pointer_position.is_empty() {
            return vec![0.0; distances.len() * tokens * channels];
        }
        let (weights, offsets) = self.pointer_position.split_at(channels * pointer);
        let mut out = Vec::with_capacity(distances.len() * tokens * channels);
        for &distance in distances {
            let wave = sine(distance, pointer);
            let dot = |row: &[f32]| row.iter().zip(&wave).map(|(w, v)| w * v).sum::<f32>();
            let place: Vec<f32> =
                weights.chunks_exact(pointer).zip(offsets).map(|(row, offset)| dot(row) + offset).collect();
            (0..tokens).for_each(|_| out.extend_from_slice(&place));
        }
        out
    }
}

/// The sine encoding of a position in `length` numbers: sines, then cosines, of wavelengths that grow
/// to 10000.
fn sine(position: f32, length: usize) -> Vec<f32> {
    let half = length / 2;
    let angle = |i: usize| position / 10_000_f32.powf(2.0 * (i / 2) as f32 / half as f32);
    let sines = (0..half).map(|i| angle(i).sin());
    sines.chain((0..half).map(|i| angle(i).cos())).collect()
}

/// A matrix of `rows` x `columns` turned over its diagonal.
pub(super) fn turned(matrix: &[f32], rows: usize, columns: usize) -> Vec<f32> {
    let mut out = vec![0.0; rows * columns];
    // In squares that stay in the cache.
    const SQUARE: usize = 32;
    for top in (0..rows).step_by(SQUARE) {
        for left in (0..columns).step_by(SQUARE) {
            for row in top..rows.min(top + SQUARE) {
                for column in left..columns.min(left + SQUARE) {
                    out[column * rows + row] = matrix[row * columns + column];
                }
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts() -> Parts {
        Parts {
            no_memory: vec![0.0; 4],
            temporal: vec![1.0, 2.0, 3.0, 4.0],
            mask_downsample: (0..17).map(|i| i as f32).collect(),
            occluded: Vec::new(),
            always_occluded: false,
            pointer_position: Vec::new(),
        }
    }

    #[test]
    fn lists_of_other_lengths_are_named() {
        assert_eq!(parts().check(2, 4, 2), Ok(()));
        let few = parts().check(2, 4, 3).expect_err("too few").to_string();
        assert_eq!(few, "parts: temporal of 4 numbers, expected 6");
        let bad = Parts { no_memory: vec![f32::NAN; 4], ..parts() };
        assert!(bad.check(2, 4, 2).expect_err("no number").to_string().contains("no_memory"));
        let some = Parts { pointer_position: vec![0.0; 9], ..parts() };
        assert!(some.check(2, 4, 2).expect_err("one too few").to_string().contains("pointer_position of 9"));
    }

    #[test]
    fn a_mask_is_made_smaller_by_cells() {
        let mut mask = vec![0.0; 64];
        mask[8 + 1] = 1.0;
        mask[4 * 8 + 7] = 1.0;
        // The offset alone, but for the weights at row 1, column 1 and at row 0, column 3.
        assert_eq!(parts().downsample(&mask, 8), [16.0 + 5.0, 16.0, 16.0, 16.0 + 3.0]);
    }

    #[test]
    fn positions_are_sums_with_the_table() {
        let found = parts().memory_positions(&[10.0, 20.0, 30.0, 40.0], 2, &[1, 0]);
        assert_eq!(found, [13.0, 24.0, 33.0, 44.0, 11.0, 22.0, 31.0, 42.0]);
        assert_eq!(parts().pointer_positions(&[0.5, 1.0], 2, 4), vec![0.0; 8]);
        let wave =
            Parts { pointer_position: vec![1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 7.0, 8.0], ..parts() };
        let found = wave.pointer_positions(&[0.5], 2, 4);
        assert_eq!(found, [0.5_f32.sin() + 7.0, 0.5_f32.cos() + 8.0].repeat(2));
    }

    #[test]
    fn a_matrix_is_turned() {
        let matrix: Vec<f32> = (0..35 * 40).map(|i| i as f32).collect();
        let other = turned(&matrix, 35, 40);
        assert_eq!((other[35 + 2], other[39 * 35 + 34]), (matrix[2 * 40 + 1], matrix[34 * 40 + 39]));
        assert_eq!(turned(&other, 40, 35), matrix);
    }
}

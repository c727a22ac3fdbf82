//! On which frames the Mask input is a mask prompt.

use serde::{Deserialize, Serialize};

/// Most frames that the Mask input may prompt, or is looked at on to find out whether it does.
pub const MOST_MASK_FRAMES: usize = 20_000;

/// On which frames the Mask input is a mask prompt of the first object.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum MaskKeys {
    /// On none: it is not asked for.
    #[default]
    Nowhere,
    /// On one frame.
    On(i64),
    /// On these frames, in order and each once. An empty mask says that the object is not there.
    Listed(Vec<i64>),
    /// On every frame of the footage on which it is not empty.
    NotEmpty,
}

/// What can be wrong with a list of frames.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FrameListError {
    /// There is none.
    #[error("the list of mask frames is empty, expected frames such as 1, 15, 40-44")]
    Nothing,
    /// A part that is neither a frame nor a range.
    #[error("the list of mask frames has {0:?}, expected frames and ranges such as 1, 15, 40-44")]
    Part(String),
    /// More than are looked at.
    #[error("the list of mask frames names {0} frames, expected at most {MOST_MASK_FRAMES}")]
    TooMany(u64),
}

impl MaskKeys {
    /// The frames of a list such as `1, 15, 40-44`: numbers and ranges between commas or blanks.
    ///
    /// # Errors
    /// [`FrameListError`] for a list that is empty, too long or no list of frames.
    pub fn listed(text: &str) -> Result<Self, FrameListError> {
        let mut ranges = Vec::new();
        for part in text.split([',', ';', ' ', '\t', '\n', '\r']).filter(|part| !part.is_empty()) {
            ranges.push(range(part).ok_or_else(|| FrameListError::Part(part.to_owned()))?);
        }
        let count = |(first, last): &(i64, i64)| first.abs_diff(*last) + 1;
        let total = ranges.iter().map(count).sum::<u64>();
        match usize::try_from(total) {
            Ok(0) => return Err(FrameListError::Nothing),
            Ok(found) if found <= MOST_MASK_FRAMES => {}
            _ => return Err(FrameListError::TooMany(total)),
        }
        let mut frames: Vec<i64> = ranges.into_iter().flat_map(|(first, last)| first..=last).collect();
        frames.sort_unstable();
        frames.dedup();
        Ok(Self::Listed(frames))
    }

    /// Whether it is a prompt on any frame.
    #[must_use]
    pub fn prompts(&self) -> bool {
        *self != Self::Nowhere
    }

    /// The frames that are named, in order: none where the masks themselves say it.
    #[must_use]
    pub fn named(&self) -> &[i64] {
        match self {
            Self::Nowhere | Self::NotEmpty => &[],
            Self::On(frame) => std::slice::from_ref(frame),
            Self::Listed(frames) => frames,
        }
    }

    /// The frames on which it has to be looked at, in order, of footage that has the frames from `first` to `last`.
    pub fn looked_at(&self, (first, last): (i64, i64)) -> Box<dyn Iterator<Item = i64> + '_> {
        match self {
            Self::NotEmpty => Box::new(first..=last),
            _ => Box::new(self.named().iter().copied()),
        }
    }
}

/// A frame, or the first and the last of a range. A minus sign at the start of a number belongs to it.
fn range(part: &str) -> Option<(i64, i64)> {
    let number = |text: &str| text.parse::<i32>().ok().map(i64::from);
    if let Some(frame) = number(part) {
        return Some((frame, frame));
    }
    let dash = part.char_indices().skip(1).find(|(_, c)| *c == '-')?.0;
    let (a, b) = (number(&part[..dash])?, number(&part[dash + 1..])?);
    Some((a.min(b), a.max(b)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_has_frames_and_ranges_in_any_order() {
        let frames = |text: &str| MaskKeys::listed(text).map(|keys| keys.named().to_vec());
        assert_eq!(frames("1, 15, 40-44"), Ok(vec![1, 15, 40, 41, 42, 43, 44]));
        assert_eq!(frames(" 7 3;3-5,-2--1 "), Ok(vec![-2, -1, 3, 4, 5, 7]));
        assert_eq!(frames("12-10"), Ok(vec![10, 11, 12]));
    }

    #[test]
    fn what_is_no_list_is_named() {
        let message = |text: &str| MaskKeys::listed(text).expect_err(text).to_string();
        assert!(message(" , ").contains("is empty"));
        for (text, part) in
            [("1, x", "\"x\""), ("4-", "\"4-\""), ("1-2-3", "\"1-2-3\""), ("3000000000", "3000000000")]
        {
            assert!(message(text).contains(part), "{}", message(text));
        }
        assert!(message("1-20001").contains("names 20001 frames, expected at most 20000"));
        assert!(message("-2147483648-2147483647").contains("4294967296 frames"));
        assert!(MaskKeys::listed("1-20000").is_ok());
    }

    #[test]
    fn frames_are_looked_at_where_they_are_named_or_anywhere() {
        let looked_at = |keys: MaskKeys| keys.looked_at((2, 4)).collect::<Vec<_>>();
        assert_eq!(looked_at(MaskKeys::Nowhere), [0; 0]);
        assert_eq!(looked_at(MaskKeys::On(9)), [9]);
        assert_eq!(looked_at(MaskKeys::NotEmpty), [2, 3, 4]);
    }
}

//! A sequence of several frames: which of them have come.
//!
//! Its frames are counted, never listed: what a host says of its ends may be anything.

use std::collections::BTreeSet;

use crate::ofx::SequenceArgs;

/// Frames of which a host says that it renders them all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sequence {
    /// First and last frame, and the distance of neighbours, where the host says them.
    frames: Option<(i64, i64, i64)>,
    came: BTreeSet<i64>,
}

impl Sequence {
    /// What a host announces; none where that is a single frame, since some hosts make a sequence of each.
    pub fn announced(args: &SequenceArgs) -> Option<Self> {
        let Some((first, last)) = args.range else {
            return Some(Self { frames: None, came: BTreeSet::new() });
        };
        let named = |v: f64| v.abs() < f64::from(i32::MAX);
        let (low, high) = (first.min(last), first.max(last));
        if !(named(low) && named(high) && low < high) {
            return None;
        }
        let step = args.step.abs().round();
        let step = if step >= 1.0 && named(step) { step as i64 } else { 1 };
        Some(Self { frames: Some((low.round() as i64, high.round() as i64, step)), came: BTreeSet::new() })
    }

    /// First and last frame, where the host says them and none between them is left out.
    pub fn all(&self) -> Option<(i64, i64)> {
        self.frames.and_then(|(first, last, step)| (step == 1).then_some((first, last)))
    }

    /// A frame was rendered.
    pub fn add(&mut self, frame: i64) {
        self.came.insert(frame);
    }

    /// A frame that was rendered before is not what it was.
    pub fn remove(&mut self, frame: i64) {
        self.came.remove(&frame);
    }

    /// What came so far is of no use any more.
    pub fn restart(&mut self) {
        self.came.clear();
    }

    /// How many frames came of those `within` a range, and of how many; none where the host says of none that they
    /// come.
    pub fn progress(&self, within: Option<(i64, i64)>) -> Option<(u64, u64)> {
        let (first, last, step) = self.frames?;
        let (low, high) = within.map_or((first, last), |(a, b)| (a.max(first), b.min(last)));
        let up_to = |frame: i64| (frame - first).div_euclid(step);
        let expected = if low > high { 0 } else { up_to(high) - up_to(low - 1) };
        let on = |frame: &&i64| (low..=high).contains(*frame) && (**frame - first).rem_euclid(step) == 0;
        Some((self.came.iter().filter(on).count() as u64, expected.unsigned_abs()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn announced(first: f64, last: f64, step: f64) -> Option<Sequence> {
        Sequence::announced(&SequenceArgs { range: Some((first, last)), step, interactive: false })
    }

    #[test]
    fn frames_are_counted_by_step_and_range() {
        let mut sequence = announced(1.0, 10.0, 3.0).expect("several");
        assert_eq!(sequence.progress(None), Some((0, 4)), "1, 4, 7, 10");
        for frame in [1, 2, 4, 10, 99] {
            sequence.add(frame);
        }
        assert_eq!(sequence.progress(None), Some((3, 4)));
        assert_eq!(sequence.progress(Some((2, 9))), Some((1, 2)));
        assert_eq!(sequence.progress(Some((5, 6))), Some((0, 0)));
        assert_eq!(sequence.progress(Some((i64::MIN + 1, i64::MAX))), Some((3, 4)));
        sequence.remove(4);
        assert_eq!(sequence.progress(None), Some((2, 4)));
        assert_eq!(announced(9.0, 0.0, -1.0).expect("backwards").progress(None), Some((0, 10)));
    }

    #[test]
    fn a_range_that_is_none_is_no_sequence() {
        let none = [
            (5.0, 5.0),
            (f64::NAN, 3.0),
            (0.0, f64::INFINITY),
            (-2_147_483_648.0, 2_147_483_647.0),
            (-1e300, 1e300),
        ];
        for (first, last) in none {
            assert_eq!(announced(first, last, 1.0), None, "{first} {last}");
        }
        let long = announced(0.0, 1e9, f64::NAN).expect("several");
        assert_eq!(long.progress(None), Some((0, 1_000_000_001)));
        let untold = Sequence::announced(&SequenceArgs { range: None, step: 1.0, interactive: false });
        assert_eq!(untold.expect("several, perhaps").progress(None), None);
    }
}

//! Whether frames that count as sure are right.

use airoto::job::SURE;

use crate::states::State;

/// A frame with a lower J is not right: the confidence is the chance that it is not lower.
const RIGHT: f64 = 0.85;

/// How many tracked frames are sure, and how many of those are not right.
#[derive(Debug, Clone, Copy, Default, PartialEq, serde::Serialize)]
pub struct SureFrames {
    /// From this confidence on a frame is sure.
    least_confidence: f32,
    /// Frames that were tracked and have no prompt.
    tracked: usize,
    /// Those of them that are sure.
    sure: usize,
    /// Those of the sure ones with a J below .85.
    below_85: usize,
    /// Their share of the sure ones; none where no frame is sure.
    share_below_85: Option<f64>,
}

impl SureFrames {
    /// Of the frames from `first` on, whose J is in `scores`, in order. None where the node does not tell how they stand.
    pub fn of(first: i64, scores: &[(f64, f64)], states: &[State]) -> Option<Self> {
        let j = |frame: i64| scores.get(usize::try_from(frame - first).ok()?).map(|score| score.0);
        let tracked = states.iter().filter(|s| s.state != "prompted");
        let sure: Vec<f64> = states.iter().filter(|s| s.state == "sure").filter_map(|s| j(s.frame)).collect();
        let below = sure.iter().filter(|j| **j < RIGHT).count();
        (!states.is_empty()).then(|| Self::counted(tracked.count(), sure.len(), below))
    }

    /// Of the frames of all clips together.
    pub fn sum(clips: impl Iterator<Item = Self>) -> Option<Self> {
        clips.reduce(|a, b| Self::counted(a.tracked + b.tracked, a.sure + b.sure, a.below_85 + b.below_85))
    }

    fn counted(tracked: usize, sure: usize, below_85: usize) -> Self {
        let share_below_85 = (sure > 0).then(|| below_85 as f64 / sure as f64);
        Self { least_confidence: SURE, tracked, sure, below_85, share_below_85 }
    }

    /// The heads of its columns.
    pub const HEAD: &str = "   sure  sure <.85";

    /// Its columns in the table.
    pub fn columns(sure: Option<Self>) -> String {
        let Some(Self { sure, below_85, share_below_85, .. }) = sure else {
            return format!("{:>7}  {:>9}", "-", "-");
        };
        let share = share_below_85.map_or(String::new(), |share| format!(" {:.0} %", 100.0 * share));
        format!("{sure:>7}  {:>9}", format!("{below_85}{share}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(frame: i64, state: &'static str) -> State {
        State { frame, state }
    }

    #[test]
    fn frames_that_are_sure_and_wrong_are_counted() {
        let scores = [1.0, 0.9, 0.84, 0.85, 0.2].map(|j| (j, 0.0));
        let of = |kinds: &[&'static str]| {
            let states: Vec<State> = (5..).zip(kinds).map(|(frame, kind)| state(frame, kind)).collect();
            SureFrames::of(5, &scores, &states)
        };
        let one = of(&["prompted", "sure", "sure", "sure", "unsure"]).expect("told");
        assert_eq!((one.tracked, one.sure, one.below_85), (4, 3, 1));
        assert_eq!(one.share_below_85, Some(1.0 / 3.0));
        let none = of(&["prompted", "check", "check", "unsure", "unsure"]).expect("told");
        assert_eq!((none.tracked, none.sure, none.share_below_85), (4, 0, None));
        assert_eq!(of(&[]), None);
        let all = SureFrames::sum([one, none, one].into_iter()).expect("three");
        assert_eq!((all.tracked, all.sure, all.below_85), (12, 6, 2));
        assert_eq!(SureFrames::columns(Some(all)), "      6     2 33 %");
        assert_eq!(SureFrames::columns(None).len(), SureFrames::HEAD.len());
    }
}

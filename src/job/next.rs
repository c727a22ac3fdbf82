//! Which frame is to be corrected next.

use super::answer::FrameState;

/// From this confidence on a frame counts as right: of such frames of made scenes 3 % have an IoU below .85
/// (`models::hybrid`).
pub const SURE: f32 = 0.9;
/// Below this confidence a frame counts as wrong; between the two it is worth a look.
pub const UNSURE: f32 = 0.5;

/// The frame to correct next: of those from `first` on that are tracked, have no prompt and are not sure, the one of
/// the lowest confidence, to a hundredth. Of several, the middle of the longest run of them. None where all are sure.
#[must_use]
pub fn next_frame(first: i64, states: &[FrameState]) -> Option<i64> {
    let hundredths = |s: &FrameState| {
        let confidence = s.confidence.filter(|c| s.tracked && !s.pinned && *c < SURE)?;
        Some((100.0 * confidence.clamp(0.0, 1.0)).round() as u32)
    };
    let lowest = states.iter().filter_map(hundredths).min()?;
    let (mut longest, mut run) = ((0, 0), 0);
    for (i, state) in states.iter().enumerate() {
        run = if hundredths(state) == Some(lowest) { run + 1 } else { 0 };
        if run > longest.1 {
            longest = (i + 1 - run, run);
        }
    }
    Some(first + (longest.0 + (longest.1 - 1) / 2) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn states(confidences: &[f32]) -> Vec<FrameState> {
        let state = |c: &f32| FrameState { tracked: true, pinned: false, confidence: Some(*c) };
        confidences.iter().map(state).collect()
    }

    #[test]
    fn the_least_sure_frame_without_a_prompt_is_next() {
        let mut frames = states(&[0.9, 0.7, 0.2, 0.6, 0.95]);
        assert_eq!(next_frame(10, &frames), Some(12));
        frames[2].pinned = true;
        assert_eq!(next_frame(10, &frames), Some(13));
        frames[3].tracked = false;
        assert_eq!(next_frame(10, &frames), Some(11));
        frames[1].confidence = None;
        assert_eq!(next_frame(10, &frames), None);
        assert_eq!(next_frame(10, &[]), None);
    }

    #[test]
    fn of_equals_the_middle_of_the_longest_run_is_next() {
        let frames = states(&[0.301, 0.95, 0.3, 0.3, 0.299, 0.8, 0.3, 0.3]);
        assert_eq!(next_frame(-4, &frames), Some(-1));
        assert_eq!(next_frame(0, &states(&[0.1, 0.1])), Some(0));
    }
}

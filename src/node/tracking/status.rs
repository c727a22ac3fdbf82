//! What is shown of the frames: a line of text and keys of a parameter.

use std::collections::{BTreeMap, BTreeSet};

use crate::job::{FrameState, SURE, UNSURE, next_frame};
use crate::ofx::{OfxError, ParamSet};
use crate::params::{TRACK_STATE, TRACK_STATUS};

/// What is known of a frame that is or was tracked; the value of its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// It was tracked, and is not since prompts or plate have changed.
    Stale = 0,
    /// It is tracked, and the tracker is sure.
    Tracked = 1,
    /// It is tracked and has prompts.
    Pinned = 2,
    /// It is tracked, and worth a look.
    Check = 3,
    /// It is tracked, and probably wrong.
    Unsure = 4,
}

impl Mark {
    /// That of a key's value; none where it means nothing.
    pub fn of_key(value: i32) -> Option<Self> {
        [Self::Stale, Self::Tracked, Self::Pinned, Self::Check, Self::Unsure]
            .into_iter()
            .find(|mark| *mark as i32 == value)
    }

    /// Of a tracked frame.
    fn of(state: &FrameState) -> Self {
        match state.confidence {
            _ if state.pinned => Self::Pinned,
            Some(confidence) if confidence < UNSURE => Self::Unsure,
            Some(confidence) if confidence < SURE => Self::Check,
            _ => Self::Tracked,
        }
    }
}

/// Frames as they are shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Marks {
    /// What is known of each.
    pub frames: BTreeMap<i64, Mark>,
    /// The frame to correct next.
    pub next: Option<i64>,
}

/// What is shown of the frames from `low` on, which stand as `states` say: whether one `was` tracked once, or is
/// `done` just now.
pub fn marks(
    low: i64,
    states: &[FrameState],
    was: impl Fn(i64) -> bool,
    done: impl Fn(i64) -> bool,
) -> Marks {
    let mark = |(frame, state): (i64, &FrameState)| match state.tracked || done(frame) {
        true => Some((frame, Mark::of(state))),
        false => was(frame).then_some((frame, Mark::Stale)),
    };
    Marks { frames: (low..).zip(states).filter_map(mark).collect(), next: next_frame(low, states) }
}

/// The frames that were tracked once, as the keys of a saved project tell.
pub fn keyed(params: &ParamSet) -> BTreeSet<i64> {
    let named = |time: &f64| time.abs() <= f64::from(i32::MAX);
    params.keys(TRACK_STATE).into_iter().filter(named).map(|t| t.round() as i64).collect()
}

/// Shows `marks`, in the line with `keys`, the frames that have prompts.
///
/// # Errors
/// [`OfxError::Host`] where the host refuses the line. One that has no keys shows none.
pub fn show(params: &ParamSet, marks: &Marks, keys: &[i64]) -> Result<(), OfxError> {
    let keyed_frames = keyed(params);
    for (&frame, &mark) in &marks.frames {
        let (time, value) = (frame as f64, mark as i32);
        if keyed_frames.contains(&frame) && params.int_at(TRACK_STATE, time) == Some(value) {
            continue;
        }
        if let Err(reason) = params.set_int_at(TRACK_STATE, time, value) {
            log::debug!("the host does not set keys of Track state: {reason}");
            break;
        }
    }
    for gone in keyed_frames.iter().filter(|frame| !marks.frames.contains_key(frame)) {
        if let Err(reason) = params.delete_key(TRACK_STATE, *gone as f64) {
            log::debug!("the host does not delete keys of Track state: {reason}");
            break;
        }
    }
    params.set_text(TRACK_STATUS, &line(marks, keys))
}

/// "Tracked 12-48, stale 49-60, keys 12, 40, prompt frame 43 next".
fn line(marks: &Marks, keys: &[i64]) -> String {
    let of =
        |wanted: fn(Mark) -> bool| spans(marks.frames.iter().filter(|(_, m)| wanted(**m)).map(|(f, _)| *f));
    let tracked = of(|m| m != Mark::Stale);
    let stale = of(|m| m == Mark::Stale);
    let mut parts =
        vec![if tracked.is_empty() { "Nothing tracked".to_owned() } else { format!("Tracked {tracked}") }];
    if !stale.is_empty() {
        parts.push(format!("stale {stale}"));
    }
    if !keys.is_empty() {
        let keys: Vec<String> = keys.iter().map(i64::to_string).collect();
        parts.push(format!("keys {}", keys.join(", ")));
    }
    if let Some(next) = marks.next {
        parts.push(format!("prompt frame {next} next"));
    }
    parts.join(", ")
}

/// Frames in order as spans: "1-4, 7".
fn spans(frames: impl Iterator<Item = i64>) -> String {
    let mut spans: Vec<(i64, i64)> = Vec::new();
    for frame in frames {
        match spans.last_mut() {
            Some((_, last)) if *last + 1 == frame => *last = frame,
            _ => spans.push((frame, frame)),
        }
    }
    let span = |&(first, last): &(i64, i64)| {
        if first == last { first.to_string() } else { format!("{first}-{last}") }
    };
    spans.iter().map(span).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_says_what_is_tracked_stale_and_prompted() {
        let mut frames: BTreeMap<i64, Mark> = (12..=48).map(|f| (f, Mark::Tracked)).collect();
        frames.insert(12, Mark::Pinned);
        frames.insert(13, Mark::Unsure);
        frames.extend((49..=60).map(|f| (f, Mark::Stale)));
        frames.insert(-3, Mark::Tracked);
        let mut marks = Marks { frames, next: None };
        assert_eq!(line(&marks, &[12, 40]), "Tracked -3, 12-48, stale 49-60, keys 12, 40");
        marks.next = Some(43);
        assert!(line(&marks, &[12, 40]).ends_with(", keys 12, 40, prompt frame 43 next"));
        assert_eq!(line(&Marks::default(), &[]), "Nothing tracked");
    }

    #[test]
    fn tracked_frames_are_marked_by_their_confidence() {
        let state = |confidence| FrameState { tracked: true, pinned: false, confidence: Some(confidence) };
        let states = [
            FrameState { pinned: true, ..state(0.1) },
            state(0.9),
            state(0.7),
            state(0.3),
            FrameState::default(),
        ];
        let marks = marks(5, &states, |_| true, |_| false);
        let found: Vec<Mark> = marks.frames.into_values().collect();
        assert_eq!(found, [Mark::Pinned, Mark::Tracked, Mark::Check, Mark::Unsure, Mark::Stale]);
        assert_eq!(marks.next, Some(8));
    }
}

//! What is shown of the frames: a line of text and keys of a parameter.

use std::collections::{BTreeMap, BTreeSet};

use crate::job::FrameState;
use crate::ofx::{OfxError, ParamSet};
use crate::params::{TRACK_STATE, TRACK_STATUS};

/// What is known of a frame that is or was tracked; the value of its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// It was tracked, and is not since prompts or plate have changed.
    Stale = 0,
    /// It is tracked.
    Tracked = 1,
    /// It is tracked and has prompts.
    Pinned = 2,
}

/// Frames as they are shown.
pub type Marks = BTreeMap<i64, Mark>;

/// What is shown of the frames from `low` on, which stand as `states` say: whether one `was` tracked once, or is
/// `done` just now.
pub fn marks(
    low: i64,
    states: &[FrameState],
    was: impl Fn(i64) -> bool,
    done: impl Fn(i64) -> bool,
) -> Marks {
    let mark = |(frame, state): (i64, &FrameState)| match state.tracked || done(frame) {
        true if state.pinned => Some((frame, Mark::Pinned)),
        true => Some((frame, Mark::Tracked)),
        false => was(frame).then_some((frame, Mark::Stale)),
    };
    (low..).zip(states).filter_map(mark).collect()
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
    for (&frame, &mark) in marks {
        let (time, value) = (frame as f64, mark as i32);
        if keyed_frames.contains(&frame) && params.int_at(TRACK_STATE, time) == Some(value) {
            continue;
        }
        if let Err(reason) = params.set_int_at(TRACK_STATE, time, value) {
            log::debug!("the host does not set keys of Track state: {reason}");
            break;
        }
    }
    for gone in keyed_frames.iter().filter(|frame| !marks.contains_key(frame)) {
        if let Err(reason) = params.delete_key(TRACK_STATE, *gone as f64) {
            log::debug!("the host does not delete keys of Track state: {reason}");
            break;
        }
    }
    params.set_text(TRACK_STATUS, &line(marks, keys))
}

/// "Tracked 12-48, stale 49-60, keys 12, 40".
fn line(marks: &Marks, keys: &[i64]) -> String {
    let of = |wanted: fn(Mark) -> bool| spans(marks.iter().filter(|(_, m)| wanted(**m)).map(|(f, _)| *f));
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
        let mut marks: Marks = (12..=48).map(|f| (f, Mark::Tracked)).collect();
        marks.insert(12, Mark::Pinned);
        marks.extend((49..=60).map(|f| (f, Mark::Stale)));
        marks.insert(-3, Mark::Tracked);
        assert_eq!(line(&marks, &[12, 40]), "Tracked -3, 12-48, stale 49-60, keys 12, 40");
        assert_eq!(line(&Marks::new(), &[]), "Nothing tracked");
    }
}

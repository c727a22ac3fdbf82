//! How sure the node is of each frame that it tracked, and which one is to be prompted next: asked as an artist does, by
//! its button and the keys that it sets.

use airoto::host::{Instance, Value};
use airoto::params::{TRACK_NEXT, TRACK_STATE};

/// What the value of a key means.
const MEANINGS: [&str; 5] = ["stale", "sure", "prompted", "check", "unsure"];

/// How a frame stands.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct State {
    /// The frame.
    pub frame: i64,
    /// "prompted"; "sure", "check" or "unsure" where it is tracked; "stale" where it is not.
    pub state: &'static str,
}

/// How the frames from `first` to `last` stand, and the one to prompt next. Nothing where the node does not tell.
pub fn of(instance: &Instance, first: i64, last: i64) -> (Vec<State>, Option<i64>) {
    // The node looks at the frames that a project has as tracked.
    for frame in [first, last] {
        if instance.set_key(TRACK_STATE, frame as f64, 0).is_err() {
            return (Vec::new(), None);
        }
    }
    if instance.push_button(TRACK_NEXT, first as f64).is_err() {
        return (Vec::new(), None);
    }
    let keys = instance.keys(TRACK_STATE).unwrap_or_default();
    let states: Vec<State> = keys.iter().filter_map(state).filter(|s| s.state != "stale").collect();
    // It goes to the next frame where there is one.
    let wanted = states.iter().any(|s| matches!(s.state, "check" | "unsure"));
    (states, wanted.then(|| instance.time().round() as i64))
}

fn state((time, value): &(f64, Value)) -> Option<State> {
    let Value::Int(value) = value else { return None };
    let state = MEANINGS.get(usize::try_from(*value).ok()?)?;
    Some(State { frame: time.round() as i64, state })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_named() {
        let named = |value| state(&(7.0, Value::Int(value))).map(|s| (s.frame, s.state));
        assert_eq!(named(1), Some((7, "sure")));
        assert_eq!(named(4), Some((7, "unsure")));
        assert_eq!((named(5), named(-1)), (None, None));
        assert_eq!(state(&(7.0, Value::Double(1.0))), None);
    }
}

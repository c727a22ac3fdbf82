//! How the frames stand, for those who draw it: what *Track state* has on the timeline, and the frame to prompt next.
//!
//! Nothing is asked for and nothing computed. What was shown last is kept; where the keys are others by now, since an
//! edit was undone or a project opened, they are read.

use std::sync::Arc;

use parking_lot::Mutex;

use super::status::{Mark, Marks};
use crate::ofx::ParamSet;
use crate::params::TRACK_STATE;

/// Keys that are looked at to see whether they are those that are known.
const LOOKED_AT: usize = 64;

/// Frames that follow each other and stand alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MarkedRun {
    /// The first of them.
    pub first: i64,
    /// The last of them.
    pub last: i64,
    /// How they stand.
    pub mark: Mark,
}

/// How the frames stand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Timeline {
    /// Frames that are or were tracked, in order.
    pub runs: Vec<MarkedRun>,
    /// The frame to prompt next, where that is known.
    pub next: Option<i64>,
}

/// How the frames stood when the keys were these.
struct KnownTimeline {
    timeline: Arc<Timeline>,
    keys: KeySample,
}

/// Some of the keys, and how many there are.
#[derive(Debug, Clone, Default, PartialEq)]
struct KeySample {
    count: usize,
    some: Vec<(f64, Option<i32>)>,
}

impl KeySample {
    fn take(params: &ParamSet) -> Self {
        let count = params.key_count(TRACK_STATE);
        let looked_at = count.min(LOOKED_AT);
        let times = (0..looked_at).filter_map(|i| params.key_time(TRACK_STATE, i * count / looked_at));
        Self { count, some: times.map(|time| (time, params.int_at(TRACK_STATE, time))).collect() }
    }
}

impl Timeline {
    /// Of frames in order.
    pub fn new(marks: impl Iterator<Item = (i64, Mark)>, next: Option<i64>) -> Self {
        let mut runs: Vec<MarkedRun> = Vec::new();
        for (frame, mark) in marks {
            match runs.last_mut() {
                Some(run) if run.last + 1 == frame && run.mark == mark => run.last = frame,
                _ => runs.push(MarkedRun { first: frame, last: frame, mark }),
            }
        }
        Self { runs, next }
    }
}

/// What is known of an instance.
#[derive(Default)]
pub struct TimelineCache(Mutex<Option<KnownTimeline>>);

impl TimelineCache {
    /// How the frames of the instance with these parameters stand, as far as it is known.
    pub fn read(&self, params: &ParamSet) -> Arc<Timeline> {
        let keys = KeySample::take(params);
        let mut known = self.0.lock();
        if let Some(known) = known.as_ref().filter(|known| known.keys == keys) {
            return Arc::clone(&known.timeline);
        }
        let mark = |time: f64| {
            let frame = (time.abs() <= f64::from(i32::MAX)).then_some(time.round() as i64)?;
            Some((frame, Mark::of_key(params.int_at(TRACK_STATE, time)?)?))
        };
        let marks = params.keys(TRACK_STATE).into_iter().filter_map(mark);
        let timeline = Arc::new(Timeline::new(marks, None));
        *known = Some(KnownTimeline { timeline: Arc::clone(&timeline), keys });
        timeline
    }

    /// Keeps what was shown just now.
    pub fn keep(&self, params: &ParamSet, marks: &Marks) {
        let timeline = Timeline::new(marks.frames.iter().map(|(frame, mark)| (*frame, *mark)), marks.next);
        *self.0.lock() = Some(KnownTimeline { timeline: Arc::new(timeline), keys: KeySample::take(params) });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_that_stand_alike_are_one_run() {
        let marks = [(3, Mark::Pinned), (4, Mark::Tracked), (5, Mark::Tracked), (7, Mark::Tracked)];
        let run = |first, last, mark| MarkedRun { first, last, mark };
        let runs = Timeline::new(marks.into_iter(), None).runs;
        assert_eq!(runs, [run(3, 3, Mark::Pinned), run(4, 5, Mark::Tracked), run(7, 7, Mark::Tracked)]);
    }
}

//! A button that tracks: which frames, and what there is to tell of it.

use std::collections::BTreeSet;

use super::error::TrackError;
use super::job::{TrackJob, Tracked, rate};
use super::state::TrackingState;
use super::status::{self, marks};
use super::walk::{MOST, TrackMode, Walk};
use crate::node::describe::SOURCE;
use crate::ofx::{Instance, MessageKind};

/// Tracks; gives what there is to tell.
///
/// # Errors
/// [`TrackError`] when nothing can be tracked, or not all of it.
pub fn run(
    instance: &Instance,
    state: &TrackingState,
    mode: TrackMode,
    time: f64,
) -> Result<(MessageKind, String), TrackError> {
    let params = instance.params();
    let source = instance.clip(SOURCE)?;
    let job = TrackJob::new(instance, &params, &source, time)?;
    let mut tracked_once = status::keyed(&params);
    tracked_once.extend(state.tracked_once.lock().iter());
    let now = time.round() as i64;
    if job.endless && !matches!(mode, TrackMode::Step(_)) {
        return Err(job.unbounded());
    }
    let walk = Walk::new(mode, now, job.range, tracked_once.iter().copied());
    let (first, last) = job.range;
    let Some(bounds) = walk.bounds() else {
        return Err(match mode {
            TrackMode::Update => TrackError::NoneTrackedBefore { first, last },
            _ => TrackError::NoFrame { now, first, last },
        });
    };
    if walk.len() > MOST {
        return Err(TrackError::TooManyFrames { first, last, count: walk.len() });
    }
    let (low, high) = surveyed(bounds, &tracked_once, (job.request.first, job.request.last));
    let states = job.states(now, (low, high))?;
    let mut tracked = job.track(state, &walk);
    let now_tracked: BTreeSet<i64> = walk.frames().take(tracked.count).collect();
    tracked_once.extend(&now_tracked);
    state.tracked_once.lock().extend(&tracked_once);
    // How sure the tracker is of what it tracked is known now.
    let after = if tracked.count > 0 { job.states(now, (low, high)).ok() } else { None };
    let after = after.as_ref().filter(|after| after.len() == states.len()).unwrap_or(&states);
    let marks = marks(low, after, |f| tracked_once.contains(&f), |f| now_tracked.contains(&f));
    // What was tracked is there, whatever the host makes of it.
    if let Err(reason) = params.edit("Track", |params| status::show(params, &marks, &job.keys)) {
        log::warn!("{reason}");
    }
    state.timeline.keep(&params, &marks);
    if let Some(reason) = tracked.failed.take() {
        return Err(reason);
    }
    if let (TrackMode::Step(_), Some(at)) = (mode, now_tracked.first()) {
        instance.go_to(*at as f64);
    }
    let before = |f: i64| usize::try_from(f - low).ok().and_then(|i| states.get(i)).copied();
    let kept = now_tracked.iter().filter(|f| before(**f).unwrap_or_default().tracked).count();
    let text = match (mode, now_tracked.len() as u64 == walk.len()) {
        (TrackMode::Update, true) => {
            format!("{} tracked again, {kept} kept", count(now_tracked.len() - kept))
        }
        (_, whole) => summary(&tracked, walk.len(), whole),
    };
    Ok(match tracked.notes.message() {
        Some((kind, notes)) => (kind, format!("{text}\n{notes}")),
        None => (MessageKind::Note, text),
    })
}

/// How many frames were tracked of `all`, and how fast.
fn summary(tracked: &Tracked, all: u64, whole: bool) -> String {
    let rate = rate(tracked.count, tracked.took);
    if whole {
        format!("tracked {}, {rate} a second", count(tracked.count))
    } else {
        format!("stopped after {} of {}, {rate} a second", tracked.count, count(all as usize))
    }
}

/// First and last frame of which is asked how they stand: those that are tracked, and as many of those that were
/// once as can be surveyed with them; of the frames from `first` to `last`.
fn surveyed((from, to): (i64, i64), tracked_once: &BTreeSet<i64>, (first, last): (i64, i64)) -> (i64, i64) {
    let (from, to) = (from.max(first), to.min(last));
    let low = tracked_once.first().map_or(from, |&f| f.min(from)).max(first);
    let high = tracked_once.last().map_or(to, |&f| f.max(to)).min(last);
    let room = MOST as i64 - 1;
    let low = low.max(to - room);
    (low, high.min(low + room))
}

fn count(frames: usize) -> String {
    if frames == 1 { "1 frame".to_owned() } else { format!("{frames} frames") }
}

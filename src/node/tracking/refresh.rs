//! What is shown of the frames after the prompts were edited.

use super::error::TrackError;
use super::job::TrackJob;
use super::state::state;
use super::status::{self, Mark, Marks, marks};
use super::walk::MOST;
use crate::node::describe::SOURCE;
use crate::ofx::{Instance, OfxError, ParamSet};

/// The prompts have been edited: shows which frames are stale now, if any was tracked in this session. To be called
/// within the edit, so that it is one step with it.
pub fn refresh(instance: &Instance, params: &ParamSet, time: f64) {
    let tracked_once = state(instance).tracked_once.lock().clone();
    if let (Some(&first), Some(&last)) = (tracked_once.first(), tracked_once.last())
        && let Err(reason) = show(instance, params, (first, last), time)
    {
        log::debug!("cannot show which frames are tracked: {reason}");
    }
}

/// Shows how the frames stand and goes to the one to correct next; gives what there is to tell of it.
///
/// # Errors
/// [`TrackError`] where nobody knows how they stand.
pub fn go_to_next(instance: &Instance, time: f64) -> Result<String, TrackError> {
    let params = instance.params();
    let mut frames = status::keyed(&params);
    frames.extend(state(instance).tracked_once.lock().iter());
    let (Some(&first), Some(&last)) = (frames.first(), frames.last()) else {
        return Ok("no frame is tracked yet".to_owned());
    };
    let last = last.min(first.saturating_add(MOST as i64 - 1));
    let mut next = None;
    let mut outcome = Ok(());
    params.edit("Go to next", |params| {
        outcome = show(instance, params, (first, last), time).map(|found| next = found);
        Ok::<(), OfxError>(())
    })?;
    outcome?;
    Ok(match next {
        Some(frame) => {
            instance.go_to(frame as f64);
            format!("prompt frame {frame} next")
        }
        None => "every tracked frame is sure or has prompts".to_owned(),
    })
}

/// Shows how the frames from `first` to `last` stand, all of which were tracked or may have been; gives the one to correct
/// next.
fn show(
    instance: &Instance,
    params: &ParamSet,
    (first, last): (i64, i64),
    time: f64,
) -> Result<Option<i64>, TrackError> {
    let source = instance.clip(SOURCE)?;
    let keyed = status::keyed(params);
    let all = state(instance).tracked_once.lock().clone();
    let was = |f: i64| keyed.contains(&f) || all.contains(&f);
    let (marks, keys) = match TrackJob::new(instance, params, &source, time) {
        Ok(job) => {
            let (low, high) = (first.max(job.request.first), last.min(job.request.last));
            let states = job.states(time.round() as i64, (low, high))?;
            (marks(low, &states, was, |_| false), job.keys)
        }
        // Without prompts nothing is tracked.
        Err(_) => {
            let tracked_once = keyed.union(&all).filter(|f| (first..=last).contains(*f));
            (Marks { frames: tracked_once.map(|f| (*f, Mark::Stale)).collect(), next: None }, Vec::new())
        }
    };
    status::show(params, &marks, &keys)?;
    state(instance).timeline.keep(params, &marks);
    Ok(marks.next)
}

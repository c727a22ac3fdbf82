//! What is shown of the frames after the prompts were edited.

use super::error::TrackError;
use super::job::TrackJob;
use super::state::state;
use super::status::{self, Mark, marks};
use crate::node::describe::SOURCE;
use crate::ofx::{Instance, ParamSet};

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

/// Shows how the frames from `first` to `last` stand, all of which were tracked or may have been.
fn show(
    instance: &Instance,
    params: &ParamSet,
    (first, last): (i64, i64),
    time: f64,
) -> Result<(), TrackError> {
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
            (tracked_once.map(|f| (*f, Mark::Stale)).collect(), Vec::new())
        }
    };
    Ok(status::show(params, &marks, &keys)?)
}

//! The buttons of the Tracking group.
//!
//! A button tracks frame after frame through the same engine as renders do, so that what it has tracked is there
//! when it is rendered. What is tracked, stale and prompted is shown in a status line and as keys of a parameter.

mod run;
mod status;
mod walk;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use once_cell::sync::Lazy;
use parking_lot::Mutex;

use super::objects::{self, Editing};
use crate::job::prompts::edit::objects::Span;
use crate::ofx::{Instance, MessageKind, ParamSet, Reply};
use crate::params;

/// Which frames a button tracks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// From the current one to the first.
    Back,
    /// The current one, or so many after it.
    Step(i64),
    /// From the current one to the last.
    On,
    /// To the last, then to the first.
    Both,
    /// Those that were tracked before.
    Update,
}

/// What lasts of an instance between its actions.
#[derive(Default)]
struct TrackingState {
    /// Whether a button tracks.
    running: AtomicBool,
    /// Whether it is to stop.
    stop: AtomicBool,
    /// Frames that were tracked.
    once: Mutex<BTreeSet<i64>>,
}

/// By the address of the instance.
static STATES: Lazy<Mutex<HashMap<usize, Arc<TrackingState>>>> = Lazy::new(Mutex::default);

fn memory(instance: &Instance) -> Arc<TrackingState> {
    Arc::clone(STATES.lock().entry(instance.address()).or_default())
}

/// Forgets an instance that goes.
pub fn forget(instance: &Instance) {
    STATES.lock().remove(&instance.address());
}

/// What a button of this group does; none where `param` is none of them.
pub fn pressed(instance: &Instance, param: &str, time: Option<f64>) -> Option<Reply> {
    let way = match param {
        params::TRACK_BACK => Way::Back,
        params::TRACK_STEP_BACK => Way::Step(-1),
        params::TRACK_STEP_ON => Way::Step(1),
        params::TRACK_ON => Way::On,
        params::TRACK_BOTH => Way::Both,
        params::TRACK_UPDATE => Way::Update,
        params::TRACK_STOP => {
            memory(instance).stop.store(true, Ordering::Relaxed);
            return Some(Reply::Ok);
        }
        params::TRACK_CLEAR => {
            let done = match time {
                Some(at) => {
                    let edit = Editing { instance, params: instance.params(), time };
                    objects::clear(&edit, "Clear prompts from here", Span::After(frame(at)))
                }
                None => Err(NO_TIME.to_owned()),
            };
            match done {
                Ok(()) => instance.clear(MessageKind::Error),
                Err(reason) => instance.show(MessageKind::Error, &reason),
            }
            return Some(Reply::Ok);
        }
        _ => return None,
    };
    let memory = memory(instance);
    if memory.running.swap(true, Ordering::SeqCst) {
        return Some(Reply::Ok);
    }
    memory.stop.store(false, Ordering::Relaxed);
    let done = match time {
        Some(time) => run::run(instance, &memory, way, time),
        None => Err(NO_TIME.to_owned()),
    };
    memory.running.store(false, Ordering::SeqCst);
    match done {
        Ok((kind, said)) => instance.show(kind, &said),
        Err(reason) => instance.show(MessageKind::Error, &reason),
    }
    Some(Reply::Ok)
}

/// The prompts have been edited: shows which frames are stale now, if any was tracked in this session. To be called
/// within the edit, so that it is one step with it.
pub fn refresh(instance: &Instance, params: &ParamSet, time: f64) {
    let memory = memory(instance);
    let once = memory.once.lock().clone();
    if let (Some(&first), Some(&last)) = (once.first(), once.last())
        && let Err(reason) = run::refresh(instance, params, (first, last), time)
    {
        log::debug!("what is tracked cannot be told: {reason}");
    }
}

/// What a button is told in a host that does not say the time.
const NO_TIME: &str = "the host does not say on which frame the button was pressed: render the range instead";

fn frame(time: f64) -> i64 {
    time.round() as i64
}

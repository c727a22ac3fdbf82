//! What lasts of an instance between the buttons that are pressed.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use once_cell::sync::Lazy;
use parking_lot::Mutex;

use super::timeline::{Timeline, TimelineCache};
use crate::ofx::Instance;

/// What lasts of an instance between its actions.
#[derive(Default)]
pub struct TrackingState {
    /// Whether a button tracks.
    pub running: AtomicBool,
    /// Whether it is to stop.
    pub stop: AtomicBool,
    /// Frames that were tracked.
    pub tracked_once: Mutex<BTreeSet<i64>>,
    /// How its frames stood when that was last shown or read.
    pub timeline: TimelineCache,
}

/// By the address of the instance.
static STATES: Lazy<Mutex<HashMap<usize, Arc<TrackingState>>>> = Lazy::new(Mutex::default);

/// What lasts of this instance.
pub fn state(instance: &Instance) -> Arc<TrackingState> {
    Arc::clone(STATES.lock().entry(instance.address()).or_default())
}

/// How the frames of this instance stand, as far as it is known: nothing is asked for.
pub fn timeline(instance: &Instance) -> Arc<Timeline> {
    state(instance).timeline.read(&instance.params())
}

/// Forgets an instance that goes.
pub fn forget(instance: &Instance) {
    STATES.lock().remove(&instance.address());
}

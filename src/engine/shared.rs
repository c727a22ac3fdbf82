//! What all requests share.

use parking_lot::Mutex;

use super::footage::spot_checks::CheckBudget;
use super::footage::{Footages, FrameCache};
use super::lane::{TrackerLanes, TrackerOpener};
use super::plan::Plans;
use super::store::TrackStore;
use super::threads::Threads;
use crate::job::EngineSettings;

/// What all requests share to track frames.
pub struct SharedParts {
    /// Where results are kept.
    pub store: TrackStore,
    /// The trackers that are open.
    pub lanes: TrackerLanes,
    /// What is believed of footage.
    pub footages: Footages,
    /// The time that frames may take that nobody asked for.
    pub budget: Mutex<CheckBudget>,
    /// Plans of the latest requests.
    pub plans: Plans,
    /// The latest frames.
    pub frames: FrameCache,
}

impl SharedParts {
    /// Nothing is tracked yet; trackers are opened by `open`.
    pub fn new(settings: &EngineSettings, open: Box<TrackerOpener>) -> Self {
        Self {
            store: TrackStore::new(settings),
            lanes: TrackerLanes::new(open, Threads(settings.threads)),
            footages: Footages::default(),
            budget: Mutex::default(),
            plans: Plans::default(),
            frames: FrameCache::default(),
        }
    }
}

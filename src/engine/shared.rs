//! What all requests share.

use parking_lot::Mutex;

use super::digest::Digest;
use super::footage::spot_checks::CheckBudget;
use super::footage::{Footages, FrameCache};
use super::lane::{TrackerLanes, TrackerOpener};
use super::plan::{MaskPrompt, Plans};
use super::store::TrackStore;
use super::threads::Threads;
use crate::cache::Latest;
use crate::job::EngineSettings;

/// Bytes of masks of Mask inputs that are kept, and how many: those of the plan that is made anew when one of them
/// changes.
const MASK_BYTES: usize = 64 << 20;
const MOST_MASKS: usize = 4096;

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
    /// The latest masks of Mask inputs, compressed.
    pub masks: Latest<Digest, MaskPrompt>,
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
            masks: Latest::new(MASK_BYTES, MOST_MASKS),
            frames: FrameCache::default(),
        }
    }
}

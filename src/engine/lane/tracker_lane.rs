//! One tracker at work: the only place where results are computed.
//!
//! A lane takes one step at a time under its lock and never waits for a frame: when it lacks one it
//! says so, and the thread that asked fetches it from its own host with no lock held. So threads
//! share their work, and none can wait for another's host.

use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;

use super::error::StepError;
use super::goal::{Goal, StepInputs};
use super::state::TrackerState;
use crate::engine::digest::{Digest, Recipe};
use crate::job::{JobError, ModelInfo};
use crate::models::{Memory, Tracker, hybrid};

/// One tracker.
pub struct TrackerLane {
    /// Name, version, device.
    pub info: ModelInfo,
    /// The tracker to go on with where there is too little memory for this one.
    pub smaller: Option<String>,
    /// Of all three: part of what every result is known by.
    pub digest: Digest,
    broken: AtomicBool,
    /// How its device ran out of memory.
    spent: Mutex<Option<String>>,
    state: Mutex<TrackerState>,
}

impl TrackerLane {
    /// A lane of `tracker`; of an error where it cannot be opened but is known from the store.
    pub fn new(info: ModelInfo, tracker: Result<Box<dyn Tracker>, JobError>) -> Self {
        let digest = Recipe::new("tracker").text(&info.name).text(&info.version).text(&info.device);
        let digest = digest.text(hybrid::VERSION).done();
        let smaller = tracker.as_ref().ok().and_then(|tracker| tracker.smaller());
        let state = TrackerState::new(info.name.clone(), tracker);
        Self {
            info,
            smaller,
            digest,
            broken: AtomicBool::new(false),
            spent: Mutex::default(),
            state: Mutex::new(state),
        }
    }

    /// Whether its tracker panicked or is [`Self::spent`], so that another must be opened.
    pub fn broken(&self) -> bool {
        self.broken.load(Ordering::Relaxed) || self.spent.lock().is_some()
    }

    /// How the tracker's device ran out of memory, if it did.
    pub fn spent(&self) -> Option<String> {
        self.spent.lock().clone()
    }

    /// Bytes of the memories that it keeps.
    pub fn memory_bytes(&self) -> usize {
        self.state.lock().memory_bytes()
    }

    /// Has the tracker learn from the frames that were answered. Gives the memories that are to be saved
    /// on disk. What goes wrong is told with the next step.
    pub fn settle(&self) -> Vec<(Digest, Vec<u8>)> {
        self.save(|state, save| if state.is_settled() { Ok(()) } else { state.settle(save) })
    }

    /// As [`Self::settle`], at the end of a session: gives also the memory of each chain that the next one may go
    /// on from.
    pub fn end(&self) -> Vec<(Digest, Vec<u8>)> {
        self.save(|state, save| {
            let settled = state.settle(save);
            state.memories.tips(save);
            settled
        })
    }

    /// What `work` saves; nothing where the tracker cannot be used any more.
    fn save(
        &self,
        work: impl FnOnce(&mut TrackerState, &mut dyn FnMut(Digest, &dyn Memory)) -> Result<(), StepError>,
    ) -> Vec<(Digest, Vec<u8>)> {
        let mut state = self.state.lock();
        let mut saved = Vec::new();
        if self.broken() {
            return saved;
        }
        let work = std::panic::AssertUnwindSafe(|| {
            work(&mut state, &mut |digest, memory| saved.extend(memory.save().map(|bytes| (digest, bytes))))
        });
        match std::panic::catch_unwind(work) {
            Ok(Ok(())) => {}
            Ok(Err(late)) => state.late = Some(late),
            Err(_) => self.broken.store(true, Ordering::Relaxed),
        }
        saved
    }

    /// Takes one step towards `goals`: one frame, all objects that are at it. Gives the
    /// number of steps that were left before it.
    ///
    /// # Errors
    /// [`StepError`]: a frame that is lacking, or why it cannot be done.
    pub fn step(&self, goals: &[Goal], inputs: &StepInputs) -> Result<usize, StepError> {
        let mut state = self.state.lock();
        if let Some(reason) = self.spent() {
            return Err(StepError::OutOfMemory(reason));
        }
        if self.broken() {
            return Err(JobError::Internal(format!("tracker {} panicked before", self.info.name)).into());
        }
        let step = std::panic::AssertUnwindSafe(|| match state.step(goals, inputs) {
            Err(StepError::OutOfMemory(_)) => {
                // What is kept of other frames may be what is too much.
                state.forget_embeddings();
                state.step(goals, inputs)
            }
            other => other,
        });
        let stepped = std::panic::catch_unwind(step).unwrap_or_else(|panic| {
            // Its state may be anything; the next request opens it anew.
            self.broken.store(true, Ordering::Relaxed);
            let message = panic
                .downcast_ref::<&str>()
                .map(|s| (*s).to_owned())
                .or_else(|| panic.downcast_ref::<String>().cloned())
                .unwrap_or_else(|| "no message".into());
            Err(JobError::Internal(format!("tracker {} panicked: {message}", self.info.name)).into())
        });
        match stepped {
            // There is no other memory to go to.
            Err(StepError::OutOfMemory(reason)) if self.info.device.eq_ignore_ascii_case("cpu") => {
                Err(JobError::Model(reason).into())
            }
            Err(StepError::OutOfMemory(reason)) => {
                *self.spent.lock() = Some(reason.clone());
                // Room for the one that follows, and for the host.
                state.let_go();
                Err(StepError::OutOfMemory(reason))
            }
            other => other,
        }
    }
}

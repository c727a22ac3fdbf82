//! Prompts, objects, the propagation plan, memory checkpoints and the track store.

mod chain;
mod compose;
mod detectors;
mod digest;
mod edge;
mod error;
mod footage;
#[doc(hidden)]
pub mod fuzzing;
mod lane;
mod open_model;
mod plan;
mod process;
mod shared;
mod store;
mod supply;
#[cfg(test)]
mod tests;
mod threads;
mod track;

use std::sync::Arc;

use self::detectors::Detectors;
use self::edge::{EdgeCache, EdgeJob, MattingNetworks, NearbyFrames};
use self::shared::SharedParts;
use self::threads::Threads;
use self::track::{Caller, FrameRequest};
use crate::job::prompts::Prompts;
use crate::job::{
    DetectRequest, Detections, Device, EdgeSettings, EngineSettings, FrameSource, FrameState, JobError, Note,
    Request, TrackedFrame,
};
use crate::models::{self, ModelError, Tracker};
use crate::raster::Frame;
pub use process::{environment, graph_time, on_overdue, set_bundle};

/// Tracks objects through footage; shared by all threads.
pub struct Engine {
    settings: EngineSettings,
    shared: SharedParts,
    edges: EdgeCache,
    networks: MattingNetworks,
    detectors: Detectors,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl Engine {
    /// An engine that has done nothing yet.
    #[must_use]
    pub fn new(settings: EngineSettings) -> Self {
        Self::with_trackers(settings, open)
    }

    /// An engine that opens its trackers by `open`, which is given name, device and threads.
    pub fn with_trackers(
        settings: EngineSettings,
        open: impl Fn(&str, &str, usize) -> Result<Box<dyn Tracker>, ModelError> + Send + Sync + 'static,
    ) -> Self {
        let threads = Threads(settings.threads);
        Self {
            shared: SharedParts::new(&settings, Box::new(open)),
            settings,
            edges: EdgeCache::default(),
            networks: MattingNetworks::new(threads),
            detectors: Detectors::new(threads),
        }
    }

    /// All objects of `request` in the frame at `time`. Frames are taken from `source` on the
    /// calling thread, and no lock is held meanwhile.
    ///
    /// # Errors
    /// [`JobError`] by who must act.
    pub fn track(
        &self,
        request: &Request,
        time: i64,
        source: &mut dyn FrameSource,
        notes: &mut dyn FnMut(Note),
    ) -> Result<TrackedFrame, JobError> {
        let prompts = checked(request, time)?;
        self.detectors.let_go();
        let mut nearby = NearbyFrames::new(source, time, prompts.reach(&request.edge));
        let asked = FrameRequest { request, prompts: &prompts, time };
        let mut caller = Caller { source: &mut nearby, notes };
        let tracked = track::tracked(&self.shared, asked, caller.reborrow())?;
        let edges: Vec<EdgeSettings> =
            (0..prompts.objects.len()).map(|i| prompts.edge(i, &request.edge).into_owned()).collect();
        if edges.iter().all(EdgeSettings::is_off) {
            return Ok(tracked);
        }
        let (shared, cache, networks) = (&self.shared, &self.edges, &self.networks);
        EdgeJob { shared, cache, networks, asked, edges: &edges, caller }.run(tracked)
    }

    /// What is known of the frames from `first` to `last`. Nothing is computed; the frame at `time`, and others that
    /// tell which footage it is, are taken from `source`.
    ///
    /// # Errors
    /// [`JobError`] by who must act.
    pub fn known(
        &self,
        request: &Request,
        time: i64,
        (first, last): (i64, i64),
        source: &mut dyn FrameSource,
    ) -> Result<Vec<FrameState>, JobError> {
        let prompts = checked(request, time)?;
        let mut nearby = NearbyFrames::new(source, time, 0);
        let caller = Caller { source: &mut nearby, notes: &mut |_| {} };
        track::known(&self.shared, FrameRequest { request, prompts: &prompts, time }, (first, last), caller)
    }

    /// What the text of `request` may mean in `frame`.
    ///
    /// # Errors
    /// [`JobError`] by who must act: a text that names nothing, a pack that is missing or damaged.
    pub fn detect(
        &self,
        request: &DetectRequest,
        frame: &Frame,
        notes: &mut dyn FnMut(Note),
    ) -> Result<Detections, JobError> {
        self.detectors.detect(request, frame, notes)
    }

    /// Does what is left to be done for the frames that were tracked with the trackers of `request`: they
    /// learn from them. Nobody has to wait for it; a frame that is asked for meanwhile does.
    pub fn settle(&self, request: &Request) {
        let Ok(prompts) = plan::checked_prompts(request) else { return };
        for part in plan::tracker_parts(request, &prompts) {
            let Some(lane) = self.shared.lanes.opened(part.tracker, &request.device) else { continue };
            for (digest, memory) in lane.settle() {
                if request.store {
                    // A folder that cannot be written to is told with the next frame's matte.
                    let _ = self.shared.store.put_memory(digest, memory);
                }
            }
        }
    }

    /// Removes from the store what sessions have left that were ended while they wrote.
    pub fn tidy(&self) {
        self.shared.store.tidy();
    }

    /// Waits until the store is written, as it is when the engine is gone.
    #[cfg(test)]
    pub fn flush(&self) {
        self.shared.store.flush();
    }

    /// Bytes held in memory by tracks: compressed mattes and memories of trackers.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        let SharedParts { store, lanes, .. } = &self.shared;
        store.memory_bytes() + self.edges.memory_bytes() + lanes.memory_bytes()
    }
}

impl Drop for Engine {
    /// The session ends: the next one goes on from what the trackers remember of the last frames.
    fn drop(&mut self) {
        for (digest, memory) in self.shared.lanes.all().iter().flat_map(|lane| lane.end()) {
            // Nobody is there to be told.
            let _ = self.shared.store.put_memory(digest, memory);
        }
    }
}

/// Checks what can be checked of a request without its frames; gives its prompts.
fn checked(request: &Request, time: i64) -> Result<Arc<Prompts>, JobError> {
    if !(request.first..=request.last).contains(&time) {
        return Err(JobError::Host(format!(
            "frame {time} is not in the footage, which has frames {} to {}",
            request.first, request.last
        )));
    }
    let prompts = plan::checked_prompts(request)?;
    match request.device.parse::<Device>() {
        Ok(_) => Ok(prompts),
        Err(unknown) => Err(JobError::User(unknown.to_string())),
    }
}

/// The trackers that there are.
fn open(name: &str, device: &str, threads: usize) -> Result<Box<dyn Tracker>, ModelError> {
    models::open(name, device.parse()?, threads)
}

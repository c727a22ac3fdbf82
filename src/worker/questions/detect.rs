//! Asking for what a text names.

use ipc_channel::ipc::IpcSender;

use super::Question;
use crate::engine::Engine;
use crate::job::{DetectRequest, Detections, JobError, Note};
use crate::raster::Frame;
use crate::worker::messages::{FromWorker, NoNeed, Pixels, ToWorker};

/// What a text may mean in a frame.
pub struct Detect<'a> {
    /// The text.
    pub request: &'a DetectRequest,
    /// The frame.
    pub frame: &'a Frame,
    /// Whether nobody waits any more.
    pub stopped: &'a mut dyn FnMut() -> bool,
}

impl Question for Detect<'_> {
    type Need = NoNeed;
    type Packed = Detections;
    type Answer = Detections;

    fn doing(&self) -> String {
        "searched a frame by text".to_owned()
    }

    fn aborted(&mut self) -> bool {
        (self.stopped)()
    }

    fn answer_here(&mut self, engine: &Engine, notes: &mut dyn FnMut(Note)) -> Result<Detections, JobError> {
        engine.detect(self.request, self.frame, notes)
    }

    fn order(
        &mut self,
        _id: u64,
        reply: IpcSender<FromWorker<NoNeed, Detections>>,
    ) -> Result<ToWorker, JobError> {
        let frame = Pixels::of_frame(self.frame).map_err(|e| JobError::Internal(e.to_string()))?;
        Ok(ToWorker::Detect { request: Box::new(self.request.clone()), frame, reply })
    }

    fn supply(&mut self, _id: u64, need: NoNeed) -> ToWorker {
        match need {}
    }

    /// Its graphs run to their end.
    fn cancel(&self, _id: u64) -> Option<ToWorker> {
        None
    }

    fn unpack(&self, packed: Detections) -> Result<Detections, JobError> {
        Ok(packed)
    }
}

//! Asking for a tracked frame.

use ipc_channel::ipc::IpcSender;

use super::Question;
use super::frame_question::FrameQuestion;
use crate::engine::Engine;
use crate::job::{FrameSource, JobError, Note, Request, TrackedFrame};
use crate::worker::messages::{FromWorker, Need, PackedFrame, ToWorker};

/// All objects of a request in one frame.
pub struct Track<'a>(FrameQuestion<'a>);

impl<'a> Track<'a> {
    /// Those of `request` in the frame at `time` of `source`.
    pub fn new(request: &'a Request, time: i64, source: &'a mut dyn FrameSource) -> Self {
        Self(FrameQuestion { request, time, source })
    }
}

impl Question for Track<'_> {
    type Need = Need;
    type Packed = PackedFrame;
    type Answer = TrackedFrame;

    fn doing(&self) -> String {
        format!("tracked frame {}", self.0.time)
    }

    fn aborted(&mut self) -> bool {
        self.0.source.aborted()
    }

    fn answer_here(
        &mut self,
        engine: &Engine,
        notes: &mut dyn FnMut(Note),
    ) -> Result<TrackedFrame, JobError> {
        let FrameQuestion { request, time, source } = &mut self.0;
        let tracked = engine.track(request, *time, *source, notes);
        engine.settle(request);
        tracked
    }

    fn order(
        &mut self,
        id: u64,
        reply: IpcSender<FromWorker<Need, PackedFrame>>,
    ) -> Result<ToWorker, JobError> {
        let run = self.0.source.run();
        Ok(ToWorker::Track { job: self.0.job(id, run), reply })
    }

    fn supply(&mut self, id: u64, need: Need) -> ToWorker {
        self.0.supply(id, need)
    }

    fn cancel(&self, id: u64) -> Option<ToWorker> {
        Some(ToWorker::Cancel { id })
    }

    fn unpack(&self, packed: PackedFrame) -> Result<TrackedFrame, JobError> {
        packed.unpack().map_err(|e| JobError::Internal(format!("the worker's answer: {e}")))
    }
}

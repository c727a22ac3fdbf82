//! Asking what is known of frames.

use ipc_channel::ipc::IpcSender;

use super::Question;
use super::frame_question::FrameQuestion;
use crate::engine::Engine;
use crate::job::{FrameSource, FrameState, JobError, Note, Request, Run};
use crate::worker::messages::{FromWorker, Need, ToWorker};

/// What is known of frames without computing anything.
pub struct Known<'a> {
    about: FrameQuestion<'a>,
    frames: (i64, i64),
}

impl<'a> Known<'a> {
    /// What is known of `frames`, the first and the last; the frame at `time`, and others that tell which footage it
    /// is, are taken from `source`.
    pub fn new(request: &'a Request, time: i64, frames: (i64, i64), source: &'a mut dyn FrameSource) -> Self {
        Self { about: FrameQuestion { request, time, source }, frames }
    }
}

impl Question for Known<'_> {
    type Need = Need;
    type Packed = Vec<FrameState>;
    type Answer = Vec<FrameState>;

    fn doing(&self) -> String {
        "looked up which frames are tracked".to_owned()
    }

    fn aborted(&mut self) -> bool {
        self.about.source.aborted()
    }

    fn answer_here(
        &mut self,
        engine: &Engine,
        _notes: &mut dyn FnMut(Note),
    ) -> Result<Vec<FrameState>, JobError> {
        let FrameQuestion { request, time, source } = &mut self.about;
        engine.known(request, *time, self.frames, *source)
    }

    fn order(
        &mut self,
        id: u64,
        reply: IpcSender<FromWorker<Need, Vec<FrameState>>>,
    ) -> Result<ToWorker, JobError> {
        // Nothing is rendered.
        let job = self.about.job(id, Run::default());
        Ok(ToWorker::Known { job, frames: self.frames, reply })
    }

    fn supply(&mut self, id: u64, need: Need) -> ToWorker {
        self.about.supply(id, need)
    }

    fn cancel(&self, id: u64) -> Option<ToWorker> {
        Some(ToWorker::Cancel { id })
    }

    fn unpack(&self, packed: Vec<FrameState>) -> Result<Vec<FrameState>, JobError> {
        Ok(packed)
    }
}

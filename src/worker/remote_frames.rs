//! The plugin's footage as the worker sees it.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError};

use ipc_channel::ipc::IpcSender;
use serde::Serialize;

use super::messages::{FromWorker, Need, Pixels, SentFrame};
use super::requests::Supply;
use crate::job::{FrameSource, Provenance, Run, SourceError, Stamp};
use crate::raster::{Frame, Matte};

/// The footage of one request whose answer is an `A`; asks the plugin for what did not come with the request.
pub struct RemoteFrames<A> {
    reply: IpcSender<FromWorker<Need, A>>,
    supplies: Receiver<Supply>,
    /// The frame that came with the request.
    given: Option<(i64, Result<Pixels, SourceError>)>,
    /// What was said of the frame that came last.
    provenance: (i64, Provenance),
    run: Run,
    stopped: bool,
}

/// What is said where an answer does not fit.
const OUT_OF_TURN: &str = "the plugin sent an answer out of order";

impl<A: Serialize> RemoteFrames<A> {
    /// Asks at `reply` and is answered by `supplies`.
    pub fn new(reply: IpcSender<FromWorker<Need, A>>, supplies: Receiver<Supply>) -> Self {
        let (given, provenance, run) = (None, (0, Provenance::default()), Run::default());
        Self { reply, supplies, given, provenance, run, stopped: false }
    }

    /// The same, whose frame at `time` is there.
    pub fn with_frame(self, time: i64, frame: SentFrame) -> Self {
        Self { given: Some((time, frame.pixels)), provenance: (time, frame.provenance), ..self }
    }

    /// The same, asked for `run`.
    pub fn for_run(self, run: Run) -> Self {
        Self { run, ..self }
    }

    fn ask(&mut self, need: Need) -> Result<Supply, SourceError> {
        if self.reply.send(FromWorker::Need(need)).is_err() {
            return Err(SourceError::Aborted);
        }
        match self.supplies.recv() {
            Ok(Supply::Stop) | Err(_) => {
                self.stopped = true;
                Err(SourceError::Aborted)
            }
            Ok(supply) => Ok(supply),
        }
    }
}

fn failed(e: impl std::fmt::Display) -> SourceError {
    SourceError::Failed(e.to_string())
}

impl<A: Serialize> FrameSource for RemoteFrames<A> {
    fn frame(&mut self, time: i64) -> Result<Arc<Frame>, SourceError> {
        if let Some((_, pixels)) = self.given.take_if(|(given, _)| *given == time) {
            return pixels?.frame().map_err(failed);
        }
        match self.ask(Need::Frame(time))? {
            Supply::Frame(SentFrame { pixels, provenance }) => {
                self.provenance = (time, provenance);
                pixels?.frame().map_err(failed)
            }
            _ => Err(failed(OUT_OF_TURN)),
        }
    }

    fn mask(&mut self, time: i64) -> Result<Option<Matte>, SourceError> {
        match self.ask(Need::Mask(time))? {
            Supply::Mask(mask) => mask?.map(|m| m.matte().map_err(failed)).transpose(),
            _ => Err(failed(OUT_OF_TURN)),
        }
    }

    fn provenance(&mut self, time: i64) -> Provenance {
        Some(self.provenance)
            .filter(|provenance| provenance.0 == time)
            .map(|provenance| provenance.1)
            .unwrap_or_default()
    }

    fn stamps(&mut self, frames: (i64, i64)) -> Result<Vec<Option<Stamp>>, SourceError> {
        match self.ask(Need::Stamps(frames))? {
            Supply::Stamps(stamps) => stamps,
            _ => Err(failed(OUT_OF_TURN)),
        }
    }

    fn mask_stamps(&mut self, frames: (i64, i64)) -> Result<Vec<Option<Stamp>>, SourceError> {
        match self.ask(Need::MaskStamps(frames))? {
            Supply::Stamps(stamps) => stamps,
            _ => Err(failed(OUT_OF_TURN)),
        }
    }

    fn run(&self) -> Run {
        self.run
    }

    fn aborted(&mut self) -> bool {
        // Nothing but a stop comes unasked, and the end when the plugin is gone.
        if matches!(self.supplies.try_recv(), Ok(Supply::Stop) | Err(TryRecvError::Disconnected)) {
            self.stopped = true;
        }
        self.stopped
    }
}

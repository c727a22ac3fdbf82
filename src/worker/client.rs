//! The side of the plugin.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::error::ClientError;
use super::questions::{Detect, Known, Question, Track};
use super::stats::{self, Stats};
use super::supervisor::Supervisor;
use crate::engine::{self, Engine};
use crate::job::{
    DetectRequest, Detections, EngineSettings, FrameSource, FrameState, Note, Request, TrackedFrame,
};
use crate::raster::Frame;

/// Where the engine runs.
#[derive(Debug, Clone)]
pub enum Mode {
    /// In `airoto worker`, started at the first request.
    Process {
        /// The program `airoto`.
        executable: PathBuf,
    },
    /// In this process: for tests, and for hosts that forbid child processes.
    InProcess,
}

/// Asks for tracked frames; one for a whole plugin process, shared by all threads.
#[derive(Debug)]
pub struct Client(Place);

#[derive(Debug)]
enum Place {
    InProcess(Box<Engine>),
    Worker(Box<Supervisor>),
}

impl Client {
    /// A client that has started nothing yet.
    #[must_use]
    pub fn new(mode: Mode) -> Self {
        Self::with_settings(mode, EngineSettings::default())
    }

    /// A client whose engine may use other than the usual limits and folders.
    #[must_use]
    pub fn with_settings(mode: Mode, settings: EngineSettings) -> Self {
        Self(match mode {
            Mode::InProcess => Place::InProcess(Box::new(Engine::new(settings))),
            Mode::Process { executable } => Place::Worker(Box::new(Supervisor::new(executable, settings))),
        })
    }

    /// The same, with a worker that may give no sign of life for `patience` in the place of
    /// half a minute.
    #[must_use]
    pub fn with_patience(mut self, patience: Duration) -> Self {
        if let Place::Worker(worker) = &mut self.0 {
            worker.patience = patience;
        }
        self
    }

    /// All objects of `request` in the frame at `time`. Frames are taken from `source` on the
    /// calling thread.
    ///
    /// # Errors
    /// [`ClientError`] when the engine cannot answer or there is no worker to be had.
    pub fn track(
        &self,
        request: &Request,
        time: i64,
        source: &mut dyn FrameSource,
        notes: &mut dyn FnMut(Note),
    ) -> Result<TrackedFrame, ClientError> {
        self.ask(Track::new(request, time, source), notes)
    }

    /// What is known of `frames`, the first and the last, without computing anything. The frame at `time`, and
    /// others that tell which footage it is, are taken from `source` on the calling thread.
    ///
    /// # Errors
    /// [`ClientError`] when the engine cannot answer or there is no worker to be had.
    pub fn known(
        &self,
        request: &Request,
        time: i64,
        frames: (i64, i64),
        source: &mut dyn FrameSource,
    ) -> Result<Vec<FrameState>, ClientError> {
        self.ask(Known::new(request, time, frames, source), &mut |_| {})
    }

    /// What the text of `request` may mean in `frame`, the best first. `stopped` is asked ten times a
    /// second whether anyone still waits.
    ///
    /// # Errors
    /// [`ClientError`] when the engine cannot answer or there is no worker to be had;
    /// [`JobError::Aborted`](crate::job::JobError::Aborted) in it when it was stopped.
    pub fn detect(
        &self,
        request: &DetectRequest,
        frame: &Frame,
        stopped: &mut dyn FnMut() -> bool,
        notes: &mut dyn FnMut(Note),
    ) -> Result<Detections, ClientError> {
        self.ask(Detect { request, frame, stopped }, notes)
    }

    /// Has a question answered, wherever the engine is.
    fn ask<Q: Question>(
        &self,
        mut question: Q,
        notes: &mut dyn FnMut(Note),
    ) -> Result<Q::Answer, ClientError> {
        match &self.0 {
            Place::InProcess(engine) => Ok(question.answer_here(engine, notes)?),
            Place::Worker(worker) => worker.ask(&mut question, notes),
        }
    }

    /// What the worker uses of the machine, or this process when the engine is in it; none when no
    /// worker runs or it does not answer `within` this time.
    #[must_use]
    pub fn stats(&self, within: Duration) -> Option<Stats> {
        match &self.0 {
            Place::InProcess(_) => Some(stats::of_this_process()),
            Place::Worker(worker) => worker.stats(within),
        }
    }

    /// Ends the worker; the next request starts it again.
    pub fn shutdown(&self) {
        if let Place::Worker(worker) = &self.0 {
            worker.shutdown();
        }
    }
}

/// Says where the plugin's bundle lies, for engines in this process: `folder` is the one that holds `Contents`. A
/// host does not tell by its own place where the models are.
pub fn set_bundle(folder: &Path) {
    engine::set_bundle(folder);
}

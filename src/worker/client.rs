//! The side of the plugin.

use std::path::PathBuf;
use std::time::Duration;

use crate::engine::{Engine, EngineError, EngineSettings, FrameSource, Note, Request, TrackedFrame};

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

/// What a worker uses of the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Stats {
    /// Its process id.
    pub pid: u32,
    /// Resident memory now, bytes; 0 where the platform does not tell.
    pub resident: u64,
    /// The most that it ever was, bytes; 0 where the platform does not tell.
    pub peak_resident: u64,
}

/// Why a frame was not tracked.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The engine's answer.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The worker's program cannot be started.
    #[error("the worker {executable} cannot be started: {reason}")]
    Start {
        /// Its path.
        executable: PathBuf,
        /// What happened.
        reason: String,
    },
    /// The worker is another version than the plugin.
    #[error(
        "the worker {executable} is version {found}, the plugin is version {expected}: install both anew"
    )]
    Version {
        /// Its path.
        executable: PathBuf,
        /// The worker's.
        found: String,
        /// The plugin's.
        expected: String,
    },
    /// It did not answer in time when it was started.
    #[error("the worker {executable} did not answer within {seconds} s of its start")]
    Silent {
        /// Its path.
        executable: PathBuf,
        /// How long it was waited for.
        seconds: u64,
    },
    /// It ended again and again.
    #[error("the worker ended {times} times while it tracked frame {time}: {reason}")]
    Died {
        /// How often it was tried.
        times: u32,
        /// The frame.
        time: i64,
        /// How it ended.
        reason: String,
    },
}

/// Asks for tracked frames; one for a whole plugin process, shared by all threads.
#[derive(Debug)]
pub struct Client {
    mode: Mode,
    engine: Engine,
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
        Self { mode, engine: Engine::new(settings) }
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
        let _ = &self.mode;
        Ok(self.engine.track(request, time, source, notes)?)
    }

    /// What the worker uses; none while no worker runs.
    #[must_use]
    pub fn stats(&self, within: Duration) -> Option<Stats> {
        let _ = within;
        None
    }
}

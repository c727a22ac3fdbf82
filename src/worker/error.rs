//! Why the plugin got no answer.

use std::path::PathBuf;

use crate::job::JobError;

/// Why a question has no answer.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The engine's answer.
    #[error(transparent)]
    Engine(#[from] JobError),
    /// The worker's program cannot be started.
    #[error("the worker {} cannot be started: {reason}", executable.display())]
    Start {
        /// Its path.
        executable: PathBuf,
        /// What happened.
        reason: String,
    },
    /// The worker is another version than the plugin.
    #[error("the worker {} is version {found}, the plugin is version {expected}: install both again", executable.display())]
    Version {
        /// Its path.
        executable: PathBuf,
        /// The worker's.
        found: String,
        /// The plugin's.
        expected: String,
    },
    /// It did not answer in time when it was started.
    #[error("the worker {} did not answer within {seconds} s of its start", executable.display())]
    Silent {
        /// Its path.
        executable: PathBuf,
        /// How long it was waited for.
        seconds: u64,
    },
    /// It ended again and again.
    #[error("the worker ended {times} times while it {doing}: {reason}")]
    Died {
        /// How often it was tried.
        times: u32,
        /// What it did, in words.
        doing: String,
        /// How it ended.
        reason: String,
    },
}

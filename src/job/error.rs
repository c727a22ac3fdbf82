//! What can go wrong, by who must act.

use serde::{Deserialize, Serialize};

use super::prompts::PromptError;

/// Why a frame was not tracked. It crosses the process boundary, so it holds its message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum JobError {
    /// The host or the footage: a frame is missing, has another size, cannot be read.
    #[error("{0}")]
    Host(String),
    /// The user: a prompt or setting is wrong.
    #[error("{0}")]
    User(String),
    /// The model file, or what runs it.
    #[error("{0}")]
    Model(String),
    /// Ours.
    #[error("internal error: {0}")]
    Internal(String),
    /// The render was stopped by the host; nothing is wrong.
    #[error("the render was stopped")]
    Aborted,
}

impl From<PromptError> for JobError {
    fn from(error: PromptError) -> Self {
        Self::User(error.to_string())
    }
}

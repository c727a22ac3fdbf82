//! Why a step was not taken.

use crate::job::JobError;
use crate::models::ModelError;

/// Why a step was not taken.
#[derive(Debug)]
pub enum StepError {
    /// The pixels of this frame are needed.
    Frame(i64),
    /// The tracker's device has too little memory: another lane of it is to be taken.
    OutOfMemory(String),
    /// It cannot be done.
    Failed(JobError),
}

impl From<JobError> for StepError {
    fn from(error: JobError) -> Self {
        Self::Failed(error)
    }
}

impl From<ModelError> for StepError {
    fn from(error: ModelError) -> Self {
        match error {
            ModelError::OutOfMemory { .. } => Self::OutOfMemory(error.to_string()),
            other => Self::Failed(other.into()),
        }
    }
}

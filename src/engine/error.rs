//! Errors of models, by who must act.

use crate::job::JobError;
use crate::models::ModelError;

impl From<ModelError> for JobError {
    fn from(error: ModelError) -> Self {
        match error {
            ModelError::Prompt(_) | ModelError::Device(_) => Self::User(error.to_string()),
            ModelError::Stopped => Self::Aborted,
            ModelError::Internal(_) => Self::Internal(error.to_string()),
            ModelError::Runtime(_)
            | ModelError::Pack { .. }
            | ModelError::File { .. }
            | ModelError::OutOfMemory { .. }
            | ModelError::Inference { .. } => Self::Model(error.to_string()),
        }
    }
}

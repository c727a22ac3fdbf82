//! What a try at a frame lacked.

use crate::engine::lane::StepError;
use crate::job::JobError;

/// What a try lacked.
pub enum Missing {
    /// The pixels of a frame.
    Frame(i64),
    /// The pixels of the nearest keyframe, to tell which footage it is.
    Anchor(i64),
    /// The mattes of the Mask input on these frames.
    Masks(Vec<i64>),
    /// Whether the mattes of the Mask input from the first to the last of these frames are what they were.
    MaskStamps((i64, i64)),
    /// Whether a frame is what it was.
    Stamp(i64),
    /// The footage is not what it was believed to be: begin again.
    Again,
    /// The tracker's device has too little memory: begin again on another.
    Device(String),
    /// It cannot be done.
    Failed(JobError),
}

impl From<JobError> for Missing {
    fn from(error: JobError) -> Self {
        Self::Failed(error)
    }
}

impl From<StepError> for Missing {
    fn from(error: StepError) -> Self {
        match error {
            StepError::Frame(time) => Self::Frame(time),
            StepError::OutOfMemory(reason) => Self::Device(reason),
            StepError::Failed(error) => Self::Failed(error),
        }
    }
}

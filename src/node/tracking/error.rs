//! Why frames are not tracked.

use super::walk::MOST;
use crate::job::JobError;
use crate::job::prompts::PromptError;
use crate::node::shot::WorkerMissing;
use crate::ofx::OfxError;
use crate::worker::ClientError;

/// Why a button tracks nothing, or not all that it should.
#[derive(Debug, thiserror::Error)]
pub enum TrackError {
    /// The host does not say the time.
    #[error("the host does not say on which frame the button was pressed: render the range instead")]
    NoTime,
    /// Nothing says what is to be tracked.
    #[error("there is nothing to track: set prompts, or use the Mask input")]
    Unprompted,
    /// No frame of the range was tracked before.
    #[error("none of the frames {first} to {last} was tracked before: track them first")]
    NoneTrackedBefore {
        /// First frame of the range.
        first: i64,
        /// Last frame of it.
        last: i64,
    },
    /// The range has no frame in this direction.
    #[error("there is no frame to track from frame {now} on: the range is {first} to {last}")]
    NoFrame {
        /// The current frame.
        now: i64,
        /// First frame of the range.
        first: i64,
        /// Last frame of it.
        last: i64,
    },
    /// The range is longer than any that is tracked.
    #[error(
        "the range {first} to {last} has {count} frames to track, expected at most {MOST}: set Range to \
         First to Last"
    )]
    TooManyFrames {
        /// First frame of the range.
        first: i64,
        /// Last frame of it.
        last: i64,
        /// How many of its frames are to be tracked.
        count: u64,
    },
    /// The host does not say how long the plate is.
    #[error("the host does not say how many frames Source has: set Range to First to Last")]
    NoRange,
    /// The host says that the plate has no end.
    #[error(
        "the host says that Source has frames {0}, expected a range of at most {MOST} frames: set Range to First to Last"
    )]
    EndlessRange(String),
    /// The host gives a button no pixels, as some do.
    #[error("the host gives a button {0}: render the range instead, which also tracks it")]
    NoPixels(String),
    /// The artist or the host wants no more of it.
    #[error("the host stopped tracking")]
    Stopped,
    /// The prompts cannot be read.
    #[error(transparent)]
    Prompts(#[from] PromptError),
    /// There is nobody who tracks.
    #[error(transparent)]
    Worker(#[from] WorkerMissing),
    /// Whoever tracks has failed.
    #[error(transparent)]
    Client(ClientError),
    /// The host does not do what was asked.
    #[error(transparent)]
    Host(#[from] OfxError),
}

impl From<ClientError> for TrackError {
    fn from(error: ClientError) -> Self {
        match error {
            ClientError::Engine(JobError::Aborted) => Self::Stopped,
            other => Self::Client(other),
        }
    }
}

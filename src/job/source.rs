//! Where the frames of a request come from.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::EngineError;
use crate::raster::{Frame, Matte};

/// Where the pixels come from: the host, on the thread that renders, or files.
pub trait FrameSource {
    /// The frame at `time`, at the size of the request.
    ///
    /// # Errors
    /// [`SourceError`] when there is no such frame or it cannot be had.
    fn frame(&mut self, time: i64) -> Result<Arc<Frame>, SourceError>;

    /// The matte of the Mask input at `time`, at the size of the request; none when nothing is
    /// connected. Asked at [`Request::mask_frame`](super::Request::mask_frame), and at every frame where
    /// [`EdgeSettings::painted`](super::EdgeSettings::painted) says that it is a trimap.
    ///
    /// # Errors
    /// [`SourceError`] when it cannot be had.
    fn mask(&mut self, time: i64) -> Result<Option<Matte>, SourceError>;

    /// Whether the host wants the render to stop. Asked between frames.
    fn aborted(&mut self) -> bool;
}

/// Why a frame could not be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum SourceError {
    /// A reason in words: what was missing or wrong, and where.
    #[error("{0}")]
    Failed(String),
    /// The host has no temporal access: it gives the frame that is rendered and no other.
    #[error("the host gives no other frame than the one it renders")]
    OnlyCurrent,
    /// The render was stopped.
    #[error("the render was stopped")]
    Aborted,
}

impl From<SourceError> for EngineError {
    fn from(error: SourceError) -> Self {
        match error {
            SourceError::Aborted => Self::Aborted,
            other => Self::Host(other.to_string()),
        }
    }
}

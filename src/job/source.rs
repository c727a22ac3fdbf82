//! Where the frames of a request come from.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::JobError;
use crate::raster::{Frame, Matte};

/// Where the pixels come from: the host, on the thread that renders, or files.
pub trait FrameSource {
    /// The frame at `time`, at the size of the request.
    ///
    /// # Errors
    /// [`SourceError`] when there is no such frame or it cannot be had.
    fn frame(&mut self, time: i64) -> Result<Arc<Frame>, SourceError>;

    /// The matte of the Mask input at `time`, at the size of the request; none when nothing is
    /// connected. Asked on the frames that [`Request::mask`](super::Request::mask) names, and on every frame where
    /// [`EdgeSettings::painted`](super::EdgeSettings::painted) says that it is a trimap.
    ///
    /// # Errors
    /// [`SourceError`] when it cannot be had.
    fn mask(&mut self, time: i64) -> Result<Option<Matte>, SourceError>;

    /// Whether the host wants the render to stop. Asked between frames.
    fn aborted(&mut self) -> bool;

    /// What is known of the frame at `time` as it was given last; the default if nothing is known.
    fn provenance(&mut self, _time: i64) -> Provenance {
        Provenance::default()
    }

    /// The stamps of the frames from the first to the last of `frames`, of which none is read for it; none of a frame
    /// that cannot be told by it, and no list where none can.
    ///
    /// # Errors
    /// [`SourceError::Aborted`].
    fn stamps(&mut self, _frames: (i64, i64)) -> Result<Vec<Option<Stamp>>, SourceError> {
        Ok(Vec::new())
    }

    /// As [`Self::stamps`], of the mattes of the Mask input.
    ///
    /// # Errors
    /// [`SourceError::Aborted`].
    fn mask_stamps(&mut self, _frames: (i64, i64)) -> Result<Vec<Option<Stamp>>, SourceError> {
        Ok(Vec::new())
    }

    /// The render that frames are asked for.
    fn run(&self) -> Run {
        Run::default()
    }
}

/// What tells that a frame is as it was, without its pixels being read.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Stamp(pub [u8; 32]);

impl std::fmt::Debug for Stamp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&blake3::Hash::from_bytes(self.0).to_hex()[..12])
    }
}

/// A render of several frames, during which none of them changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Run {
    /// Identifies the run; 0 if the host does not say that frames stay unchanged.
    pub id: u64,
    /// The first and the last frame of those that are all rendered, if the host says so.
    pub frames: Option<(i64, i64)>,
}

/// What a source says of a frame that it gave, beside its pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Provenance {
    /// Equal ones mean equal pixels, in this session and in every other: those of the file that it is read from.
    pub stamp: Option<Stamp>,
    /// Another one means another picture, in this session alone: the host's name for it.
    pub name: Option<Stamp>,
}

/// Why a frame could not be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum SourceError {
    /// A reason in words: what was missing or wrong, and where.
    #[error("{0}")]
    Failed(String),
    /// The host has no temporal access: it gives the frame that is rendered and no other.
    #[error("the host gives only the frame that it renders")]
    OnlyCurrent,
    /// The render was stopped.
    #[error("the render was stopped")]
    Aborted,
}

impl From<SourceError> for JobError {
    fn from(error: SourceError) -> Self {
        match error {
            SourceError::Aborted => Self::Aborted,
            other => Self::Host(other.to_string()),
        }
    }
}

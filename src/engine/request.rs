//! What is asked of the engine and what comes back.

use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{EdgeSettings, EngineError};
use crate::models::ModelInfo;
use crate::raster::{Frame, Matte};

/// Everything that a track depends on besides the pixels of its frames.
///
/// Built with `..Request::default()`, so that a setting that is added later has its default.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// The prompts as JSON, see [`prompts`](super::prompts). Empty is allowed when `mask_frame` is
    /// given.
    pub prompts: String,
    /// The folder in which relative mask paths start; none where the prompts have no home.
    pub base: Option<PathBuf>,
    /// The tracker's name ("default", "flow") or the path of a model pack.
    pub tracker: String,
    /// Where it runs: the identifier of one of [`DEVICES`](crate::params::DEVICES).
    pub device: String,
    /// Width of the footage in pixels.
    pub width: u32,
    /// Height of the footage in pixels.
    pub height: u32,
    /// The first frame that the source has.
    pub first: i64,
    /// The last frame that the source has.
    pub last: i64,
    /// The frame on which [`FrameSource::mask`] is a mask prompt for the first object; none when
    /// it is not to be asked for.
    pub mask_frame: Option<i64>,
    /// Which prompts a frame is tracked from.
    pub propagation: Propagation,
    /// What is seen where objects overlap. Tracks do not depend on it.
    pub overlap: Overlap,
    /// How the edges of mattes are made. Tracks do not depend on it.
    pub edge: EdgeSettings,
    /// Whether mattes are kept on disk for the next session.
    pub store: bool,
}

/// Which prompts a frame is tracked from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum Propagation {
    /// A frame between two prompted frames depends on those two, one before the first or after the
    /// last on that one: a correction changes the span that it lies in and nothing else.
    #[default]
    Spans,
    /// All frames depend on all prompts, as in the public code of SAM 2 when all prompts are given
    /// before propagation: one walk forward from the first prompted frame to the end and one
    /// backward to the start, every prompted frame remembered from the beginning.
    Reference,
}

impl std::str::FromStr for Propagation {
    type Err = EngineError;

    fn from_str(name: &str) -> Result<Self, EngineError> {
        match name {
            "spans" => Ok(Self::Spans),
            "reference" => Ok(Self::Reference),
            _ => Err(EngineError::User(format!("propagation {name:?}, expected spans or reference"))),
        }
    }
}

/// What is seen where the mattes of several objects add up to more than 1. What a mask prompt gives
/// is not touched by either rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum Overlap {
    /// The highest stays as it is, the first listed of equals; the others share what it leaves.
    #[default]
    Highest,
    /// The order of the prompts: the first listed object lies on top, and each has what those above
    /// it leave.
    Layered,
}

impl Default for Request {
    fn default() -> Self {
        Self {
            prompts: String::new(),
            base: None,
            tracker: "default".into(),
            device: "auto".into(),
            width: 0,
            height: 0,
            first: 0,
            last: 0,
            mask_frame: None,
            propagation: Propagation::default(),
            overlap: Overlap::default(),
            edge: EdgeSettings::default(),
            store: true,
        }
    }
}

/// Where the pixels come from: the host, on the thread that renders, or files.
pub trait FrameSource {
    /// The frame at `time`, at the size of the request.
    ///
    /// # Errors
    /// [`SourceError`] when there is no such frame or it cannot be had.
    fn frame(&mut self, time: i64) -> Result<Arc<Frame>, SourceError>;

    /// The matte of the Mask input at `time`, at the size of the request; none when nothing is
    /// connected. Asked at [`Request::mask_frame`], and at every frame where
    /// [`EdgeSettings::painted`] says that it is a trimap.
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

/// One frame of all objects.
#[derive(Debug, Clone)]
pub struct TrackedFrame {
    /// The objects in the order of the prompts.
    pub objects: Vec<ObjectMatte>,
    /// What tracked them.
    pub tracker: ModelInfo,
}

impl TrackedFrame {
    /// All objects as one matte. Where soft edges of two objects meet, their alphas add up.
    #[must_use]
    pub fn combined(&self) -> Option<Matte> {
        let (first, rest) = self.objects.split_first()?;
        Some(sum(first.matte.clone(), rest))
    }

    /// As [`Self::combined`], of what is not needed any more.
    #[must_use]
    pub fn into_combined(mut self) -> Option<Matte> {
        let rest = self.objects.split_off(1.min(self.objects.len()));
        self.objects.pop().map(|first| sum(first.matte, &rest))
    }
}

fn sum(mut all: Matte, others: &[ObjectMatte]) -> Matte {
    for object in others {
        let part = object.matte.support();
        for (sum, v) in all.rows_mut(part).flatten().zip(object.matte.rows(part).flatten()) {
            *sum = (*sum + v).min(1.0);
        }
    }
    all
}

/// One object in one frame.
#[derive(Debug, Clone)]
pub struct ObjectMatte {
    /// Its name in the prompts.
    pub name: String,
    /// The matte at the size of the footage.
    pub matte: Matte,
    /// How sure the tracker is of it, 0 to 1.
    pub confidence: f32,
    /// Whether a prompt fixes this frame.
    pub pinned: bool,
    /// Whether the object is in the frame at all; the matte is empty when it is not.
    pub present: bool,
    /// The unknown band, 0 outside, 1 inside and 0.5 in it, where [`EdgeSettings::show_trimap`] asks for
    /// it and the object is present.
    pub trimap: Option<Matte>,
    /// The length of motion blur, right and down in pixels, where [`EdgeSettings::show_blur`] asks for it and
    /// it could be measured.
    pub blur: Option<[Matte; 2]>,
}

/// What is known of a frame without computing anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FrameState {
    /// Whether all that its matte is made of is kept.
    pub tracked: bool,
    /// Whether a prompt of an object that is shown is on it.
    pub pinned: bool,
}

/// What the user may be told while a frame is made. The receiver drops what it said before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Note {
    /// Good to know.
    Info(String),
    /// Something went wrong and was mended or worked around.
    Warning(String),
    /// How many frames are computed of those that this answer needs.
    Progress {
        /// Frames computed.
        done: u64,
        /// Frames in all.
        total: u64,
    },
}

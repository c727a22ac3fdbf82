//! The trait that every tracker implements.

use std::any::Any;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Model;
use super::hybrid::Carried;
use crate::job::prompts::FramePrompt;
use crate::job::{ConfidenceMap, Noticed, UnknownDevice};
use crate::raster::{Frame, Matte};

/// What a model family computes once a frame and all objects share; opaque to the engine.
pub type Embedding = Arc<dyn Any + Send + Sync>;

/// The memory of one object along one direction of propagation, bounded in size whatever the
/// length of the footage; opaque to the engine.
pub trait Memory: Any + Send + Sync {
    /// A copy that lives on by itself: a checkpoint.
    fn boxed_clone(&self) -> Box<dyn Memory>;
    /// Bytes that it holds.
    fn bytes(&self) -> usize;
    /// Itself for a later session, see [`Tracker::restore`]; none from a family whose memory does
    /// not go on disk.
    fn save(&self) -> Option<Vec<u8>> {
        None
    }
    /// For the family that made it.
    fn as_any(&self) -> &dyn Any;
    /// For the family that made it, to be changed.
    fn as_any_mut(&mut self) -> &mut dyn Any;
}

/// One object in one frame, as a tracker sees it.
#[derive(Clone)]
pub struct Prediction {
    /// The matte at the size of the frame.
    pub matte: Matte,
    /// How sure the tracker is of it, 0 to 1.
    pub confidence: f32,
    /// How far the matte is to be trusted in each part of the frame; as far as the whole frame where there is none.
    pub confidence_map: Option<ConfidenceMap>,
    /// Whether the object is seen at all; the matte is empty when it is not.
    pub present: bool,
    /// What the family wants back in [`Tracker::remember`], such as an object pointer.
    pub state: Option<Arc<dyn Any + Send + Sync>>,
    /// The drawing that it is held to, where it was carried to this frame.
    pub carried: Option<Arc<Carried>>,
}

impl Prediction {
    /// The object of `matte`, which is there where that is not empty; no more is known of it.
    #[must_use]
    pub fn new(matte: Matte, confidence: f32) -> Self {
        let present = !matte.is_empty();
        Self { matte, confidence, confidence_map: None, present, state: None, carried: None }
    }
}

/// A click that changed nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IdleClick {
    /// Its number among the clicks of its prompt, from 1.
    pub number: usize,
    /// Why.
    pub reason: IdleReason,
}

/// Why a click changed nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdleReason {
    /// It says that the object is where it is known to be.
    Inside,
    /// It says that the object is not where it is known not to be.
    Outside,
    /// It is negative, and on all that there is of the object.
    Last,
}

impl std::fmt::Display for IdleReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Inside => "is inside the object already: it changes nothing",
            Self::Outside => "is outside the object already: it changes nothing",
            Self::Last => {
                "is on all that there is of the object: it changes nothing (an empty mask says that the object is not there)"
            }
        })
    }
}

/// A promptable video object segmenter. See the [module](super) for the state machine.
///
/// Calls take `&mut self` because an inference session reuses its buffers; results depend on the
/// arguments alone.
pub trait Tracker: Model {
    /// Whether it finds the object in frames that are not prompted; [`Tracker::remember`] and
    /// [`Tracker::propagate`] fail where it does not.
    fn propagates(&self) -> bool {
        true
    }

    /// Features of `frame`, computed once and shared by all objects.
    ///
    /// # Errors
    /// [`ModelError`] when the model fails.
    fn embed(&mut self, frame: &Arc<Frame>) -> Result<Embedding, ModelError>;

    /// The object that `prompt` describes in the frame of `embedding`. `earlier` is the matte that
    /// propagation gives there when clicks correct a track.
    ///
    /// A mask prompt is returned as it is given; an empty one as not present.
    ///
    /// # Errors
    /// [`ModelError`] when the model fails or the prompt cannot be used.
    fn segment(
        &mut self,
        embedding: &Embedding,
        prompt: &FramePrompt,
        earlier: Option<&Matte>,
    ) -> Result<Prediction, ModelError>;

    /// The clicks of the last [`Self::segment`] that changed nothing, once.
    fn idle_clicks(&mut self) -> Vec<IdleClick> {
        Vec::new()
    }

    /// What was noticed on the way to the frame of the last [`Self::propagate`], once.
    fn noticed(&mut self) -> Option<Noticed> {
        None
    }

    /// An empty memory. `frames` is the length of the footage where the propagation depends on it,
    /// as that of the SAM 2 reference does; none lets the track of a frame be the same in footage of
    /// any length.
    fn memory(&self, frames: Option<usize>) -> Box<dyn Memory>;

    /// A memory that [`Memory::save`] gave; none when the bytes are not of this family or damaged.
    fn restore(&self, saved: &[u8]) -> Option<Box<dyn Memory>> {
        let _ = saved;
        None
    }

    /// Adds what was found in frame `time` to `memory`; `prompted` frames are kept for good, the
    /// others make room for newer ones.
    ///
    /// # Errors
    /// [`ModelError`] when the model fails.
    fn remember(
        &mut self,
        memory: &mut dyn Memory,
        time: i64,
        embedding: &Embedding,
        found: &Prediction,
        prompted: bool,
    ) -> Result<(), ModelError>;

    /// The object of `memory` in the frame of `embedding` at `time`.
    ///
    /// # Errors
    /// [`ModelError`] when the model fails or the memory is empty.
    fn propagate(
        &mut self,
        memory: &dyn Memory,
        time: i64,
        embedding: &Embedding,
    ) -> Result<Prediction, ModelError>;
}

/// What can be wrong with a model.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// ONNX Runtime is not there or too old.
    #[error("ONNX Runtime cannot be used: {0}")]
    Runtime(String),
    /// A model pack is missing, damaged or not of the expected form.
    #[error("model pack {pack}: {reason}")]
    Pack {
        /// Its name or folder.
        pack: String,
        /// What was found and what was expected.
        reason: String,
    },
    /// A file of a pack, or a folder for packs, cannot be written or read.
    #[error("{}: {reason}", path.display())]
    File {
        /// Where it is.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// A prompt that this model cannot use.
    #[error("{0}")]
    Prompt(String),
    /// A graph failed while it ran.
    #[error("graph {graph} failed: {reason}")]
    Inference {
        /// The graph's name and that of its pack.
        graph: String,
        /// What the runtime says.
        reason: String,
    },
    /// A device has too little memory.
    #[error("graph {graph} has too little memory on {device}: {reason}")]
    OutOfMemory {
        /// The graph's name and that of its pack.
        graph: String,
        /// The device, as in [`ModelInfo::device`](crate::job::ModelInfo::device) but for case.
        device: String,
        /// What the runtime says.
        reason: String,
    },
    /// Nobody waits for the answer any more.
    #[error("it was stopped")]
    Stopped,
    /// A device that there is not.
    #[error(transparent)]
    Device(#[from] UnknownDevice),
    /// Ours.
    #[error("internal error in {0}")]
    Internal(&'static str),
}

impl ModelError {
    /// What the system says of `path`.
    pub(super) fn file(path: &Path, error: std::io::Error) -> Self {
        Self::File { path: path.to_owned(), reason: error.to_string() }
    }
}

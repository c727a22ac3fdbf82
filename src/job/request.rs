//! What is asked for.

use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::prompts::Prompts;
use super::{EdgeSettings, JobError, MaskKeys};

/// Everything that a track depends on besides the pixels of its frames.
///
/// Built with `..Request::default()`, so that a setting that is added later has its default.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// Prompts of each object. Nothing is allowed where `mask` prompts.
    #[serde(with = "by_value")]
    pub prompts: Arc<Prompts>,
    /// The folder in which relative mask paths start; none where the prompts have no home.
    pub base: Option<PathBuf>,
    /// The tracker's name ("default", "flow") or the path of a model pack.
    pub tracker: String,
    /// Where it runs: the identifier of one of [`DEVICES`](super::DEVICES).
    pub device: String,
    /// Width of the footage in pixels.
    pub width: u32,
    /// Height of the footage in pixels.
    pub height: u32,
    /// The first frame that the source has.
    pub first: i64,
    /// The last frame that the source has.
    pub last: i64,
    /// The frames on which [`FrameSource::mask`](super::FrameSource::mask) is a mask prompt for the first object.
    pub mask: MaskKeys,
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
    type Err = JobError;

    fn from_str(name: &str) -> Result<Self, JobError> {
        match name {
            "spans" => Ok(Self::Spans),
            "reference" => Ok(Self::Reference),
            _ => Err(JobError::User(format!("the propagation is {name:?}, expected spans or reference"))),
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
            prompts: Arc::default(),
            base: None,
            tracker: "default".into(),
            device: "auto".into(),
            width: 0,
            height: 0,
            first: 0,
            last: 0,
            mask: MaskKeys::Nowhere,
            propagation: Propagation::default(),
            overlap: Overlap::default(),
            edge: EdgeSettings::default(),
            store: true,
        }
    }
}

/// Shared prompts as a message holds them.
mod by_value {
    use std::sync::Arc;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::Prompts;

    pub fn serialize<S: Serializer>(prompts: &Arc<Prompts>, serializer: S) -> Result<S::Ok, S::Error> {
        prompts.as_ref().serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Arc<Prompts>, D::Error> {
        Prompts::deserialize(deserializer).map(Arc::new)
    }
}

//! What is answered.

use serde::{Deserialize, Serialize};

use super::confidence_map::ConfidenceMap;
use crate::raster::Matte;

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
    /// How far the matte is to be trusted in each part of the frame; as far as the whole frame where there is none.
    pub confidence_map: Option<ConfidenceMap>,
    /// Whether a prompt fixes this frame.
    pub pinned: bool,
    /// Whether the object is in the frame at all; the matte is empty when it is not.
    pub present: bool,
    /// The unknown band, 0 outside, 1 inside and 0.5 in it, where [`EdgeSettings::show_trimap`](super::EdgeSettings::show_trimap) asks for
    /// it and the object is present.
    pub trimap: Option<Matte>,
    /// The length of motion blur, right and down in pixels, where [`EdgeSettings::show_blur`](super::EdgeSettings::show_blur) asks for it and
    /// it could be measured.
    pub blur: Option<[Matte; 2]>,
}

/// What is known of a frame without computing anything.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct FrameState {
    /// Whether all that its matte is made of is kept.
    pub tracked: bool,
    /// Whether a prompt of an object that is shown is on it.
    pub pinned: bool,
    /// The lowest confidence of the objects that are shown, 0 to 1; none where the frame is not tracked.
    pub confidence: Option<f32>,
}

/// What the user may be told while a frame is made. The receiver drops what it said before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Note {
    /// Good to know.
    Info(String),
    /// Something went wrong and was mended or worked around.
    Warning(String),
    /// Frames on the way to the one that is rendered were not seen in this session and are not among those that are
    /// rendered: they are taken to be what an earlier one saw.
    Trusted {
        /// The first of them.
        first: i64,
        /// The last of them.
        last: i64,
        /// How many they are.
        frames: u64,
        /// How many like them were fetched and found to be so; none where the source tells it of each.
        compared: Option<u64>,
        /// The digest of their pixels, in hexadecimal digits.
        digest: String,
    },
    /// How many frames are computed of those that this answer needs.
    Progress {
        /// Frames computed.
        done: u64,
        /// Frames in all.
        total: u64,
    },
}

/// What there is to say of a model that is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelInfo {
    /// The name by which it is chosen.
    pub name: String,
    /// Changes whenever its results may change: part of the key of every track.
    pub version: String,
    /// Where it runs, in words ("CPU", "CUDA").
    pub device: String,
    /// A note for the user about that choice, such as the reason for a fallback.
    pub note: Option<String>,
}

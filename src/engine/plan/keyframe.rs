//! Keyframes, and from which of them a frame is reached.

use std::sync::Arc;

use super::key_prompt::MaskPrompt;
use crate::engine::digest::Digest;
use crate::engine::store::Damaged;
use crate::job::prompts::{FramePrompt, Label, Stroke};

/// A keyframe, as far as some prefix of the list of prompts tells.
#[derive(Debug, Clone)]
pub struct Keyframe {
    /// The frame's number.
    pub time: i64,
    /// Clicks and box; the mask is kept apart.
    pub prompt: FramePrompt,
    /// The matte of the frame, when it is given.
    pub mask: Option<MaskPrompt>,
    /// What is drawn over the matte that all else gives.
    pub drawing: Option<Arc<[Stroke]>>,
    /// Of all its prompts.
    pub digest: Digest,
    /// Where the matte that clicks and strokes correct comes from.
    pub earlier: Option<Anchors>,
}

impl Keyframe {
    /// Whether it says that the object is not there.
    pub fn absent(&self) -> bool {
        let drawn = self.drawing.iter().flat_map(|strokes| strokes.iter()).any(|stroke| stroke.adds);
        self.mask.as_ref().is_some_and(|m| m.empty) && !drawn
    }

    /// Whether its clicks and box can say where the object is when nothing is known of it before.
    pub fn says_all(&self) -> bool {
        let positive = self.prompt.points.iter().any(|point| point.label == Label::Positive);
        positive || self.prompt.bounds.is_some()
    }

    /// The matte of the frame, where it is known without anything being computed.
    pub fn given(&self) -> Option<&MaskPrompt> {
        self.mask.as_ref().filter(|_| self.drawing.is_none())
    }

    /// Whether a person drew the matte, all of it or some, so that no other object changes it.
    pub fn is_drawn(&self) -> bool {
        self.mask.is_some() || self.drawing.is_some()
    }

    /// What the tracker is given; of a drawing nothing.
    pub fn whole_prompt(&self) -> Result<FramePrompt, Damaged> {
        let mut prompt = self.prompt.clone();
        if let Some(mask) = &self.mask {
            prompt.mask = Some(mask.matte()?);
        }
        Ok(prompt)
    }
}

/// From where a frame is reached: indices of keyframes in the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchors {
    /// A keyframe itself.
    On(usize),
    /// From one keyframe only.
    From(usize),
    /// From the keyframes before and after it.
    Between(usize, usize),
    /// Prompts tell that the object is not there.
    Nowhere,
}

impl Anchors {
    /// The keyframes whose chains lead there, the one before first; none on a keyframe.
    pub fn keys(self) -> impl Iterator<Item = usize> {
        let (one, other) = match self {
            Self::On(_) | Self::Nowhere => (None, None),
            Self::From(key) => (Some(key), None),
            Self::Between(before, after) => (Some(before), Some(after)),
        };
        one.into_iter().chain(other)
    }
}

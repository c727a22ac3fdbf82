//! What one request read of its Mask input.

use std::collections::HashMap;
use std::sync::Arc;

use crate::engine::digest::Digest;
use crate::engine::footage::{MaskBeliefs, SeenMask};
use crate::engine::plan::MaskPrompt;
use crate::job::Stamp;

/// What one request read of its Mask input.
#[derive(Default)]
pub struct ReadMasks {
    /// What was seen of it.
    pub seen: HashMap<i64, SeenMask>,
    /// The same as prompts.
    pub prompts: HashMap<i64, MaskPrompt>,
    /// What is believed of it.
    pub beliefs: Option<Arc<MaskBeliefs>>,
    /// The host gives no mask but that of the frame that it renders.
    pub alone: bool,
    /// Masks that were looked at though the frame does not depend on them.
    pub looked_at: usize,
    /// On which frames it prompts, once that is known.
    pub keys: Option<Arc<MaskFrames>>,
}

/// The frames on which the Mask input is a prompt.
#[derive(Debug)]
pub struct MaskFrames {
    /// Of all of them with their masks.
    pub digest: Digest,
    /// In order, each with the digest of its mask.
    pub frames: Vec<(i64, Digest)>,
}

/// Stamps of masks that are fetched, from a frame on.
pub struct StampedPart {
    /// That frame.
    pub first: i64,
    /// As they were before.
    pub before: Vec<Option<Stamp>>,
    /// As they were afterwards.
    pub after: Vec<Option<Stamp>>,
}

impl StampedPart {
    /// The stamp of a mask, where it stayed what it was.
    pub fn of(&self, time: i64) -> Option<Stamp> {
        let place = usize::try_from(time - self.first).ok()?;
        let stamp = |stamps: &[Option<Stamp>]| stamps.get(place).copied().flatten();
        stamp(&self.before).filter(|found| stamp(&self.after) == Some(*found))
    }
}

impl ReadMasks {
    /// What is believed of a mask.
    pub fn mask(&self, time: i64) -> Option<SeenMask> {
        self.beliefs.as_ref()?.mask(time)
    }
}

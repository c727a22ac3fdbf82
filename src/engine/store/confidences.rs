//! Confidences that were found of frames between keyframes, kept for a while.

use std::collections::HashMap;

use parking_lot::Mutex;

use crate::engine::digest::Digest;

/// Confidences that are kept at most, 40 bytes each: those of more frames than are surveyed at once.
const MOST: usize = 1 << 17;

/// Confidences by what they follow from. What is not kept is found again from the records.
#[derive(Debug, Default)]
pub struct Confidences(Mutex<HashMap<Digest, f32>>);

impl Confidences {
    /// One that is kept.
    pub fn get(&self, digest: &Digest) -> Option<f32> {
        self.0.lock().get(digest).copied()
    }

    /// Keeps one.
    pub fn put(&self, digest: Digest, confidence: f32) {
        let mut kept = self.0.lock();
        if kept.len() >= MOST && !kept.contains_key(&digest) {
            kept.clear();
        }
        kept.insert(digest, confidence);
    }
}

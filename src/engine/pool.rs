//! Frames by digest, so that threads that render side by side fetch each frame once.

use std::collections::VecDeque;
use std::sync::Arc;

use parking_lot::Mutex;

use super::digest::Digest;
use crate::raster::Frame;

/// Bytes of frames; ten of 4K.
const LIMIT: usize = 256 << 20;

/// The latest frames.
#[derive(Debug, Default)]
pub struct Pool {
    frames: Mutex<VecDeque<(Digest, Arc<Frame>)>>,
}

impl Pool {
    /// The frame of this digest.
    pub fn get(&self, digest: &Digest) -> Option<Arc<Frame>> {
        self.frames.lock().iter().find(|(d, _)| d == digest).map(|(_, f)| Arc::clone(f))
    }

    /// Keeps a frame for a while.
    pub fn put(&self, digest: Digest, frame: &Arc<Frame>) {
        let mut frames = self.frames.lock();
        frames.retain(|(d, _)| *d != digest);
        frames.push_back((digest, Arc::clone(frame)));
        let mut total: usize = frames.iter().map(|(_, f)| f.data().len()).sum();
        // 64 small ones are enough: what is asked for again is a neighbour or a keyframe.
        while frames.len() > 1 && (total > LIMIT || frames.len() > 64) {
            total -= frames.pop_front().map_or(0, |(_, f)| f.data().len());
        }
    }
}

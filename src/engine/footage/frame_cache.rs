//! Frames by digest, so that threads that render side by side fetch each frame once.

use std::sync::Arc;

use crate::cache::Latest;
use crate::engine::digest::Digest;
use crate::raster::Frame;

/// Bytes of frames; ten of 4K.
const LIMIT: usize = 256 << 20;
/// Enough small ones: what is asked for again is a neighbour or a keyframe.
const MOST: usize = 64;

/// The latest frames.
#[derive(Debug)]
pub struct FrameCache(Latest<Digest, Arc<Frame>>);

impl Default for FrameCache {
    fn default() -> Self {
        Self(Latest::new(LIMIT, MOST))
    }
}

impl FrameCache {
    /// The frame of this digest.
    pub fn get(&self, digest: &Digest) -> Option<Arc<Frame>> {
        self.0.get(digest)
    }

    /// Keeps a frame for a while.
    pub fn put(&self, digest: Digest, frame: &Arc<Frame>) {
        self.0.put(digest, Arc::clone(frame), frame.data().len());
    }
}

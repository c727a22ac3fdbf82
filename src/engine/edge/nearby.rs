//! Frames about the one that is rendered.

use std::sync::Arc;

use crate::job::{FrameSource, Provenance, Run, SourceError, Stamp};
use crate::raster::{Frame, Matte};

/// Frames about the one that is rendered, fetched once.
pub struct NearbyFrames<'a> {
    inner: &'a mut dyn FrameSource,
    /// The frame that is rendered and how far from it frames are kept.
    about: (i64, i64),
    kept: Vec<(i64, Arc<Frame>)>,
}

impl<'a> NearbyFrames<'a> {
    /// Keeps what is fetched of the frames up to `reach` from `time`.
    pub fn new(inner: &'a mut dyn FrameSource, time: i64, reach: i64) -> Self {
        Self { inner, about: (time, reach), kept: Vec::new() }
    }
}

impl FrameSource for NearbyFrames<'_> {
    fn frame(&mut self, time: i64) -> Result<Arc<Frame>, SourceError> {
        if let Some((_, frame)) = self.kept.iter().find(|(t, _)| *t == time) {
            return Ok(Arc::clone(frame));
        }
        let frame = self.inner.frame(time)?;
        if self.about.0.abs_diff(time) <= self.about.1.unsigned_abs() {
            self.kept.push((time, Arc::clone(&frame)));
        }
        Ok(frame)
    }

    fn mask(&mut self, time: i64) -> Result<Option<Matte>, SourceError> {
        self.inner.mask(time)
    }

    fn aborted(&mut self) -> bool {
        self.inner.aborted()
    }

    fn provenance(&mut self, time: i64) -> Provenance {
        self.inner.provenance(time)
    }

    fn stamps(&mut self, frames: (i64, i64)) -> Result<Vec<Option<Stamp>>, SourceError> {
        self.inner.stamps(frames)
    }

    fn mask_stamps(&mut self, frames: (i64, i64)) -> Result<Vec<Option<Stamp>>, SourceError> {
        self.inner.mask_stamps(frames)
    }

    fn run(&self) -> Run {
        self.inner.run()
    }
}

//! A render while it goes on.

use crate::host::kinds::Field;
use crate::host::memory::pixels::PixelMemory;
use crate::raster::RectI;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::time::Instant;

/// Ranges of frames by the name of their clip.
pub(in crate::host) type FramesNeeded = BTreeMap<String, Vec<(f64, f64)>>;

/// A render that is going on.
pub(in crate::host) struct RenderJob {
    pub(in crate::host) time: f64,
    pub(in crate::host) scale: (f64, f64),
    pub(in crate::host) field: Field,
    pub(in crate::host) output: PixelMemory,
    /// Region of definition of the output in pixels.
    pub(in crate::host) region: RectI,
    /// The frames of each clip that the plugin said it needs, where it was asked.
    pub(in crate::host) needed: Option<FramesNeeded>,
    /// The first image that a source could not give.
    pub(in crate::host) source_error: Mutex<Option<SourceError>>,
}

/// An image that a source could not give.
pub(in crate::host) struct SourceError {
    pub(in crate::host) clip: String,
    pub(in crate::host) time: f64,
    /// The source's reason.
    pub(in crate::host) what: String,
}

/// Nanoseconds since `began`.
pub(in crate::host) fn nanoseconds(began: Instant) -> u64 {
    u64::try_from(began.elapsed().as_nanos()).unwrap_or(u64::MAX)
}

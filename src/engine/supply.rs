//! What a tracking step lacks: frames, records and memories, and the digests that they are known by.

use std::sync::Arc;

use super::chain::Chain;
use super::digest::Digest;
use super::store::{Record, RecordSummary};
use crate::models::Memory;
use crate::raster::Frame;

/// Gives a tracking step what it lacks and takes what it made. Nothing here waits for a host: what is not
/// at hand is none, and the step says what it lacks.
pub trait StepSupply {
    /// The digest of a frame's pixels, where it is known.
    fn frame_digest(&self, time: i64) -> Option<Digest>;

    /// The pixels of a frame, where they are at hand.
    fn frame(&self, time: i64) -> Option<Arc<Frame>>;

    /// Makes the frames along a chain known, where it can. Asked when the chain comes to a frame that is not.
    fn recall(&self, chain: &Chain);

    /// Whether a result is kept.
    fn has_record(&self, result: &Digest) -> bool;

    /// A result that is kept; none when it is not.
    fn record(&self, result: &Digest) -> Option<Arc<Record>>;

    /// The confidence of a result that is kept, which takes less than all of it.
    fn confidence(&self, result: &Digest) -> Option<f32> {
        self.record(result).map(|record| record.confidence)
    }

    /// What is known of a result beside its matte, which takes less than all of it.
    fn summary(&self, result: &Digest) -> Option<RecordSummary> {
        self.record(result).map(|record| record.summary())
    }

    /// A confidence that was kept; none when it is to be found again.
    fn kept_confidence(&self, _about: &Digest) -> Option<f32> {
        None
    }

    /// Keeps a confidence for a while.
    fn keep_confidence(&self, _about: Digest, _confidence: f32) {}

    /// Keeps a result.
    fn keep_record(&self, result: Digest, record: Record);

    /// The memory that an earlier session saved after a result, as [`Memory::save`] gave it.
    fn memory(&self, result: &Digest) -> Option<Vec<u8>>;

    /// Tells the artist something.
    fn tell(&self, note: String);

    /// Whether later sessions find what is kept.
    fn lasts(&self) -> bool;

    /// Saves the memory after a result.
    fn keep_memory(&self, result: Digest, memory: &dyn Memory);
}

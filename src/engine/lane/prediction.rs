//! What a tracker gave in a frame, checked and kept.

use std::any::Any;
use std::sync::Arc;

use crate::engine::store::{Damaged, Record};
use crate::job::JobError;
use crate::models::Prediction;

/// A prediction with its matte compressed.
pub struct KeptPrediction {
    bytes: Vec<u8>,
    state: Option<Arc<dyn Any + Send + Sync>>,
}

impl KeptPrediction {
    /// Keeps `record` and what the tracker wants back.
    pub fn new(record: &Record, state: Option<Arc<dyn Any + Send + Sync>>) -> Self {
        Self { bytes: record.encode(), state }
    }

    /// As the tracker gave it, in a frame of `size`; and as a result.
    pub fn unpack(&self, size: (u32, u32)) -> Result<(Prediction, Record), Damaged> {
        let record = Record::decode(&self.bytes, size.0, size.1)?;
        let found = Prediction {
            matte: record.matte.clone(),
            confidence: record.confidence,
            confidence_map: record.confidence_map.clone(),
            present: record.present,
            state: self.state.clone(),
            carried: record.carried.clone(),
        };
        Ok((found, record))
    }
}

/// Alpha below this is none: a quarter of the last step of an 8-bit matte. Networks that end in a sigmoid
/// give some everywhere, and what is 0 need not be kept.
const LEAST: f32 = 1.0 / 1024.0;

/// What the tracker `name` gave in the frame at `time`, as it is kept: of `size`, 0 or within [`LEAST`] to 1, empty when not present.
///
/// # Errors
/// [`JobError::Internal`] for another size, [`JobError::Model`] for values that are no numbers.
pub fn checked_record(
    found: &mut Prediction,
    name: &str,
    time: i64,
    size: (u32, u32),
) -> Result<Record, JobError> {
    let (width, height) = (found.matte.width(), found.matte.height());
    if (width, height) != size {
        return Err(JobError::Internal(format!(
            "tracker {name} gave a matte of {width}x{height} pixels in frame {time}, expected {}x{}",
            size.0, size.1
        )));
    }
    let support = found.matte.support();
    if found.matte.rows(support).flatten().any(|v| !v.is_finite()) || !found.confidence.is_finite() {
        return Err(JobError::Model(format!(
            "tracker {name} gave values that are not numbers in frame {time}"
        )));
    }
    let present = found.present;
    for v in found.matte.rows_mut(support).flatten() {
        *v = if present && *v >= LEAST { v.min(1.0) } else { 0.0 };
    }
    found.matte.tighten();
    found.confidence = found.confidence.clamp(0.0, 1.0);
    Ok(Record {
        matte: found.matte.clone(),
        confidence: found.confidence,
        confidence_map: found.confidence_map.clone(),
        present,
        carried: found.carried.clone(),
        noticed: None,
    })
}

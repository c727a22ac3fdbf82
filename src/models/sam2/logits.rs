//! What logits mean.

use crate::raster::{Matte, resize};

/// Logit of a pixel when the object is not seen, from the reference.
pub(super) const ABSENT: f32 = -1024.0;
/// Logit of a pixel that surely is, or is not, the object, for want of a better one: that of a mask
/// prompt in the reference.
pub(super) const SURE: f32 = 10.0;

/// A matte as logits of `side` x `side`, for the decoder to start from: what the reference hands on
/// when clicks correct a mask. A matte says no more of a sure pixel than that it is sure, hence the
/// limit.
pub(super) fn logits_of(matte: &Matte, side: usize) -> Vec<f32> {
    let small = resize::matte(matte, side as u32, side as u32);
    let logit = |v: &f32| (v / (1.0 - v)).ln().clamp(-SURE, SURE);
    small.data().iter().map(|v| logit(&v.clamp(0.0, 1.0))).collect()
}

//! The matte of a frame from the results along the chains that lead to it.

use std::sync::Arc;

use super::reach::Reach;
use super::resolver::Resolver;
use crate::engine::compose;
use crate::engine::digest::{Digest, Recipe};
use crate::engine::plan::Anchors;
use crate::engine::store::Record;

/// The matte of a frame that is no keyframe, from results that are kept; none when one of them is lost.
pub fn composed(resolver: &Resolver, around: Anchors, time: i64) -> Option<Arc<Record>> {
    let reaches = resolver.around(around, time).ok()?;
    let mut records = Vec::with_capacity(2);
    for reach in &reaches {
        records.push(resolver.record(&reach.wanted)?);
    }
    Some(Arc::new(match (&reaches[..], &records[..]) {
        ([one, other], [before, after]) => {
            let record = compose::blend(before, after, distance(one, other));
            resolver.supply().keep_confidence(both(one, other), record.confidence);
            record
        }
        (_, [only]) => return Some(Arc::clone(only)),
        _ => compose::absent(resolver.size().0, resolver.size().1),
    }))
}

/// The confidence of [`composed`], without making the matte.
pub fn confidence(resolver: &Resolver, around: Anchors, time: i64) -> Option<f32> {
    let supply = resolver.supply();
    match &resolver.around(around, time).ok()?[..] {
        [one, other] => {
            let about = both(one, other);
            if let Some(kept) = supply.kept_confidence(&about) {
                return Some(kept);
            }
            let (before, after) = (supply.summary(&one.wanted)?, supply.summary(&other.wanted)?);
            let confidence = compose::confidence(&before, &after, distance(one, other));
            supply.keep_confidence(about, confidence);
            Some(confidence)
        }
        [only] => supply.confidence(&only.wanted),
        // Where prompts tell that it is not there that is sure.
        _ => Some(compose::absent(1, 1).confidence),
    }
}

/// How far both keyframes are from the frame.
fn distance(one: &Reach, other: &Reach) -> (u64, u64) {
    (one.length as u64, other.length as u64)
}

/// What the confidence in a frame is known by that two results give. How far away their keyframes are is in their own
/// digests.
fn both(one: &Reach, other: &Reach) -> Digest {
    Recipe::new("confidence between").digest(&one.wanted).digest(&other.wanted).done()
}

//! The matte of a frame from the results along the chains that lead to it.

use std::sync::Arc;

use super::resolver::Resolver;
use crate::engine::compose;
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
            let distance = (one.length as u64, other.length as u64);
            compose::blend(before, after, distance)
        }
        (_, [only]) => return Some(Arc::clone(only)),
        _ => compose::absent(resolver.size().0, resolver.size().1),
    }))
}

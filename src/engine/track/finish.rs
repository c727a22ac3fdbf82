//! The objects of a frame, made of the results that are kept.

use std::sync::Arc;

use super::missing::Missing;
use crate::engine::chain::{Resolver, composed};
use crate::engine::plan::Anchors;
use crate::engine::store::Record;
use crate::job::{JobError, Noticed, ObjectMatte};

/// An object of one frame, before those that lie over each other are told apart.
pub struct TrackedObject {
    /// As its tracker gives it.
    pub matte: ObjectMatte,
    /// Whether a mask or a drawing gives it.
    pub fixed: bool,
    /// What was noticed on the way to the frame.
    pub noticed: Option<Noticed>,
}

/// The objects, all of whose results are kept.
///
/// # Errors
/// [`Missing::Again`] where one is lost meanwhile.
pub fn finish(resolvers: &[Resolver], time: i64) -> Result<Vec<TrackedObject>, Missing> {
    let mut objects = Vec::with_capacity(resolvers.len());
    for resolver in resolvers {
        let around = resolver.plan.around(time);
        let found = match around {
            Anchors::On(keyframe) => on_keyframe(resolver, keyframe)?,
            _ => composed(resolver, around, time),
        };
        // What was kept a moment ago and is not now is computed again.
        let Some(record) = found else { return Err(Missing::Again) };
        let pinned = matches!(around, Anchors::On(_));
        let fixed = matches!(around, Anchors::On(keyframe) if resolver.plan.keyframes[keyframe].is_drawn());
        let noticed = record.noticed.filter(|_| !pinned);
        let matte = ObjectMatte {
            name: resolver.plan.name.clone(),
            confidence: record.confidence,
            confidence_map: record.confidence_map.clone(),
            present: record.present,
            matte: Arc::unwrap_or_clone(record).matte,
            pinned,
            trimap: None,
            blur: None,
        };
        objects.push(TrackedObject { matte, fixed, noticed });
    }
    Ok(objects)
}

/// The matte of a keyframe: its mask, or what is kept of it.
fn on_keyframe(resolver: &Resolver, keyframe: usize) -> Result<Option<Arc<Record>>, Missing> {
    let about = &resolver.plan.keyframes[keyframe];
    let Some(mask) = about.given() else {
        let key = resolver.key(keyframe).map_err(|_| Missing::Again)?;
        return Ok(resolver.record(&key));
    };
    let matte = mask.matte().map_err(|_| JobError::Internal("a mask prompt is damaged".into()))?;
    Ok(Some(Arc::new(Record::given(matte))))
}

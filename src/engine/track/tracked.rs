//! A frame of a request with the edges that its trackers give it, and what is known of others.

use std::collections::HashMap;

use super::asked::{Caller, FrameRequest};
use super::finish::TrackedObject;
use super::job::TrackJob;
use crate::engine::compose;
use crate::engine::plan::tracker_parts;
use crate::engine::shared::SharedParts;
use crate::job::{FrameState, JobError, ModelInfo, ObjectMatte, Request, TrackedFrame};

/// Frames of which is told at once what is known.
const MOST_SURVEYED: usize = 100_000;

/// All objects in a frame with the edges that their trackers give them.
///
/// # Errors
/// [`JobError`] by who must act.
pub fn tracked(
    shared: &SharedParts,
    asked: FrameRequest,
    mut caller: Caller,
) -> Result<TrackedFrame, JobError> {
    let FrameRequest { request, prompts, .. } = asked;
    let mut found: HashMap<String, TrackedObject> = HashMap::new();
    let mut tracker = None;
    for part in tracker_parts(request, prompts) {
        let (objects, info) = TrackJob::new(shared, asked, part, caller.reborrow())?.run()?;
        found.extend(objects.into_iter().map(|o| (o.matte.name.clone(), o)));
        tracker.get_or_insert(info);
    }
    let (mut objects, mut fixed) = (Vec::new(), Vec::new());
    for object in &prompts.objects {
        let there = found.remove(&object.name);
        fixed.push(there.as_ref().is_some_and(|f| f.fixed));
        objects.push(there.map_or_else(|| absent(request, &object.name), |f| f.matte));
    }
    compose::resolve_overlaps(&mut objects, &fixed, request.overlap);
    // Where nothing is shown nothing tracks.
    let idle = || ModelInfo {
        name: request.tracker.clone(),
        version: String::new(),
        device: request.device.clone(),
        note: None,
    };
    Ok(TrackedFrame { objects, tracker: tracker.unwrap_or_else(idle) })
}

/// What is known of the frames from `first` to `last`. Nothing is computed; the frame that is asked for, and others
/// that tell which footage it is, are taken from the caller.
///
/// # Errors
/// [`JobError`] by who must act.
pub fn known(
    shared: &SharedParts,
    asked: FrameRequest,
    (first, last): (i64, i64),
    mut caller: Caller,
) -> Result<Vec<FrameState>, JobError> {
    let FrameRequest { request, prompts, .. } = asked;
    let (first, last) = (first.max(request.first), last.min(request.last));
    let frames = usize::try_from(last.saturating_sub(first).saturating_add(1)).unwrap_or(0);
    if frames > MOST_SURVEYED {
        return Err(JobError::User(format!(
            "the survey has {frames} frames, expected at most {MOST_SURVEYED}"
        )));
    }
    let mut states = vec![FrameState { tracked: true, pinned: false, confidence: Some(1.0) }; frames];
    let parts = tracker_parts(request, prompts);
    if parts.is_empty() {
        states.iter_mut().for_each(|s| *s = FrameState::default());
    }
    for part in parts {
        let job = TrackJob::new(shared, asked, part, caller.reborrow())?;
        for (state, part) in states.iter_mut().zip(job.survey((first, last))?) {
            state.tracked &= part.tracked;
            state.pinned |= part.pinned;
            state.confidence = state.confidence.zip(part.confidence).map(|(a, b)| a.min(b));
        }
    }
    Ok(states)
}

/// An object that is in no frame: it is hidden, or has no prompts.
fn absent(request: &Request, name: &str) -> ObjectMatte {
    let record = compose::absent(request.width, request.height);
    ObjectMatte {
        name: name.to_owned(),
        matte: record.matte,
        confidence: record.confidence,
        confidence_map: None,
        pinned: false,
        present: false,
        trimap: None,
        blur: None,
    }
}

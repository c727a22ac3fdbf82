//! Which tracker tracks which objects of a request.

use crate::job::Request;
use crate::job::prompts::Prompts;

/// The objects of a request that one tracker tracks.
pub struct TrackerPart<'a> {
    /// By which it is asked for.
    pub tracker: &'a str,
    /// Their names.
    pub objects: Vec<&'a str>,
}

/// The objects that are shown and that have prompts, by their trackers in the order in which these come.
pub fn tracker_parts<'a>(request: &'a Request, prompts: &'a Prompts) -> Vec<TrackerPart<'a>> {
    let mut parts: Vec<TrackerPart> = Vec::new();
    for (i, object) in prompts.objects.iter().enumerate() {
        let prompted = !object.prompts.is_empty() || i == 0 && request.mask.prompts();
        if !prompted || !prompts.shows(i) {
            continue;
        }
        let tracker = object.tracker.as_deref().unwrap_or(&request.tracker);
        match parts.iter_mut().find(|p| p.tracker == tracker) {
            Some(part) => part.objects.push(&object.name),
            None => parts.push(TrackerPart { tracker, objects: vec![&object.name] }),
        }
    }
    parts
}

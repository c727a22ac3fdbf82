//! What renders and buttons ask of the engine.

use std::sync::Arc;

use crate::job::prompts::PromptError;
use crate::job::{MaskKeys, Request};
use crate::node::{MaskUse, Settings};

/// The request for a plate of `size` that has the frames from `first` to `last`.
///
/// # Errors
/// [`PromptError`] when the prompts, or the list of mask frames, cannot be read.
pub fn request(
    settings: &Settings,
    size: (u32, u32),
    (first, last): (i64, i64),
) -> Result<Request, PromptError> {
    let prompts = settings.prompts.prompts().map_err(PromptError::clone)?;
    let mask = match &settings.mask {
        MaskUse::Prompt { keys } => keys.clone()?,
        MaskUse::Off | MaskUse::Garbage | MaskUse::Trimap => MaskKeys::Nowhere,
    };
    Ok(Request {
        prompts: Arc::clone(prompts),
        base: settings.base.clone(),
        tracker: settings.tracker.clone(),
        device: settings.device.to_owned(),
        width: size.0,
        height: size.1,
        first,
        last,
        mask,
        propagation: settings.propagation,
        overlap: settings.overlap,
        edge: settings.edge.clone(),
        store: settings.store,
    })
}

//! The prompts of a request, checked as far as that goes without masks and frames.

use std::sync::Arc;

use crate::job::Request;
use crate::job::prompts::{Limits, MASK_OBJECT, ObjectPrompts, PromptError, Prompts};

/// The prompts of `request`, checked as far as that goes without masks.
///
/// # Errors
/// [`PromptError`] of the first prompt that is wrong.
pub fn checked_prompts(request: &Request) -> Result<Arc<Prompts>, PromptError> {
    let mut prompts = Arc::clone(&request.prompts);
    let limits =
        Limits { width: request.width, height: request.height, first: request.first, last: request.last };
    prompts.check(&limits, &request.mask)?;
    if prompts.objects.is_empty() {
        Arc::make_mut(&mut prompts)
            .objects
            .push(ObjectPrompts { name: MASK_OBJECT.into(), ..ObjectPrompts::default() });
    }
    Ok(prompts)
}

//! From a request to the plans of its objects, with their masks read; kept for the next frame.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use parking_lot::Mutex;

use super::checked_prompts::checked_prompts;
use super::key_prompt::{KeyPrompt, MaskPrompt};
use super::masks::MaskPlace;
use super::object_plan::ObjectPlan;
use crate::engine::digest::Digest;
use crate::job::Request;
use crate::job::prompts::{ObjectPrompts, PromptError, PromptKind};

/// Plans kept, for as many nodes that render by turns.
const MOST: usize = 16;

/// Most bytes that the masks of the Mask input may take in a plan, compressed.
const MOST_MASK_BYTES: usize = 512 << 20;

/// The masks of the Mask input that are prompts.
#[derive(Debug, Clone)]
pub struct MaskInput {
    /// Of all of them with their frames.
    pub digest: Digest,
    /// By frame, in order.
    pub prompts: Vec<(i64, MaskPrompt)>,
}

/// The objects of a request that are shown and that have prompts.
pub type Plan = Vec<ObjectPlan>;

/// Plans by request.
#[derive(Debug, Default)]
pub struct Plans {
    kept: Mutex<VecDeque<KeptPlan>>,
}

#[derive(Debug)]
struct KeptPlan {
    request: Request,
    mask_input: Option<Digest>,
    stamps: Vec<MaskStamp>,
    plan: Arc<Plan>,
}

/// What tells that a mask file is as it was.
#[derive(Debug, PartialEq, Eq)]
struct MaskStamp {
    path: PathBuf,
    about: Option<(u64, SystemTime)>,
}

impl MaskStamp {
    fn of(path: PathBuf) -> Self {
        let about = std::fs::metadata(&path).ok().and_then(|m| Some((m.len(), m.modified().ok()?)));
        Self { path, about }
    }
}

impl Plans {
    /// The plan of `request`, if it is kept and its masks are what they were. `mask_input` is the
    /// digest of the masks of the Mask input.
    pub fn get(&self, request: &Request, mask_input: Option<Digest>) -> Option<Arc<Plan>> {
        let mut kept = self.kept.lock();
        let i = kept.iter().position(|k| k.mask_input == mask_input && k.request == *request)?;
        let found = kept.remove(i)?;
        if found.stamps.iter().any(|s| MaskStamp::of(s.path.clone()) != *s) {
            return None;
        }
        let plan = Arc::clone(&found.plan);
        kept.push_back(found);
        Some(plan)
    }

    /// Makes the plan of `request`, reading its masks. `mask_input` has those of the Mask input.
    ///
    /// # Errors
    /// [`PromptError`] of what is wrong with a prompt or its mask.
    pub fn make(&self, request: &Request, mask_input: Option<MaskInput>) -> Result<Arc<Plan>, PromptError> {
        let prompts = checked_prompts(request)?;
        let mut stamps = Vec::new();
        let mut plan = Vec::with_capacity(prompts.objects.len());
        for (i, object) in prompts.objects.iter().enumerate().filter(|(i, _)| prompts.shows(*i)) {
            let mut key_prompts = Vec::with_capacity(object.prompts.len() + 1);
            if i == 0
                && let Some(input) = &mask_input
            {
                check_mask_input(request, object, input)?;
                let masks = input.prompts.iter().map(|(frame, mask)| (*frame, KeyPrompt::Mask(mask.clone())));
                key_prompts.extend(masks);
            }
            read_prompts(request, object, &mut key_prompts, &mut stamps)?;
            if key_prompts.is_empty() {
                continue;
            }
            if !key_prompts.iter().any(|(_, prompt)| prompt.is_positive()) {
                return Err(PromptError::OnlyEmpty(object.name.clone()));
            }
            plan.push(ObjectPlan::new(object.name.clone(), key_prompts, request.propagation));
        }
        let plan = Arc::new(plan);
        let mut kept = self.kept.lock();
        while kept.len() >= MOST {
            kept.pop_front();
        }
        let mask_input = mask_input.map(|input| input.digest);
        kept.push_back(KeptPlan { request: request.clone(), mask_input, stamps, plan: Arc::clone(&plan) });
        Ok(plan)
    }
}

/// Checks the masks of the Mask input against the prompts of the object that they are of.
fn check_mask_input(request: &Request, object: &ObjectPrompts, input: &MaskInput) -> Result<(), PromptError> {
    let bytes: usize = input.prompts.iter().map(|(_, mask)| mask.bytes()).sum();
    if bytes > MOST_MASK_BYTES {
        return Err(PromptError::MasksTooLarge { megabytes: bytes >> 20, most: MOST_MASK_BYTES >> 20 });
    }
    let name = || object.name.clone();
    if input.prompts.is_empty() && object.prompts.is_empty() {
        return Err(PromptError::MaskNowhere { object: name(), first: request.first, last: request.last });
    }
    let given = |frame: i64| input.prompts.binary_search_by_key(&frame, |(frame, _)| *frame).is_ok();
    match object.prompts.iter().find(|prompt| prompt.kind.is_mask() && given(prompt.frame)) {
        Some(prompt) => Err(PromptError::Twice { object: name(), frame: prompt.frame, what: "a mask" }),
        None => Ok(()),
    }
}

/// Adds the prompts of an object, each with its frame, and the stamps of the files that were read for them.
fn read_prompts(
    request: &Request,
    object: &ObjectPrompts,
    prompts: &mut Vec<(i64, KeyPrompt)>,
    stamps: &mut Vec<MaskStamp>,
) -> Result<(), PromptError> {
    for prompt in &object.prompts {
        let place = MaskPlace { object: &object.name, frame: prompt.frame, request };
        let key_prompt = match &prompt.kind {
            PromptKind::Mask(path) => {
                let path = place.path(path)?;
                let mask = place.read(&path)?;
                stamps.push(MaskStamp::of(path));
                KeyPrompt::Mask(mask)
            }
            PromptKind::Shapes { path, layer } => {
                let path = place.path(path)?;
                let mask = place.draw(&path, layer.as_deref())?;
                stamps.push(MaskStamp::of(path));
                KeyPrompt::Mask(mask)
            }
            PromptKind::Drawing(strokes) => KeyPrompt::Drawing(strokes.as_slice().into()),
            PromptKind::Point(_) | PromptKind::Box(_) => KeyPrompt::PointOrBox(prompt.kind.clone()),
        };
        prompts.push((prompt.frame, key_prompt));
    }
    Ok(())
}

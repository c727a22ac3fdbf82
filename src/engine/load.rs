//! From a request to checked plans: JSON parsed, masks read, both kept for the next frame.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use parking_lot::Mutex;

use super::digest::Digest;
use super::plan::{KeyPrompt, MaskPrompt, ObjectPlan};
use crate::io::{self, Budget};
use crate::job::Request;
use crate::job::prompts::{Label, Limits, MASK_OBJECT, ObjectPrompts, PromptError, PromptKind, Prompts};
use crate::raster::Matte;
use crate::shapes;

/// Plans kept, for as many nodes that render by turns.
const MOST: usize = 16;

/// The objects of a request that are shown and of which something is said.
pub type Plan = Vec<ObjectPlan>;

/// Plans by request.
#[derive(Debug, Default)]
pub struct Plans {
    kept: Mutex<VecDeque<Kept>>,
}

#[derive(Debug)]
struct Kept {
    request: Request,
    clip_mask: Option<Digest>,
    stamps: Vec<Stamp>,
    plan: Arc<Plan>,
}

/// What tells that a mask file is as it was.
#[derive(Debug, PartialEq, Eq)]
struct Stamp {
    path: PathBuf,
    about: Option<(u64, SystemTime)>,
}

impl Stamp {
    fn of(path: PathBuf) -> Self {
        let about = std::fs::metadata(&path).ok().and_then(|m| Some((m.len(), m.modified().ok()?)));
        Self { path, about }
    }
}

/// The prompts of `request`, checked as far as that goes without masks.
pub fn checked(request: &Request) -> Result<Arc<Prompts>, PromptError> {
    let mut prompts = Arc::clone(&request.prompts);
    let limits =
        Limits { width: request.width, height: request.height, first: request.first, last: request.last };
    prompts.check(&limits, request.mask_frame)?;
    if prompts.objects.is_empty() {
        Arc::make_mut(&mut prompts)
            .objects
            .push(ObjectPrompts { name: MASK_OBJECT.into(), ..ObjectPrompts::default() });
    }
    Ok(prompts)
}

impl Plans {
    /// The plan of `request`, if it is kept and its masks are what they were. `clip_mask` is the
    /// digest of the matte of the Mask input.
    pub fn get(&self, request: &Request, clip_mask: Option<Digest>) -> Option<Arc<Plan>> {
        let mut kept = self.kept.lock();
        let i = kept.iter().position(|k| k.clip_mask == clip_mask && k.request == *request)?;
        let found = kept.remove(i)?;
        if found.stamps.iter().any(|s| Stamp::of(s.path.clone()) != *s) {
            return None;
        }
        let plan = Arc::clone(&found.plan);
        kept.push_back(found);
        Some(plan)
    }

    /// Makes the plan of `request`, reading its masks. `clip_mask` is the matte of the Mask input.
    pub fn make(&self, request: &Request, clip_mask: Option<Matte>) -> Result<Arc<Plan>, PromptError> {
        let prompts = checked(request)?;
        let clip_mask = clip_mask.map(MaskPrompt::new);
        let mut stamps = Vec::new();
        let mut plan = Vec::with_capacity(prompts.objects.len());
        let shown: Vec<bool> = (0..prompts.objects.len()).map(|i| prompts.shows(i)).collect();
        for (i, object) in prompts.objects.iter().enumerate().filter(|(i, _)| shown[*i]) {
            let mut prompts = Vec::with_capacity(object.prompts.len() + 1);
            if i == 0
                && let (Some(frame), Some(mask)) = (request.mask_frame, &clip_mask)
            {
                prompts.push((frame, KeyPrompt::Mask(mask.clone())));
            }
            for prompt in &object.prompts {
                let what = match &prompt.kind {
                    PromptKind::Mask(path) => {
                        let path = mask_path(&object.name, prompt.frame, path, request.base.as_deref())?;
                        let mask = read_mask(&object.name, prompt.frame, &path, request)?;
                        stamps.push(Stamp::of(path));
                        KeyPrompt::Mask(mask)
                    }
                    PromptKind::Shapes { path, layer } => {
                        let path = mask_path(&object.name, prompt.frame, path, request.base.as_deref())?;
                        let mask = draw_mask(&object.name, prompt.frame, &path, layer.as_deref(), request)?;
                        stamps.push(Stamp::of(path));
                        KeyPrompt::Mask(mask)
                    }
                    shape => KeyPrompt::PointOrBox(shape.clone()),
                };
                prompts.push((prompt.frame, what));
            }
            if prompts.is_empty() {
                continue;
            }
            if !prompts.iter().any(|(_, s)| tells(s)) {
                return Err(PromptError::OnlyEmpty(object.name.clone()));
            }
            plan.push(ObjectPlan::new(object.name.clone(), prompts, request.propagation));
        }
        let plan = Arc::new(plan);
        let mut kept = self.kept.lock();
        while kept.len() >= MOST {
            kept.pop_front();
        }
        let clip_mask = clip_mask.map(|m| m.digest);
        kept.push_back(Kept { request: request.clone(), clip_mask, stamps, plan: Arc::clone(&plan) });
        Ok(plan)
    }
}

fn tells(prompts: &KeyPrompt) -> bool {
    match prompts {
        KeyPrompt::PointOrBox(PromptKind::Point(point)) => point.label == Label::Positive,
        KeyPrompt::PointOrBox(_) => true,
        KeyPrompt::Mask(mask) => !mask.empty,
    }
}

fn mask_path(object: &str, frame: i64, path: &Path, base: Option<&Path>) -> Result<PathBuf, PromptError> {
    match base {
        _ if path.is_absolute() => Ok(path.to_owned()),
        Some(base) => Ok(base.join(path)),
        None => Err(PromptError::Mask {
            object: object.to_owned(),
            frame,
            reason: format!("{} is relative, and the prompts have no folder to start from", path.display()),
        }),
    }
}

fn read_mask(object: &str, frame: i64, path: &Path, request: &Request) -> Result<MaskPrompt, PromptError> {
    let fail = |e: io::IoError| PromptError::Mask { object: object.to_owned(), frame, reason: e.to_string() };
    // It is as large as the footage, or it is not read: nothing is decoded to find that out.
    let any = Budget { pixels: u64::MAX, ..Budget::of_process() };
    let found = io::size_within(path, &any).map_err(fail)?;
    fits(object, frame, path, found, request)?;
    let matte = io::read_matte_within(path, &any).map_err(fail)?;
    // It may have been exchanged meanwhile.
    sized(object, frame, path, matte, request)
}

/// The mask that a file of shapes draws on `frame`.
fn draw_mask(
    object: &str,
    frame: i64,
    path: &Path,
    layer: Option<&str>,
    request: &Request,
) -> Result<MaskPrompt, PromptError> {
    let fail = |reason: String| PromptError::Shapes { object: object.to_owned(), frame, reason };
    let (animation, left_out) = shapes::read_file_noting(path).map_err(|e| fail(e.to_string()))?;
    let told = |reason: String| fail(format!("{}: {reason}", path.display()));
    let named = layer.is_some() || animation.choose(Some(object), object).is_ok();
    let layer = animation.choose(layer, object).map_err(|e| told(e.to_string()))?;
    // A mask that lacks a shape is another one, and so is that of a layer which is the only one of what is left.
    if let Some(reason) = left_out.of_layer(layer).or(left_out.first().filter(|_| !named)) {
        return Err(told(reason.to_owned()));
    }
    for sentence in left_out.sentences() {
        log::info!("{}: {sentence}", path.display());
    }
    let (first, last) = (animation.first, animation.last);
    if !(first..=last).contains(&frame) {
        return Err(fail(format!("{} has frames {first} to {last}, not this one", path.display())));
    }
    fits(object, frame, path, (animation.width, animation.height), request)?;
    shapes::check_drawing(&animation, Some(layer), frame).map_err(|e| told(e.to_string()))?;
    Ok(MaskPrompt::new(shapes::draw(&animation, layer, frame)))
}

fn sized(
    object: &str,
    frame: i64,
    path: &Path,
    matte: Matte,
    request: &Request,
) -> Result<MaskPrompt, PromptError> {
    fits(object, frame, path, (matte.width(), matte.height()), request)?;
    Ok(MaskPrompt::new(matte))
}

/// Whether a mask is as large as the footage.
fn fits(
    object: &str,
    frame: i64,
    path: &Path,
    (found_width, found_height): (u32, u32),
    request: &Request,
) -> Result<(), PromptError> {
    let (width, height) = (request.width, request.height);
    if (found_width, found_height) == (width, height) {
        return Ok(());
    }
    let (object, path) = (object.to_owned(), path.display().to_string());
    Err(PromptError::MaskSize { object, frame, path, found_width, found_height, width, height })
}

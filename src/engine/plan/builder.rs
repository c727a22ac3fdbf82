//! From the list of an object's prompts to its keyframes.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::key_prompt::{KeyPrompt, MaskPrompt};
use super::keyframe::{Anchors, Keyframe};
use crate::engine::digest::{Digest, Recipe};
use crate::job::prompts::{FramePrompt, Label, PromptKind, Stroke, StrokePath};

/// Negative points and strokes that subtract can only correct: those listed before anything that says where the object is
/// count as listed after it.
pub fn usable_first(prompts: Vec<(i64, KeyPrompt)>) -> Vec<(i64, KeyPrompt)> {
    let tell: HashSet<i64> = prompts.iter().filter(|(_, s)| s.is_positive()).map(|(t, _)| *t).collect();
    let Some(first) = prompts.iter().position(|(t, _)| tell.contains(t)) else {
        return prompts;
    };
    let only_corrects = |s: &KeyPrompt| matches!(s, KeyPrompt::PointOrBox(_) | KeyPrompt::Drawing(_));
    let late: Vec<_> = prompts[..first].iter().filter(|(_, s)| only_corrects(s)).cloned().collect();
    let mut ordered: Vec<_> = prompts[..first].iter().filter(|(_, s)| !only_corrects(s)).cloned().collect();
    ordered.push(prompts[first].clone());
    ordered.extend(late);
    ordered.extend_from_slice(&prompts[first + 1..]);
    ordered
}

/// A keyframe as it was when so many of its prompts were listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct KeyframeVersion {
    time: i64,
    count: usize,
    absent: bool,
}

/// Makes keyframes of a list of prompts.
#[derive(Default)]
pub struct Builder {
    /// All prompts of a frame, in order.
    prompts: HashMap<i64, Vec<KeyPrompt>>,
    /// Frames in the order in which they are first listed, with their neighbours at that time.
    listed: Vec<(i64, Neighbours)>,
    /// The keyframes as of now.
    current: BTreeMap<i64, KeyframeVersion>,
    keyframes: Vec<Keyframe>,
    known: HashMap<KeyframeVersion, usize>,
    earlier: HashMap<i64, Anchors>,
}

/// The keyframes before and after a frame.
type Neighbours = (Option<KeyframeVersion>, Option<KeyframeVersion>);

impl Builder {
    /// Forgets which prompts correct the track of those before them.
    pub fn correct_nothing(&mut self) {
        self.listed.clear();
    }

    /// Adds the next prompt of the list, which is on the frame `time`.
    pub fn add(&mut self, time: i64, prompt: KeyPrompt) {
        if !self.current.contains_key(&time) {
            let left = self.current.range(..time).next_back().map(|(_, v)| *v);
            let right = self.current.range(time..).next().map(|(_, v)| *v);
            self.listed.push((time, (left, right)));
        }
        let version = self.current.entry(time).or_insert(KeyframeVersion { time, count: 0, absent: false });
        version.count += 1;
        let prompts = self.prompts.entry(time).or_default();
        prompts.push(prompt);
        let empty = |prompt: &KeyPrompt| matches!(prompt, KeyPrompt::Mask(mask) if mask.empty);
        let drawn = |prompt: &KeyPrompt| matches!(prompt, KeyPrompt::Drawing(_)) && prompt.is_positive();
        version.absent = prompts.iter().any(empty) && !prompts.iter().any(drawn);
    }

    /// All keyframes, and the index of each that the whole list makes, by its frame.
    pub fn done(mut self) -> (Vec<Keyframe>, BTreeMap<i64, usize>) {
        // In the order of the list, so that what a keyframe refers to is there before it.
        for (time, (left, right)) in std::mem::take(&mut self.listed) {
            let left = left.filter(|v| !v.absent).map(|v| self.keyframe(v));
            let right = right.filter(|v| !v.absent).map(|v| self.keyframe(v));
            match (left, right) {
                (Some(left), Some(right)) => self.earlier.insert(time, Anchors::Between(left, right)),
                (Some(keyframe), None) | (None, Some(keyframe)) => {
                    self.earlier.insert(time, Anchors::From(keyframe))
                }
                (None, None) => None,
            };
        }
        let current = std::mem::take(&mut self.current);
        let keys = current.into_iter().map(|(time, version)| (time, self.keyframe(version))).collect();
        (self.keyframes, keys)
    }

    /// The index of a keyframe, which is made where it is not there yet.
    fn keyframe(&mut self, version: KeyframeVersion) -> usize {
        if let Some(&known) = self.known.get(&version) {
            return known;
        }
        let time = version.time;
        let mut shapes = FramePrompt::default();
        let (mut mask, mut drawing) = (None, None);
        for prompt in self.prompts.get(&time).into_iter().flatten().take(version.count) {
            match prompt {
                KeyPrompt::PointOrBox(PromptKind::Point(point)) => shapes.points.push(*point),
                KeyPrompt::PointOrBox(PromptKind::Box(bounds)) => shapes.bounds = Some(*bounds),
                KeyPrompt::PointOrBox(
                    PromptKind::Mask(_) | PromptKind::Shapes { .. } | PromptKind::Drawing(_),
                ) => {}
                KeyPrompt::Drawing(strokes) => drawing = Some(Arc::clone(strokes)),
                KeyPrompt::Mask(given) => mask = Some(given.clone()),
            }
        }
        if mask.is_some() {
            // The mask is the matte: there is nothing left for clicks to say.
            shapes = FramePrompt::default();
        }
        // A mask or a box says all by itself.
        let corrects = mask.is_none() && shapes.bounds.is_none();
        let earlier = self.earlier.get(&time).copied().filter(|_| corrects);
        let digest = prompt_digest(&shapes, mask.as_ref(), drawing.as_deref());
        self.keyframes.push(Keyframe { time, prompt: shapes, mask, drawing, digest, earlier });
        self.known.insert(version, self.keyframes.len() - 1);
        self.keyframes.len() - 1
    }
}

fn prompt_digest(shapes: &FramePrompt, mask: Option<&MaskPrompt>, drawing: Option<&[Stroke]>) -> Digest {
    let mut recipe = Recipe::new("prompt").number(shapes.points.len() as i64);
    for point in &shapes.points {
        let positive = i64::from(point.label == Label::Positive);
        recipe = recipe.real(point.at.x).real(point.at.y).number(positive);
    }
    if let Some(b) = shapes.bounds {
        recipe = recipe.text("box").real(b.x0).real(b.y0).real(b.x1).real(b.y1);
    }
    if let Some(mask) = mask {
        recipe = recipe.text("mask").digest(&mask.digest);
    }
    if let Some(strokes) = drawing {
        recipe = recipe.text("drawing").number(strokes.len() as i64);
        for stroke in strokes {
            let radius = match stroke.path {
                StrokePath::Area(_) => 0.0,
                StrokePath::Brush { radius, .. } => radius,
            };
            let points = stroke.points();
            recipe = recipe.number(stroke.adds.into()).real(radius).number(points.len() as i64);
            recipe = points.iter().fold(recipe, |recipe, at| recipe.real(at.x).real(at.y));
        }
    }
    recipe.done()
}

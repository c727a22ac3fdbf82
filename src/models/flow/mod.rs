//! A tracker that needs no model: optical flow carries the labels of the last frame, and colours,
//! places and motion learned from the frames before correct them.
//!
//! Labels live on a grid of a bounded size (`features.rs`), so that the work does not grow with the
//! footage; `matte::upsample` finds the edge at the footage's own size. Every parallel loop writes
//! each value once, so results do not depend on the number of threads.

mod between;
mod boxed;
mod clicks;
mod colour;
mod cut;
pub(super) mod dis;
mod energy;
mod features;
mod flows;
mod geodesic;
mod kept;
mod local;
mod memory;
mod motion;
pub(super) mod plane;
mod progress;
mod region;
mod saved;
mod step;
mod still;
mod ways;

#[cfg(test)]
mod click_tests;
#[cfg(test)]
pub(super) mod tests;

use std::sync::Arc;

pub use between::between;

use super::{Embedding, IdleClick, Memory, Model, ModelError, Prediction, Tracker};
use crate::job::ModelInfo;
use crate::job::prompts::{FramePrompt, PointPrompt};
use crate::matte::upsample;
use crate::raster::{Frame, Matte};
use features::{Embedded, Features};
use flows::Flows;
use memory::FlowMemory;
use motion::Motion;
use plane::Plane;
use progress::Progress;
pub(super) use progress::{First, Known};

/// Pairs of frames whose flow is cached: objects may be at different frames.
const PAIRS: usize = 4;

/// The tracker. Its state is a cache: the flow between frames, which all objects share.
#[derive(Default)]
pub struct FlowTracker {
    cache: Vec<Pair>,
    note: Option<String>,
    /// The last answer.
    progress: Option<Progress>,
    /// The same as they are told.
    told: Vec<IdleClick>,
}

/// Two frames and the flow between them.
struct Pair {
    before: Arc<Features>,
    now: Arc<Features>,
    flows: Arc<Flows>,
}

impl FlowTracker {
    /// A tracker with nothing cached.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A tracker that says why it is used in the place of another.
    #[must_use]
    pub fn in_place_of(note: String) -> Self {
        Self { note: Some(note), ..Self::default() }
    }

    /// The object of `prompt`, where `known` has what another model believes after each of the prompt's steps
    /// ([`FramePrompt::steps`]): log odds on any grid over the frame. `confidence` is that model's.
    pub(super) fn segment_believing(
        &mut self,
        embedding: &Embedding,
        prompt: &FramePrompt,
        known: &Known,
        confidence: f32,
    ) -> Result<Prediction, ModelError> {
        let e = embedded(embedding)?;
        Ok(self.answer(e, prompt, known, confidence))
    }

    /// What `prompt` gives, one step after another.
    fn answer(&mut self, e: &Embedded, prompt: &FramePrompt, known: &Known, confidence: f32) -> Prediction {
        let progress = self.progress.take();
        let progress = self.progress.insert(Progress::answer(progress, e, prompt, known));
        let mut found = finish(e, progress.labels(), confidence);
        if let Some((earlier, before)) = known.earlier().zip(progress.corrected()) {
            found.matte = kept::kept(earlier, found.matte, before, progress.labels());
        }
        found
    }

    /// The clicks of the last answer that changed nothing, by their numbers in `prompt`, whatever order they were
    /// taken in.
    pub(super) fn idle_of(&mut self, prompt: &FramePrompt) -> Vec<IdleClick> {
        let number = |point: &PointPrompt| prompt.points.iter().rposition(|p| p == point).map(|n| n + 1);
        let idle = self.progress.iter().flat_map(|p| &p.idle);
        idle.filter_map(|(point, reason)| Some(IdleClick { number: number(point)?, reason: *reason }))
            .collect()
    }

    /// The flow between two frames, computed when it is not the one of a moment ago.
    fn flows(&mut self, before: &Arc<Features>, now: &Arc<Features>) -> Result<Arc<Flows>, ModelError> {
        if (before.width(), before.height()) != (now.width(), now.height()) {
            return Err(ModelError::Inference {
                graph: "optical flow".to_owned(),
                reason: format!(
                    "the frame's grid is {}x{} pixels, that of the frame before it {}x{}",
                    now.width(),
                    now.height(),
                    before.width(),
                    before.height()
                ),
            });
        }
        let known = |p: &&Pair| Arc::ptr_eq(&p.before, before) && Arc::ptr_eq(&p.now, now);
        if let Some(pair) = self.cache.iter().find(known) {
            return Ok(pair.flows.clone());
        }
        let flows = Arc::new(Flows::new(before, now));
        if self.cache.len() >= PAIRS {
            self.cache.remove(0);
        }
        self.cache.push(Pair { before: before.clone(), now: now.clone(), flows: flows.clone() });
        Ok(flows)
    }
}

/// Whether these bytes are taken for a memory that was saved.
pub(super) fn restores(saved: &[u8]) -> bool {
    saved::decode(saved).is_some()
}

fn embedded(embedding: &Embedding) -> Result<&Embedded, ModelError> {
    embedding
        .downcast_ref()
        .ok_or(ModelError::Internal("the flow tracker: the embedding belongs to another tracker"))
}

impl Model for FlowTracker {
    fn info(&self) -> ModelInfo {
        ModelInfo {
            name: "flow".to_owned(),
            version: "5".to_owned(),
            device: "CPU".to_owned(),
            note: self.note.clone(),
        }
    }
}

impl Tracker for FlowTracker {
    fn embed(&mut self, frame: &Arc<Frame>) -> Result<Embedding, ModelError> {
        Ok(Arc::new(Embedded { frame: frame.clone(), features: Arc::new(Features::new(frame)) }))
    }

    fn segment(
        &mut self,
        embedding: &Embedding,
        prompt: &FramePrompt,
        earlier: Option<&Matte>,
    ) -> Result<Prediction, ModelError> {
        let e = embedded(embedding)?;
        if let Some(mask) = &prompt.mask {
            return Ok(Prediction::new(mask.clone(), 1.0));
        }
        let ordered = if earlier.is_none() { prompt.positive_first() } else { prompt.clone() };
        let found = self.answer(e, &ordered, &earlier.map_or(Known::Nothing, Known::Earlier), 0.8);
        self.told = self.idle_of(prompt);
        Ok(found)
    }

    fn idle_clicks(&mut self) -> Vec<IdleClick> {
        std::mem::take(&mut self.told)
    }

    fn memory(&self, _frames: Option<usize>) -> Box<dyn Memory> {
        Box::new(FlowMemory::default())
    }

    fn restore(&self, saved: &[u8]) -> Option<Box<dyn Memory>> {
        Some(Box::new(saved::decode(saved)?))
    }

    fn remember(
        &mut self,
        memory: &mut dyn Memory,
        _time: i64,
        embedding: &Embedding,
        found: &Prediction,
        prompted: bool,
    ) -> Result<(), ModelError> {
        let e = embedded(embedding)?;
        let memory = boxed::of_mut(memory)?;
        let motion = match memory.last() {
            Some(last) => {
                let flows = self.flows(&last.features, &e.features)?;
                Some(Motion::fit(&flows.forward, &flows.trust_before, &last.labels))
            }
            None => None,
        };
        memory.add(&e.features, e.features.labels(&found.matte), prompted, motion);
        Ok(())
    }

    fn propagate(
        &mut self,
        memory: &dyn Memory,
        _time: i64,
        embedding: &Embedding,
    ) -> Result<Prediction, ModelError> {
        let e = embedded(embedding)?;
        let memory = boxed::of(memory)?;
        let last = memory.last().ok_or(ModelError::Internal("the flow tracker: the memory is empty"))?;
        let flows = self.flows(&last.features, &e.features)?;
        let found = step::step(memory, last, &e.features, &flows);
        Ok(match found {
            Some(s) => finish(e, &s.labels, s.confidence),
            None => Prediction::new(Matte::filled(e.frame.width(), e.frame.height(), 0.0), 0.0),
        })
    }
}

/// Labels of the grid to a matte of the frame.
fn finish(e: &Embedded, labels: &Plane, confidence: f32) -> Prediction {
    let coarse = Matte::new(labels.width as u32, labels.height as u32, labels.data.clone());
    let matte = coarse.map_or_else(
        |_| Matte::filled(e.frame.width(), e.frame.height(), 0.0),
        |m| upsample::refine(&e.frame, &m),
    );
    let confidence = if matte.is_empty() { 0.0 } else { confidence };
    Prediction::new(matte, confidence)
}

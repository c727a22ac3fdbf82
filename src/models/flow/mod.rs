//! A tracker that needs no model: optical flow carries the labels of the last frame, and colours,
//! places and motion learned from the frames before correct them.
//!
//! Labels live on a grid of a bounded size (`features.rs`), so that the work does not grow with the
//! footage; a guided filter finds the edge at the footage's own size. Every parallel loop writes
//! each value once, so results do not depend on the number of threads.

mod between;
mod colour;
mod cut;
pub(super) mod dis;
mod energy;
mod features;
mod flows;
mod geodesic;
mod local;
mod memory;
mod motion;
pub(super) mod plane;
mod region;
mod saved;
mod step;
mod still;
mod ways;

#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use between::between;

use super::{Embedding, Memory, Model, ModelError, Prediction, Tracker};
use crate::job::ModelInfo;
use crate::job::prompts::{FramePrompt, Label};
use crate::matte::guided::{self, Guided};
use crate::raster::{Frame, Matte, PixelPoint};
use features::{Embedded, Features};
use flows::Flows;
use memory::FlowMemory;
use motion::Motion;
use plane::Plane;
use region::Region;

/// How the edge is found between the pixels of the label grid.
const EDGE: Guided = Guided { radius: 3, epsilon: 1e-4 };

/// Pairs of frames whose flow is cached: objects may be at different frames.
const PAIRS: usize = 4;

/// The tracker. Its state is a cache: the flow between frames, which all objects share.
#[derive(Default)]
pub struct FlowTracker {
    cache: Vec<Pair>,
    note: Option<String>,
}

/// What the first step of a prompt is answered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum First {
    /// Colours and a cut.
    Colours,
    /// The same, beginning with what the other model believes.
    Believed,
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

    /// The object of `prompt` in a frame of which nothing is known before, where another model believes
    /// `odds` after each of the prompt's steps ([`FramePrompt::steps`]): log odds on any grid over the
    /// frame. The first step is answered by colours alone where `first` says so; `confidence` is that
    /// model's.
    pub(super) fn segment_believing(
        &self,
        embedding: &Embedding,
        prompt: &FramePrompt,
        odds: &[Plane],
        first: First,
        confidence: f32,
    ) -> Result<Prediction, ModelError> {
        let e = embedded(embedding)?;
        let (w, h) = (e.features.width(), e.features.height());
        let on_grid = |odds: &Plane| {
            let (sx, sy) = (odds.width as f32 / w as f32, odds.height as f32 / h as f32);
            Plane::from_fn(w, h, |x, y| odds.sample((x as f32 + 0.5) * sx - 0.5, (y as f32 + 0.5) * sy - 0.5))
        };
        let mut labels: Option<Plane> = None;
        for (step, odds) in prompt.steps().iter().zip(odds) {
            let (hints, belief) = (hints(e, step, None), on_grid(odds));
            labels = Some(match (&labels, step.points.last()) {
                (Some(known), Some(click)) => {
                    let at = e.features.place(click.at, &e.frame);
                    let on = click.label == Label::Positive;
                    still::correct(&e.features, &hints, Some(&belief), known, at, on)
                }
                _ => {
                    let belief = Some(&belief).filter(|_| first == First::Believed);
                    still::segment(&e.features, &hints, belief)
                }
            });
        }
        let labels = labels.ok_or(ModelError::Internal("the flow tracker: a prompt without a step"))?;
        Ok(finish(e, &labels, confidence))
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

fn embedded(embedding: &Embedding) -> Result<&Embedded, ModelError> {
    embedding
        .downcast_ref()
        .ok_or(ModelError::Internal("the flow tracker: the embedding belongs to another tracker"))
}

impl Model for FlowTracker {
    fn info(&self) -> ModelInfo {
        ModelInfo {
            name: "flow".to_owned(),
            version: "2".to_owned(),
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
            let present = !mask.is_empty();
            return Ok(Prediction { matte: mask.clone(), confidence: 1.0, present, state: None });
        }
        Ok(finish(e, &still::segment(&e.features, &hints(e, prompt, earlier), None), 0.8))
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
        let memory = memory::of_mut(memory)?;
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
        let memory = memory::of(memory)?;
        let last = memory.last().ok_or(ModelError::Internal("the flow tracker: the memory is empty"))?;
        let flows = self.flows(&last.features, &e.features)?;
        let found = step::step(memory, last, &e.features, &flows);
        Ok(match found {
            Some(s) => finish(e, &s.labels, s.confidence),
            None => Prediction {
                matte: Matte::filled(e.frame.width(), e.frame.height(), 0.0),
                confidence: 0.0,
                present: false,
                state: None,
            },
        })
    }
}

/// What is said, on the label grid.
fn hints(e: &Embedded, prompt: &FramePrompt, earlier: Option<&Matte>) -> still::Hints {
    let f = &e.features;
    let points = |label: Label| {
        let given = prompt.points.iter().filter(|p| p.label == label);
        given.map(|p| f.place(p.at, &e.frame)).collect::<Vec<_>>()
    };
    let bounds = prompt.bounds.map(|b| {
        let corner = |x, y| f.place(PixelPoint { x, y }, &e.frame);
        let (low, high) = (corner(b.x0, b.y0), corner(b.x1, b.y1));
        let side = |v: f32, n: usize| (v.round().max(0.0) as usize).min(n);
        let (x0, y0) = (side(low.0, f.width() - 1), side(low.1, f.height() - 1));
        Region { x0, y0, x1: side(high.0, f.width()).max(x0 + 1), y1: side(high.1, f.height()).max(y0 + 1) }
    });
    still::Hints {
        positive: points(Label::Positive),
        negative: points(Label::Negative),
        bounds,
        earlier: earlier.map(|m| f.labels(m)),
    }
}

/// Labels of the grid to a matte of the frame.
fn finish(e: &Embedded, labels: &Plane, confidence: f32) -> Prediction {
    let coarse = Matte::new(labels.width as u32, labels.height as u32, labels.data.clone());
    let matte = coarse.map_or_else(
        |_| Matte::filled(e.frame.width(), e.frame.height(), 0.0),
        |m| guided::refine(&e.frame, &m, EDGE),
    );
    let present = !matte.is_empty();
    Prediction { matte, confidence: if present { confidence } else { 0.0 }, present, state: None }
}

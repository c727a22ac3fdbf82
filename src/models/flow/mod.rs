//! A tracker that needs no model: optical flow carries the labels, colours correct them.

mod colour;
mod cut;
pub(super) mod dis;
mod energy;
mod features;
mod local;
mod memory;
pub(super) mod plane;
mod region;
mod step;
mod still;

use std::sync::Arc;

use super::{Embedding, FramePrompt, Label, Memory, ModelError, Prediction, Tracker, TrackerInfo};
use crate::matte::guided::{self, Guided};
use crate::raster::{Frame, Matte};
use dis::Flow;
use features::{Embedded, Features};
use memory::FlowMemory;
use plane::Plane;
use region::Region;

/// How the edge is found between the pixels of the label grid.
const EDGE: Guided = Guided { radius: 3, epsilon: 1e-4 };

/// The tracker. Its state is a cache: the flow between the last two frames, which all objects
/// share.
#[derive(Default)]
pub struct FlowTracker {
    cache: Vec<Pair>,
    note: Option<String>,
}

/// The flow between two frames, both ways.
#[derive(Clone)]
struct Pair {
    before: Arc<Features>,
    now: Arc<Features>,
    flows: Arc<(Flow, Flow)>,
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

    fn flows(&mut self, before: &Arc<Features>, now: &Arc<Features>) -> Arc<(Flow, Flow)> {
        let known = self.cache.iter().find(|p| Arc::ptr_eq(&p.before, before) && Arc::ptr_eq(&p.now, now));
        if let Some(pair) = known {
            return pair.flows.clone();
        }
        let flows =
            Arc::new((dis::flow(&before.levels, &now.levels), dis::flow(&now.levels, &before.levels)));
        if self.cache.len() >= 4 {
            self.cache.remove(0);
        }
        self.cache.push(Pair { before: before.clone(), now: now.clone(), flows: flows.clone() });
        flows
    }
}

fn embedded(embedding: &Embedding) -> Result<&Embedded, ModelError> {
    embedding
        .downcast_ref()
        .ok_or(ModelError::Internal("the flow tracker: the embedding is of another tracker"))
}

impl Tracker for FlowTracker {
    fn info(&self) -> TrackerInfo {
        TrackerInfo {
            name: "flow".to_owned(),
            version: "1".to_owned(),
            device: "CPU".to_owned(),
            note: self.note.clone(),
        }
    }

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
        let f = &e.features;
        let (sx, sy) = (
            f.width() as f64 / f64::from(e.frame.width().max(1)),
            f.height() as f64 / f64::from(e.frame.height().max(1)),
        );
        let points = |label: Label| {
            let given = prompt.points.iter().filter(|p| p.label == label);
            given.map(|p| ((p.at.x * sx) as f32, (p.at.y * sy) as f32)).collect::<Vec<_>>()
        };
        let bounds = prompt.bounds.map(|b| {
            let side = |v: f64, scale: f64, n: usize| ((v * scale).round().max(0.0) as usize).min(n);
            let (x0, y0) = (side(b.x0, sx, f.width() - 1), side(b.y0, sy, f.height() - 1));
            Region {
                x0,
                y0,
                x1: side(b.x1, sx, f.width()).max(x0 + 1),
                y1: side(b.y1, sy, f.height()).max(y0 + 1),
            }
        });
        let hints = still::Hints {
            positive: points(Label::Positive),
            negative: points(Label::Negative),
            bounds,
            earlier: earlier.map(|m| f.labels(m)),
        };
        Ok(finish(e, &still::segment(f, &hints), 0.8))
    }

    fn memory(&self) -> Box<dyn Memory> {
        Box::new(FlowMemory::default())
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
        memory::of_mut(memory)?.add(&e.features, e.features.labels(&found.matte), prompted);
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
        let flows = self.flows(&last.features, &e.features);
        let found = step::step(&last.features, &last.labels, &e.features, &flows.0, &flows.1, memory.odds());
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

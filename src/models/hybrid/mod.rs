//! Any tracker together with optical flow: what was drawn is carried along, and each pixel takes the answer that is
//! to be trusted there.
//!
//! A tracker finds the object anew in each frame and loses what a drawing says exactly: its outline. The flow keeps
//! the outline and loses the object, where it turns, is hidden or moves too fast. So the drawing of the last keyframe
//! is carried from frame to frame by flow; how far each pixel is to be trusted follows from how well its way there and
//! back closes and from how much it looks like the pixel that was drawn. A frame's answer is the mean of the signed
//! distances of the carried drawing and of the tracker's own answer, by their trust. The tracker remembers that answer.
//! Where a second tracker follows the object as well, both answers count, each by how well it covers the carried drawing
//! (`second.rs`). The edge is as soft as the tracker's own (`track.rs`). Between two keyframes the engine takes the mean
//! of both carried drawings and of both tracks in the same way.
//!
//! Where the shot cuts, the track ends: the object is not looked for in another shot (`watch.rs`). Where
//! the object left or is hidden, it is absent until what is found looks like it (`presence.rs`).
//!
//! In [`Propagation::Reference`](crate::job::Propagation::Reference) nothing is carried and nothing watched.

mod answered;
mod appearance;
mod carried;
mod certainty;
mod confidence;
mod drawing;
mod drawn;
mod fuse;
#[cfg(test)]
mod leave_tests;
mod memory;
mod picture;
mod presence;
mod saved;
mod second;
mod shot;
#[cfg(test)]
mod tests;
mod track;
mod watch;
#[cfg(test)]
mod watch_tests;

use std::sync::{Arc, OnceLock};

pub use carried::{Answer, Carried, FARTHEST};
pub use certainty::Doubts;
pub use confidence::between;
pub use drawn::drawn;
pub use fuse::fused;
pub use track::Track;

use super::{Embedding, IdleClick, Memory, Model, ModelError, Prediction, Tracker};
use crate::job::prompts::FramePrompt;
use crate::job::{ModelInfo, Noticed};
use crate::raster::{Frame, Matte};
use answered::Answered;
use drawing::{Drawing, Way};
use memory::HybridMemory;
use picture::Picture;
use presence::{Presence, Seen};
use saved::{Known, Saved};
use shot::View;
use watch::Watch;

/// Of what is made of drawings and answers: part of what every result is known by.
pub const VERSION: &str = "hybrid 7";

/// A tracker and the drawings that it is held to.
pub struct HybridTracker {
    inner: Box<dyn Tracker>,
    /// Another one that follows what the first was prompted with.
    second: Option<Box<dyn Tracker>>,
    /// Of the last frame that was propagated to.
    noticed: Option<Noticed>,
}

/// A frame as the tracker sees it, and on the grid of the carried drawing.
struct Embedded {
    frame: Arc<Frame>,
    /// What the tracker makes of it, once it is needed: beyond a cut it is not.
    inner: OnceLock<Embedding>,
    /// The same by the second one.
    second: OnceLock<Embedding>,
    picture: Arc<Picture>,
    view: OnceLock<Arc<View>>,
}

impl Embedded {
    /// The frame as it is compared with others.
    fn view(&self) -> Arc<View> {
        Arc::clone(self.view.get_or_init(|| Arc::new(View::new(&self.picture.small))))
    }
}

/// What is wanted back in [`Tracker::remember`].
struct State {
    inner: Option<Arc<dyn std::any::Any + Send + Sync>>,
    second: Option<Arc<dyn std::any::Any + Send + Sync>>,
    way: Option<Arc<Way>>,
    watch: Watch,
}

impl HybridTracker {
    /// `inner`, held to drawings; itself where it finds nothing in frames that are not prompted.
    #[must_use]
    pub fn around(inner: Box<dyn Tracker>) -> Box<dyn Tracker> {
        if inner.propagates() { Box::new(Self { inner, second: None, noticed: None }) } else { inner }
    }

    /// As [`Self::around`]; `second` follows what `inner` was prompted with, and each frame is answered by both.
    #[must_use]
    pub fn with_second(inner: Box<dyn Tracker>, second: Box<dyn Tracker>) -> Box<dyn Tracker> {
        if !inner.propagates() || !second.propagates() {
            return Self::around(inner);
        }
        Box::new(Self { inner, second: Some(second), noticed: None })
    }
}

/// A frame as `tracker` sees it, which is `known` from then on.
fn seen_by(
    tracker: &mut dyn Tracker,
    frame: &Arc<Frame>,
    known: &OnceLock<Embedding>,
) -> Result<Embedding, ModelError> {
    if let Some(known) = known.get() {
        return Ok(Arc::clone(known));
    }
    let embedding = tracker.embed(frame)?;
    Ok(Arc::clone(known.get_or_init(|| embedding)))
}

fn embedded(embedding: &Embedding) -> Result<&Embedded, ModelError> {
    embedding
        .downcast_ref()
        .ok_or(ModelError::Internal("the hybrid tracker: the embedding belongs to another tracker"))
}

impl Model for HybridTracker {
    fn info(&self) -> ModelInfo {
        let mut info = self.inner.info();
        if let Some(second) = self.second.as_ref().map(|second| second.info()) {
            info.name = format!("{}+{}", info.name, second.name);
            info.version = format!("{}+{}", info.version, second.version);
        }
        info
    }

    fn smaller(&self) -> Option<String> {
        self.inner.smaller()
    }
}

impl Tracker for HybridTracker {
    fn embed(&mut self, frame: &Arc<Frame>) -> Result<Embedding, ModelError> {
        let picture = Arc::new(Picture::new(frame));
        let (inner, second, view) = (OnceLock::new(), OnceLock::new(), OnceLock::new());
        Ok(Arc::new(Embedded { frame: Arc::clone(frame), inner, second, picture, view }))
    }

    fn segment(
        &mut self,
        embedding: &Embedding,
        prompt: &FramePrompt,
        earlier: Option<&Matte>,
    ) -> Result<Prediction, ModelError> {
        let seen = embedded(embedding)?;
        let inner = seen_by(self.inner.as_mut(), &seen.frame, &seen.inner)?;
        self.inner.segment(&inner, prompt, earlier)
    }

    fn idle_clicks(&mut self) -> Vec<IdleClick> {
        self.inner.idle_clicks()
    }

    fn noticed(&mut self) -> Option<Noticed> {
        self.noticed.take()
    }

    fn memory(&self, frames: Option<usize>) -> Box<dyn Memory> {
        let carries = frames.is_none();
        let second = self.second.as_ref().filter(|_| carries).map(|second| second.memory(frames));
        Box::new(HybridMemory::new(self.inner.memory(frames), second, carries))
    }

    fn restore(&self, saved: &[u8]) -> Option<Box<dyn Memory>> {
        let Saved { inner, second, known } = saved::decode(saved)?;
        let second = match (&self.second, second) {
            (Some(tracker), Some(second)) => Some(tracker.restore(&second)?),
            (None, None) => None,
            (Some(_), None) if !known.carries => None,
            _ => return None,
        };
        Some(Box::new(HybridMemory { inner: self.inner.restore(&inner)?, second, known }))
    }

    fn remember(
        &mut self,
        memory: &mut dyn Memory,
        time: i64,
        embedding: &Embedding,
        found: &Prediction,
        prompted: bool,
    ) -> Result<(), ModelError> {
        let seen = embedded(embedding)?;
        let memory = memory::of_mut(memory)?;
        let state = found.state.as_ref().and_then(|state| state.downcast_ref::<State>());
        if let Some(state) = state.filter(|state| state.watch.ended.is_some()) {
            // Nothing is looked for any more.
            memory.known = Known { carries: true, watch: state.watch.clone(), ..Known::default() };
            return Ok(());
        }
        let own = |state| Prediction { state, ..found.clone() };
        let inner = seen_by(self.inner.as_mut(), &seen.frame, &seen.inner)?;
        let first = match state {
            Some(state) => &own(state.inner.clone()),
            None => found,
        };
        self.inner.remember(memory.inner.as_mut(), time, &inner, first, prompted)?;
        if let Some((tracker, memory)) = self.second.as_mut().zip(memory.second.as_mut()) {
            let sight = seen_by(tracker.as_mut(), &seen.frame, &seen.second)?;
            let second = own(state.and_then(|state| state.second.clone()));
            tracker.remember(memory.as_mut(), time, &sight, &second, prompted)?;
        }
        let known = &mut memory.known;
        if known.carries && prompted {
            let drawing = Arc::new(Drawing::new(&seen.picture, &found.matte));
            known.way = Some(Arc::new(Way::new(&drawing)));
            let presence = Presence::new(&seen.picture, &drawing.inside());
            known.watch = Watch::new(time, &seen.view(), presence);
            known.drawing = Some(drawing);
        } else {
            known.way = state.and_then(|state| state.way.clone());
            known.watch = state.map(|state| state.watch.clone()).unwrap_or_default();
        }
        Ok(())
    }

    fn propagate(
        &mut self,
        memory: &dyn Memory,
        time: i64,
        embedding: &Embedding,
    ) -> Result<Prediction, ModelError> {
        let seen = embedded(embedding)?;
        let memory = memory::of(memory)?;
        let watch = match memory.known.carries {
            true => memory.known.watch.step(time, &|| seen.view()),
            false => Watch::default(),
        };
        self.noticed = watch.noticed();
        if watch.ended.is_some() {
            let state = State { inner: None, second: None, way: None, watch };
            return Ok(nothing(seen, state, None));
        }
        let inner = seen_by(self.inner.as_mut(), &seen.frame, &seen.inner)?;
        let own = self.inner.propagate(memory.inner.as_ref(), time, &inner)?;
        let other = match self.second.as_mut().zip(memory.second.as_ref()) {
            Some((tracker, memory)) => {
                let sight = seen_by(tracker.as_mut(), &seen.frame, &seen.second)?;
                Some(tracker.propagate(memory.as_ref(), time, &sight)?)
            }
            None => None,
        };
        let second = other.as_ref().and_then(|other| other.state.clone());
        let Some(drawing) = memory.known.drawing.as_ref().filter(|_| memory.known.carries) else {
            let state = State { inner: own.state, second, way: None, watch };
            return Ok(Prediction { state: Some(Arc::new(state)), carried: None, ..own });
        };
        let way = memory.known.way.as_ref().and_then(|way| way.step(drawing, &seen.picture)).map(Arc::new);
        let carried = way.as_ref().map(|way| Arc::new(way.carried(drawing)));
        let answer = Answered::new(&own, other.as_ref(), carried.as_deref(), &seen.picture);
        let (inside, drawn) = (&answer.inside[..], drawing.colours());
        let out = memory.known.way.is_some() && carried.is_none();
        let found = Seen { picture: &seen.picture, inside, drawn, out };
        let watch = Watch { presence: watch.presence.step(time, &found), ..watch };
        self.noticed = watch.noticed();
        let lost = watch.presence.lost.is_some();
        let state = State { inner: own.state, second, way, watch };
        if lost {
            // Between keyframes what was drawn on the other side may still meet it.
            return Ok(nothing(seen, state, carried));
        }
        let state = Some(Arc::new(state) as _);
        let Answered { matte, confidence, map: confidence_map, .. } = answer;
        Ok(Prediction { matte, confidence, confidence_map, present: true, state, carried })
    }
}

/// That the object is not in the frame.
fn nothing(seen: &Embedded, state: State, carried: Option<Arc<Carried>>) -> Prediction {
    let matte = Matte::filled(seen.frame.width(), seen.frame.height(), 0.0);
    Prediction { state: Some(Arc::new(state)), carried, ..Prediction::new(matte, 0.0) }
}

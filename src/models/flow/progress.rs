//! The clicks on a frame that were answered, so that one more does not answer those before it again.

use std::sync::Arc;

use super::clicks::{Click, Clicked, Effect};
use super::features::Embedded;
use super::plane::Plane;
use super::region::Region;
use super::still;
use crate::job::prompts::{FramePrompt, Label, PointPrompt};
use crate::models::IdleReason;
use crate::raster::{Frame, Matte, PixelPoint};

/// What an answer begins with.
#[derive(Clone, Copy)]
pub(in crate::models) enum Known<'a> {
    /// The prompt alone.
    Nothing,
    /// The matte that clicks correct.
    Earlier(&'a Matte),
    /// What another model believes after each step of the prompt: log odds on any grid over the frame.
    Believed(&'a [Plane], First),
    /// Both: a matte that clicks correct, and what another model believes after each of them.
    Corrected(&'a Matte, &'a [Plane]),
}

impl<'a> Known<'a> {
    /// The matte that clicks correct.
    pub fn earlier(&self) -> Option<&'a Matte> {
        match self {
            Known::Earlier(matte) | Known::Corrected(matte, _) => Some(matte),
            Known::Nothing | Known::Believed(..) => None,
        }
    }
}

/// What the first step of a prompt is answered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::models) enum First {
    /// Colours and a cut.
    Colours,
    /// The same, beginning with what the other model believes.
    Believed,
}

/// What the first click was answered from. What a model believes follows from the frame and the clicks before, and
/// is not compared.
#[derive(Debug, PartialEq)]
enum Start {
    Nothing,
    /// The labels that the clicks correct.
    Earlier(Plane),
    Believed(First),
}

/// The answer to a prompt, from its first click to its last.
pub(super) struct Progress {
    frame: Arc<Frame>,
    start: Start,
    bounds: Option<Region>,
    points: Vec<PointPrompt>,
    clicked: Clicked,
    /// Clicks that changed nothing.
    pub idle: Vec<(PointPrompt, IdleReason)>,
}

impl Progress {
    /// The answer to `prompt`: what `before` answered is not answered again where the prompt goes on from it.
    pub fn answer(before: Option<Self>, e: &Embedded, prompt: &FramePrompt, known: &Known) -> Self {
        let start = match known {
            Known::Nothing => Start::Nothing,
            Known::Earlier(matte) | Known::Corrected(matte, _) => Start::Earlier(e.features.labels(matte)),
            Known::Believed(_, first) => Start::Believed(*first),
        };
        let bounds = bounds(e, prompt);
        let goes_on = |p: &Self| {
            Arc::ptr_eq(&p.frame, &e.frame)
                && (&p.start, p.bounds) == (&start, bounds)
                && prompt.points.starts_with(&p.points)
        };
        let mut answer = match before.filter(goes_on) {
            Some(before) => before,
            None => Self::begin(e, prompt, (start, bounds), known),
        };
        answer.go_on(e, prompt, known);
        answer
    }

    /// The labels.
    pub fn labels(&self) -> &Plane {
        self.clicked.known()
    }

    /// The labels that the clicks correct.
    pub fn corrected(&self) -> Option<&Plane> {
        match &self.start {
            Start::Earlier(labels) => Some(labels),
            Start::Nothing | Start::Believed(_) => None,
        }
    }

    /// The answer to the first step of a prompt, or what all its clicks correct.
    fn begin(e: &Embedded, prompt: &FramePrompt, start: (Start, Option<Region>), known: &Known) -> Self {
        let (start, bounds) = start;
        let features = Arc::clone(&e.features);
        let mut points = Vec::new();
        let clicked = match (&start, known) {
            (Start::Earlier(labels), _) => Clicked::new(features, bounds, labels),
            (_, known) => {
                points.extend(prompt.points.first().filter(|_| bounds.is_none()).copied());
                let begun = points.first().map(|point| click(e, point));
                let said = |on: bool| begun.filter(|c| c.on == on).map(|c| c.at).into_iter().collect();
                let hints = still::Hints { positive: said(true), negative: said(false), bounds };
                let belief = match known {
                    Known::Believed(beliefs, First::Believed) => beliefs.first().map(|b| on_grid(e, b)),
                    _ => None,
                };
                let labels = still::segment(&e.features, &hints, belief.as_ref());
                let mut clicked = Clicked::new(features, bounds, &labels);
                begun.into_iter().for_each(|c| clicked.answered(c));
                clicked
            }
        };
        Self { frame: Arc::clone(&e.frame), start, bounds, points, clicked, idle: Vec::new() }
    }

    /// Answers the clicks of `prompt` that are not answered yet.
    fn go_on(&mut self, e: &Embedded, prompt: &FramePrompt, known: &Known) {
        for number in self.points.len()..prompt.points.len() {
            let point = prompt.points[number];
            let belief = match known {
                // The first step is the box, where there is one.
                Known::Believed(beliefs, _) | Known::Corrected(_, beliefs) => {
                    beliefs.get(number + usize::from(prompt.bounds.is_some()))
                }
                Known::Nothing | Known::Earlier(_) => None,
            };
            let belief = belief.map(|belief| on_grid(e, belief));
            self.points.push(point);
            let reason = match (self.clicked.click(click(e, &point), belief.as_ref()), point.label) {
                (Effect::Changed, _) => continue,
                (Effect::Known, Label::Positive) => IdleReason::Inside,
                (Effect::Known, Label::Negative) => IdleReason::Outside,
                (Effect::Last, _) => IdleReason::Last,
            };
            self.idle.push((point, reason));
        }
    }
}

/// The box of a prompt on the label grid.
fn bounds(e: &Embedded, prompt: &FramePrompt) -> Option<Region> {
    let f = &e.features;
    prompt.bounds.map(|b| {
        let corner = |x, y| f.place(PixelPoint { x, y }, &e.frame);
        let (low, high) = (corner(b.x0, b.y0), corner(b.x1, b.y1));
        let side = |v: f32, n: usize| (v.round().max(0.0) as usize).min(n);
        let (x0, y0) = (side(low.0, f.width() - 1), side(low.1, f.height() - 1));
        Region { x0, y0, x1: side(high.0, f.width()).max(x0 + 1), y1: side(high.1, f.height()).max(y0 + 1) }
    })
}

/// A click on the label grid.
fn click(e: &Embedded, point: &PointPrompt) -> Click {
    Click { at: e.features.place(point.at, &e.frame), on: point.label == Label::Positive }
}

/// Log odds of any grid over the frame on the label grid.
fn on_grid(e: &Embedded, odds: &Plane) -> Plane {
    let (w, h) = (e.features.width(), e.features.height());
    let (sx, sy) = (odds.width as f32 / w as f32, odds.height as f32 / h as f32);
    Plane::from_fn(w, h, |x, y| odds.sample((x as f32 + 0.5) * sx - 0.5, (y as f32 + 0.5) * sy - 0.5))
}

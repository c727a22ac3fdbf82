//! What the artist sees and does over the viewer.
//!
//! A click is a point on the active object, with Alt or Control held a negative one; a drag draws its box;
//! points and corners of boxes are dragged; Delete takes the selected one away. What a search by words found is
//! drawn with its numbers, and a click in it chooses it. Every edit is one step of the host's undo. Hit targets have the same size on the screen at any zoom.

mod candidates;
mod draw;
mod letters;
pub mod outline;

use std::collections::HashMap;
use std::sync::Arc;

use once_cell::sync::Lazy;
use parking_lot::Mutex;

use serde_json::Value;

use self::candidates::{Candidates, Hit};
use self::outline::Place;
use super::describe::SOURCE;
use super::{Settings, render, tracking};
use crate::job::prompts::edit::objects;
use crate::job::prompts::edit::points::{self, Handle, Mark, corners};
use crate::job::prompts::{PromptText, Prompts};
use crate::ofx::{
    Canvas, Instance, Key, MessageKind, OfxError, Overlay, OverlayArgs, ParamSet, Pen, Reply, sys,
};
use crate::params;
use crate::raster::{CanonicalPoint, PixelBox, PixelPoint};

/// The overlay. What it keeps of a viewer is what the pen is about to do there.
pub struct NodeOverlay;

/// The one value of it.
pub static OVERLAY: NodeOverlay = NodeOverlay;

/// How near to a point a pen has to be, in pixels of the screen.
const NEAR: f64 = 8.0;
/// How far a pen has to move before a click is a drag, in pixels of the screen.
const DRAGGED: f64 = 4.0;

/// What a viewer is about.
#[derive(Debug, Clone, Default)]
pub(super) struct Viewer {
    /// What Delete takes away.
    pub selected: Option<Handle>,
    /// Whether Alt or Control is held: a click is negative.
    pub negative: bool,
    /// What the pen does that is down.
    pub action: Option<Action>,
}

/// What a pen does from down to up.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Action {
    /// It is to become a click, or a box once it has moved far enough.
    New { from: PixelPoint, to: PixelPoint, is_box: bool, negative: bool },
    /// It moves a point.
    Move { handle: Handle, to: PixelPoint, far: bool },
}

static VIEWERS: Lazy<Mutex<HashMap<usize, Viewer>>> = Lazy::new(Mutex::default);

/// What an action is about, read once.
pub(super) struct View {
    pub settings: Settings,
    /// As the engine reads them.
    pub prompts: Arc<Prompts>,
    pub place: Place,
    pub frame: i64,
    /// Index of the object that is edited.
    pub active: usize,
    /// What is drawn.
    pub shown: Shown,
    /// What can be chosen.
    pub candidates: Candidates,
}

/// What is drawn over the viewer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shown {
    pub prompts: bool,
    pub outline: bool,
    pub fill: bool,
}

impl Shown {
    fn from_id(id: &str) -> Self {
        Self { prompts: id != "nothing", outline: matches!(id, "outline" | "fill"), fill: id == "fill" }
    }
}

impl View {
    /// None where there is nothing to draw on, or the prompts are not ours to change.
    fn read(instance: &Instance, time: f64) -> Option<Self> {
        let params = instance.params();
        let settings = Settings::read(&params);
        let prompts = Arc::clone(settings.prompts.prompts().ok()?);
        let source = instance.clip(SOURCE).ok()?;
        let geometry = render::full_frame(&source, &settings, time).ok()?;
        let place = Place { window: geometry.window, aspect: geometry.pixel_aspect };
        let active = params.int(params::ACTIVE_OBJECT).unwrap_or(1).max(1) as usize - 1;
        let shown = params::option(params::OVERLAY, params.int(params::OVERLAY).unwrap_or(-1));
        let frame = time.round() as i64;
        let candidates = Candidates::read(&params, settings.prompts.document().ok()?, active, frame);
        let shown = Shown::from_id(shown);
        Some(Self { settings, prompts, place, frame, active, shown, candidates })
    }

    /// The prompts as they are edited.
    fn document(&self) -> &Value {
        // Where it cannot be edited there is no view.
        self.settings.prompts.document().unwrap_or(&Value::Null)
    }

    /// How far apart two places are on the screen, in its pixels.
    fn apart(&self, a: PixelPoint, b: PixelPoint, pixel: (f64, f64)) -> f64 {
        let (a, b) = (self.place.to_canonical(a), self.place.to_canonical(b));
        ((a.x - b.x) / pixel.0).hypot((a.y - b.y) / pixel.1)
    }

    /// The point of this frame that is nearest to a place and near enough; those of the active object first.
    fn hit(&self, at: PixelPoint, pixel: (f64, f64)) -> Option<Handle> {
        let mut nearest: Option<(bool, f64, Handle)> = None;
        for seen in points::seen(self.document()).into_iter().filter(|s| s.frame == self.frame) {
            let handle = |corner| Handle { object: seen.object, prompt: seen.prompt, corner };
            let places: Vec<(Handle, PixelPoint)> = match seen.mark {
                Mark::Point(place, _) => vec![(handle(None), place)],
                Mark::Box(b) => {
                    corners(&b).into_iter().enumerate().map(|(i, p)| (handle(Some(i)), p)).collect()
                }
            };
            for (handle, place) in places {
                let far = self.apart(at, place, pixel);
                let other = handle.object != self.active;
                let better = nearest.is_none_or(|(o, f, _)| (other, far) < (o, f));
                if far <= NEAR && better {
                    nearest = Some((other, far, handle));
                }
            }
        }
        nearest.map(|(_, _, handle)| handle)
    }
}

/// Writes the prompts back and shows what is stale now, as one step of undo.
fn write(instance: &Instance, time: f64, label: &str, document: Value) -> Result<(), OfxError> {
    let prompts = PromptText::write(document);
    instance.params().edit(label, |params| {
        params.set_text(params::PROMPTS, prompts.text())?;
        tracking::refresh(instance, params, time);
        Ok(())
    })
}

impl Overlay for NodeOverlay {
    fn follows(&self) -> &'static [&'static str] {
        &[
            params::PROMPTS,
            params::ACTIVE_OBJECT,
            params::OVERLAY,
            params::DETECT_FOUND,
            params::DETECT_CHOICE,
        ]
    }

    fn closed(&self, viewer: usize) {
        VIEWERS.lock().remove(&viewer);
    }

    fn draw(
        &self,
        instance: &Instance,
        args: &OverlayArgs,
        canvas: &mut dyn Canvas,
    ) -> Result<Reply, OfxError> {
        let Some(view) = View::read(instance, args.time) else { return Ok(Reply::Default) };
        let viewer = VIEWERS.lock().get(&args.viewer).cloned().unwrap_or_default();
        draw::draw(&view, &viewer, args.pixel, canvas)?;
        Ok(Reply::Ok)
    }

    fn pen(
        &self,
        instance: &Instance,
        args: &OverlayArgs,
        pen: Pen,
        at: CanonicalPoint,
    ) -> Result<Reply, OfxError> {
        let Some(view) = View::read(instance, args.time).filter(|view| view.shown.prompts) else {
            return Ok(Reply::Default);
        };
        let at = view.place.to_pixel(at);
        let mut viewers = VIEWERS.lock();
        let viewer = viewers.entry(args.viewer).or_default();
        match (pen, viewer.action) {
            (Pen::Down, _) => {
                viewer.selected = view.hit(at, args.pixel);
                viewer.action = Some(match viewer.selected {
                    Some(handle) => Action::Move { handle, to: at, far: false },
                    None => Action::New { from: at, to: at, is_box: false, negative: viewer.negative },
                });
                Ok(Reply::Ok)
            }
            (Pen::Motion, Some(Action::New { from, is_box, negative, .. })) => {
                let is_box = is_box || view.apart(from, at, args.pixel) > DRAGGED;
                viewer.action = Some(Action::New { from, to: at, is_box, negative });
                Ok(Reply::Ok)
            }
            (Pen::Motion, Some(Action::Move { handle, far, .. })) => {
                let start = points::place(view.document(), handle).unwrap_or(at);
                let far = far || view.apart(start, at, args.pixel) > DRAGGED;
                viewer.action = Some(Action::Move { handle, to: at, far });
                Ok(Reply::Ok)
            }
            (Pen::Up, Some(action)) => {
                viewer.action = None;
                // A host may ask for something while a parameter is set.
                drop(viewers);
                let selected = done(instance, args, view, action, at)?;
                VIEWERS.lock().entry(args.viewer).or_default().selected = selected;
                Ok(Reply::Ok)
            }
            (Pen::Motion | Pen::Up, None) => Ok(Reply::Default),
        }
    }

    fn key(&self, instance: &Instance, args: &OverlayArgs, key: Key, symbol: i32) -> Result<Reply, OfxError> {
        let mut viewers = VIEWERS.lock();
        let viewer = viewers.entry(args.viewer).or_default();
        if MODIFIERS.contains(&symbol) {
            viewer.negative = key != Key::Up;
            return Ok(Reply::Default);
        }
        if key == Key::Up {
            return Ok(Reply::Default);
        }
        match symbol {
            s if s == sys::kOfxKey_Escape && viewer.action.is_some() => {
                viewer.action = None;
                Ok(Reply::Ok)
            }
            s if s == sys::kOfxKey_Delete || s == sys::kOfxKey_BackSpace => {
                let Some(handle) = viewer.selected.take() else { return Ok(Reply::Default) };
                drop(viewers);
                let Some(view) = View::read(instance, args.time) else { return Ok(Reply::Default) };
                let mut document = view.document().clone();
                // It may have been another's since it was selected.
                if points::place(&document, handle).is_none() || !points::delete(&mut document, handle) {
                    return Ok(Reply::Default);
                }
                write(instance, args.time, "Delete prompt", document)?;
                Ok(Reply::Ok)
            }
            _ => Ok(Reply::Default),
        }
    }

    fn focus(&self, viewer: usize, gained: bool) {
        if !gained && let Some(viewer) = VIEWERS.lock().get_mut(&viewer) {
            // Keys that are let go meanwhile are not told.
            viewer.negative = false;
            viewer.action = None;
        }
    }
}

/// The keys that make a click negative.
const MODIFIERS: [i32; 4] =
    [sys::kOfxKey_Alt_L, sys::kOfxKey_Alt_R, sys::kOfxKey_Control_L, sys::kOfxKey_Control_R];

/// Does what a pen did that is lifted. Gives what is selected then.
fn done(
    instance: &Instance,
    args: &OverlayArgs,
    view: View,
    action: Action,
    at: PixelPoint,
) -> Result<Option<Handle>, OfxError> {
    if let Action::New { from, is_box: false, negative: false, .. } = action
        && let Some(hit) = view.candidates.hit(view.place, from, args.pixel)
    {
        if let Hit::Other(number) = hit {
            let choose = |params: &ParamSet| params.set_int(params::DETECT_CHOICE, number);
            instance.params().edit("Choose candidate", choose)?;
        }
        return Ok(None);
    }
    let mut edited = view.document().clone();
    let document = &mut edited;
    let at_frame = view.place.within(at);
    let (label, changed) = match action {
        Action::Move { handle, far: false, .. } => return Ok(Some(handle)),
        Action::Move { handle, .. } => {
            let label = if handle.corner.is_some() { "Move box" } else { "Move point" };
            (label, points::move_to(document, handle, at_frame))
        }
        Action::New { from, is_box, negative, .. } => {
            let object = match objects::at_or_new(document, view.active) {
                Ok(object) => object,
                Err(reason) => {
                    instance.show(MessageKind::Error, &reason.to_string());
                    return Ok(None);
                }
            };
            if is_box {
                let b = PixelBox::from_corners(view.place.within(from), at_frame);
                // Of a line nothing can be cut out.
                let thin = b.x1 - b.x0 < 1.0 || b.y1 - b.y0 < 1.0;
                ("Draw box", if thin { None } else { points::set_box(document, object, view.frame, b).ok() })
            } else {
                let inside = view.place.within(from);
                // A click beside the picture is none.
                let beside = view.place.to_canonical(from);
                let near = view.place.to_canonical(inside);
                let (dx, dy) = ((beside.x - near.x) / args.pixel.0, (beside.y - near.y) / args.pixel.1);
                let far = dx.hypot(dy) > NEAR;
                let label = if negative { "Add negative point" } else { "Add point" };
                let mut add = || points::add_point(document, object, view.frame, inside, !negative).ok();
                (label, if far { None } else { add() })
            }
        }
    };
    if changed.is_some() {
        write(instance, args.time, label, edited)?;
    }
    Ok(changed)
}

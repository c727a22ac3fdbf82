//! The overlay as the host calls it: draw, pen, keys.

use std::collections::HashMap;

use once_cell::sync::Lazy;
use parking_lot::Mutex;

use super::candidates::Hit;
use super::draw::draw;
use super::frame_view::{FrameView, NEAR};
use super::strokes::{self, HeldStroke};
use super::timeline::Strip;
use super::tool::Tool;
use super::viewer::{Action, Viewer};
use crate::job::prompts::edit::drawings;
use crate::job::prompts::edit::objects;
use crate::job::prompts::edit::points::{self, Handle};
use crate::node::edit::write;
use crate::ofx::{
    Canvas, Instance, Key, MessageKind, OfxError, Overlay, OverlayArgs, ParamSet, Pen, Reply, sys,
};
use crate::params;
use crate::raster::{CanonicalPoint, PixelBox, PixelPoint};

/// The overlay. What it keeps of a viewer is what the pen is about to do there.
pub struct NodeOverlay;

/// The one value of it.
pub static OVERLAY: NodeOverlay = NodeOverlay;

/// How far a pen has to move before a click is a drag, in pixels of the screen.
const DRAGGED: f64 = 4.0;

static VIEWERS: Lazy<Mutex<HashMap<usize, Viewer>>> = Lazy::new(Mutex::default);

impl Overlay for NodeOverlay {
    fn follows(&self) -> &'static [&'static str] {
        &[
            params::PROMPTS,
            params::ACTIVE_OBJECT,
            params::OVERLAY,
            params::SHOW_TIMELINE,
            params::TRACK_STATE,
            params::TRACK_RANGE,
            params::TRACK_FIRST,
            params::TRACK_LAST,
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
        let Some(view) = FrameView::read(instance, args.time) else { return Ok(Reply::Default) };
        let viewer = VIEWERS.lock().get(&args.viewer).cloned().unwrap_or_default();
        draw(&view, &viewer, args.pixel, canvas)?;
        if let Some(strip) = view.shown.prompts.then(|| Strip::read(instance, &view)).flatten() {
            strip.draw(view.place, args.pixel, canvas)?;
        }
        Ok(Reply::Ok)
    }

    fn pen(
        &self,
        instance: &Instance,
        args: &OverlayArgs,
        pen: Pen,
        at: CanonicalPoint,
    ) -> Result<Reply, OfxError> {
        let Some(view) = FrameView::read(instance, args.time).filter(|view| view.shown.prompts) else {
            return Ok(Reply::Default);
        };
        let at = view.place.to_pixel(at);
        let mut viewers = VIEWERS.lock();
        let viewer = viewers.entry(args.viewer).or_default();
        if view.tool != Tool::Points && viewer.action.is_none() || viewer.stroke.is_some() {
            let Some(held) = draw_stroke(viewer, &view, pen, at, args.pixel) else {
                return Ok(if viewer.stroke.is_some() { Reply::Ok } else { Reply::Default });
            };
            // A host may ask for something while a parameter is set.
            drop(viewers);
            let selected = strokes::finish(instance, args, &view, held)?;
            VIEWERS.lock().entry(args.viewer).or_default().selected = selected;
            return Ok(Reply::Ok);
        }
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
                let selected = finish(instance, args, view, action, at)?;
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
            s if s == sys::kOfxKey_Escape && (viewer.action.is_some() || viewer.stroke.is_some()) => {
                (viewer.action, viewer.stroke) = (None, None);
                Ok(Reply::Ok)
            }
            s if s == sys::kOfxKey_Delete || s == sys::kOfxKey_BackSpace => {
                let Some(handle) = viewer.selected.take() else { return Ok(Reply::Default) };
                drop(viewers);
                let Some(view) = FrameView::read(instance, args.time) else { return Ok(Reply::Default) };
                let mut document = view.document().clone();
                if drawings::take_last(&mut document, handle) {
                    // The stroke before it is the next to go.
                    VIEWERS.lock().entry(args.viewer).or_default().selected = Some(handle);
                    write(instance, args.time, "Delete stroke", document)?;
                    return Ok(Reply::Ok);
                }
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
            (viewer.action, viewer.stroke) = (None, None);
        }
    }
}

/// The keys that make a click negative.
const MODIFIERS: [i32; 4] =
    [sys::kOfxKey_Alt_L, sys::kOfxKey_Alt_R, sys::kOfxKey_Control_L, sys::kOfxKey_Control_R];

/// Draws on with the lasso or the brush; gives the stroke once the pen is lifted.
fn draw_stroke(
    viewer: &mut Viewer,
    view: &FrameView,
    pen: Pen,
    at: PixelPoint,
    pixel: (f64, f64),
) -> Option<HeldStroke> {
    match pen {
        Pen::Down => {
            viewer.selected = None;
            viewer.stroke = Some(HeldStroke::new(view.tool, !viewer.negative, at));
            None
        }
        Pen::Motion => {
            if let Some(held) = &mut viewer.stroke {
                held.go_to(at, |a, b| view.apart(a, b, pixel));
            }
            None
        }
        Pen::Up => viewer.stroke.take(),
    }
}

/// Does what a pen did that is lifted. Gives what is selected then.
fn finish(
    instance: &Instance,
    args: &OverlayArgs,
    view: FrameView,
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

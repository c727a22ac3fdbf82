//! Overlays: what a plugin draws over the host's viewer, and what pens and keys do there.
//!
//! One entry serves both versions of the API: in the second a draw action comes with a context of the draw
//! suite, in the first the host has made an OpenGL context current, in canonical coordinates.

use std::ffi::{CStr, c_char, c_int, c_void};

use super::canvas::{Canvas, DrawSuite};
use super::current::suites;
use super::error::OfxError;
use super::guard::{guard, planted};
use super::{Instance, PropertySet, Reply, Suites, forked, gl, sys};
use crate::raster::CanonicalPoint;

/// The address of a plugin's entry for overlays, as [`export_plugin`](crate::export_plugin) makes it.
#[derive(Clone, Copy)]
pub struct OverlayEntry(
    pub  unsafe extern "C" fn(
        *const c_char,
        *const c_void,
        sys::OfxPropertySetHandle,
        sys::OfxPropertySetHandle,
    ) -> c_int,
);

/// What comes with an action of an overlay.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OverlayArgs {
    /// What tells this viewer from others while it is open.
    pub viewer: usize,
    /// The frame that is shown.
    pub time: f64,
    /// Width and height of a pixel of the screen, in canonical units.
    pub pixel: (f64, f64),
}

/// What a pen does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pen {
    /// It touches down.
    Down,
    /// It moves, down or not.
    Motion,
    /// It is lifted.
    Up,
}

/// What a key does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// It is pressed.
    Down,
    /// It is held, and pressed once more by that.
    Repeat,
    /// It is let go.
    Up,
}

/// An overlay: what happens at each action. One value serves all viewers.
pub trait Overlay: Sync {
    /// The parameters that it draws from: where one of them changes it is drawn again.
    fn follows(&self) -> &'static [&'static str];

    /// A viewer is closed: what is kept of it goes.
    fn closed(&self, viewer: usize);

    /// Draws.
    ///
    /// # Errors
    /// [`OfxError`] when the host refuses to.
    fn draw(
        &self,
        instance: &Instance,
        args: &OverlayArgs,
        canvas: &mut dyn Canvas,
    ) -> Result<Reply, OfxError>;

    /// A pen is at a place. What is answered with [`Reply::Ok`] is no business of the host any more.
    ///
    /// # Errors
    /// [`OfxError`] when the host refuses to keep what it does.
    fn pen(
        &self,
        instance: &Instance,
        args: &OverlayArgs,
        pen: Pen,
        at: CanonicalPoint,
    ) -> Result<Reply, OfxError>;

    /// A key, by the number that X11 gave it (`kOfxKey_`).
    ///
    /// # Errors
    /// [`OfxError`] when the host refuses to keep what it does.
    fn key(&self, instance: &Instance, args: &OverlayArgs, key: Key, symbol: i32) -> Result<Reply, OfxError>;

    /// The viewer gains or loses the keyboard.
    fn focus(&self, viewer: usize, gained: bool);
}

/// The one entry for all actions of `overlay`.
///
/// # Safety
/// Called by a host: `action` is null or ends in a NUL, the handles are those that the API promises for it.
pub unsafe fn overlay_entry(
    overlay: &dyn Overlay,
    action: *const c_char,
    handle: *const c_void,
    in_args: sys::OfxPropertySetHandle,
) -> c_int {
    guard("an action of the overlay", || {
        if action.is_null() || handle.is_null() {
            return sys::kOfxStatErrBadHandle;
        }
        // SAFETY: by the contract of this function.
        let action = unsafe { CStr::from_ptr(action) };
        if forked::is_forked(KNOWN.contains(&action.to_bytes_with_nul())) {
            return sys::kOfxStatReplyDefault;
        }
        planted(&format!("overlay {}", action.to_string_lossy()));
        let handle = handle as sys::OfxInteractHandle;
        // SAFETY: by the contract of this function.
        match unsafe { run(overlay, action.to_bytes_with_nul(), handle, in_args) } {
            Ok(Reply::Ok) => sys::kOfxStatOK,
            Ok(Reply::Default) => sys::kOfxStatReplyDefault,
            Err(reason) => {
                log::error!("overlay, {}: {reason}", action.to_string_lossy());
                reason.status()
            }
        }
    })
}

/// The actions that do something.
const KNOWN: &[&[u8]] = &[
    sys::kOfxInteractActionDraw,
    sys::kOfxInteractActionPenDown,
    sys::kOfxInteractActionPenMotion,
    sys::kOfxInteractActionPenUp,
    sys::kOfxInteractActionKeyDown,
    sys::kOfxInteractActionKeyRepeat,
    sys::kOfxInteractActionKeyUp,
];

/// # Safety
/// The handles are those that the API promises for `action`.
unsafe fn run(
    overlay: &dyn Overlay,
    action: &[u8],
    handle: sys::OfxInteractHandle,
    in_args: sys::OfxPropertySetHandle,
) -> Result<Reply, OfxError> {
    let is = |name: &[u8]| action == name;
    let viewer = handle as usize;
    if is(sys::kOfxActionDescribe) {
        return Ok(Reply::Ok);
    }
    if is(sys::kOfxActionCreateInstance) {
        // SAFETY: by the contract of this function.
        if let Some(own) = suites().ok().and_then(|suites| unsafe { properties(suites, handle) }) {
            for (i, param) in overlay.follows().iter().enumerate() {
                own.offer_text(sys::kOfxInteractPropSlaveToParam, i, param);
            }
        }
        return Ok(Reply::Ok);
    }
    if is(sys::kOfxActionDestroyInstance) {
        overlay.closed(viewer);
        return Ok(Reply::Ok);
    }
    if is(sys::kOfxInteractActionGainFocus) || is(sys::kOfxInteractActionLoseFocus) {
        overlay.focus(viewer, is(sys::kOfxInteractActionGainFocus));
        return Ok(Reply::Default);
    }
    if !KNOWN.iter().any(|name| is(name)) {
        return Ok(Reply::Default);
    }
    let suites = suites()?;
    // SAFETY: by the contract of this function.
    let args = unsafe { PropertySet::from_raw(suites, in_args, "the arguments of the overlay") }?;
    // SAFETY: as above.
    let own = unsafe { properties(suites, handle) };
    // SAFETY: as above.
    let instance = unsafe { Instance::from_raw(suites, effect(&args, own.as_ref())?) }?;
    let broken = |what: &str| OfxError::Broken(format!("an action of the overlay without {what}"));
    let pixel = args.double2(sys::kOfxInteractPropPixelScale);
    let pixel = pixel.or_else(|| own?.double2(sys::kOfxInteractPropPixelScale));
    let sound = |v: f64| if v.is_finite() && v > 0.0 { v } else { 1.0 };
    let pixel = pixel.map_or((1.0, 1.0), |p| (sound(p.0), sound(p.1)));
    let time = super::args::time(&args).ok_or_else(|| broken("a time"))?;
    let call = OverlayArgs { viewer, time, pixel };
    if is(sys::kOfxInteractActionDraw) {
        let context = args.pointer(sys::kOfxInteractPropDrawContext, 0);
        if let (Some(context), Some(draw)) = (context, suites.draw()) {
            // SAFETY: the host gave the context for this action.
            let mut canvas = unsafe { DrawSuite::new(draw, context.cast()) };
            return overlay.draw(&instance, &call, &mut canvas);
        }
        // Without a context the host draws with OpenGL, and has made it current.
        let Some(mut canvas) = gl::canvas(pixel) else { return Ok(Reply::Default) };
        return overlay.draw(&instance, &call, &mut canvas);
    }
    let reply = if let Some(pen) = pen(action) {
        let at = args.double2(sys::kOfxInteractPropPenPosition).ok_or_else(|| broken("a position"))?;
        if !(at.0.is_finite() && at.1.is_finite()) {
            return Err(broken("a position that is a number"));
        }
        overlay.pen(&instance, &call, pen, CanonicalPoint { x: at.0, y: at.1 })?
    } else {
        let key = match action {
            a if a == sys::kOfxInteractActionKeyDown => Key::Down,
            a if a == sys::kOfxInteractActionKeyUp => Key::Up,
            _ => Key::Repeat,
        };
        let symbol = args.int(sys::kOfxPropKeySym, 0).ok_or_else(|| broken("a key"))?;
        overlay.key(&instance, &call, key, symbol)?
    };
    if let (Reply::Ok, Some(redraw)) = (reply, suites.interact().and_then(|suite| suite.interactRedraw)) {
        // SAFETY: the handle is of this action.
        unsafe { redraw(handle) };
    }
    Ok(reply)
}

fn pen(action: &[u8]) -> Option<Pen> {
    match action {
        a if a == sys::kOfxInteractActionPenDown => Some(Pen::Down),
        a if a == sys::kOfxInteractActionPenMotion => Some(Pen::Motion),
        a if a == sys::kOfxInteractActionPenUp => Some(Pen::Up),
        _ => None,
    }
}

/// The effect that an overlay belongs to: hosts put it among the arguments, or among the overlay's own properties.
fn effect(args: &PropertySet, own: Option<&PropertySet>) -> Result<sys::OfxImageEffectHandle, OfxError> {
    let given = args.pointer(sys::kOfxPropEffectInstance, 0);
    let given = given.or_else(|| own?.pointer(sys::kOfxPropEffectInstance, 0));
    given.map(<*mut c_void>::cast).ok_or(OfxError::BadHandle("an overlay without its effect"))
}

/// The overlay's own properties.
///
/// # Safety
/// `handle` is an overlay of the host that lives at least as long as the action.
unsafe fn properties(suites: &Suites, handle: sys::OfxInteractHandle) -> Option<PropertySet<'_>> {
    let get = suites.interact()?.interactGetPropertySet?;
    let mut set = std::ptr::null_mut();
    // SAFETY: by the contract of this function; `set` outlives the call.
    unsafe {
        (get(handle, &mut set) == sys::kOfxStatOK)
            .then(|| PropertySet::from_raw(suites, set, "the overlay").ok())
            .flatten()
    }
}

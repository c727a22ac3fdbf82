//! Driving a plugin's overlay.

use super::Instance;
use crate::host::action;
use crate::host::effect::{DrawContext, Drawing, Entry, InteractState};
use crate::host::error::HostError;
use crate::host::profile::Owner;
use crate::host::property::{Builder, PropertySet};
use crate::host::status::Status;
use crate::ofx::sys;
use std::ffi::c_void;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// What a pen does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pen {
    /// It touches down.
    Down,
    /// It moves.
    Motion,
    /// It is lifted.
    Up,
}

/// What a key does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// It is pressed.
    Down,
    /// It is held.
    Repeat,
    /// It is let go.
    Up,
}

/// The overlay of an instance, destroyed when it is dropped.
pub struct Overlay<'a> {
    instance: &'a Instance,
    state: Arc<InteractState>,
    entry: Entry,
    /// Whether it draws through the draw suite; a first version draws with OpenGL, which this
    /// host has not.
    draws: bool,
    /// Size of a pixel of the screen in canonical coordinates.
    pixel: [f64; 2],
}

impl Instance {
    /// Opens the overlay where a pixel of the screen is one of the picture; none when the plugin has none.
    ///
    /// # Errors
    /// [`HostError::Action`] when the plugin refuses.
    pub fn overlay(&self) -> Result<Option<Overlay<'_>>, HostError> {
        self.overlay_at([1.0, 1.0])
    }

    /// Opens the overlay where a pixel of the screen has this size in canonical coordinates: 2 where the picture is
    /// shown at half its size.
    ///
    /// # Errors
    /// [`HostError::Action`] when the plugin refuses.
    pub fn overlay_at(&self, pixel: [f64; 2]) -> Result<Option<Overlay<'_>>, HostError> {
        let pointer = |name: &str| self.effect.props.first::<usize>(name).filter(|p| *p != 0);
        let second = pointer("OfxImageEffectPluginPropOverlayInteractV2")
            .filter(|_| !self.effect.profile().without_suites.iter().any(|(n, _)| *n == "OfxDrawSuite"));
        let draws = second.is_some();
        let Some(address) = second.or_else(|| pointer("OfxImageEffectPluginPropOverlayInteractV1")) else {
            return Ok(None);
        };
        let pointer: *const c_void = std::ptr::with_exposed_provenance(address);
        // SAFETY: a plugin sets these properties to the address of a main entry.
        let entry = Entry(unsafe { std::mem::transmute::<*const c_void, sys::OfxPluginEntryPoint>(pointer) });
        let mut b = Builder::new(Owner::Interact);
        b.pointer(sys::kOfxPropEffectInstance, self.effect.id())
            .pointer(sys::kOfxPropInstanceData, 0)
            .double(sys::kOfxInteractPropPixelScale, &pixel)
            .double(sys::kOfxInteractPropBackgroundColour, &[0.0, 0.0, 0.0])
            .double(sys::kOfxInteractPropSuggestedColour, &[1.0, 1.0, 1.0])
            .double_named("OfxInteractPropViewport", &[self.project.width, self.project.height], 2)
            .strings(sys::kOfxInteractPropSlaveToParam, [])
            .int(sys::kOfxInteractPropHasAlpha, &[1])
            .int(sys::kOfxInteractPropBitDepth, &[8]);
        let props = PropertySet::new(b.without(self.effect.profile()), "the overlay", &self.effect.audit);
        let state = InteractState::new(props);
        let overlay = Overlay { instance: self, state, entry, draws, pixel };
        let described = overlay.send("OfxActionDescribe", None);
        self.check("Describe of the overlay", described)?;
        let created = overlay.send("OfxActionCreateInstance", None);
        self.check("CreateInstance of the overlay", created)?;
        Ok(Some(overlay))
    }
}

impl Overlay<'_> {
    fn send(&self, action: &'static str, input: Option<&PropertySet>) -> Status {
        let handle: *mut c_void = self.state.handle();
        action::scoped(&self.instance.effect, action, None, || {
            action::call(self.entry, action, handle, input, None)
        })
    }

    fn arguments(&self, time: f64, fill: impl FnOnce(&mut Builder)) -> Arc<PropertySet> {
        action::arguments(&self.instance.effect, |b| {
            b.pointer(sys::kOfxPropEffectInstance, self.instance.effect.id())
                .double(sys::kOfxPropTime, &[time])
                .double(sys::kOfxImageEffectPropRenderScale, &[1.0, 1.0])
                .double(sys::kOfxInteractPropPixelScale, &self.pixel)
                .double(sys::kOfxInteractPropBackgroundColour, &[0.0, 0.0, 0.0])
                .double_named(
                    "OfxInteractPropViewport",
                    &[self.instance.project.width, self.instance.project.height],
                    2,
                );
            fill(b);
        })
    }

    /// What the overlay draws at a time.
    ///
    /// # Errors
    /// [`HostError::Request`] when it draws with OpenGL, [`HostError::Action`] when it fails.
    pub fn draw(&self, time: f64) -> Result<Vec<Drawing>, HostError> {
        if !self.draws {
            let what = "its overlay draws with OpenGL, which this host has not".to_owned();
            return Err(self.instance.plugin.request(what));
        }
        let context = DrawContext::new();
        let input = self.arguments(time, |b| {
            b.pointer(sys::kOfxInteractPropDrawContext, context.id());
        });
        let status = self.send("OfxInteractActionDraw", Some(&input));
        self.instance.check("Draw", status)?;
        let drawings = std::mem::take(&mut context.state.lock().drawings);
        Ok(drawings)
    }

    /// Sends a pen's position in canonical coordinates; says whether the overlay took it.
    ///
    /// # Errors
    /// [`HostError::Action`] when it fails.
    pub fn pen(&self, pen: Pen, time: f64, x: f64, y: f64, pressure: f64) -> Result<bool, HostError> {
        let action = match pen {
            Pen::Down => "OfxInteractActionPenDown",
            Pen::Motion => "OfxInteractActionPenMotion",
            Pen::Up => "OfxInteractActionPenUp",
        };
        let input = self.arguments(time, |b| {
            b.double(sys::kOfxInteractPropPenPosition, &[x, y])
                .int(sys::kOfxInteractPropPenViewportPosition, &[x.round() as i32, y.round() as i32])
                .double(sys::kOfxInteractPropPenPressure, &[pressure]);
        });
        let status = self.send(action, Some(&input));
        self.instance.check("a pen action", status)?;
        Ok(status == Status::OK)
    }

    /// Sends a key; says whether the overlay took it.
    ///
    /// # Errors
    /// [`HostError::Action`] when it fails.
    pub fn key(&self, key: Key, time: f64, symbol: i32, text: &str) -> Result<bool, HostError> {
        let action = match key {
            Key::Down => "OfxInteractActionKeyDown",
            Key::Repeat => "OfxInteractActionKeyRepeat",
            Key::Up => "OfxInteractActionKeyUp",
        };
        let input = self.arguments(time, |b| {
            b.int(sys::kOfxPropKeySym, &[symbol]).string(sys::kOfxPropKeyString, text);
        });
        let status = self.send(action, Some(&input));
        self.instance.check("a key action", status)?;
        Ok(status == Status::OK)
    }

    /// Gives or takes the focus.
    ///
    /// # Errors
    /// [`HostError::Action`] when it fails.
    pub fn focus(&self, gained: bool, time: f64) -> Result<(), HostError> {
        let action = if gained { "OfxInteractActionGainFocus" } else { "OfxInteractActionLoseFocus" };
        let status = self.send(action, Some(&self.arguments(time, |_| {})));
        self.instance.check("a focus action", status)
    }

    /// The params with which it wants to be drawn again.
    #[must_use]
    pub fn follows(&self) -> Vec<String> {
        self.state.props.strings("OfxInteractPropSlaveToParam")
    }

    /// How often the overlay has asked to be drawn again.
    #[must_use]
    pub fn redraws(&self) -> usize {
        self.state.redraws.load(Ordering::Relaxed)
    }
}

impl Drop for Overlay<'_> {
    fn drop(&mut self) {
        let status = self.send("OfxActionDestroyInstance", None);
        if !status.is_success() {
            self.instance.effect.audit.fault(format!("DestroyInstance of the overlay answered {status}"));
        }
    }
}

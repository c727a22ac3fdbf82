//! Describing an effect to the host.

use std::ptr;

use super::error::{OfxError, check, name};
use super::property::c_text;
use super::{Components, Context, Depth, ParamSet, PropertySet, Suites, sys};

/// What a plugin says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    /// Label of the effect.
    pub label: &'static str,
    /// The menu in which it lies, levels separated by a slash.
    pub grouping: &'static str,
    /// What it does, for the host's help.
    pub description: &'static str,
    /// Contexts.
    pub contexts: &'static [Context],
    /// Depths.
    pub depths: &'static [Depth],
}

/// An effect that is being described.
pub struct Descriptor<'a> {
    set: PropertySet<'a>,
    params: ParamSet<'a>,
    suites: &'a Suites,
    handle: sys::OfxImageEffectHandle,
}

impl<'a> Descriptor<'a> {
    /// Wraps the handle of an action.
    ///
    /// # Safety
    /// `handle` is null or an effect of the host that lives at least as long as `'a`.
    pub(super) unsafe fn from_raw(
        suites: &'a Suites,
        handle: sys::OfxImageEffectHandle,
    ) -> Result<Self, OfxError> {
        if handle.is_null() {
            return Err(OfxError::BadHandle("no effect to describe"));
        }
        // SAFETY: by the contract of this function.
        let (set, params) =
            unsafe { (super::instance::properties(suites, handle)?, ParamSet::of(suites, handle)?) };
        Ok(Self { set, params, suites, handle })
    }

    /// Where parameters are declared.
    #[must_use]
    pub fn params(&self) -> ParamSet<'a> {
        self.params
    }

    /// Labels, contexts, depths, and how this plugin renders: whole frames, every instance on any number of threads,
    /// other frames than the rendered one, in any order.
    ///
    /// # Errors
    /// [`OfxError::Host`] when the host refuses what is required.
    pub fn declare(&self, description: &Description) -> Result<(), OfxError> {
        let set = &self.set;
        set.set_text(sys::kOfxPropLabel, 0, description.label)?;
        set.offer_text(sys::kOfxPropShortLabel, 0, description.label);
        set.offer_text(sys::kOfxPropLongLabel, 0, description.label);
        set.offer_text(sys::kOfxPropPluginDescription, 0, description.description);
        set.offer_text(sys::kOfxImageEffectPluginPropGrouping, 0, description.grouping);
        for (i, context) in description.contexts.iter().enumerate() {
            set.set_text(sys::kOfxImageEffectPropSupportedContexts, i, context.name())?;
        }
        for (i, depth) in description.depths.iter().enumerate() {
            set.set_text(sys::kOfxImageEffectPropSupportedPixelDepths, i, depth.name())?;
        }
        set.offer_int(sys::kOfxImageEffectPluginPropSingleInstance, 0, 0);
        set.offer_text(sys::kOfxImageEffectPluginRenderThreadSafety, 0, "OfxImageEffectRenderFullySafe");
        set.offer_int(sys::kOfxImageEffectPluginPropHostFrameThreading, 0, 0);
        set.offer_int(sys::kOfxImageEffectPropSupportsMultiResolution, 0, 1);
        set.offer_int(sys::kOfxImageEffectPropSupportsTiles, 0, 0);
        set.offer_int(sys::kOfxImageEffectPropTemporalClipAccess, 0, 1);
        set.offer_int(sys::kOfxImageEffectPluginPropFieldRenderTwiceAlways, 0, 0);
        set.offer_int(sys::kOfxImageEffectPropSupportsMultipleClipDepths, 0, 0);
        set.offer_int(sys::kOfxImageEffectPropSupportsMultipleClipPARs, 0, 0);
        set.offer_int(sys::kOfxImageEffectInstancePropSequentialRender, 0, 0);
        // Every colour space of the API's own configuration is read as it is: no preference is stated, and hosts
        // have nothing to convert.
        set.offer_text(
            sys::kOfxImageEffectPropColourManagementAvailableConfigs,
            0,
            &name(sys::kOfxConfigIdentifier).to_string_lossy(),
        );
        set.offer_text(
            sys::kOfxImageEffectPropColourManagementStyle,
            0,
            &name(sys::kOfxImageEffectColourManagementFull).to_string_lossy(),
        );
        Ok(())
    }

    /// Says that the effect draws over the viewer: through the draw suite where the host has one, else with OpenGL.
    pub fn overlay(&self, entry: super::OverlayEntry) {
        let address = entry.0 as *mut std::ffi::c_void;
        if self.suites.draw().is_some() {
            self.set.offer_pointer(sys::kOfxImageEffectPluginPropOverlayInteractV2, 0, address);
        }
        self.set.offer_pointer(sys::kOfxImageEffectPluginPropOverlayInteractV1, 0, address);
    }

    /// Says that what the effect answers to the question for clip preferences hangs on these parameters.
    ///
    /// # Errors
    /// [`OfxError::Host`] when the host refuses one.
    pub fn preferences_follow(&self, params: &[&'static str]) -> Result<(), OfxError> {
        for (i, param) in params.iter().enumerate() {
            self.set.set_text(sys::kOfxImageEffectPropClipPreferencesSlaveParam, i, param)?;
        }
        Ok(())
    }

    /// Declares a clip.
    ///
    /// # Errors
    /// [`OfxError::Host`] when the host refuses it.
    pub fn clip(
        &self,
        name: &'static str,
        components: &[Components],
        temporal: bool,
        optional: bool,
        is_mask: bool,
    ) -> Result<(), OfxError> {
        let text = c_text(name);
        let mut set = ptr::null_mut();
        let Some(define) = self.suites.effect().clipDefine else {
            return Err(OfxError::Broken("an effect suite without clipDefine".to_owned()));
        };
        // SAFETY: the handle is of this action, the name ends in a NUL, `set` outlives the call.
        check("clipDefine", &text, unsafe { define(self.handle, text.as_ptr(), &mut set) })?;
        // SAFETY: the host has just given the set, which lives as long as the description.
        let set = unsafe { PropertySet::from_raw(self.suites, set, name) }?;
        for (i, c) in components.iter().enumerate() {
            set.set_text(sys::kOfxImageEffectPropSupportedComponents, i, c.name())?;
        }
        set.offer_int(sys::kOfxImageEffectPropTemporalClipAccess, 0, i32::from(temporal));
        set.offer_int(sys::kOfxImageEffectPropSupportsTiles, 0, 0);
        set.offer_int(sys::kOfxImageClipPropOptional, 0, i32::from(optional));
        set.offer_int(sys::kOfxImageClipPropIsMask, 0, i32::from(is_mask));
        Ok(())
    }
}

/// What an instance wants of its clips.
pub struct ClipPreferences<'a> {
    pub(super) set: PropertySet<'a>,
}

impl ClipPreferences<'_> {
    /// The output's premultiplication.
    pub fn premultiplied(&self, premultiplied: bool) {
        let value = if premultiplied { "OfxImageAlphaPremultiplied" } else { "OfxImageAlphaUnPremultiplied" };
        self.set.offer_text(sys::kOfxImageEffectPropPreMultiplication, 0, value);
    }

    /// Says that the output differs from frame to frame though no parameter is animated.
    pub fn varies(&self) {
        self.set.offer_int(sys::kOfxImageEffectFrameVarying, 0, 1);
    }

    /// The output's channels.
    pub fn output_components(&self, components: Components) {
        self.set.offer_text(b"OfxImageClipPropComponents_Output\0", 0, components.name());
    }
}

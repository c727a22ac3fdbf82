//! An instance of the effect, borrowed for one action.

use std::marker::PhantomData;
use std::ptr;

use super::error::{OfxError, check};
use super::message::{MessageKind, post};
use super::property::c_text;
use super::{Clip, Context, ParamSet, PropertySet, Suites, sys};

/// An instance, borrowed for one action.
pub struct Instance<'a> {
    pub(super) handle: sys::OfxImageEffectHandle,
    pub(super) suites: &'a Suites,
    set: PropertySet<'a>,
    params: ParamSet<'a>,
    not_send: PhantomData<*mut ()>,
}

impl<'a> Instance<'a> {
    /// Wraps the handle of an action.
    ///
    /// # Errors
    /// [`OfxError::BadHandle`] for a null handle, [`OfxError::Host`] for one that the host does not know.
    ///
    /// # Safety
    /// `handle` is null or an effect of the host that lives at least as long as `'a`.
    pub(super) unsafe fn from_raw(
        suites: &'a Suites,
        handle: sys::OfxImageEffectHandle,
    ) -> Result<Self, OfxError> {
        if handle.is_null() {
            return Err(OfxError::BadHandle("no instance"));
        }
        // SAFETY: by the contract of this function.
        let (set, params) = unsafe { (properties(suites, handle)?, ParamSet::of(suites, handle)?) };
        Ok(Self { handle, suites, set, params, not_send: PhantomData })
    }

    /// Its parameters.
    #[must_use]
    pub fn params(&self) -> ParamSet<'a> {
        self.params
    }

    /// The context in which it was made.
    #[must_use]
    pub fn context(&self) -> Option<Context> {
        self.set.text(sys::kOfxImageEffectPropContext, 0).and_then(|t| Context::from_name(&t))
    }

    /// What tells this instance from others while it lives.
    #[must_use]
    pub fn address(&self) -> usize {
        self.handle as usize
    }

    /// The host.
    #[must_use]
    pub fn host(&self) -> super::HostInfo {
        self.suites.host_info()
    }

    /// The folder of the bundle, where the host says.
    #[must_use]
    pub fn bundle(&self) -> Option<String> {
        self.set.text(sys::kOfxPluginPropFilePath, 0).filter(|t| !t.is_empty())
    }

    /// A clip.
    ///
    /// # Errors
    /// [`OfxError::Host`] when the host does not know it, [`OfxError::Broken`] when it gives nothing (MLT does).
    pub fn clip(&self, name: &'static str) -> Result<Clip<'a>, OfxError> {
        let text = c_text(name);
        let (mut handle, mut set) = (ptr::null_mut(), ptr::null_mut());
        let Some(get) = self.suites.effect().clipGetHandle else {
            return Err(OfxError::Broken("an effect suite without clipGetHandle".to_owned()));
        };
        // SAFETY: the handle is of this action, the name ends in a NUL, both places outlive the call.
        let status = unsafe { get(self.handle, text.as_ptr(), &mut handle, &mut set) };
        check("clipGetHandle", &text, status)?;
        if handle.is_null() {
            return Err(OfxError::Broken(format!("no clip {name}")));
        }
        if set.is_null()
            && let Some(get) = self.suites.effect().clipGetPropertySet
        {
            // SAFETY: the host has just given the handle.
            check("clipGetPropertySet", &text, unsafe { get(handle, &mut set) })?;
        }
        // SAFETY: the host has just given the set, which lives as long as the instance.
        let set = unsafe { PropertySet::from_raw(self.suites, set, name) }?;
        Ok(Clip { handle, set, suites: self.suites, name })
    }

    /// Whether the host wants the render to stop.
    #[must_use]
    pub fn aborted(&self) -> bool {
        let Some(abort) = self.suites.effect().abort else { return false };
        // SAFETY: the handle is of this action.
        unsafe { abort(self.handle) != 0 }
    }

    /// Shows a message that stays until it is cleared or replaced; as good as the host can.
    pub fn show(&self, kind: MessageKind, text: &str) {
        post(self.suites, self.handle, kind, text);
    }

    /// Takes the message away, if it is of this kind.
    pub fn clear(&self, kind: MessageKind) {
        super::message::clear(self.suites, self.handle, kind);
    }
}

/// The property set of an effect.
///
/// # Safety
/// `handle` is an effect of the host that lives at least as long as `'a`.
pub(super) unsafe fn properties<'a>(
    suites: &'a Suites,
    handle: sys::OfxImageEffectHandle,
) -> Result<PropertySet<'a>, OfxError> {
    let mut set = ptr::null_mut();
    let Some(get) = suites.effect().getPropertySet else {
        return Err(OfxError::Broken("an effect suite without getPropertySet".to_owned()));
    };
    // SAFETY: by the contract of this function.
    unsafe {
        check("getPropertySet", c"the effect", get(handle, &mut set))?;
        PropertySet::from_raw(suites, set, "the effect")
    }
}

//! Property sets.

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::marker::PhantomData;
use std::ptr;

use super::error::{OfxError, check, name};
use super::{Suites, sys};

/// A property set of the host, borrowed for one action.
#[derive(Clone, Copy)]
pub struct PropertySet<'a> {
    handle: sys::OfxPropertySetHandle,
    suites: &'a Suites,
    /// Handles belong to the thread that was called.
    not_send: PhantomData<*mut ()>,
}

impl<'a> PropertySet<'a> {
    /// Wraps a handle that the host gave.
    ///
    /// # Errors
    /// [`OfxError::Broken`] for a null handle.
    ///
    /// # Safety
    /// `handle` is null or a property set of the host that lives at least as long as `'a`.
    pub(super) unsafe fn from_raw(
        suites: &'a Suites,
        handle: sys::OfxPropertySetHandle,
        what: &str,
    ) -> Result<Self, OfxError> {
        if handle.is_null() {
            return Err(OfxError::Broken(format!("no property set for {what}")));
        }
        Ok(Self { handle, suites, not_send: PhantomData })
    }

    pub(super) fn handle(&self) -> sys::OfxPropertySetHandle {
        self.handle
    }

    /// How many values a property has; 0 when it is not there.
    #[must_use]
    pub fn dimension(&self, property: &'static [u8]) -> usize {
        let mut count = 0;
        let Some(get) = self.suites.property().propGetDimension else { return 0 };
        // SAFETY: the handle is live, the name ends in a NUL, `count` outlives the call.
        let status = unsafe { get(self.handle, name(property).as_ptr(), &mut count) };
        if status == sys::kOfxStatOK { usize::try_from(count).unwrap_or(0) } else { 0 }
    }

    /// A text; none when it is not there.
    #[must_use]
    pub fn text(&self, property: &'static [u8], index: usize) -> Option<String> {
        let mut value: *mut c_char = ptr::null_mut();
        let get = self.suites.property().propGetString?;
        // SAFETY: as in `dimension`.
        let status = unsafe { get(self.handle, name(property).as_ptr(), index as c_int, &mut value) };
        if status != sys::kOfxStatOK || value.is_null() {
            return None;
        }
        // SAFETY: the host promises a string that ends in a NUL and stays until the property changes.
        Some(unsafe { CStr::from_ptr(value) }.to_string_lossy().into_owned())
    }

    /// A whole number; none when it is not there.
    #[must_use]
    pub fn int(&self, property: &'static [u8], index: usize) -> Option<i32> {
        let mut value = 0;
        let get = self.suites.property().propGetInt?;
        // SAFETY: as in `dimension`.
        let status = unsafe { get(self.handle, name(property).as_ptr(), index as c_int, &mut value) };
        (status == sys::kOfxStatOK).then_some(value)
    }

    /// A number; none when it is not there.
    #[must_use]
    pub fn double(&self, property: &'static [u8], index: usize) -> Option<f64> {
        let mut value = 0.0;
        let get = self.suites.property().propGetDouble?;
        // SAFETY: as in `dimension`.
        let status = unsafe { get(self.handle, name(property).as_ptr(), index as c_int, &mut value) };
        (status == sys::kOfxStatOK).then_some(value)
    }

    /// Two numbers; none when one is missing.
    #[must_use]
    pub fn double2(&self, property: &'static [u8]) -> Option<(f64, f64)> {
        Some((self.double(property, 0)?, self.double(property, 1)?))
    }

    /// Four whole numbers; none when one is missing.
    #[must_use]
    pub fn int4(&self, property: &'static [u8]) -> Option<[i32; 4]> {
        let at = |i| self.int(property, i);
        Some([at(0)?, at(1)?, at(2)?, at(3)?])
    }

    /// A pointer; none when it is not there or null.
    pub(super) fn pointer(&self, property: &'static [u8], index: usize) -> Option<*mut c_void> {
        let mut value = ptr::null_mut();
        let get = self.suites.property().propGetPointer?;
        // SAFETY: as in `dimension`.
        let status = unsafe { get(self.handle, name(property).as_ptr(), index as c_int, &mut value) };
        (status == sys::kOfxStatOK && !value.is_null()).then_some(value)
    }

    /// Sets a text. What is behind a NUL is cut off.
    ///
    /// # Errors
    /// [`OfxError::Host`] when the host refuses it.
    pub fn set_text(&self, property: &'static [u8], index: usize, value: &str) -> Result<(), OfxError> {
        let text = c_text(value);
        let Some(set) = self.suites.property().propSetString else { return Err(missing("propSetString")) };
        // SAFETY: as in `dimension`; the host copies the string.
        let status = unsafe { set(self.handle, name(property).as_ptr(), index as c_int, text.as_ptr()) };
        check("propSetString", name(property), status)
    }

    /// Sets a whole number.
    ///
    /// # Errors
    /// [`OfxError::Host`] when the host refuses it.
    pub fn set_int(&self, property: &'static [u8], index: usize, value: i32) -> Result<(), OfxError> {
        let Some(set) = self.suites.property().propSetInt else { return Err(missing("propSetInt")) };
        // SAFETY: as in `dimension`.
        let status = unsafe { set(self.handle, name(property).as_ptr(), index as c_int, value) };
        check("propSetInt", name(property), status)
    }

    /// Sets a number.
    ///
    /// # Errors
    /// [`OfxError::Host`] when the host refuses it.
    pub fn set_double(&self, property: &'static [u8], index: usize, value: f64) -> Result<(), OfxError> {
        let Some(set) = self.suites.property().propSetDouble else { return Err(missing("propSetDouble")) };
        // SAFETY: as in `dimension`.
        let status = unsafe { set(self.handle, name(property).as_ptr(), index as c_int, value) };
        check("propSetDouble", name(property), status)
    }

    /// Sets a pointer, where the host takes it.
    pub(super) fn offer_pointer(&self, property: &'static [u8], index: usize, value: *mut c_void) {
        let Some(set) = self.suites.property().propSetPointer else { return };
        // SAFETY: as in `dimension`.
        let status = unsafe { set(self.handle, name(property).as_ptr(), index as c_int, value) };
        if status != sys::kOfxStatOK {
            log::debug!("the host refuses a pointer with status {status}");
        }
    }

    /// Sets a property of a later version of the API, or one that not every host knows: a refusal is fine.
    pub fn offer_text(&self, property: &'static [u8], index: usize, value: &str) {
        if let Err(reason) = self.set_text(property, index, value) {
            log::debug!("{reason}");
        }
    }

    /// [`PropertySet::offer_text`] for a whole number.
    pub fn offer_int(&self, property: &'static [u8], index: usize, value: i32) {
        if let Err(reason) = self.set_int(property, index, value) {
            log::debug!("{reason}");
        }
    }

    /// [`PropertySet::offer_text`] for a number.
    pub fn offer_double(&self, property: &'static [u8], index: usize, value: f64) {
        if let Err(reason) = self.set_double(property, index, value) {
            log::debug!("{reason}");
        }
    }
}

fn missing(call: &'static str) -> OfxError {
    OfxError::Broken(format!("a property suite without {call}"))
}

/// A C string of what is before the first NUL.
pub(super) fn c_text(value: &str) -> CString {
    let clean: Vec<u8> = value.bytes().take_while(|&b| b != 0).collect();
    CString::new(clean).unwrap_or_default()
}

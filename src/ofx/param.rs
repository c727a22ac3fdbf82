//! Parameters: declared once, read by instances.

use std::ffi::{CStr, c_char, c_int};
use std::ptr;

use super::error::{OfxError, check};
use super::property::c_text;
use super::{PropertySet, Suites, sys};

/// The types that this plugin declares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParamType {
    /// Text.
    Text,
    /// One of a list.
    Choice,
    /// A whole number.
    Int,
    /// A number.
    Double,
    /// On or off.
    Bool,
    /// Red, green and blue.
    Colour,
    /// A button.
    Push,
    /// A foldable group.
    Group,
    /// A page of the panel.
    Page,
}

impl ParamType {
    fn name(self) -> &'static CStr {
        super::error::name(match self {
            Self::Text => sys::kOfxParamTypeString,
            Self::Choice => sys::kOfxParamTypeChoice,
            Self::Int => sys::kOfxParamTypeInteger,
            Self::Double => sys::kOfxParamTypeDouble,
            Self::Bool => sys::kOfxParamTypeBoolean,
            Self::Colour => sys::kOfxParamTypeRGB,
            Self::Push => sys::kOfxParamTypePushButton,
            Self::Group => sys::kOfxParamTypeGroup,
            Self::Page => sys::kOfxParamTypePage,
        })
    }
}

/// What a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextMode {
    /// One line.
    Line,
    /// Many lines.
    Lines,
    /// A file that need not exist.
    File,
    /// A folder.
    Folder,
}

/// A parameter that is being declared.
pub struct ParamDescriptor<'a> {
    set: PropertySet<'a>,
}

impl<'a> ParamDescriptor<'a> {
    /// Label, hint and parent group.
    ///
    /// # Errors
    /// [`OfxError::Host`] when the host refuses one.
    pub fn about(&self, label: &str, hint: &str, parent: Option<&str>) -> Result<&Self, OfxError> {
        self.set.set_text(sys::kOfxPropLabel, 0, label)?;
        if !hint.is_empty() {
            self.set.offer_text(sys::kOfxParamPropHint, 0, hint);
        }
        if let Some(parent) = parent {
            self.set.offer_text(sys::kOfxParamPropParent, 0, parent);
        }
        Ok(self)
    }

    /// Default and mode of a text. It does not animate.
    pub fn text(&self, default: &str, mode: TextMode) {
        let (mode, exists) = match mode {
            TextMode::Line => ("OfxParamStringIsSingleLine", None),
            TextMode::Lines => ("OfxParamStringIsMultiLine", None),
            TextMode::File => ("OfxParamStringIsFilePath", Some(0)),
            TextMode::Folder => ("OfxParamStringIsDirectoryPath", Some(1)),
        };
        self.set.offer_text(sys::kOfxParamPropStringMode, 0, mode);
        if let Some(exists) = exists {
            self.set.offer_int(sys::kOfxParamPropStringFilePathExists, 0, exists);
        }
        self.set.offer_text(sys::kOfxParamPropDefault, 0, default);
        self.set.offer_int(sys::kOfxParamPropAnimates, 0, 0);
    }

    /// Names and labels of a choice, and the default's index. Hosts before API 1.5 know no names. It does not
    /// animate.
    ///
    /// # Errors
    /// [`OfxError::Host`] when the host refuses a label.
    pub fn choice(&self, options: &[(&str, &str)], default: usize) -> Result<(), OfxError> {
        for (i, (name, label)) in options.iter().enumerate() {
            self.set.set_text(sys::kOfxParamPropChoiceOption, i, label)?;
            self.set.offer_text(sys::kOfxParamPropChoiceEnum, i, name);
        }
        self.set.offer_int(sys::kOfxParamPropDefault, 0, default as i32);
        self.set.offer_int(sys::kOfxParamPropAnimates, 0, 0);
        Ok(())
    }

    /// Default, range and slider of a whole number.
    pub fn int(&self, default: i32, range: (i32, i32), display: (i32, i32)) {
        self.set.offer_int(sys::kOfxParamPropDefault, 0, default);
        self.set.offer_int(sys::kOfxParamPropMin, 0, range.0);
        self.set.offer_int(sys::kOfxParamPropMax, 0, range.1);
        self.set.offer_int(sys::kOfxParamPropDisplayMin, 0, display.0);
        self.set.offer_int(sys::kOfxParamPropDisplayMax, 0, display.1);
        self.set.offer_int(sys::kOfxParamPropAnimates, 0, 0);
    }

    /// Default, range and slider of a number.
    pub fn double(&self, default: f64, range: (f64, f64), display: (f64, f64)) {
        self.set.offer_double(sys::kOfxParamPropDefault, 0, default);
        self.set.offer_double(sys::kOfxParamPropMin, 0, range.0);
        self.set.offer_double(sys::kOfxParamPropMax, 0, range.1);
        self.set.offer_double(sys::kOfxParamPropDisplayMin, 0, display.0);
        self.set.offer_double(sys::kOfxParamPropDisplayMax, 0, display.1);
        self.set.offer_int(sys::kOfxParamPropAnimates, 0, 0);
    }

    /// Default of a switch.
    pub fn bool(&self, default: bool) {
        self.set.offer_int(sys::kOfxParamPropDefault, 0, i32::from(default));
        self.set.offer_int(sys::kOfxParamPropAnimates, 0, 0);
    }

    /// Default of a colour.
    pub fn colour(&self, default: [f64; 3]) {
        for (i, value) in default.into_iter().enumerate() {
            self.set.offer_double(sys::kOfxParamPropDefault, i, value);
        }
        self.set.offer_int(sys::kOfxParamPropAnimates, 0, 0);
    }

    /// Whether a group is open at first.
    pub fn open(&self, open: bool) {
        self.set.offer_int(sys::kOfxParamPropGroupOpen, 0, i32::from(open));
    }

    /// It shows something and keeps nothing: it cannot be edited and is not saved.
    pub fn shows(&self) {
        self.set.offer_int(sys::kOfxParamPropEnabled, 0, 0);
        self.set.offer_int(sys::kOfxParamPropPersistant, 0, 0);
    }

    /// It may have keys.
    pub fn animates(&self) {
        self.set.offer_int(sys::kOfxParamPropAnimates, 0, 1);
    }

    /// What lies on a page, in order.
    pub fn children<'l>(&self, ids: impl Iterator<Item = &'l str>) {
        for (i, id) in ids.enumerate() {
            self.set.offer_text(sys::kOfxParamPropPageChild, i, id);
        }
    }

    /// Whether a change makes the host render again.
    pub fn evaluates(&self, evaluates: bool) {
        self.set.offer_int(sys::kOfxParamPropEvaluateOnChange, 0, i32::from(evaluates));
    }
}

/// Keys that are looked at.
const MOST_KEYS: std::ffi::c_uint = 1_000_000;

/// The parameters of an effect or of an instance.
#[derive(Clone, Copy)]
pub struct ParamSet<'a> {
    handle: sys::OfxParamSetHandle,
    suites: &'a Suites,
}

impl<'a> ParamSet<'a> {
    /// The parameters of an effect.
    ///
    /// # Safety
    /// `effect` is an effect of the host that lives at least as long as `'a`.
    pub(super) unsafe fn of(suites: &'a Suites, effect: sys::OfxImageEffectHandle) -> Result<Self, OfxError> {
        let mut handle = ptr::null_mut();
        let Some(get) = suites.effect().getParamSet else {
            return Err(OfxError::Broken("an effect suite without getParamSet".to_owned()));
        };
        // SAFETY: by the contract of this function.
        check("getParamSet", c"the effect", unsafe { get(effect, &mut handle) })?;
        if handle.is_null() {
            return Err(OfxError::Broken("an effect without parameters".to_owned()));
        }
        Ok(Self { handle, suites })
    }

    /// Declares a parameter.
    ///
    /// # Errors
    /// [`OfxError::Host`] when the host refuses it.
    pub fn define(&self, kind: ParamType, id: &str) -> Result<ParamDescriptor<'a>, OfxError> {
        let id = c_text(id);
        let mut set = ptr::null_mut();
        let Some(define) = self.suites.param().paramDefine else {
            return Err(OfxError::Broken("a parameter suite without paramDefine".to_owned()));
        };
        // SAFETY: the handle is of this action, the names end in a NUL, `set` outlives the call.
        let status = unsafe { define(self.handle, kind.name().as_ptr(), id.as_ptr(), &mut set) };
        check("paramDefine", &id, status)?;
        // SAFETY: the host has just given the set, which lives as long as the description.
        let set = unsafe { PropertySet::from_raw(self.suites, set, "a parameter") }?;
        Ok(ParamDescriptor { set })
    }

    fn handle_of(&self, id: &CStr) -> Option<sys::OfxParamHandle> {
        let mut handle = ptr::null_mut();
        let get = self.suites.param().paramGetHandle?;
        // SAFETY: the handle is of this action, the name ends in a NUL, a null property set is allowed.
        let status = unsafe { get(self.handle, id.as_ptr(), &mut handle, ptr::null_mut()) };
        (status == sys::kOfxStatOK && !handle.is_null()).then_some(handle)
    }

    /// The value of a whole number, a choice (its index) or a switch; none where the host has none.
    #[must_use]
    pub fn int(&self, id: &str) -> Option<i32> {
        let handle = self.handle_of(&c_text(id))?;
        let mut value: c_int = 0;
        let get = self.suites.param().paramGetValue?;
        // SAFETY: a parameter of these types takes one pointer to an int.
        let status = unsafe { get(handle, &raw mut value) };
        (status == sys::kOfxStatOK).then_some(value)
    }

    /// The value of a number; none where the host has none.
    #[must_use]
    pub fn double(&self, id: &str) -> Option<f64> {
        let handle = self.handle_of(&c_text(id))?;
        let mut value = 0.0_f64;
        let get = self.suites.param().paramGetValue?;
        // SAFETY: a parameter of this type takes one pointer to a double.
        let status = unsafe { get(handle, &raw mut value) };
        (status == sys::kOfxStatOK && value.is_finite()).then_some(value)
    }

    /// The value of a colour; none where the host has none.
    #[must_use]
    pub fn colour(&self, id: &str) -> Option<[f64; 3]> {
        let handle = self.handle_of(&c_text(id))?;
        let mut value = [0.0_f64; 3];
        let get = self.suites.param().paramGetValue?;
        let [r, g, b] = &mut value;
        // SAFETY: a parameter of this type takes three pointers to doubles.
        let status = unsafe { get(handle, ptr::from_mut(r), ptr::from_mut(g), ptr::from_mut(b)) };
        (status == sys::kOfxStatOK && value.iter().all(|v| v.is_finite())).then_some(value)
    }

    /// The value of a text; none where the host has none.
    #[must_use]
    pub fn text(&self, id: &str) -> Option<String> {
        let handle = self.handle_of(&c_text(id))?;
        let mut value: *mut c_char = ptr::null_mut();
        let get = self.suites.param().paramGetValue?;
        // SAFETY: a parameter of this type takes one pointer to a string pointer.
        let status = unsafe { get(handle, &raw mut value) };
        if status != sys::kOfxStatOK || value.is_null() {
            return None;
        }
        // SAFETY: the host promises a string that ends in a NUL and stays until the next call.
        Some(unsafe { super::suites::from_c(value) })
    }

    /// The handle of a parameter, and the function that sets it.
    fn setter(&self, id: &CStr) -> Result<(sys::OfxParamHandle, SetValue), OfxError> {
        let missing = || OfxError::Broken(format!("no parameter {}", id.to_string_lossy()));
        let handle = self.handle_of(id).ok_or_else(missing)?;
        Ok((handle, self.suites.param().paramSetValue.ok_or_else(missing)?))
    }

    /// Sets a text. Not to be called during a render or while an instance is created: Nuke 17 ends then.
    ///
    /// # Errors
    /// [`OfxError::Host`] when the host refuses it.
    pub fn set_text(&self, id: &str, value: &str) -> Result<(), OfxError> {
        let (id, value) = (c_text(id), c_text(value));
        let (handle, set) = self.setter(&id)?;
        // SAFETY: a parameter of this type takes one string, which the host copies.
        check("paramSetValue", &id, unsafe { set(handle, value.as_ptr()) })
    }

    /// Sets a whole number, a choice (by its index) or a switch; when, as [`Self::set_text`].
    ///
    /// # Errors
    /// [`OfxError::Host`] when the host refuses it.
    pub fn set_int(&self, id: &str, value: i32) -> Result<(), OfxError> {
        let id = c_text(id);
        let (handle, set) = self.setter(&id)?;
        // SAFETY: a parameter of these types takes one int.
        check("paramSetValue", &id, unsafe { set(handle, value) })
    }

    /// The value of a whole number at a time; none where the host has none.
    #[must_use]
    pub fn int_at(&self, id: &str, time: f64) -> Option<i32> {
        let handle = self.handle_of(&c_text(id))?;
        let mut value: c_int = 0;
        let get = self.suites.param().paramGetValueAtTime?;
        // SAFETY: a parameter of this type takes one pointer to an int behind the time.
        let status = unsafe { get(handle, time, &raw mut value) };
        (status == sys::kOfxStatOK).then_some(value)
    }

    /// Sets a key of a whole number; when, as [`Self::set_text`].
    ///
    /// # Errors
    /// [`OfxError::Host`] when the host refuses it.
    pub fn set_int_at(&self, id: &str, time: f64, value: i32) -> Result<(), OfxError> {
        let id = c_text(id);
        let missing = || OfxError::Broken(format!("no parameter {} with keys", id.to_string_lossy()));
        let handle = self.handle_of(&id).ok_or_else(missing)?;
        let set = self.suites.param().paramSetValueAtTime.ok_or_else(missing)?;
        // SAFETY: a parameter of this type takes one int behind the time.
        check("paramSetValueAtTime", &id, unsafe { set(handle, time, value) })
    }

    /// How many keys a parameter has; 0 where the host tells none.
    #[must_use]
    pub fn key_count(&self, id: &str) -> usize {
        let found = (self.handle_of(&c_text(id)), self.suites.param().paramGetNumKeys);
        let (Some(handle), Some(count)) = found else { return 0 };
        let mut n = 0;
        // SAFETY: the host has just given the handle; the place outlives the call.
        let status = unsafe { count(handle, &mut n) };
        // More keys than any plate has frames are none.
        if status == sys::kOfxStatOK { n.min(MOST_KEYS) as usize } else { 0 }
    }

    /// The time of a key of a parameter, from 0 in order; none where the host does not tell.
    #[must_use]
    pub fn key_time(&self, id: &str, index: usize) -> Option<f64> {
        let (handle, time_of) = (self.handle_of(&c_text(id))?, self.suites.param().paramGetKeyTime?);
        let (index, mut time) = (std::ffi::c_uint::try_from(index).ok()?, 0.0);
        // SAFETY: the host has just given the handle; the place outlives the call.
        let status = unsafe { time_of(handle, index, &mut time) };
        (status == sys::kOfxStatOK && time.is_finite()).then_some(time)
    }

    /// The times of the keys of a parameter; none where the host tells none.
    #[must_use]
    pub fn keys(&self, id: &str) -> Vec<f64> {
        (0..self.key_count(id)).filter_map(|index| self.key_time(id, index)).collect()
    }

    /// Takes the key at a time away.
    ///
    /// # Errors
    /// [`OfxError::Host`] when there is none or the host refuses it.
    pub fn delete_key(&self, id: &str, time: f64) -> Result<(), OfxError> {
        let id = c_text(id);
        let missing = || OfxError::Broken(format!("no parameter {} with keys", id.to_string_lossy()));
        let handle = self.handle_of(&id).ok_or_else(missing)?;
        let delete = self.suites.param().paramDeleteKey.ok_or_else(missing)?;
        // SAFETY: the host has just given the handle.
        check("paramDeleteKey", &id, unsafe { delete(handle, time) })
    }

    /// Sets a number; when, as [`Self::set_text`].
    ///
    /// # Errors
    /// [`OfxError::Host`] when the host refuses it.
    pub fn set_double(&self, id: &str, value: f64) -> Result<(), OfxError> {
        let id = c_text(id);
        let (handle, set) = self.setter(&id)?;
        // SAFETY: a parameter of this type takes one double.
        check("paramSetValue", &id, unsafe { set(handle, value) })
    }

    /// Sets a colour; when, as [`Self::set_text`].
    ///
    /// # Errors
    /// [`OfxError::Host`] when the host refuses it.
    pub fn set_colour(&self, id: &str, [r, g, b]: [f64; 3]) -> Result<(), OfxError> {
        let id = c_text(id);
        let (handle, set) = self.setter(&id)?;
        // SAFETY: a parameter of this type takes three doubles.
        check("paramSetValue", &id, unsafe { set(handle, r, g, b) })
    }

    /// Everything that `edit` sets is one step of the host's undo, named `label`. A host without such steps makes
    /// one of each.
    ///
    /// # Errors
    /// Those of `edit`.
    pub fn edit<R>(
        &self,
        label: &str,
        edit: impl FnOnce(&Self) -> Result<R, OfxError>,
    ) -> Result<R, OfxError> {
        let label = c_text(label);
        let begun = self.suites.param().paramEditBegin.is_some_and(|begin| {
            // SAFETY: the handle is of this action, and the label ends in a NUL.
            unsafe { begin(self.handle, label.as_ptr()) == sys::kOfxStatOK }
        });
        let result = edit(self);
        if let (true, Some(end)) = (begun, self.suites.param().paramEditEnd) {
            // SAFETY: as above.
            let status = unsafe { end(self.handle) };
            if status != sys::kOfxStatOK {
                log::warn!("the host answered the end of an edit with status {status}");
            }
        }
        result
    }
}

/// The function of the parameter suite that sets a value.
type SetValue = unsafe extern "C" fn(sys::OfxParamHandle, ...) -> sys::OfxStatus;

//! The property suite.

use crate::host::memory::guard::{guard, put, string};
use crate::host::memory::handles;
use crate::host::property::{Kind, PropertySet, Text};
use crate::host::status::Status;
use crate::ofx::sys::{OfxPropertySetHandle, OfxPropertySuiteV1};
use std::ffi::{CStr, c_char, c_int, c_void};

pub(super) static SUITE: OfxPropertySuiteV1 = OfxPropertySuiteV1 {
    propSetPointer: Some(set_pointer),
    propSetString: Some(set_string),
    propSetDouble: Some(set_double),
    propSetInt: Some(set_int),
    propSetPointerN: Some(set_pointer_n),
    propSetStringN: Some(set_string_n),
    propSetDoubleN: Some(set_double_n),
    propSetIntN: Some(set_int_n),
    propGetPointer: Some(get_pointer),
    propGetString: Some(get_string),
    propGetDouble: Some(get_double),
    propGetInt: Some(get_int),
    propGetPointerN: Some(get_pointer_n),
    propGetStringN: Some(get_string_n),
    propGetDoubleN: Some(get_double_n),
    propGetIntN: Some(get_int_n),
    propReset: Some(reset),
    propGetDimension: Some(get_dimension),
};

/// A string that a plugin wrote, kept as it is.
///
/// # Safety
/// `value` is null or a string.
unsafe fn owned(value: *const c_char) -> Result<Text, Status> {
    if value.is_null() {
        return Err(Status::VALUE);
    }
    // SAFETY: not null, and the caller says that a string is there.
    Ok(unsafe { CStr::from_ptr(value) }.into())
}

fn set<T: Kind>(
    function: &str,
    set: OfxPropertySetHandle,
    name: *const c_char,
    index: c_int,
    value: T,
) -> c_int {
    guard(function, || {
        let set = handles::find::<PropertySet>(set)?;
        // SAFETY: a plugin passes null or a string.
        set.plugin_set(&unsafe { string(name) }?, index, value)
    })
}

/// Writes `count` values, each made of what a plugin has by `make`.
///
/// # Safety
/// `values` is null or has that many values.
unsafe fn set_n<T: Kind, C: Copy>(
    function: &str,
    set: OfxPropertySetHandle,
    name: *const c_char,
    count: c_int,
    values: *const C,
    make: impl Fn(C) -> Result<T, Status>,
) -> c_int {
    guard(function, || {
        let set = handles::find::<PropertySet>(set)?;
        // SAFETY: a plugin passes null or a string.
        let name = unsafe { string(name) }?;
        let count = usize::try_from(count).map_err(|_| Status::BAD_INDEX)?;
        if values.is_null() && count > 0 {
            return Err(Status::VALUE);
        }
        // SAFETY: not null, and the caller says that there are as many.
        let values = (0..count).map(|i| make(unsafe { *values.add(i) })).collect::<Result<_, _>>()?;
        set.plugin_set_all::<T>(&name, values)
    })
}

fn get<T: Kind, C>(
    function: &str,
    set: OfxPropertySetHandle,
    name: *const c_char,
    index: c_int,
    target: *mut C,
    make: impl Fn(T) -> C,
) -> c_int {
    guard(function, || {
        let set = handles::find::<PropertySet>(set)?;
        // SAFETY: a plugin passes null or a string.
        let value = set.plugin_get::<T>(&unsafe { string(name) }?, index)?;
        // SAFETY: a plugin passes null or the address of a variable.
        unsafe { put(target, make(value)) }
    })
}

fn get_n<T: Kind, C>(
    function: &str,
    set: OfxPropertySetHandle,
    name: *const c_char,
    count: c_int,
    target: *mut C,
    make: impl Fn(T) -> C,
) -> c_int {
    guard(function, || {
        let set = handles::find::<PropertySet>(set)?;
        // SAFETY: a plugin passes null or a string.
        let values = set.plugin_get_all::<T>(&unsafe { string(name) }?, count)?;
        if target.is_null() && !values.is_empty() {
            return Err(Status::VALUE);
        }
        for (i, value) in values.into_iter().enumerate() {
            // SAFETY: a plugin passes the address of as many variables as it says.
            unsafe { target.add(i).write(make(value)) };
        }
        Ok(())
    })
}

fn lent(value: Text) -> *mut c_char {
    // The property set holds the string, and keeps it for a while when it is replaced.
    value.as_ptr().cast_mut()
}

unsafe extern "C" fn set_pointer(
    s: OfxPropertySetHandle,
    n: *const c_char,
    i: c_int,
    v: *mut c_void,
) -> c_int {
    set("propSetPointer", s, n, i, v.expose_provenance())
}

unsafe extern "C" fn set_string(
    s: OfxPropertySetHandle,
    n: *const c_char,
    i: c_int,
    v: *const c_char,
) -> c_int {
    // SAFETY: a plugin passes null or a string.
    match unsafe { owned(v) } {
        Ok(value) => set("propSetString", s, n, i, value),
        Err(status) => guard("propSetString", || Err(status)),
    }
}

unsafe extern "C" fn set_double(s: OfxPropertySetHandle, n: *const c_char, i: c_int, v: f64) -> c_int {
    set("propSetDouble", s, n, i, v)
}

unsafe extern "C" fn set_int(s: OfxPropertySetHandle, n: *const c_char, i: c_int, v: c_int) -> c_int {
    set("propSetInt", s, n, i, v)
}

unsafe extern "C" fn set_pointer_n(
    s: OfxPropertySetHandle,
    n: *const c_char,
    count: c_int,
    v: *const *mut c_void,
) -> c_int {
    // SAFETY: a plugin passes as many values as it says.
    unsafe { set_n("propSetPointerN", s, n, count, v, |p| Ok(p.expose_provenance())) }
}

unsafe extern "C" fn set_string_n(
    s: OfxPropertySetHandle,
    n: *const c_char,
    count: c_int,
    v: *const *const c_char,
) -> c_int {
    // SAFETY: a plugin passes as many strings as it says.
    unsafe { set_n("propSetStringN", s, n, count, v, |p| owned(p)) }
}

unsafe extern "C" fn set_double_n(
    s: OfxPropertySetHandle,
    n: *const c_char,
    count: c_int,
    v: *const f64,
) -> c_int {
    // SAFETY: a plugin passes as many values as it says.
    unsafe { set_n("propSetDoubleN", s, n, count, v, Ok) }
}

unsafe extern "C" fn set_int_n(
    s: OfxPropertySetHandle,
    n: *const c_char,
    count: c_int,
    v: *const c_int,
) -> c_int {
    // SAFETY: a plugin passes as many values as it says.
    unsafe { set_n("propSetIntN", s, n, count, v, Ok) }
}

unsafe extern "C" fn get_pointer(
    s: OfxPropertySetHandle,
    n: *const c_char,
    i: c_int,
    v: *mut *mut c_void,
) -> c_int {
    get("propGetPointer", s, n, i, v, |p: usize| std::ptr::with_exposed_provenance_mut(p))
}

unsafe extern "C" fn get_string(
    s: OfxPropertySetHandle,
    n: *const c_char,
    i: c_int,
    v: *mut *mut c_char,
) -> c_int {
    get("propGetString", s, n, i, v, lent)
}

unsafe extern "C" fn get_double(s: OfxPropertySetHandle, n: *const c_char, i: c_int, v: *mut f64) -> c_int {
    get("propGetDouble", s, n, i, v, |d: f64| d)
}

unsafe extern "C" fn get_int(s: OfxPropertySetHandle, n: *const c_char, i: c_int, v: *mut c_int) -> c_int {
    get("propGetInt", s, n, i, v, |d: i32| d)
}

unsafe extern "C" fn get_pointer_n(
    s: OfxPropertySetHandle,
    n: *const c_char,
    count: c_int,
    v: *mut *mut c_void,
) -> c_int {
    get_n("propGetPointerN", s, n, count, v, |p: usize| std::ptr::with_exposed_provenance_mut(p))
}

unsafe extern "C" fn get_string_n(
    s: OfxPropertySetHandle,
    n: *const c_char,
    count: c_int,
    v: *mut *mut c_char,
) -> c_int {
    get_n("propGetStringN", s, n, count, v, lent)
}

unsafe extern "C" fn get_double_n(
    s: OfxPropertySetHandle,
    n: *const c_char,
    count: c_int,
    v: *mut f64,
) -> c_int {
    get_n("propGetDoubleN", s, n, count, v, |d: f64| d)
}

unsafe extern "C" fn get_int_n(
    s: OfxPropertySetHandle,
    n: *const c_char,
    count: c_int,
    v: *mut c_int,
) -> c_int {
    get_n("propGetIntN", s, n, count, v, |d: i32| d)
}

unsafe extern "C" fn reset(s: OfxPropertySetHandle, n: *const c_char) -> c_int {
    guard("propReset", || {
        let set = handles::find::<PropertySet>(s)?;
        // SAFETY: a plugin passes null or a string.
        set.plugin_reset(&unsafe { string(n) }?)
    })
}

unsafe extern "C" fn get_dimension(s: OfxPropertySetHandle, n: *const c_char, v: *mut c_int) -> c_int {
    guard("propGetDimension", || {
        let set = handles::find::<PropertySet>(s)?;
        // SAFETY: a plugin passes null or a string, and null or the address of a variable.
        unsafe { put(v, set.plugin_dimension(&string(n)?)?) }
    })
}

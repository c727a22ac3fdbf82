//! The door that every call of a plugin comes through.

use crate::host::audit::Audit;
use crate::host::status::Status;
use std::borrow::Cow;
use std::cell::RefCell;
use std::ffi::{CStr, c_char, c_int};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

thread_local! {
    /// Whose actions this thread runs, the innermost last.
    static AUDITS: RefCell<Vec<Arc<Audit>>> = const { RefCell::new(Vec::new()) };
}

/// Runs `f` while faults of this thread are told to `audit`.
pub(in crate::host) fn with_audit<R>(audit: Arc<Audit>, f: impl FnOnce() -> R) -> R {
    /// Leaves however `f` ends.
    struct Leave;
    impl Drop for Leave {
        fn drop(&mut self) {
            AUDITS.with_borrow_mut(Vec::pop);
        }
    }
    AUDITS.with_borrow_mut(|audits| audits.push(audit));
    let _leave = Leave;
    f()
}

/// Where this thread's faults are told.
pub(in crate::host) fn audit() -> Option<Arc<Audit>> {
    AUDITS.with_borrow(|audits| audits.last().cloned())
}

/// Tells a fault to whoever's action this thread runs.
pub(in crate::host) fn fault(what: String) {
    match audit() {
        Some(audit) => audit.fault(what),
        None => log::warn!("a plugin outside of any action: {what}"),
    }
}

/// Runs the body of a suite function: no panic gets out, and a handle that is none is recorded.
pub(in crate::host) fn guard(function: &str, body: impl FnOnce() -> Result<(), Status>) -> c_int {
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(())) => Status::OK.0,
        Ok(Err(status)) => {
            if status == Status::BAD_HANDLE {
                fault(format!("{function} was given a handle that is none, or of another kind, or stale"));
            }
            status.0
        }
        Err(panic) => {
            let what = panic.downcast_ref::<&str>().map(|s| (*s).to_owned());
            let what = what.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
            log::error!("the host panicked in {function}: {what}");
            Status::FAILED.0
        }
    }
}

/// A string that a plugin gave.
///
/// # Errors
/// [`Status::VALUE`] when it is null.
///
/// # Safety
/// `pointer` is null or the address of a string that ends in a NUL and lives for `'a`.
pub(in crate::host) unsafe fn string<'a>(pointer: *const c_char) -> Result<Cow<'a, str>, Status> {
    if pointer.is_null() {
        fault("passed null where a string is due".to_owned());
        return Err(Status::VALUE);
    }
    // SAFETY: not null, and the caller says that a string is there.
    Ok(unsafe { CStr::from_ptr(pointer) }.to_string_lossy())
}

/// Writes a result where a plugin wants it.
///
/// # Errors
/// [`Status::VALUE`] when `target` is null.
///
/// # Safety
/// `target` is null or may be written.
pub(in crate::host) unsafe fn put<T>(target: *mut T, value: T) -> Result<(), Status> {
    if target.is_null() {
        fault("passed null where a result is to be written".to_owned());
        return Err(Status::VALUE);
    }
    // SAFETY: not null, and the caller says that it may be written.
    unsafe { target.write(value) };
    Ok(())
}

/// As [`put`], for results that the caller may not want.
///
/// # Safety
/// `target` is null or may be written.
pub(in crate::host) unsafe fn put_optional<T>(target: *mut T, value: T) {
    if !target.is_null() {
        // SAFETY: not null, and the caller says that it may be written.
        unsafe { target.write(value) };
    }
}

//! The door that every call of a plugin comes through, and what a thread is doing for whom.

use super::audit::Audit;
use super::effect::{Effect, RenderJob};
use super::status::Status;
use std::borrow::Cow;
use std::cell::RefCell;
use std::ffi::{CStr, c_char, c_int};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// What a thread is doing while a plugin runs on it.
#[derive(Clone)]
pub(super) struct Scope {
    /// Where faults are told that name no living handle.
    pub(super) audit: Arc<Audit>,
    /// The effect that an action was sent to.
    pub(super) effect: Option<Arc<Effect>>,
    /// The action.
    pub(super) action: &'static str,
    /// The render that is going on.
    pub(super) job: Option<Arc<RenderJob>>,
    /// Which thread this is of those that the multithread suite started.
    pub(super) spawned: Option<u32>,
}

thread_local! {
    static SCOPES: RefCell<Vec<Scope>> = const { RefCell::new(Vec::new()) };
}

/// Runs `f` while this thread is known to be in `scope`.
pub(super) fn within<R>(scope: Scope, f: impl FnOnce() -> R) -> R {
    /// Leaves the scope however `f` ends.
    struct Leave;
    impl Drop for Leave {
        fn drop(&mut self) {
            SCOPES.with_borrow_mut(Vec::pop);
        }
    }
    SCOPES.with_borrow_mut(|scopes| scopes.push(scope));
    let _leave = Leave;
    f()
}

/// What this thread is doing.
pub(super) fn current() -> Option<Scope> {
    SCOPES.with_borrow(|scopes| scopes.last().cloned())
}

/// How deep actions are nested on this thread.
pub(super) fn depth() -> usize {
    SCOPES.with_borrow(Vec::len)
}

/// Tells a fault to whoever's action this thread runs.
pub(super) fn fault(what: String) {
    match current() {
        Some(scope) => scope.audit.fault(what),
        None => log::warn!("a plugin outside of any action: {what}"),
    }
}

/// Runs the body of a suite function: no panic gets out, and a handle that is none is recorded.
pub(super) fn guard(function: &str, body: impl FnOnce() -> Result<(), Status>) -> c_int {
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
pub(super) unsafe fn string<'a>(pointer: *const c_char) -> Result<Cow<'a, str>, Status> {
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
pub(super) unsafe fn put<T>(target: *mut T, value: T) -> Result<(), Status> {
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
pub(super) unsafe fn put_optional<T>(target: *mut T, value: T) {
    if !target.is_null() {
        // SAFETY: not null, and the caller says that it may be written.
        unsafe { target.write(value) };
    }
}

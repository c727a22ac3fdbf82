//! The one door across the C boundary.

use std::ffi::c_int;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::sys;

/// Runs the body of a function that a host calls. A panic ends here: it is logged with the name of the function, and
/// the host is answered `kOfxStatFailed`.
pub fn guard(what: &str, body: impl FnOnce() -> c_int) -> c_int {
    guard_or(what, sys::kOfxStatFailed, body)
}

/// [`guard`] for functions that answer something else than a status.
pub fn guard_or<T>(what: &str, on_panic: T, body: impl FnOnce() -> T) -> T {
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(answer) => answer,
        Err(panic) => {
            let text = panic.downcast_ref::<&str>().map(|s| (*s).to_owned());
            let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
            log::error!("{what} panicked: {}", text.as_deref().unwrap_or("no message"));
            // The panic's value may itself panic when it is dropped.
            std::mem::forget(panic);
            on_panic
        }
    }
}

/// Panics where a test asks for it: in builds with debug assertions, in the action that the environment variable
/// `AIROTO_TEST_PANIC` names.
pub(super) fn planted(action: &str) {
    #[cfg(debug_assertions)]
    if std::env::var("AIROTO_TEST_PANIC").is_ok_and(|planted| planted == action) {
        panic!("planted in {action}");
    }
    #[cfg(not(debug_assertions))]
    let _ = action;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_a_failed_status() {
        let hook = std::panic::take_hook();
        std::panic::set_hook(Box::new(|_| {}));
        let status = guard("a test", || panic!("on purpose"));
        std::panic::set_hook(hook);
        assert_eq!(status, sys::kOfxStatFailed);
        assert_eq!(guard("a test", || sys::kOfxStatOK), sys::kOfxStatOK);
    }
}

//! The environment of this process, changed while nobody else can be reading it.

/// Sets a variable for this process and for what it starts, where that is sound: as long as this is the
/// only thread, or on Windows, where the system guards the environment. Gives whether it did.
///
/// At the beginning of `main` it does; where the system does not tell how many threads there are, it
/// does not.
#[must_use]
pub fn set_while_alone(name: &str, value: &str) -> bool {
    let alone = cfg!(windows) || is_alone();
    if alone {
        // SAFETY: no other thread reads or changes the environment meanwhile: there is none, and only
        // this one could start one. On Windows the call is always safe.
        unsafe { std::env::set_var(name, value) };
    }
    alone
}

/// Whether this process is known to have one thread.
#[cfg(target_vendor = "apple")]
fn is_alone() -> bool {
    unsafe extern "C" {
        /// 0 as long as the process has not had a second thread.
        safe fn pthread_is_threaded_np() -> std::ffi::c_int;
    }
    pthread_is_threaded_np() == 0
}

/// Whether this process is known to have one thread.
#[cfg(not(target_vendor = "apple"))]
fn is_alone() -> bool {
    std::fs::read_dir("/proc/self/task").is_ok_and(|threads| threads.count() == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(unix)]
    fn nothing_is_set_beside_other_threads() {
        let (go, wait) = std::sync::mpsc::channel::<()>();
        let other = std::thread::spawn(move || wait.recv());
        assert!(!set_while_alone("AIROTO_TEST_NOT_ALONE", "1"));
        assert!(std::env::var_os("AIROTO_TEST_NOT_ALONE").is_none());
        drop(go);
        assert!(other.join().expect("no panic").is_err());
    }
}

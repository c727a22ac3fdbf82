//! The end of this process without what is done at a usual end.

/// Ends this process with `code` at once: neither handlers of the C library nor destructors of loaded libraries run.
///
/// For a process in which a thread of a library goes on: ONNX Runtime's destructors, run by `std::process::exit`
/// while a graph is being loaded, end the process by a signal in the place of `code`.
pub fn exit_at_once(code: i32) -> ! {
    // SAFETY: it takes any number and touches no memory of this process.
    unsafe { libc::_exit(code) }
}

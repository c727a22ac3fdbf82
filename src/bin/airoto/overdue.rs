//! What becomes of a command that runs models itself when a graph takes longer than it may.

use airoto::{host, worker};

/// Ends the program with one sentence and exit code 2 when a graph takes longer than it may and does not stop. It ends at
/// once: ONNX Runtime is still at work on other threads.
pub fn end_when_overdue() {
    worker::bound_time(|sentence| {
        complain!("airoto: {sentence}");
        host::exit_at_once(2);
    });
}

//! What a process has to know, and to say, in which engines run: its environment, its bundle, and what becomes of it
//! when a model hangs.

use std::path::Path;
use std::thread::ThreadId;
use std::time::Duration;

use crate::models::{self, deadline, runtime, search_path};

/// The variables that the environment of the process needs from its start, with their values: where they are missing,
/// an ONNX Runtime that would send usage data is not used.
#[must_use]
pub fn environment() -> [(&'static str, &'static str); 1] {
    [models::TELEMETRY_SWITCH]
}

/// Says where the plugin's bundle lies, in which models are: `folder` is the one that holds `Contents`. A program in
/// another process, such as a host, does not tell by its own place.
pub fn set_bundle(folder: &Path) {
    search_path::set_bundle(folder);
}

/// Says what ends this process when a graph takes longer than it may and does not stop: `end` is given the thread that
/// waits for the graph, and a sentence.
pub fn on_overdue(end: impl Fn(ThreadId, &str) + Send + Sync + 'static) {
    deadline::on_overdue(end);
}

/// The time that graphs have run for this thread, which waited for them: what is left of a frame's time is the
/// engine's own.
#[must_use]
pub fn graph_time() -> Duration {
    runtime::graph_time()
}

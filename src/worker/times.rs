//! How long frames took, for whoever measures.

use std::fs::OpenOptions;
use std::io::Write;
use std::time::Duration;

/// Names the file in which a worker writes for each frame: its number, how long it took to answer, how
/// long graphs ran for it, and how long they did so before the answer; in microseconds.
const TIMES: &str = "AIROTO_TIMES";

/// Notes that a frame was answered after `all`, and that graphs ran for `graphs`, `before` the answer and after it.
pub fn note_time(time: i64, all: Duration, graphs: Duration, before: Duration) {
    let Some(path) = std::env::var_os(TIMES).filter(|v| !v.is_empty()) else { return };
    let [all, graphs, before] = [all, graphs, before].map(|t| t.as_micros());
    let file = OpenOptions::new().create(true).append(true).open(&path);
    let written = file.and_then(|mut file| writeln!(file, "{time} {all} {graphs} {before}"));
    if let Err(e) = written {
        log::warn!("{TIMES} names {}, which cannot be written: {e}", path.display());
    }
}

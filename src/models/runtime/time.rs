//! How long graphs have run.

use std::cell::Cell;
use std::time::{Duration, Instant};

thread_local! {
    /// How long graphs have run for this thread.
    static SPENT: Cell<Duration> = const { Cell::new(Duration::ZERO) };
}

/// The time that graphs have run for this thread, which waited for them: what is left of a frame's time
/// is ours.
#[must_use]
pub fn graph_time() -> Duration {
    SPENT.get()
}

/// Adds its life to the time that graphs have run.
pub struct Timer(Instant);

impl Timer {
    /// From now on.
    pub fn start() -> Self {
        Self(Instant::now())
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        SPENT.set(SPENT.get() + self.0.elapsed());
    }
}

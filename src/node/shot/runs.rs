//! Renders during which a plate stays as it is: from the start of a sequence of several frames to its end, and while a
//! button tracks. What was seen of the plate in one of them need not be looked at again before it ends.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};

use once_cell::sync::Lazy;
use parking_lot::Mutex;

use super::sequence::Sequence;
use crate::job::Run;
use crate::ofx::Instance;

/// Those of sequences, by the address of the instance.
static SEQUENCES: Lazy<Mutex<HashMap<usize, Run>>> = Lazy::new(Mutex::default);

/// One that begins now.
pub fn next() -> Run {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    Run { id: NEXT.fetch_add(1, Ordering::Relaxed), frames: None }
}

/// A sequence of several frames begins.
pub fn begin(instance: &Instance, sequence: &Sequence) {
    SEQUENCES.lock().insert(instance.address(), Run { frames: sequence.all(), ..next() });
}

/// A sequence ends, or the instance goes.
pub fn end(instance: &Instance) {
    SEQUENCES.lock().remove(&instance.address());
}

/// The one that a render belongs to, if any.
pub fn current(instance: &Instance) -> Run {
    SEQUENCES.lock().get(&instance.address()).copied().unwrap_or_default()
}

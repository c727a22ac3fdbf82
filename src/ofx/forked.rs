//! A process that was forked from one in which the plugin had worked.
//!
//! A fork has the thread that forked and no other, but all memory: locks that other threads held stay locked
//! for ever, and to wait for one of them, or for a worker that is the other process's child, takes for ever as
//! well. Nothing can be rendered there. What such a process does is end, and then its host sends the plugin
//! what it sends at an end, which is answered without touching anything. A process that forks before the
//! plugin has worked is none of this.

use std::ffi::c_int;
use std::sync::atomic::{AtomicU32, Ordering};

use super::sys;

/// The process in which the plugin worked first; 0 for none.
static WORKED_IN: AtomicU32 = AtomicU32::new(0);

/// The actions with which work begins: threads, processes, locks that are held for longer.
const WORK: [&[u8]; 3] = [
    sys::kOfxImageEffectActionRender,
    sys::kOfxImageEffectActionBeginSequenceRender,
    sys::kOfxActionInstanceChanged,
];
/// What comes at an end, and has nothing to do there.
const END: [&[u8]; 4] = [
    sys::kOfxImageEffectActionEndSequenceRender,
    sys::kOfxActionPurgeCaches,
    sys::kOfxActionDestroyInstance,
    sys::kOfxActionUnload,
];

/// The answer to an action in such a process; none in any other.
///
/// Not a word is logged: the log has a lock, too.
pub(super) fn answer(action: &[u8]) -> Option<c_int> {
    if !is_forked(WORK.contains(&action)) {
        return None;
    }
    Some(if END.contains(&action) { sys::kOfxStatOK } else { sys::kOfxStatFailed })
}

/// Whether this is such a process; `works` says that something begins that makes its forks so.
pub(super) fn is_forked(works: bool) -> bool {
    let this = std::process::id();
    let first = match works {
        true => match WORKED_IN.compare_exchange(0, this, Ordering::Relaxed, Ordering::Relaxed) {
            Ok(_) => this,
            Err(first) => first,
        },
        false => WORKED_IN.load(Ordering::Relaxed),
    };
    first != 0 && first != this
}

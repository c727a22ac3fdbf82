//! What a thread is doing for which effect while a plugin runs on it.

use super::Effect;
use super::job::RenderJob;
use crate::host::audit::Audit;
use crate::host::memory::guard;
use std::cell::RefCell;
use std::sync::Arc;

/// What a thread is doing while a plugin runs on it.
#[derive(Clone)]
pub(in crate::host) struct Scope {
    /// Where faults are told that name no living handle.
    pub(in crate::host) audit: Arc<Audit>,
    /// The effect that an action was sent to.
    pub(in crate::host) effect: Option<Arc<Effect>>,
    /// The action.
    pub(in crate::host) action: &'static str,
    /// The render that is going on.
    pub(in crate::host) job: Option<Arc<RenderJob>>,
    /// Which thread this is of those that the multithread suite started.
    pub(in crate::host) spawned: Option<u32>,
}

thread_local! {
    static SCOPES: RefCell<Vec<Scope>> = const { RefCell::new(Vec::new()) };
}

/// Runs `f` while this thread is known to be in `scope`.
pub(in crate::host) fn within<R>(scope: Scope, f: impl FnOnce() -> R) -> R {
    /// Leaves the scope however `f` ends.
    struct Leave;
    impl Drop for Leave {
        fn drop(&mut self) {
            SCOPES.with_borrow_mut(Vec::pop);
        }
    }
    let audit = scope.audit.clone();
    SCOPES.with_borrow_mut(|scopes| scopes.push(scope));
    let _leave = Leave;
    guard::with_audit(audit, f)
}

/// What this thread is doing.
pub(in crate::host) fn current() -> Option<Scope> {
    SCOPES.with_borrow(|scopes| scopes.last().cloned())
}

/// How deep actions are nested on this thread.
pub(in crate::host) fn depth() -> usize {
    SCOPES.with_borrow(Vec::len)
}

/// The render that the calling thread works for: the thread's own, else the one of that time,
/// else the only one.
pub(in crate::host) fn job(effect: &Effect, time: f64) -> Option<Arc<RenderJob>> {
    let mine = current().filter(|s| s.effect.as_ref().is_some_and(|e| e.id() == effect.id()));
    if let Some(job) = mine.and_then(|s| s.job) {
        return Some(job);
    }
    let jobs = effect.jobs.lock();
    jobs.iter().find(|j| j.time == time).or_else(|| jobs.first()).cloned()
}

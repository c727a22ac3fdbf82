//! The requests that a worker works on, and what becomes of them when a model takes longer than it may.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::ThreadId;

use ipc_channel::ipc::IpcSender;
use serde::Serialize;

use super::messages::FromWorker;
use crate::engine::on_overdue;
use crate::job::JobError;

/// Requests in work, each on a thread of its own, and where their answers go.
#[derive(Clone, Default)]
pub struct WatchedRequests(Arc<Mutex<Vec<WatchedRequest>>>);

struct WatchedRequest {
    thread: ThreadId,
    model: String,
    /// Sends why there is no answer.
    refuse: Box<dyn Fn(JobError) + Send>,
}

/// Takes its request out when the work is done.
pub struct WatchGuard(WatchedRequests, ThreadId);

impl Drop for WatchGuard {
    fn drop(&mut self) {
        self.0.with(|all| all.retain(|request| request.thread != self.1));
    }
}

impl WatchedRequests {
    fn with<R>(&self, f: impl FnOnce(&mut Vec<WatchedRequest>) -> R) -> R {
        f(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// This thread works on a request by `model`, until what is given is dropped.
    pub fn watch<N, A>(&self, model: &str, reply: &IpcSender<FromWorker<N, A>>) -> WatchGuard
    where
        N: Serialize + Send + 'static,
        A: Serialize + Send + 'static,
    {
        let thread = std::thread::current().id();
        let reply = reply.clone();
        let refuse = Box::new(move |error| {
            // When the plugin is gone there is nobody to tell.
            let _ = reply.send(FromWorker::Failed(error));
        });
        self.with(|all| all.push(WatchedRequest { thread, model: model.to_owned(), refuse }));
        WatchGuard(self.clone(), thread)
    }

    /// Ends this process when a graph takes longer than it may and does not stop: who waits for its model is told so.
    /// Others find the worker gone, and ask the next one.
    pub fn end_when_overdue(&self) {
        let watched = self.clone();
        on_overdue(move |thread, sentence| {
            log::error!("{sentence}; the worker ends");
            watched.with(|all| {
                let model = all.iter().find(|w| w.thread == thread).map(|w| w.model.clone());
                for request in all.iter().filter(|w| model.as_ref().is_none_or(|model| *model == w.model)) {
                    (request.refuse)(JobError::Model(sentence.to_owned()));
                }
                end();
            });
        });
    }
}

/// Ends this process at once: threads of ONNX Runtime go on, and what is cleaned up at a usual end is theirs too.
pub(super) fn end() -> ! {
    #[cfg(unix)]
    {
        use nix::sys::signal::{Signal, kill};
        let _ = kill(nix::unistd::Pid::this(), Signal::SIGKILL);
    }
    std::process::abort()
}

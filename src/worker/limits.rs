//! What this process may take of the machine when a model asks for more than there is, and what becomes of it when a
//! model takes longer than it may.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::ThreadId;

use ipc_channel::ipc::IpcSender;
use serde::Serialize;

use super::messages::FromWorker;
use crate::engine::on_overdue;
use crate::job::JobError;

/// Requests in work, each on a thread of its own, and where their answers go.
#[derive(Clone, Default)]
pub struct Waiting(Arc<Mutex<Vec<Wait>>>);

struct Wait {
    thread: ThreadId,
    model: String,
    /// Sends why there is no answer.
    refuse: Box<dyn Fn(JobError) + Send>,
}

/// Takes its request out when the work is done.
pub struct Left(Waiting, ThreadId);

impl Drop for Left {
    fn drop(&mut self) {
        self.0.with(|all| all.retain(|wait| wait.thread != self.1));
    }
}

impl Waiting {
    fn with<R>(&self, f: impl FnOnce(&mut Vec<Wait>) -> R) -> R {
        f(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// This thread works on a request by `model`, until what is given is dropped.
    pub fn begin<N, A>(&self, model: &str, reply: &IpcSender<FromWorker<N, A>>) -> Left
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
        self.with(|all| all.push(Wait { thread, model: model.to_owned(), refuse }));
        Left(self.clone(), thread)
    }

    /// Ends this process when a graph takes longer than it may and does not stop: who waits for its model is told so.
    /// Others find the worker gone, and ask the next one.
    pub fn end_when_overdue(&self) {
        let waiting = self.clone();
        on_overdue(move |thread, sentence| {
            log::error!("{sentence}; the worker ends");
            waiting.with(|all| {
                let model = all.iter().find(|w| w.thread == thread).map(|w| w.model.clone());
                for wait in all.iter().filter(|w| model.as_ref().is_none_or(|model| *model == w.model)) {
                    (wait.refuse)(JobError::Model(sentence.to_owned()));
                }
                end();
            });
        });
    }
}

/// Ends this process when a graph takes longer than it may and does not stop, after `tell` was given a sentence: for
/// a program that runs models itself.
pub fn bound_time(tell: impl Fn(&str) + Send + Sync + 'static) {
    on_overdue(move |_, sentence| {
        tell(sentence);
        std::process::exit(2);
    });
}

/// Ends this process at once: threads of ONNX Runtime go on, and what is cleaned up at a usual end is theirs too.
fn end() -> ! {
    #[cfg(unix)]
    {
        use nix::sys::signal::{Signal, kill};
        let _ = kill(nix::unistd::Pid::this(), Signal::SIGKILL);
    }
    std::process::abort()
}

/// Keeps a model that asks for too much from taking the host with it: a request for more memory than
/// the machine has fails, and where the system still has to end a process, it ends this one.
///
/// Only Linux grants memory that it does not have; elsewhere there is nothing to do.
pub fn bound_memory() {
    #[cfg(target_os = "linux")]
    {
        use nix::sys::resource::{Resource, getrlimit, setrlimit};
        if let (Some(all), Ok((soft, hard))) = (physical_memory(), getrlimit(Resource::RLIMIT_DATA)) {
            // Private memory that can be written to. What a driver reserves and does not touch is not
            // counted, so that this is none of CUDA's business. A limit that is refused is not there.
            let _ = setrlimit(Resource::RLIMIT_DATA, all.min(soft).min(hard), hard);
        }
        // 0 is the usual; 1000 is ended first. Without the file there is no such choice.
        let _ = std::fs::write("/proc/self/oom_score_adj", "500");
    }
}

/// Bytes of the machine's memory.
#[cfg(target_os = "linux")]
fn physical_memory() -> Option<u64> {
    let told = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = told.lines().find_map(|l| l.strip_prefix("MemTotal:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn the_machine_has_memory() {
        assert!(physical_memory().is_some_and(|bytes| bytes > 1 << 28), "{:?}", physical_memory());
    }
}

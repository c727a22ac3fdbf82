//! One thread beside the host's own, for what no action of the host should wait for.
//!
//! Work is done in the order in which it was given. The thread is started by the first of it, and
//! ends when the plugin is unloaded, since its code goes then.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Sender, channel};
use std::thread::{Builder, JoinHandle};

use parking_lot::Mutex;

type Work = Box<dyn FnOnce() + Send>;

struct Thread {
    work: Sender<Work>,
    handle: JoinHandle<()>,
    /// Where it runs. A fork of that process has not got it.
    process: u32,
}

/// The thread, where one runs.
#[derive(Default)]
pub struct Background {
    thread: Mutex<Option<Thread>>,
}

impl Background {
    /// None is started yet.
    pub const fn new() -> Self {
        Self { thread: Mutex::new(None) }
    }

    /// Does `work` on the thread, after what was given before. Where there can be no thread it is
    /// done here and now. A panic in it is logged and ends nothing else.
    pub fn later(&self, work: impl FnOnce() + Send + 'static) {
        let mut work: Work = Box::new(work);
        let mut thread = self.thread.lock();
        if let Some(running) = &*thread {
            match running.work.send(work) {
                Ok(()) => return,
                // It never ends by itself, but then a new one is as good.
                Err(unsent) => work = unsent.0,
            }
        }
        let (sender, receiver) = channel::<Work>();
        let run = move || receiver.into_iter().for_each(guarded);
        match Builder::new().name("airoto shapes".to_owned()).spawn(run) {
            Ok(handle) => {
                // The thread holds the other end until this one is dropped.
                let _ = sender.send(work);
                *thread = Some(Thread { work: sender, handle, process: std::process::id() });
            }
            Err(error) => {
                drop(thread);
                log::warn!("cannot start the thread that writes shapes: {error}");
                guarded(work);
            }
        }
    }

    /// Waits until all is done, and ends the thread.
    pub fn finish(&self) {
        let Some(Thread { work, handle, process }) = self.thread.lock().take() else { return };
        drop(work);
        if process != std::process::id() {
            return;
        }
        if handle.join().is_err() {
            log::error!("the thread that writes shapes panicked");
        }
    }
}

fn guarded(work: Work) {
    if catch_unwind(AssertUnwindSafe(work)).is_err() {
        log::error!("a background task panicked");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn the_caller_does_not_wait_and_the_order_stays() {
        let background = Background::new();
        let (go, wait) = channel::<()>();
        let done = Arc::new(Mutex::new(Vec::new()));
        let first = done.clone();
        background.later(move || {
            wait.recv().expect("the test lives");
            first.lock().push(1);
        });
        for i in 2..5 {
            let next = done.clone();
            background.later(move || next.lock().push(i));
        }
        assert!(done.lock().is_empty(), "the first still waits for us, and so do we for nobody");
        go.send(()).expect("it waits");
        background.finish();
        assert_eq!(*done.lock(), [1, 2, 3, 4]);
        background.finish();
    }

    #[test]
    fn a_panic_ends_neither_the_thread_nor_the_caller() {
        let background = Background::new();
        let count = Arc::new(AtomicUsize::new(0));
        background.later(|| std::panic::resume_unwind(Box::new("on purpose")));
        let after = count.clone();
        background.later(move || {
            after.fetch_add(1, Ordering::SeqCst);
        });
        background.finish();
        let again = count.clone();
        background.later(move || {
            again.fetch_add(1, Ordering::SeqCst);
        });
        background.finish();
        assert_eq!(count.load(Ordering::SeqCst), 2);
    }
}

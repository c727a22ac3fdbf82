//! How long ONNX Runtime may take to load a graph or to run it once.
//!
//! What a graph costs is estimated before (see [`super::onnx::estimate`]), and an estimate may be wrong. A run that
//! takes too long is told to stop, which it does between two nodes. What does not stop, and a graph that is being
//! loaded, ends only with its process: a worker and the command line say what to do then by [`on_overdue`]. A host
//! that the engine runs in is not ended: there, loading has no limit.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{JoinHandle, ThreadId};
use std::time::Duration;

use ort::session::{NoSelectedOutputs, RunOptions};
use parking_lot::RwLock;

use crate::job::Device;

/// Names the variable with the seconds that loading a graph may take; 0 for no limit.
pub const LOAD_VARIABLE: &str = "AIROTO_LOAD_SECONDS";
/// Names the variable with the seconds that a graph may run; 0 for no limit.
pub const RUN_VARIABLE: &str = "AIROTO_RUN_SECONDS";
/// Seconds of either where the variable says nothing. A graph of SAM 2 large loads in 20 s and runs in 30 s on two
/// cores.
const USUAL: u64 = 600;
/// The same for TensorRT, which compiles a graph for its card when it is loaded, and when sizes are new.
const COMPILED: u64 = 3600;
/// How long a run may take to stop that was told to.
const GRACE: Duration = Duration::from_secs(5);
/// Bytes of a watching thread's stack.
const STACK: usize = 256 << 10;

/// What is done when nothing stops: it is given the thread that waits for ONNX Runtime, and a sentence.
type Ending = dyn Fn(ThreadId, &str) + Send + Sync;

static ENDING: RwLock<Option<Arc<Ending>>> = RwLock::new(None);

/// Says what ends this process when a graph takes longer than it may and does not stop.
pub fn on_overdue(end: impl Fn(ThreadId, &str) + Send + Sync + 'static) {
    *ENDING.write() = Some(Arc::new(end));
}

/// What ONNX Runtime does.
#[derive(Clone, Copy)]
pub(super) enum Work {
    /// Loads a graph, for which this thread waits.
    Load(ThreadId),
    /// Runs one, for which the thread that runs it waits.
    Run,
}

impl Work {
    fn limit(self, device: Device) -> Option<Duration> {
        let variable = self.variable();
        let usual = if device == Device::TensorRt { COMPILED } else { USUAL };
        let seconds = std::env::var(variable).ok().and_then(|v| v.trim().parse().ok());
        Some(Duration::from_secs(seconds.unwrap_or(usual))).filter(|limit| !limit.is_zero())
    }

    fn variable(self) -> &'static str {
        match self {
            Self::Load(_) => LOAD_VARIABLE,
            Self::Run => RUN_VARIABLE,
        }
    }

    fn reason(self, limit: Duration) -> String {
        let (took, most) = (if matches!(self, Self::Load(_)) { "load" } else { "run" }, limit.as_secs());
        format!("it took longer than {most} s to {took}, the limit that {} sets", self.variable())
    }
}

/// Watches one piece of work while it lives.
pub(super) struct Deadline {
    work: Work,
    limit: Duration,
    passed: Arc<AtomicBool>,
    done: Option<Sender<()>>,
    watch: Option<JoinHandle<()>>,
}

impl Deadline {
    /// Of what this thread begins to do with the graph called `graph`; `options` stop a run. None where there is no
    /// limit.
    pub fn new(
        work: Work,
        graph: &str,
        device: Device,
        options: Option<&Arc<RunOptions<NoSelectedOutputs>>>,
    ) -> Option<Self> {
        let limit = work.limit(device)?;
        let (done, ended) = mpsc::channel::<()>();
        let passed = Arc::new(AtomicBool::new(false));
        let thread = match work {
            Work::Load(asked_by) => asked_by,
            Work::Run => std::thread::current().id(),
        };
        let (late, options) = (Arc::clone(&passed), options.cloned());
        let sentence = format!("graph {graph} failed: {}", work.reason(limit));
        let watch = move || {
            let over = |time| matches!(ended.recv_timeout(time), Err(RecvTimeoutError::Timeout));
            if !over(limit) {
                return;
            }
            late.store(true, Ordering::Relaxed);
            if options.is_some_and(|options| options.terminate().is_ok()) && !over(GRACE) {
                return;
            }
            let end = ENDING.read().clone();
            if let Some(end) = end {
                end(thread, &sentence);
            }
        };
        let watch = std::thread::Builder::new().name("deadline".into()).stack_size(STACK).spawn(watch);
        Some(Self { work, limit, passed, done: Some(done), watch: Some(watch.ok()?) })
    }

    /// The work is done: why it was stopped, if it was.
    pub fn reason(mut self) -> Option<String> {
        self.end();
        self.passed.load(Ordering::Relaxed).then(|| self.work.reason(self.limit))
    }

    fn end(&mut self) {
        self.done = None;
        if let Some(watch) = self.watch.take() {
            // It ends at once, and must not outlive the library that its code is in.
            let _ = watch.join();
        }
    }
}

impl Drop for Deadline {
    fn drop(&mut self) {
        self.end();
    }
}

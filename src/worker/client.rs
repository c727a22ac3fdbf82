//! The side of the plugin.

mod text;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use ipc_channel::IpcError;
use ipc_channel::TryRecvError;
use ipc_channel::ipc::{self, IpcReceiver};
use parking_lot::Mutex;

use super::messages::{FromWorker, Pixels, ToWorker};
use super::process::{POLL, Process, START_LIMIT};
use super::pulse::{PATIENCE, Pulse};
use super::stats::{self, Stats};
use crate::engine::Engine;
use crate::job::{
    EngineSettings, FrameSource, FrameState, JobError, Note, Request, SourceError, TrackedFrame,
};

/// How often a request is begun when the worker ends under it.
const TRIES: u32 = 3;

/// Where the engine runs.
#[derive(Debug, Clone)]
pub enum Mode {
    /// In `airoto worker`, started at the first request.
    Process {
        /// The program `airoto`.
        executable: PathBuf,
    },
    /// In this process: for tests, and for hosts that forbid child processes.
    InProcess,
}

/// Why a frame was not tracked.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The engine's answer.
    #[error(transparent)]
    Engine(#[from] JobError),
    /// The worker's program cannot be started.
    #[error("the worker {} cannot be started: {reason}", executable.display())]
    Start {
        /// Its path.
        executable: PathBuf,
        /// What happened.
        reason: String,
    },
    /// The worker is another version than the plugin.
    #[error("the worker {} is version {found}, the plugin is version {expected}: install both anew", executable.display())]
    Version {
        /// Its path.
        executable: PathBuf,
        /// The worker's.
        found: String,
        /// The plugin's.
        expected: String,
    },
    /// It did not answer in time when it was started.
    #[error("the worker {} did not answer within {seconds} s of its start", executable.display())]
    Silent {
        /// Its path.
        executable: PathBuf,
        /// How long it was waited for.
        seconds: u64,
    },
    /// It ended again and again.
    #[error("the worker ended {times} times while it {doing}: {reason}")]
    Died {
        /// How often it was tried.
        times: u32,
        /// What it did, in words.
        doing: String,
        /// How it ended.
        reason: String,
    },
}

/// Asks for tracked frames; one for a whole plugin process, shared by all threads.
#[derive(Debug)]
pub struct Client {
    settings: EngineSettings,
    place: Place,
    /// How long a worker may give no sign of life.
    patience: Duration,
}

#[derive(Debug)]
enum Place {
    Here(Box<Engine>),
    There { executable: PathBuf, worker: Mutex<Option<Arc<Process>>>, next: AtomicU64 },
}

/// What may stop a request.
trait Stoppable {
    /// Whether nobody waits for it any more.
    fn stopped(&mut self) -> bool;
}

impl Stoppable for dyn FrameSource + '_ {
    fn stopped(&mut self) -> bool {
        self.aborted()
    }
}

impl Stoppable for dyn FnMut() -> bool + '_ {
    fn stopped(&mut self) -> bool {
        self()
    }
}

/// How a request to a worker ended without an answer.
enum Broken {
    /// The worker is gone.
    Died,
    /// It gives no sign of life.
    Hangs,
    /// It cannot be done.
    Failed(ClientError),
}

impl<E: Into<ClientError>> From<E> for Broken {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

impl Client {
    /// A client that has started nothing yet.
    #[must_use]
    pub fn new(mode: Mode) -> Self {
        Self::with_settings(mode, EngineSettings::default())
    }

    /// A client whose engine may use other than the usual limits and folders.
    #[must_use]
    pub fn with_settings(mode: Mode, settings: EngineSettings) -> Self {
        let place = match mode {
            Mode::InProcess => Place::Here(Box::new(Engine::new(settings.clone()))),
            Mode::Process { executable } => {
                Place::There { executable, worker: Mutex::default(), next: AtomicU64::new(0) }
            }
        };
        Self { settings, place, patience: PATIENCE }
    }

    /// The same, with a worker that may give no sign of life for `patience` in the place of
    /// half a minute.
    #[must_use]
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// All objects of `request` in the frame at `time`. Frames are taken from `source` on the
    /// calling thread.
    ///
    /// # Errors
    /// [`ClientError`] when the engine cannot answer or there is no worker to be had.
    pub fn track(
        &self,
        request: &Request,
        time: i64,
        source: &mut dyn FrameSource,
        notes: &mut dyn FnMut(Note),
    ) -> Result<TrackedFrame, ClientError> {
        if let Place::Here(engine) = &self.place {
            let tracked = engine.track(request, time, source, notes);
            engine.settle(request);
            return Ok(tracked?);
        }
        let what = format!("tracked frame {time}");
        let answered = self.tried(&what, source, notes, |process, id, source, notes| {
            ask(process, self.pulse(), (id, request, time, None), source, notes)
        })?;
        match answered {
            Answered::Frame(frame) => Ok(frame),
            Answered::States(_) => Err(JobError::Internal(ANOTHER.to_owned()).into()),
        }
    }

    /// What is known of `frames`, the first and the last, without computing anything. The frame at `time`, and
    /// others that tell which footage it is, are taken from `source` on the calling thread.
    ///
    /// # Errors
    /// [`ClientError`] when the engine cannot answer or there is no worker to be had.
    pub fn known(
        &self,
        request: &Request,
        time: i64,
        frames: (i64, i64),
        source: &mut dyn FrameSource,
    ) -> Result<Vec<FrameState>, ClientError> {
        if let Place::Here(engine) = &self.place {
            return Ok(engine.known(request, time, frames, source)?);
        }
        let what = "looked up what is tracked";
        let answered = self.tried(what, source, &mut |_| {}, |process, id, source, notes| {
            ask(process, self.pulse(), (id, request, time, Some(frames)), source, notes)
        })?;
        match answered {
            Answered::States(states) => Ok(states),
            Answered::Frame(_) => Err(JobError::Internal(ANOTHER.to_owned()).into()),
        }
    }

    /// Asks the worker, and again where it ends under the request; `doing` says what it does, in words.
    fn tried<S: Stoppable + ?Sized, T>(
        &self,
        doing: &str,
        source: &mut S,
        notes: &mut dyn FnMut(Note),
        ask: impl Fn(&Process, u64, &mut S, &mut dyn FnMut(Note)) -> Result<T, Broken>,
    ) -> Result<T, ClientError> {
        let Place::There { executable, worker, next } = &self.place else {
            return Err(JobError::Internal("a worker was asked where there is none".to_owned()).into());
        };
        let mut reason = String::new();
        for _ in 0..TRIES {
            if !reason.is_empty() {
                notes(Note::Warning(format!(
                    "the worker process ended while it {doing} ({reason}) and is started again"
                )));
            }
            let process = self.worker(executable, worker, &mut || source.stopped())?;
            let id = next.fetch_add(1, Ordering::Relaxed);
            match ask(&process, id, source, notes) {
                Ok(answer) => return Ok(answer),
                Err(Broken::Failed(error)) => return Err(error),
                Err(broken) => {
                    let mut worker = worker.lock();
                    // Another thread may have noticed it first.
                    if worker.as_ref().is_some_and(|w| Arc::ptr_eq(w, &process)) {
                        *worker = None;
                    }
                    drop(worker);
                    reason = match broken {
                        Broken::Hangs => {
                            process.kill();
                            format!("it gave no sign of life for {} s", self.patience.as_secs_f32())
                        }
                        _ => process.finish(),
                    };
                }
            }
        }
        Err(ClientError::Died { times: TRIES, doing: doing.to_owned(), reason })
    }

    /// What the worker uses of the machine, or this process when the engine is in it; none when no
    /// worker runs or it does not answer `within` this time.
    #[must_use]
    pub fn stats(&self, within: Duration) -> Option<Stats> {
        let Place::There { worker, .. } = &self.place else { return Some(stats::of_this_process()) };
        let process = worker.lock().as_ref().map(Arc::clone)?;
        let (reply, answer) = ipc::channel().ok()?;
        if !process.order(ToWorker::Stats { reply }) {
            return None;
        }
        let begun = Instant::now();
        loop {
            match receive(&answer, within.saturating_sub(begun.elapsed())) {
                Received::Message(stats) => return Some(stats),
                Received::Nothing if begun.elapsed() < within => {}
                Received::Nothing | Received::Gone => return None,
            }
        }
    }

    /// Ends the worker; the next request starts it again.
    pub fn shutdown(&self) {
        if let Place::There { worker, .. } = &self.place {
            let process = worker.lock().take();
            if let Some(process) = process {
                process.finish();
            }
        }
    }

    /// Of the worker, for one request.
    fn pulse(&self) -> Pulse {
        Pulse::new(self.patience)
    }

    /// The worker, started when there is none. Threads that come meanwhile wait for it.
    fn worker(
        &self,
        executable: &Path,
        worker: &Mutex<Option<Arc<Process>>>,
        aborted: &mut dyn FnMut() -> bool,
    ) -> Result<Arc<Process>, ClientError> {
        let mut worker = loop {
            if let Some(worker) = worker.try_lock_for(POLL) {
                break worker;
            }
            if aborted() {
                return Err(JobError::Aborted.into());
            }
        };
        if let Some(process) = worker.as_ref().filter(|process| process.is_ours()) {
            return Ok(Arc::clone(process));
        }
        let process = Process::start(executable, &self.settings, START_LIMIT, aborted)?;
        let process = Arc::new(process);
        *worker = Some(Arc::clone(&process));
        Ok(process)
    }
}

/// What is said of an answer that does not fit.
const ANOTHER: &str = "the worker answered another question";

/// What a worker answered.
enum Answered {
    Frame(TrackedFrame),
    States(Vec<FrameState>),
}

/// Asks for the frame at `time`, or what is known of `frames`.
fn ask(
    process: &Process,
    mut pulse: Pulse,
    (id, request, time, frames): (u64, &Request, i64, Option<(i64, i64)>),
    source: &mut dyn FrameSource,
    notes: &mut dyn FnMut(Note),
) -> Result<Answered, Broken> {
    let internal = |what: String| Broken::Failed(JobError::Internal(what).into());
    let (reply, answer) =
        ipc::channel().map_err(|e| internal(format!("there is no channel to the worker: {e}")))?;
    let order = |order| if process.order(order) { Ok(()) } else { Err(Broken::Died) };
    let pixels = |source: &mut dyn FrameSource, time: i64| {
        let failed = |e: super::messages::PixelsError| SourceError::Failed(e.to_string());
        source.frame(time).and_then(|f| Pixels::of_frame(&f).map_err(failed))
    };
    // Its frame is always needed: what the tracker sees is known by its pixels.
    let frame = pixels(source, time);
    let provenance = source.provenance(time);
    let request = Box::new(request.clone());
    order(match frames {
        None => ToWorker::Track { id, request, time, run: source.run(), frame, provenance, reply },
        Some(frames) => ToWorker::Known { id, request, time, frames, frame, provenance, reply },
    })?;
    loop {
        if source.aborted() {
            order(ToWorker::Cancel { id })?;
            return Err(JobError::Aborted.into());
        }
        let message = match receive(&answer, POLL) {
            Received::Message(message) => message,
            Received::Nothing if pulse.listen(process) => continue,
            Received::Nothing => return Err(Broken::Hangs),
            Received::Gone => return Err(Broken::Died),
        };
        pulse.heard();
        match message {
            FromWorker::NeedFrame(time) => {
                let frame = pixels(source, time);
                order(ToWorker::Frame { id, frame, provenance: source.provenance(time) })?;
            }
            FromWorker::NeedMask(time) => {
                let failed = |e: super::messages::PixelsError| SourceError::Failed(e.to_string());
                let pack = |m: &crate::raster::Matte| Pixels::of_matte(m).map_err(failed);
                let mask = source.mask(time).and_then(|m| m.as_ref().map(pack).transpose());
                order(ToWorker::Mask { id, mask })?;
            }
            FromWorker::NeedStamps(frames) => {
                order(ToWorker::Stamps { id, stamps: source.stamps(frames) })?;
            }
            FromWorker::Note(note) => notes(note),
            FromWorker::Done(answer) => {
                let frame = answer.unpack().map_err(|e| internal(format!("the worker's answer: {e}")))?;
                return Ok(Answered::Frame(frame));
            }
            FromWorker::States(states) => return Ok(Answered::States(states)),
            FromWorker::Failed(error) => return Err(error.into()),
            FromWorker::Detections(_) => return Err(internal(ANOTHER.to_owned())),
        }
    }
}

/// What came.
pub(super) enum Received<T> {
    /// A message.
    Message(T),
    /// None, so far.
    Nothing,
    /// None will.
    Gone,
}

/// Waits a while for a message. A signal that the host handles is nothing.
pub(super) fn receive<T>(from: &IpcReceiver<T>, wait: Duration) -> Received<T>
where
    T: for<'de> serde::Deserialize<'de> + serde::Serialize,
{
    match from.try_recv_timeout(wait) {
        Ok(message) => Received::Message(message),
        Err(TryRecvError::Empty) => Received::Nothing,
        Err(TryRecvError::IpcError(IpcError::Io(e))) if e.kind() == std::io::ErrorKind::Interrupted => {
            Received::Nothing
        }
        Err(TryRecvError::IpcError(_)) => Received::Gone,
    }
}

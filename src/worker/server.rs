//! The worker process: the engine behind a channel.
//!
//! It lives as long as the channel from its plugin does. Where a copy of the channel could outlive
//! the plugin, in another child of the host, it notices that its parent is gone.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs::OpenOptions;
use std::io::Write;
use std::sync::mpsc::{self, Receiver, Sender, TryRecvError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use ipc_channel::ipc::IpcSender;

use super::channel::meet;
use super::limits::Waiting;
use super::messages::{Answer, FromWorker, Pixels, ToWorker};
use super::{bound_memory, stats};
use crate::engine::{Engine, graph_time};
use crate::job::{
    DetectRequest, EngineSettings, FrameSource, JobError, Provenance, Request, Run, SourceError, Stamp,
};
use crate::raster::{Frame, Matte};

/// Why a worker cannot serve.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Nobody listens where it was sent, or another user does.
    #[error("the plugin that started this worker does not listen: {0}")]
    Connect(String),
}

/// Serves the plugin that listens at `place`, until it is gone. Once in a process: it decides where the
/// transport's temporary files are.
///
/// # Errors
/// [`ServeError`] when there is no such plugin.
pub fn serve(place: OsString) -> Result<(), ServeError> {
    // At first, since a plugin that is gone meets nobody.
    end_with_parent();
    let (orders, mut first) = meet(place).map_err(ServeError::Connect)?;
    bound_memory();
    let waiting = Waiting::default();
    waiting.end_when_overdue();

    let mut engine = None;
    let running = Running::default();
    let mut threads: Vec<JoinHandle<()>> = Vec::new();
    while let Some(order) = first.take().or_else(|| orders.recv().ok()) {
        match order {
            ToWorker::Configure(settings) => {
                let new = Arc::new(Engine::new(settings));
                engine = Some(Arc::clone(&new));
                // Without it the first write does it.
                let tidy = std::thread::Builder::new().name("tidy".into()).spawn(move || new.tidy());
                threads.extend(tidy);
            }
            ToWorker::End => break,
            ToWorker::Track { id, request, time, run, frame, provenance, reply } => {
                let engine = engine.get_or_insert_with(|| Arc::new(Engine::new(EngineSettings::default())));
                let (inbox, messages) = mpsc::channel();
                running.add(id, inbox);
                let source = Remote::new(reply, messages, (time, frame, provenance), run);
                let (engine, running, waiting) = (Arc::clone(engine), running.clone(), waiting.clone());
                let work = move || {
                    let _waits = waiting.begin(&request.tracker, &source.reply);
                    answer(&engine, &request, time, source);
                    running.remove(id);
                };
                // Dropping what could not be started closes its reply, which the plugin sees.
                let thread = std::thread::Builder::new().name(format!("frame {time}")).spawn(work);
                threads.retain(|thread| !thread.is_finished());
                threads.extend(thread);
            }
            ToWorker::Known { id, request, time, frames, frame, provenance, reply } => {
                let engine = engine.get_or_insert_with(|| Arc::new(Engine::new(EngineSettings::default())));
                let (inbox, messages) = mpsc::channel();
                running.add(id, inbox);
                let source = Remote::new(reply, messages, (time, frame, provenance), Run::default());
                let (engine, running, waiting) = (Arc::clone(engine), running.clone(), waiting.clone());
                let work = move || {
                    let _waits = waiting.begin(&request.tracker, &source.reply);
                    look_up(&engine, &request, time, frames, source);
                    running.remove(id);
                };
                let thread = std::thread::Builder::new().name("known".into()).spawn(work);
                threads.retain(|thread| !thread.is_finished());
                threads.extend(thread);
            }
            ToWorker::Detect { request, frame, reply } => {
                let engine = engine.get_or_insert_with(|| Arc::new(Engine::new(EngineSettings::default())));
                let (engine, waiting) = (Arc::clone(engine), waiting.clone());
                // Its graphs run to their end: a plugin that does not wait any more is not answered.
                let work = move || {
                    let _waits = waiting.begin(&request.model, &reply);
                    find(&engine, &request, frame, &reply);
                };
                let thread = std::thread::Builder::new().name("text".into()).spawn(work);
                threads.retain(|thread| !thread.is_finished());
                threads.extend(thread);
            }
            ToWorker::Frame { id, frame, provenance } => running.tell(id, Message::Frame(frame, provenance)),
            ToWorker::Stamps { id, stamps } => running.tell(id, Message::Stamps(stamps)),
            ToWorker::Mask { id, mask } => running.tell(id, Message::Mask(mask)),
            ToWorker::Cancel { id } => running.tell(id, Message::Stop),
            ToWorker::Stats { reply } => {
                // A plugin that does not wait for them any more misses nothing.
                let _ = reply.send(stats::of_this_process());
            }
        }
    }
    // Nobody waits for these any more, but what they have found belongs into the store.
    running.stop();
    for thread in threads {
        let _ = thread.join();
    }
    Ok(())
}

/// Names the file in which a worker writes for each frame: its number, how long it took to answer, how
/// long graphs ran for it, and how long they did so before the answer; in microseconds.
const TIMES: &str = "AIROTO_TIMES";

/// Notes that a frame was answered after `all`, and that graphs ran for `graphs`, `before` the answer and after it.
fn note_time(time: i64, all: Duration, graphs: Duration, before: Duration) {
    let Some(path) = std::env::var_os(TIMES).filter(|v| !v.is_empty()) else { return };
    let [all, graphs, before] = [all, graphs, before].map(|t| t.as_micros());
    let file = OpenOptions::new().create(true).append(true).open(&path);
    let written = file.and_then(|mut file| writeln!(file, "{time} {all} {graphs} {before}"));
    if let Err(e) = written {
        log::warn!("{TIMES} names {}, which cannot be written: {e}", path.display());
    }
}

fn answer(engine: &Engine, request: &Request, time: i64, mut source: Remote) {
    let (began, graphs) = (Instant::now(), graph_time());
    let reply = source.reply.clone();
    let track = std::panic::AssertUnwindSafe(|| {
        let mut notes = |note| {
            let _ = reply.send(FromWorker::Note(note));
        };
        engine.track(request, time, &mut source, &mut notes)
    });
    let tracked = std::panic::catch_unwind(track).unwrap_or_else(|_| {
        Err(JobError::Internal(format!("tracker {} panicked in frame {time}", request.tracker)))
    });
    let packed = tracked.and_then(|f| Answer::pack(&f).map_err(|e| JobError::Internal(e.to_string())));
    let (all, before) = (began.elapsed(), graph_time() - graphs);
    // When the plugin is gone there is nobody to tell.
    let _ = reply.send(packed.map_or_else(FromWorker::Failed, FromWorker::Done));
    // The tracker learns from the frame while the host takes it, and fetches the next one.
    engine.settle(request);
    note_time(time, all, graph_time() - graphs, before);
}

/// Looks up what is known of frames.
fn look_up(engine: &Engine, request: &Request, time: i64, frames: (i64, i64), mut source: Remote) {
    let reply = source.reply.clone();
    let look = std::panic::AssertUnwindSafe(|| engine.known(request, time, frames, &mut source));
    let known = std::panic::catch_unwind(look)
        .unwrap_or_else(|_| Err(JobError::Internal("a look into the track store panicked".to_owned())));
    // When the plugin is gone there is nobody to tell.
    let _ = reply.send(known.map_or_else(FromWorker::Failed, FromWorker::States));
}

/// Looks for what a text names.
fn find(engine: &Engine, request: &DetectRequest, frame: Pixels, reply: &IpcSender<FromWorker>) {
    let look = std::panic::AssertUnwindSafe(|| {
        let frame = frame.frame().map_err(|e| JobError::Internal(format!("the plugin's frame: {e}")))?;
        let mut notes = |note| {
            let _ = reply.send(FromWorker::Note(note));
        };
        engine.detect(request, &frame, &mut notes)
    });
    let found = std::panic::catch_unwind(look)
        .unwrap_or_else(|_| Err(JobError::Internal(format!("model {} panicked", request.model))));
    // When the plugin is gone there is nobody to tell.
    let _ = reply.send(found.map_or_else(FromWorker::Failed, FromWorker::Detections));
}

/// What a request is told.
enum Message {
    Frame(Result<Pixels, SourceError>, Provenance),
    Stamps(Result<Vec<Option<Stamp>>, SourceError>),
    Mask(Result<Option<Pixels>, SourceError>),
    Stop,
}

/// Requests in work, by id.
#[derive(Clone, Default)]
struct Running(Arc<Mutex<HashMap<u64, Sender<Message>>>>);

impl Running {
    fn with<R>(&self, f: impl FnOnce(&mut HashMap<u64, Sender<Message>>) -> R) -> R {
        f(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn add(&self, id: u64, inbox: Sender<Message>) {
        self.with(|all| all.insert(id, inbox));
    }

    fn remove(&self, id: u64) {
        self.with(|all| all.remove(&id));
    }

    /// Stops all.
    fn stop(&self) {
        self.with(HashMap::clear);
    }

    /// What comes for a request that is done is dropped.
    fn tell(&self, id: u64, message: Message) {
        self.with(|all| {
            if let Some(inbox) = all.get(&id) {
                let _ = inbox.send(message);
            }
        });
    }
}

/// The frames of the plugin.
struct Remote {
    reply: IpcSender<FromWorker>,
    messages: Receiver<Message>,
    /// The frame that came with the request.
    given: Option<(i64, Result<Pixels, SourceError>)>,
    /// What was said of the frame that came last.
    provenance: (i64, Provenance),
    run: Run,
    stopped: bool,
}

/// What is said where an answer does not fit.
const OUT_OF_TURN: &str = "the plugin answered out of turn";

impl Remote {
    /// Frames for one request, whose own came with it.
    fn new(
        reply: IpcSender<FromWorker>,
        messages: Receiver<Message>,
        (time, frame, provenance): (i64, Result<Pixels, SourceError>, Provenance),
        run: Run,
    ) -> Self {
        Self {
            reply,
            messages,
            given: Some((time, frame)),
            provenance: (time, provenance),
            run,
            stopped: false,
        }
    }

    fn ask(&mut self, question: FromWorker) -> Result<Message, SourceError> {
        if self.reply.send(question).is_err() {
            return Err(SourceError::Aborted);
        }
        match self.messages.recv() {
            Ok(Message::Stop) | Err(_) => {
                self.stopped = true;
                Err(SourceError::Aborted)
            }
            Ok(message) => Ok(message),
        }
    }
}

fn failed(e: impl std::fmt::Display) -> SourceError {
    SourceError::Failed(e.to_string())
}

impl FrameSource for Remote {
    fn frame(&mut self, time: i64) -> Result<Arc<Frame>, SourceError> {
        if let Some((_, frame)) = self.given.take_if(|(given, _)| *given == time) {
            return frame?.frame().map_err(failed);
        }
        match self.ask(FromWorker::NeedFrame(time))? {
            Message::Frame(frame, provenance) => {
                self.provenance = (time, provenance);
                frame?.frame().map_err(failed)
            }
            _ => Err(failed(OUT_OF_TURN)),
        }
    }

    fn mask(&mut self, time: i64) -> Result<Option<Matte>, SourceError> {
        match self.ask(FromWorker::NeedMask(time))? {
            Message::Mask(mask) => mask?.map(|m| m.matte().map_err(failed)).transpose(),
            _ => Err(failed(OUT_OF_TURN)),
        }
    }

    fn provenance(&mut self, time: i64) -> Provenance {
        Some(self.provenance)
            .filter(|provenance| provenance.0 == time)
            .map(|provenance| provenance.1)
            .unwrap_or_default()
    }

    fn stamps(&mut self, frames: (i64, i64)) -> Result<Vec<Option<Stamp>>, SourceError> {
        match self.ask(FromWorker::NeedStamps(frames))? {
            Message::Stamps(stamps) => stamps,
            _ => Err(failed(OUT_OF_TURN)),
        }
    }

    fn run(&self) -> Run {
        self.run
    }

    fn aborted(&mut self) -> bool {
        // Nothing but a stop comes unasked, and the end when the plugin is gone.
        if matches!(self.messages.try_recv(), Ok(Message::Stop) | Err(TryRecvError::Disconnected)) {
            self.stopped = true;
        }
        self.stopped
    }
}

/// Ends the process when its parent is another than at the start.
fn end_with_parent() {
    #[cfg(unix)]
    {
        let parent = nix::unistd::getppid();
        let watch = move || {
            while nix::unistd::getppid() == parent {
                std::thread::sleep(std::time::Duration::from_secs(1));
            }
            std::process::exit(0);
        };
        // Without it the closed channel still ends the worker.
        let _ = std::thread::Builder::new().name("parent".into()).spawn(watch);
    }
}

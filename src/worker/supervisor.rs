//! Keeps a worker running: starts it at the first question, and again where it ends or hangs under one.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use ipc_channel::ipc;
use parking_lot::Mutex;

use super::attempt::{Attempt, Broken};
use super::error::ClientError;
use super::messages::ToWorker;
use super::process::{POLL, Process, START_LIMIT};
use super::pulse::{PATIENCE, Pulse};
use super::questions::Question;
use super::receive::{Received, receive};
use super::stats::Stats;
use crate::job::{EngineSettings, JobError, Note};

/// How often a question is asked when the worker ends under it.
const TRIES: u32 = 3;

/// The worker of a program, if one runs.
#[derive(Debug)]
pub struct Supervisor {
    executable: PathBuf,
    settings: EngineSettings,
    /// How long a worker may give no sign of life.
    pub patience: Duration,
    process: Mutex<Option<Arc<Process>>>,
    /// The number of the next question.
    next: AtomicU64,
}

impl Supervisor {
    /// Of `executable`, which is not started yet and is to work by `settings`.
    pub fn new(executable: PathBuf, settings: EngineSettings) -> Self {
        Self { executable, settings, patience: PATIENCE, process: Mutex::default(), next: AtomicU64::new(0) }
    }

    /// Asks the worker, and again where it ends under the question.
    ///
    /// # Errors
    /// [`ClientError`] when the engine cannot answer or there is no worker to be had.
    pub fn ask<Q: Question>(
        &self,
        question: &mut Q,
        notes: &mut dyn FnMut(Note),
    ) -> Result<Q::Answer, ClientError> {
        let doing = question.doing();
        let mut reason = String::new();
        for _ in 0..TRIES {
            if !reason.is_empty() {
                notes(Note::Warning(format!(
                    "the worker process ended while it {doing} ({reason}) and is started again"
                )));
            }
            let process = self.process(&mut || question.aborted())?;
            let id = self.next.fetch_add(1, Ordering::Relaxed);
            let attempt = Attempt { process: &process, pulse: Pulse::new(self.patience), id };
            match attempt.ask(question, notes) {
                Ok(answer) => return Ok(answer),
                Err(Broken::Failed(error)) => return Err(error),
                Err(broken) => reason = self.let_go(&process, &broken),
            }
        }
        Err(ClientError::Died { times: TRIES, doing, reason })
    }

    /// Makes sure that a worker is gone that gave no answer, and says how it ended.
    fn let_go(&self, process: &Arc<Process>, broken: &Broken) -> String {
        let mut current = self.process.lock();
        // Another thread may have noticed it first.
        if current.as_ref().is_some_and(|current| Arc::ptr_eq(current, process)) {
            *current = None;
        }
        drop(current);
        match broken {
            Broken::Hangs => {
                process.kill();
                format!("it did not respond for {} s", self.patience.as_secs_f32())
            }
            _ => process.finish(),
        }
    }

    /// What the worker uses of the machine; none when no worker runs or it does not answer `within` this time.
    pub fn stats(&self, within: Duration) -> Option<Stats> {
        let process = self.process.lock().as_ref().map(Arc::clone)?;
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

    /// Ends the worker; the next question starts it again.
    pub fn shutdown(&self) {
        let process = self.process.lock().take();
        if let Some(process) = process {
            process.finish();
        }
    }

    /// The worker, started when there is none. Threads that come meanwhile wait for it.
    fn process(&self, aborted: &mut dyn FnMut() -> bool) -> Result<Arc<Process>, ClientError> {
        let mut current = loop {
            if let Some(current) = self.process.try_lock_for(POLL) {
                break current;
            }
            if aborted() {
                return Err(JobError::Aborted.into());
            }
        };
        if let Some(process) = current.as_ref().filter(|process| process.is_ours()) {
            return Ok(Arc::clone(process));
        }
        let process = Process::start(&self.executable, &self.settings, START_LIMIT, aborted)?;
        let process = Arc::new(process);
        *current = Some(Arc::clone(&process));
        Ok(process)
    }
}

//! One attempt to have a question answered by a worker.

use ipc_channel::ipc;

use super::error::ClientError;
use super::messages::{FromWorker, ToWorker};
use super::process::{POLL, Process};
use super::pulse::Pulse;
use super::questions::Question;
use super::receive::{Received, receive};
use crate::job::{JobError, Note};

/// A worker that is to answer a question.
pub struct Attempt<'a> {
    /// The worker.
    pub process: &'a Process,
    /// Whether it lives.
    pub pulse: Pulse,
    /// Of the question.
    pub id: u64,
}

/// How an attempt ended without an answer.
pub enum Broken {
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

impl Attempt<'_> {
    /// Asks `question`, sends what the worker needs for it, and waits for the answer.
    pub fn ask<Q: Question>(
        mut self,
        question: &mut Q,
        notes: &mut dyn FnMut(Note),
    ) -> Result<Q::Answer, Broken> {
        let no_channel = |e| JobError::Internal(format!("cannot open a channel to the worker: {e}"));
        let (reply, answer) = ipc::channel().map_err(no_channel)?;
        self.order(question.order(self.id, reply)?)?;
        loop {
            if question.aborted() {
                if let Some(cancel) = question.cancel(self.id) {
                    self.order(cancel)?;
                }
                return Err(JobError::Aborted.into());
            }
            let message = match receive(&answer, POLL) {
                Received::Message(message) => message,
                Received::Nothing if self.pulse.listen(self.process) => continue,
                Received::Nothing => return Err(Broken::Hangs),
                Received::Gone => return Err(Broken::Died),
            };
            self.pulse.heard();
            match message {
                FromWorker::Need(need) => self.order(question.supply(self.id, need))?,
                FromWorker::Note(note) => notes(note),
                FromWorker::Done(packed) => return Ok(question.unpack(packed)?),
                FromWorker::Failed(error) => return Err(error.into()),
            }
        }
    }

    fn order(&self, order: ToWorker) -> Result<(), Broken> {
        if self.process.order(order) { Ok(()) } else { Err(Broken::Died) }
    }
}

//! A question and its answer.

use ipc_channel::ipc::IpcSender;
use serde::{Deserialize, Serialize};

use crate::engine::Engine;
use crate::job::{JobError, Note};
use crate::worker::messages::{FromWorker, ToWorker};

/// What goes through a channel.
pub trait Message: Serialize + for<'de> Deserialize<'de> {}

impl<T: Serialize + for<'de> Deserialize<'de>> Message for T {}

/// A question to the engine, which is in this process or in a worker.
pub trait Question {
    /// What a worker may have to ask back.
    type Need: Message;
    /// The answer as a worker sends it.
    type Packed: Message;
    /// The answer.
    type Answer;

    /// What a worker does that works on it, in words: "tracked frame 5".
    fn doing(&self) -> String;

    /// Whether nobody waits for the answer any more.
    fn aborted(&mut self) -> bool;

    /// Has it answered by an engine in this process.
    ///
    /// # Errors
    /// The engine's.
    fn answer_here(&mut self, engine: &Engine, notes: &mut dyn FnMut(Note))
    -> Result<Self::Answer, JobError>;

    /// The order to a worker: under the number `id`, to be answered at `reply`.
    ///
    /// # Errors
    /// [`JobError::Internal`] where what belongs to it cannot be sent.
    fn order(
        &mut self,
        id: u64,
        reply: IpcSender<FromWorker<Self::Need, Self::Packed>>,
    ) -> Result<ToWorker, JobError>;

    /// What the worker needs for the question of the number `id`.
    fn supply(&mut self, id: u64, need: Self::Need) -> ToWorker;

    /// What tells a worker that nobody waits for the question of the number `id`; none where the worker goes on all
    /// the same.
    fn cancel(&self, id: u64) -> Option<ToWorker>;

    /// The answer, unpacked.
    ///
    /// # Errors
    /// [`JobError::Internal`] where it is not what it says.
    fn unpack(&self, packed: Self::Packed) -> Result<Self::Answer, JobError>;
}

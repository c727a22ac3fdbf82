//! Whether a worker that is waited for still lives.
//!
//! A frame may take long, so silence says nothing. But the thread that takes the worker's orders does
//! nothing else, and answers at once, unless the whole process is stopped or hangs in the system.

use std::time::{Duration, Instant};

use ipc_channel::ipc::{self, IpcReceiver};

use super::Stats;
use super::messages::ToWorker;
use super::process::{POLL, Process};
use super::receive::{Received, receive};

/// How long a worker may give no sign of life. Then it is ended, and another is started.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// The silence of a worker during one request.
pub struct Pulse {
    patience: Duration,
    silent: Duration,
    last: Instant,
    asked: Option<IpcReceiver<Stats>>,
}

impl Pulse {
    /// It was heard a moment ago, and is given `patience`.
    pub fn new(patience: Duration) -> Self {
        Self { patience, silent: Duration::ZERO, last: Instant::now(), asked: None }
    }

    /// It said something.
    pub fn heard(&mut self) {
        *self = Self::new(self.patience);
    }

    /// Nothing came for a while. Asks `process`, and gives whether it is to be waited for.
    pub fn listen(&mut self, process: &Process) -> bool {
        // What this process did not live through is not counted: it may have been stopped as well.
        self.silent += self.last.elapsed().min(10 * POLL);
        self.last = Instant::now();
        if let Some(answer) = &self.asked {
            match receive(answer, Duration::ZERO) {
                Received::Message(_) => self.heard(),
                // A question that is lost is one more that is not answered.
                Received::Nothing | Received::Gone => {}
            }
        } else if self.silent > self.patience / 3
            && let Ok((reply, answer)) = ipc::channel()
            && process.order(ToWorker::Stats { reply })
        {
            self.asked = Some(answer);
        }
        self.silent <= self.patience
    }
}

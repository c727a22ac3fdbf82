//! The requests that a worker works on, and what the plugin sends for them.

use std::collections::HashMap;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};

use super::messages::{Pixels, SentFrame};
use crate::job::{SourceError, Stamp};

/// What the plugin sends for a request.
pub enum Supply {
    /// A frame that was asked for.
    Frame(SentFrame),
    /// Stamps that were asked for.
    Stamps(Result<Vec<Option<Stamp>>, SourceError>),
    /// A matte of the Mask input that was asked for.
    Mask(Result<Option<Pixels>, SourceError>),
    /// Nobody waits for the answer any more; comes unasked.
    Stop,
}

/// Requests in work, by id.
#[derive(Clone, Default)]
pub struct Requests(Arc<Mutex<HashMap<u64, Sender<Supply>>>>);

impl Requests {
    fn with<R>(&self, f: impl FnOnce(&mut HashMap<u64, Sender<Supply>>) -> R) -> R {
        f(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Work begins on a request; gives what is sent for it from now on.
    pub fn begin(&self, id: u64) -> Receiver<Supply> {
        let (inbox, supplies) = mpsc::channel();
        self.with(|all| all.insert(id, inbox));
        supplies
    }

    /// The work is done.
    pub fn end(&self, id: u64) {
        self.with(|all| all.remove(&id));
    }

    /// Stops all.
    pub fn stop(&self) {
        self.with(HashMap::clear);
    }

    /// Hands on what comes for a request; for one that is done it is dropped.
    pub fn hand_on(&self, id: u64, supply: Supply) {
        self.with(|all| {
            if let Some(inbox) = all.get(&id) {
                let _ = inbox.send(supply);
            }
        });
    }
}

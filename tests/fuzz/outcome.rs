//! What a run says of itself: a line of JSON in a file.

use std::path::Path;

use serde::{Deserialize, Serialize};

/// What became of the inputs of a run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// Inputs that were read.
    pub executions: u64,
    /// Changed inputs among them.
    pub changed: u64,
    /// Changed inputs that were accepted.
    pub accepted: u64,
    /// Processor seconds of all.
    pub processor: f64,
    /// Processor seconds of the slowest.
    pub slowest: f64,
    /// Its number.
    pub slowest_at: u64,
    /// The most memory that the process had, bytes; 0 where that is not known.
    pub peak: u64,
    /// What an input did that none may do, if one did.
    pub fault: Option<Fault>,
}

/// What an input did that none may do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fault {
    /// The input's number.
    pub number: u64,
    /// In words.
    pub what: String,
}

impl Outcome {
    /// The part of the changed inputs that was accepted.
    pub fn share(&self) -> f64 {
        self.accepted as f64 / self.changed.max(1) as f64
    }

    /// Writes it.
    pub fn write(&self, path: &Path) {
        let text = serde_json::to_string(self).expect("it has a text");
        std::fs::write(path, text).expect("the outcome can be written");
    }

    /// Reads what was written; none where nothing was.
    pub fn read(path: &Path) -> Option<Self> {
        serde_json::from_slice(&std::fs::read(path).ok()?).ok()
    }
}

//! What is looked for by a text, and what was found.

use serde::{Deserialize, Serialize};

/// What is looked for.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct DetectRequest {
    /// What it is called; several things are separated by full stops.
    pub text: String,
    /// A model pack by its name or its folder; empty for the first that is installed.
    pub model: String,
    /// Where it runs, as in [`Request::device`](super::Request::device); empty for "auto".
    pub device: String,
    /// How sure it has to be.
    pub thresholds: Thresholds,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Detections {
    /// The best first.
    pub candidates: Vec<Candidate>,
    /// The name of the pack that found them.
    pub model: String,
    /// Where it ran, in words.
    pub device: String,
}

/// A box around something that a text may mean.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// Left, top, right and bottom in pixels of the frame, within it.
    pub bounds: [f64; 4],
    /// How well it agrees with the word that it agrees with most, 0 to 1.
    pub score: f32,
    /// The words of the text that it agrees with, in the text's order; none where all are too weak.
    pub phrase: String,
}

/// How sure a candidate has to be.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Thresholds {
    /// Candidates have a score above this.
    pub score: f32,
    /// A word belongs to a candidate that agrees with it above this.
    pub text: f32,
}

impl Default for Thresholds {
    /// .3 and .25.
    fn default() -> Self {
        Self { score: 0.3, text: 0.25 }
    }
}

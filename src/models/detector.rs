//! The trait of the networks that find what a text names.

use serde::{Deserialize, Serialize};

use super::{Model, ModelError};
use crate::raster::Frame;

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

/// A network that finds what a text names.
///
/// Calls take `&mut self` because an inference session reuses its buffers; results depend on the
/// arguments alone.
pub trait Detector: Model {
    /// What `text` may mean in `frame`, the best first. Several things are separated by full stops:
    /// "a person. a red car".
    ///
    /// # Errors
    /// [`ModelError::Prompt`] when the text is empty or too long or the frame of a shape that the
    /// network cannot see; [`ModelError::OutOfMemory`] when the device has too little of it;
    /// [`ModelError::Inference`] when a graph fails.
    fn detect(
        &mut self,
        frame: &Frame,
        text: &str,
        thresholds: Thresholds,
    ) -> Result<Vec<Candidate>, ModelError>;
}

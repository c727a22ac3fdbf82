//! The trait of the networks that find what a text names.

use super::{Model, ModelError};
use crate::job::{Candidate, Thresholds};
use crate::raster::Frame;

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

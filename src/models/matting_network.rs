//! The trait of the networks that find alpha in an unknown band.

use super::{Model, ModelError};
use crate::matte::trimap::Trimap;
use crate::raster::{Frame, Matte};

/// A network that is told which pixels are outside, inside and unknown, and finds the alpha of the
/// unknown ones.
///
/// Calls take `&mut self` because an inference session reuses its buffers; results depend on the
/// arguments alone.
pub trait MattingNetwork: Model {
    /// The alpha of `frame`, at its size: exactly 0 outside, exactly 1 inside, and what the network
    /// finds, 0 to 1, where `trimap` says unknown. Without an unknown pixel no graph is run. Between graphs
    /// `stopped` is asked whether anybody still waits for it.
    ///
    /// # Errors
    /// [`ModelError::Stopped`] when nobody does;
    /// [`ModelError::Prompt`] when the trimap is of another size than the frame;
    /// [`ModelError::OutOfMemory`] when the device has too little of it even for the smallest tiles;
    /// [`ModelError::Inference`] when a graph fails.
    fn refine_until(
        &mut self,
        frame: &Frame,
        trimap: &Trimap,
        stopped: &mut dyn FnMut() -> bool,
    ) -> Result<Matte, ModelError>;

    /// [`MattingNetwork::refine_until`] it is done.
    ///
    /// # Errors
    /// As there, but for [`ModelError::Stopped`].
    fn refine(&mut self, frame: &Frame, trimap: &Trimap) -> Result<Matte, ModelError> {
        self.refine_until(frame, trimap, &mut || false)
    }
}

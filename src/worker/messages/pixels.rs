//! Pixels on their way between plugin and worker: they lie in memory that both have.

use std::sync::Arc;

use ipc_channel::ipc::IpcSharedMemory;
use serde::{Deserialize, Serialize};

use crate::raster::{Elsewhere, Frame, Matte, PlaceError, RectI, SizeError};

/// A frame in shared memory, three bytes a pixel, or what is not 0 of a matte, an `f32` of this machine a
/// pixel.
#[derive(Debug, Serialize, Deserialize)]
pub struct Pixels {
    width: u32,
    height: u32,
    /// Left, top, right, bottom of what is in the memory.
    part: [i32; 4],
    data: IpcSharedMemory,
}

/// Shared memory as the bytes of a frame.
struct Bytes(IpcSharedMemory);

impl Elsewhere for Bytes {}

/// `frame` with its bytes in memory that a worker can be given without a copy; as it is where there is none
/// to be had.
#[must_use]
pub fn in_shared_memory(frame: Frame) -> Frame {
    let there = shared(frame.data()).ok();
    let moved =
        there.and_then(|data| Frame::shared(frame.width(), frame.height(), Arc::new(Bytes(data))).ok());
    moved.unwrap_or(frame)
}

impl AsRef<[u8]> for Bytes {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// Shared memory cannot be had, or it is not what was said.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PixelsError {
    /// The system gives none.
    #[error("cannot allocate {0} bytes of shared memory")]
    NoMemory(usize),
    /// The size does not fit.
    #[error(transparent)]
    Size(#[from] SizeError),
    /// A matte that does not fit, or of a size for which there is no memory.
    #[error(transparent)]
    Matte(#[from] PlaceError),
}

/// Shared memory with `bytes` in it. The transport panics when the system gives none.
fn shared(bytes: &[u8]) -> Result<IpcSharedMemory, PixelsError> {
    std::panic::catch_unwind(|| IpcSharedMemory::from_bytes(bytes))
        .map_err(|_| PixelsError::NoMemory(bytes.len()))
}

impl Pixels {
    /// Of a frame.
    ///
    /// # Errors
    /// [`PixelsError::NoMemory`].
    pub fn of_frame(frame: &Frame) -> Result<Self, PixelsError> {
        let (width, height) = (frame.width(), frame.height());
        let RectI { x0, y0, x1, y1 } = RectI::of_size(width, height);
        let there = frame.elsewhere().and_then(|bytes| bytes.downcast_ref::<Bytes>());
        let data = match there {
            Some(Bytes(memory)) => memory.clone(),
            None => shared(frame.data())?,
        };
        Ok(Self { width, height, part: [x0, y0, x1, y1], data })
    }

    /// Of a matte.
    ///
    /// # Errors
    /// [`PixelsError::NoMemory`].
    pub fn of_matte(matte: &Matte) -> Result<Self, PixelsError> {
        let RectI { x0, y0, x1, y1 } = matte.tight();
        let data = shared(bytemuck::cast_slice(&matte.cut(RectI::new(x0, y0, x1, y1))))?;
        Ok(Self { width: matte.width(), height: matte.height(), part: [x0, y0, x1, y1], data })
    }

    /// As a frame, whose bytes stay where they are.
    ///
    /// # Errors
    /// [`PixelsError::Size`] when it is none.
    pub fn frame(self) -> Result<Arc<Frame>, PixelsError> {
        Ok(Arc::new(Frame::shared(self.width, self.height, Arc::new(Bytes(self.data)))?))
    }

    /// As a matte.
    ///
    /// # Errors
    /// [`PixelsError::Matte`] when it is none, or memory does not suffice for it.
    pub fn matte(self) -> Result<Matte, PixelsError> {
        let [x0, y0, x1, y1] = self.part;
        // What is too short for the last value is found by the size.
        let whole = self.data.len() / 4 * 4;
        let data: Vec<f32> = bytemuck::pod_collect_to_vec(&self.data[..whole]);
        Ok(Matte::placed_within_memory(self.width, self.height, RectI::new(x0, y0, x1, y1), &data)?)
    }
}

//! What the plugin and the worker process say to each other. Pixels go through shared memory.

mod answers;
mod orders;
mod packed;
mod pixels;
mod reply;
mod version;

pub use answers::{FromWorker, Need, NoNeed};
pub use orders::{FrameJob, SentFrame, ToWorker};
pub use packed::PackedFrame;
pub use pixels::{Pixels, PixelsError, in_shared_memory};
pub use version::version;

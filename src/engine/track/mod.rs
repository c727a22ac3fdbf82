//! Tracking a frame of a request: what is at hand is used, what is lacking is fetched or computed a step further.

mod asked;
mod finish;
mod goals;
mod job;
mod mask_reader;
mod missing;
mod path_notes;
mod read_masks;
mod reader;
mod results;
mod spot_check;
mod supply;
mod tracked;

pub use asked::{Caller, FrameRequest};
pub use tracked::{known, tracked};

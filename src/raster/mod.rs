//! Frames, mattes, coordinates. Imports nothing else of ours.
//!
//! Every buffer here is **top row first**, tightly packed, in the pixel grid of its own picture:
//! pixel `i` covers `i` to `i + 1` in continuous coordinates.

mod colours;
mod coords;
pub mod distance;
mod encoding;
mod flow;
mod frame;
mod matte;
mod rect;
pub mod resize;
pub mod room;
pub mod transfer;

pub use colours::Colours;
pub use coords::{CanonicalPoint, ModelPoint, PixelBox, PixelPoint};
pub use encoding::Encoding;
pub use flow::Flow;
pub use frame::{Elsewhere, Frame, SharedBytes};
pub use matte::Matte;
pub use rect::RectI;

/// A matte that cannot be put together from a part.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlaceError {
    /// The part does not fit.
    #[error(transparent)]
    Size(#[from] SizeError),
    /// This process cannot have a matte of that size.
    #[error("there is not enough memory for a matte: {0}")]
    NoRoom(#[from] room::NoRoom),
}

/// A picture whose buffer does not fit its size.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} of {width}x{height} pixels needs {expected} values, found {found}")]
pub struct SizeError {
    /// What kind of picture was built.
    pub what: &'static str,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// How many values a picture of that size holds.
    pub expected: usize,
    /// How many were given.
    pub found: usize,
}

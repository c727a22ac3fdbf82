//! Frames, mattes, coordinates. Imports nothing else of ours.
//!
//! Every buffer here is **top row first**, tightly packed, in the pixel grid of its own picture:
//! pixel `i` covers `i` to `i + 1` in continuous coordinates.

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

pub use coords::{CanonicalPoint, ModelPoint, PixelBox, PixelPoint};
pub use encoding::Encoding;
pub use flow::Flow;
pub use frame::{Elsewhere, Frame, SharedBytes};
pub use matte::Matte;
pub use rect::RectI;

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

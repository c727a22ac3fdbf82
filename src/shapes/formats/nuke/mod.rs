//! Nuke scripts with Roto nodes, `.nk`.
//!
//! The `curves` knob is the form that Nuke 7 and later read: pixels with the origin at the bottom
//! left, handles relative to their point, the earliest element of a layer on top, absolute frames.
//! Motion is linear: both slopes of a segment are its chord. Nuke's feather runs outward from the
//! outline to a second one, so a soft edge has its outline half the width inside the path, and the
//! feather's half outside. A hole is a black shape above what it
//! cuts. It would cut other objects too, so then each object has a node of its own, without an
//! input, and the nodes are joined by Merge2 nodes that take the larger value.

mod curve;
mod read;
mod script;
mod write;

use super::Format;
pub use read::{read, read_noting};
pub use write::write;

/// The row of the table of formats.
pub const FORMAT: Format = Format { extension: "nk", program: "Nuke", read_noting, write };

//! Silhouette shape files, `.fxs`.
//!
//! The form is the one that Silhouette 5 and later import: XML without a declaration, coordinates
//! about the middle of the frame in units of its height, y down, keys counted from the session's
//! first frame, the first object of a layer lowest, births and deaths as hold keys of the opacity, soft
//! edges as the `feather` of the shape.

mod read;
mod space;
mod tree;
mod write;

use super::Format;
pub use read::{read, read_noting};
pub use write::write;

/// The row of the table of formats.
pub const FORMAT: Format = Format { extension: "fxs", program: "Silhouette", read_noting, write };

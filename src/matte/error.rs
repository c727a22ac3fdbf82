//! What can be wrong with the pictures that are given.

use crate::raster::SizeError;

/// Why there is no matte.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Two pictures that belong together differ in size.
    #[error("{what} has {}x{} pixels, expected {}x{}, the size of the frame", found.0, found.1, expected.0, expected.1)]
    Size {
        /// Which picture.
        what: &'static str,
        /// Its width and height in pixels.
        found: (u32, u32),
        /// Those of the frame.
        expected: (u32, u32),
    },
    /// A buffer does not hold the pixels of its picture.
    #[error(transparent)]
    Buffer(#[from] SizeError),
}

/// Refuses a picture that is not of the frame's size.
pub fn same_size(what: &'static str, found: (u32, u32), expected: (u32, u32)) -> Result<(), Error> {
    if found == expected { Ok(()) } else { Err(Error::Size { what, found, expected }) }
}

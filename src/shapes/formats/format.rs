//! What a format of shapes is.

use std::io::Write;

use crate::shapes::left_out::whole;
use crate::shapes::{Animation, LeftOut, ShapeError};

/// A format of files of animated shapes.
#[derive(Debug, Clone, Copy)]
pub struct Format {
    /// The extension of its files, in lower case, without the dot.
    pub extension: &'static str,
    /// The program that its files are for.
    pub program: &'static str,
    /// Reads what can be read of the text of a file, and lists what was left out.
    pub(super) read_noting: fn(&str) -> Result<(Animation, LeftOut), ShapeError>,
    /// Writes an animation.
    pub(super) write: fn(&Animation, &mut dyn Write) -> Result<(), ShapeError>,
}

impl Format {
    /// Reads the text of a whole file of this format.
    ///
    /// # Errors
    /// [`ShapeError`] naming the first thing that cannot be read.
    pub fn read(&self, text: &str) -> Result<Animation, ShapeError> {
        whole(self.read_noting(text))
    }

    /// Reads what can be read of the text of a file of this format, and lists what was left out.
    ///
    /// # Errors
    /// [`ShapeError`] where the text as a whole cannot be read, or nothing is left of its shapes.
    pub fn read_noting(&self, text: &str) -> Result<(Animation, LeftOut), ShapeError> {
        (self.read_noting)(text)
    }

    /// Writes `animation` in this format.
    ///
    /// # Errors
    /// [`ShapeError::Input`] when the format cannot hold the animation, [`ShapeError::Io`] when `out` fails.
    pub fn write(&self, animation: &Animation, out: &mut dyn Write) -> Result<(), ShapeError> {
        (self.write)(animation, out)
    }
}

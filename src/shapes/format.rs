//! Which kind of file a name asks for.

use std::io::{Read as _, Write};
use std::path::Path;

use super::{Animation, ShapeError, fxs, json, nuke};
use crate::raster::io::open;

/// A kind of file that holds animated shapes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Silhouette shapes, `.fxs`.
    Silhouette,
    /// A Nuke script, `.nk`.
    Nuke,
    /// Our own, `.json`.
    Json,
}

impl Format {
    /// The format of `path`, by its extension.
    ///
    /// # Errors
    /// [`ShapeError::Input`] when no format has that extension.
    pub fn of(path: &Path) -> Result<Self, ShapeError> {
        let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default();
        match extension.to_ascii_lowercase().as_str() {
            "fxs" => Ok(Self::Silhouette),
            "nk" => Ok(Self::Nuke),
            "json" => Ok(Self::Json),
            _ => Err(ShapeError::Input(format!(
                "the extension of {} is {extension:?}, expected fxs, nk or json",
                path.display()
            ))),
        }
    }

    /// Reads the text of a file of this format.
    ///
    /// # Errors
    /// Those of the format's own `read`.
    pub fn read(self, text: &str) -> Result<Animation, ShapeError> {
        match self {
            Self::Silhouette => fxs::read(text),
            Self::Nuke => nuke::read(text),
            Self::Json => json::read(text),
        }
    }

    /// Writes `animation` in this format.
    ///
    /// # Errors
    /// Those of the format's own `write`.
    pub fn write(self, animation: &Animation, out: &mut dyn Write) -> Result<(), ShapeError> {
        match self {
            Self::Silhouette => fxs::write(animation, out),
            Self::Nuke => nuke::write(animation, out),
            Self::Json => json::write(animation, out),
        }
    }
}

/// No file of shapes is longer, in bytes.
const LONGEST: u64 = 1 << 30;

/// Reads the file at `path`, whose extension says its format.
///
/// # Errors
/// [`ShapeError`], its message naming the file.
pub fn read_file(path: &Path) -> Result<Animation, ShapeError> {
    let format = Format::of(path)?;
    let fail = |reason: String| ShapeError::Input(format!("{} cannot be read: {reason}", path.display()));
    let file = open(path).map_err(|e| fail(e.to_string()))?;
    let mut text = String::new();
    file.take(LONGEST + 1).read_to_string(&mut text).map_err(|e| fail(e.to_string()))?;
    if text.len() as u64 > LONGEST {
        return Err(fail(format!("it is longer than {LONGEST} bytes")));
    }
    format.read(&text).map_err(|e| ShapeError::Input(format!("{}: {e}", path.display())))
}

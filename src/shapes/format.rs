//! Which kind of file a name asks for.

use std::io::{Read as _, Write};
use std::path::Path;

use super::{Animation, LeftOut, ShapeError, fxs, json, nuke};
use crate::io::open;

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

    /// Reads what can be read of the text of a file of this format, and says what was left out.
    ///
    /// # Errors
    /// Those of the format's own `read_noting`.
    pub fn read_noting(self, text: &str) -> Result<(Animation, LeftOut), ShapeError> {
        match self {
            Self::Silhouette => fxs::read_noting(text),
            Self::Nuke => nuke::read_noting(text),
            Self::Json => json::read_noting(text),
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
const LONGEST: u64 = 1 << 29;
/// Bytes that are read at a time, and looked at.
const CHUNK: u64 = 1 << 20;

/// Reads the file at `path`, whose extension says its format.
///
/// # Errors
/// [`ShapeError`], its message naming the file.
pub fn read_file(path: &Path) -> Result<Animation, ShapeError> {
    let (animation, left_out) = read_file_noting(path)?;
    match left_out.error() {
        Some(e) => Err(ShapeError::Input(format!("{}: {e}", path.display()))),
        None => Ok(animation),
    }
}

/// Reads what can be read of the file at `path`, whose extension says its format, and says what was left out.
///
/// # Errors
/// [`ShapeError`], its message naming the file.
pub fn read_file_noting(path: &Path) -> Result<(Animation, LeftOut), ShapeError> {
    let format = Format::of(path)?;
    let fail = |reason: String| ShapeError::Input(format!("{} cannot be read: {reason}", path.display()));
    let text = text_of(path).map_err(fail)?;
    format.read_noting(&text).map_err(|e| ShapeError::Input(format!("{}: {e}", path.display())))
}

/// The text of a file, which is no pipe or device, and none that somebody made of nothing.
fn text_of(path: &Path) -> Result<String, String> {
    let told = |e: std::io::Error| e.to_string();
    let file = open(path).map_err(|e| e.to_string())?;
    let about = file.metadata().map_err(told)?;
    if about.len() > LONGEST {
        return Err(format!("it has {} bytes, expected {LONGEST} at most", about.len()));
    }
    let mut bytes = Vec::new();
    loop {
        let from = bytes.len();
        let read = (&file).take(CHUNK).read_to_end(&mut bytes).map_err(told)?;
        if read == 0 {
            return String::from_utf8(bytes).map_err(|e| format!("it is no text of UTF-8: {e}"));
        }
        if bytes.iter().skip(from).any(|b| *b == 0) {
            return Err("it holds a byte of value 0, expected text".to_owned());
        }
        if bytes.len() as u64 > LONGEST {
            return Err(format!("it is longer than {LONGEST} bytes"));
        }
    }
}

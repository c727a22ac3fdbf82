//! Reading files of shapes.

use std::io::Read as _;
use std::path::Path;

use super::Format;
use crate::io::open;
use crate::shapes::{Animation, LeftOut, ShapeError};

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
            return String::from_utf8(bytes).map_err(|e| format!("it is not UTF-8 text: {e}"));
        }
        if bytes.iter().skip(from).any(|b| *b == 0) {
            return Err("it has a byte of value 0, expected text".to_owned());
        }
        if bytes.len() as u64 > LONGEST {
            return Err(format!("it is longer than {LONGEST} bytes"));
        }
    }
}

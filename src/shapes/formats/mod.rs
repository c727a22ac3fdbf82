//! The formats of files of shapes. A new one is a file in this folder and a row of [`FORMATS`].

mod file;
mod format;
pub mod fxs;
pub mod json;
pub mod nuke;

use std::path::Path;

use super::ShapeError;
pub use file::{read_file, read_file_noting};
pub use format::Format;

/// All formats. Messages name their extensions in this order.
pub static FORMATS: &[Format] = &[fxs::FORMAT, nuke::FORMAT, json::FORMAT];

impl Format {
    /// The format of the file at `path`, by its extension.
    ///
    /// # Errors
    /// [`ShapeError::Input`] when no format has that extension.
    pub fn of(path: &Path) -> Result<&'static Self, ShapeError> {
        let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default();
        let format = FORMATS.iter().find(|f| f.extension.eq_ignore_ascii_case(extension));
        format.ok_or_else(|| {
            ShapeError::Input(format!(
                "the extension of {} is {extension:?}, expected {}",
                path.display(),
                Self::extensions()
            ))
        })
    }

    /// The extensions of all formats for a message: "fxs, nk or json".
    #[must_use]
    pub fn extensions() -> String {
        let names: Vec<&str> = FORMATS.iter().map(|f| f.extension).collect();
        match names.split_last() {
            Some((last, [])) => (*last).to_owned(),
            Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
            None => String::new(),
        }
    }
}

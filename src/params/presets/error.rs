//! Why a preset cannot be read.

use std::path::PathBuf;

use super::format::{MARK, MOST_BYTES, VERSION};

/// Why a file is no preset. Each is for whoever wrote the file to mend.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PresetError {
    /// A file, and what is wrong with it.
    #[error("cannot read the preset {}: {reason}", path.display())]
    File {
        /// Where it is.
        path: PathBuf,
        /// What is wrong with it.
        reason: Box<PresetError>,
    },
    /// The system does not give it.
    #[error("{0}")]
    Unreadable(String),
    /// It is larger than any preset.
    #[error("it has more than {MOST_BYTES} bytes, which is too large for a preset")]
    TooLarge,
    /// It is not UTF-8.
    #[error("it is not text")]
    NoText,
    /// It is no JSON, as the reader of JSON says.
    #[error("it is not JSON: {0}")]
    NoJson(String),
    /// It is another kind of JSON.
    #[error("it is not a JSON object")]
    NoObject,
    /// It is another version of the format, or none.
    #[error("its {MARK} is {0}, expected {VERSION}")]
    Version(String),
    /// It is the JSON of something else.
    #[error("it has no {MARK}, so it is not a preset")]
    NoPreset,
    /// A name or a sentence is no text, or is too long.
    #[error("its {key} is {found}, expected a text")]
    BadText {
        /// Its key.
        key: &'static str,
        /// What it is.
        found: String,
    },
    /// The parameters are something else.
    #[error("its parameters are {0}, expected an object")]
    BadParameters(String),
    /// It sets nothing.
    #[error("it has no parameters")]
    NoParameters,
}

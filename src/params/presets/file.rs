//! The file of a preset, read.

use std::io::Read;
use std::path::Path;

use serde_json::{Map, Value};

use super::PresetError;
use super::format::{MARK, MOST_BYTES, MOST_CHARACTERS, VERSION};
use crate::io::open;

/// A preset, read.
#[derive(Debug, Clone, PartialEq)]
pub struct Preset {
    /// The name that people read.
    pub name: String,
    /// What it is for, in a sentence.
    pub about: String,
    /// Values by the identifiers of their parameters.
    pub(super) parameters: Map<String, Value>,
}

impl Preset {
    /// Reads a file.
    ///
    /// # Errors
    /// [`PresetError::File`], which names the file.
    pub fn read(path: &Path) -> Result<Self, PresetError> {
        bytes(path)
            .and_then(|bytes| String::from_utf8(bytes).map_err(|_| PresetError::NoText))
            .and_then(|text| Self::parse(&text))
            .map_err(|reason| PresetError::File { path: path.to_owned(), reason: Box::new(reason) })
    }

    /// From JSON.
    ///
    /// # Errors
    /// [`PresetError`] that says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, PresetError> {
        let value: Value = serde_json::from_str(text).map_err(|e| PresetError::NoJson(e.to_string()))?;
        let Value::Object(mut file) = value else { return Err(PresetError::NoObject) };
        match file.get(MARK) {
            Some(version) if version.as_u64() == Some(VERSION) => {}
            Some(version) => return Err(PresetError::Version(in_a_line(version))),
            None => return Err(PresetError::NoPreset),
        }
        let mut text = |key: &'static str| match file.remove(key) {
            None => Ok(String::new()),
            Some(Value::String(text)) if text.chars().count() <= MOST_CHARACTERS => Ok(text),
            Some(other) => Err(PresetError::BadText { key, found: in_a_line(&other) }),
        };
        let (name, about) = (text("name")?, text("about")?);
        match file.remove("parameters") {
            Some(Value::Object(parameters)) => Ok(Self { name, about, parameters }),
            Some(other) => Err(PresetError::BadParameters(in_a_line(&other))),
            None => Err(PresetError::NoParameters),
        }
    }
}

/// What a file holds.
fn bytes(path: &Path) -> Result<Vec<u8>, PresetError> {
    // A pipe or a device would never end, or say nothing for ever.
    let bytes = open(path).and_then(|file| {
        let mut bytes = Vec::new();
        file.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
        Ok(bytes)
    });
    let bytes = bytes.map_err(|e| PresetError::Unreadable(e.to_string()))?;
    if bytes.len() as u64 > MOST_BYTES { Err(PresetError::TooLarge) } else { Ok(bytes) }
}

/// A value in a sentence: never longer than a line.
pub(super) fn in_a_line(value: &Value) -> String {
    let text = match value {
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
        other => other.to_string(),
    };
    if text.chars().count() <= 60 { text } else { text.chars().take(57).collect::<String>() + "..." }
}

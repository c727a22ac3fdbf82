//! Edits of prompts: from one document to the next.
//!
//! The document is the JSON of prompts. What an edit does not know stays as it is, in its place.

pub mod drawings;
pub mod objects;
pub mod points;

use serde_json::{Map, Value};

use super::MAX_OBJECTS;

/// Why an edit is not made. Each is the artist's to mend.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// The parameter holds something else.
    #[error("the prompts cannot be edited: {0}")]
    Unreadable(String),
    /// There is no such object.
    #[error("there is no object {place}: the prompts have {count}")]
    NoObject {
        /// Counted from 1.
        place: usize,
        /// How many there are, in words.
        count: String,
    },
    /// There are as many as one node tracks.
    #[error("there are {MAX_OBJECTS} objects, the maximum of one node")]
    Full,
    /// A name that cannot be one.
    #[error("an object cannot be called {0:?}: a name needs a visible character and no control characters")]
    BadName(String),
    /// Another object has it.
    #[error("another object is called {0:?}: names must be unique")]
    SameName(String),
    /// An object cannot be merged into itself.
    #[error("object {0} cannot be merged into itself: choose another one in Merge into")]
    Itself(usize),
    /// Both say where they are on one frame.
    #[error("both objects have {what} on frame {frame}: delete one of them first")]
    Twice {
        /// "a box", "a mask" or "a drawing".
        what: &'static str,
        /// The frame.
        frame: i64,
    },
}

/// The document of `text`; nothing but white space is one without objects.
///
/// # Errors
/// [`EditError::Unreadable`] when it is not a list of named objects with their prompts.
pub fn open(text: &str) -> Result<Value, EditError> {
    if text.trim().is_empty() {
        return Ok(serde_json::json!({ "objects": [] }));
    }
    let document: Value = serde_json::from_str(text).map_err(|e| EditError::Unreadable(e.to_string()))?;
    let unreadable = |what: &str| EditError::Unreadable(what.to_owned());
    let objects = document.get("objects").and_then(Value::as_array);
    let objects = objects.ok_or_else(|| unreadable("there is no list of objects"))?;
    for (i, object) in objects.iter().enumerate() {
        let named = object.get("name").is_some_and(Value::is_string);
        if !named || !object.get("prompts").is_some_and(Value::is_array) {
            return Err(unreadable(&format!("object {} has no name or no list of prompts", i + 1)));
        }
    }
    Ok(document)
}

/// The text of a document; empty where there is no object and nothing else is said.
#[must_use]
pub fn text(document: &Value) -> String {
    let only_objects = document.as_object().is_some_and(|d| d.len() == 1);
    if only_objects && list(document).is_empty() { String::new() } else { document.to_string() }
}

/// The objects of a document that was opened.
fn list(document: &Value) -> &[Value] {
    document.get("objects").and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn list_mut(document: &mut Value) -> Result<&mut Vec<Value>, EditError> {
    let objects = document.get_mut("objects").and_then(Value::as_array_mut);
    objects.ok_or_else(|| EditError::Unreadable("there is no list of objects".to_owned()))
}

/// The object at a place from 0.
fn object_mut(document: &mut Value, place: usize) -> Result<&mut Map<String, Value>, EditError> {
    let objects = list_mut(document)?;
    let count = objects.len();
    objects.get_mut(place).and_then(Value::as_object_mut).ok_or_else(|| no_object(place, count))
}

fn prompts_mut(document: &mut Value, place: usize) -> Result<&mut Vec<Value>, EditError> {
    let prompts = object_mut(document, place)?.get_mut("prompts").and_then(Value::as_array_mut);
    prompts.ok_or_else(|| EditError::Unreadable(format!("object {} has no list of prompts", place + 1)))
}

fn no_object(place: usize, count: usize) -> EditError {
    let count = match count {
        0 => "none".to_owned(),
        1 => "one".to_owned(),
        n => n.to_string(),
    };
    EditError::NoObject { place: place + 1, count }
}

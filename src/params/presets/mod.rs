//! Presets: settings for a kind of object or shot, those that ship and files of one's own.
//!
//! A file is JSON of parameters by their identifiers, options of choices by theirs.
//!
//! ```json
//! { "airotoPreset": 1, "name": "Hair", "about": "One sentence.",
//!   "parameters": { "edgeQuality": "fast", "edgeHair": 3.0 } }
//! ```
//!
//! A file may come from anywhere: it is bounded, and an error names what is wrong with it in one sentence.

mod settings;

use std::io::Read;
use std::path::Path;

use crate::io::open;
use serde_json::{Map, Value};

pub use settings::{Resolved, Setting, to_json};

/// The version of the format, and the key that tells a preset from other JSON.
const VERSION: u64 = 1;
const MARK: &str = "airotoPreset";
/// The largest file that is read, in bytes; ours have less than a thousandth of it.
const MOST_BYTES: u64 = 1 << 20;
/// The most characters of a name, a sentence or a text in it.
const MOST_CHARACTERS: usize = 4096;

/// A preset that comes with the plugin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shipped {
    /// The option of the preset parameter, and the name of the file in the bundle.
    pub id: &'static str,
    /// The name in the panel, which is that in the file.
    pub label: &'static str,
    /// The file as it was when the plugin was built: a bundle may have lost its files.
    pub json: &'static str,
}

/// The presets that come with the plugin, in the panel's order. Hosts save the place: new ones are appended.
pub const SHIPPED: [Shipped; 5] = [
    Shipped { id: "person", label: "Person", json: include_str!("../../../bundle/presets/person.json") },
    Shipped { id: "hair", label: "Hair", json: include_str!("../../../bundle/presets/hair.json") },
    Shipped { id: "car", label: "Car", json: include_str!("../../../bundle/presets/car.json") },
    Shipped {
        id: "fastMotion",
        label: "Fast motion",
        json: include_str!("../../../bundle/presets/fastMotion.json"),
    },
    Shipped {
        id: "lowMemory",
        label: "Low memory",
        json: include_str!("../../../bundle/presets/lowMemory.json"),
    },
];

/// A preset, read.
#[derive(Debug, Clone, PartialEq)]
pub struct Preset {
    /// The name that people read.
    pub name: String,
    /// What it is for, in a sentence.
    pub about: String,
    parameters: Map<String, Value>,
}

impl Preset {
    /// Reads a file.
    ///
    /// # Errors
    /// A sentence that names the file.
    pub fn read(path: &Path) -> Result<Self, String> {
        let failed = |reason: &str| format!("cannot read the preset {}: {reason}", path.display());
        // A pipe or a device would never end, or say nothing for ever.
        let bytes = open(path).and_then(|file| {
            let mut bytes = Vec::new();
            file.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
            Ok(bytes)
        });
        let bytes = bytes.map_err(|e| failed(&e.to_string()))?;
        if bytes.len() as u64 > MOST_BYTES {
            return Err(failed(&format!("it has more than {MOST_BYTES} bytes, which is no preset")));
        }
        let text = String::from_utf8(bytes).map_err(|_| failed("it is no text"))?;
        Self::parse(&text).map_err(|reason| failed(&reason))
    }

    /// From JSON.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let value: Value = serde_json::from_str(text).map_err(|e| format!("it is no JSON: {e}"))?;
        let Value::Object(mut file) = value else { return Err("it is no JSON object".to_owned()) };
        match file.get(MARK) {
            Some(version) if version.as_u64() == Some(VERSION) => {}
            Some(version) => {
                return Err(format!("its {MARK} is {}, expected {VERSION}", told(version)));
            }
            None => return Err(format!("it has no {MARK}, so it is no preset")),
        }
        let mut text = |key: &str| match file.remove(key) {
            None => Ok(String::new()),
            Some(Value::String(text)) if text.chars().count() <= MOST_CHARACTERS => Ok(text),
            Some(other) => Err(format!("its {key} is {}, expected a text", told(&other))),
        };
        let (name, about) = (text("name")?, text("about")?);
        match file.remove("parameters") {
            Some(Value::Object(parameters)) => Ok(Self { name, about, parameters }),
            Some(other) => Err(format!("its parameters are {}, expected an object", told(&other))),
            None => Err("it has no parameters".to_owned()),
        }
    }
}

/// A value in a sentence: never longer than a line.
fn told(value: &Value) -> String {
    let text = match value {
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
        other => other.to_string(),
    };
    if text.chars().count() <= 60 { text } else { text.chars().take(57).collect::<String>() + "..." }
}

#[cfg(test)]
mod tests;

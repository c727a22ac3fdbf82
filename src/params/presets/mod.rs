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

mod error;
mod file;
mod format;
mod settings;
mod shipped;

pub use error::PresetError;
pub use file::Preset;
pub use settings::{Resolved, Setting, to_json};
pub use shipped::{SHIPPED, Shipped};

#[cfg(test)]
mod tests;

//! Packs as the user names them.

use std::path::Path;

use airoto::models::pack::Pack;
use airoto::models::{ModelError, installed};

/// The pack that the user means by a name or a folder.
pub fn pack(name: &str) -> Result<Pack, ModelError> {
    let as_path = Path::new(name);
    let refuse = |reason: &str| ModelError::Pack { pack: name.to_owned(), reason: reason.to_owned() };
    if name == airoto::models::FLOW || name == "default" && airoto::models::DEFAULT == airoto::models::FLOW {
        return Err(refuse("is the flow tracker, which needs no pack"));
    }
    if as_path.exists() { Pack::open(as_path) } else { installed::find(name) }
}

/// Bytes for a person.
pub fn size(bytes: u64) -> String {
    const UNITS: [(&str, u64); 3] = [("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1000)];
    match UNITS.iter().find(|(_, unit)| bytes >= *unit) {
        Some((name, unit)) => format!("{:.1} {name}", bytes as f64 / *unit as f64),
        None => format!("{bytes} bytes"),
    }
}

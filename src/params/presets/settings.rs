//! What a preset sets of the parameters, and the preset that values make.

use serde_json::{Map, Value, json};

use super::Preset;
use super::file::in_a_line;
use super::format::{MARK, MOST_CHARACTERS, VERSION};
use crate::params::{InPreset, Kind, Param, Values};

/// How many of the parameters that are skipped are told by name.
const MOST_TOLD: usize = 8;

/// What a parameter is set to.
#[derive(Debug, Clone, PartialEq)]
pub enum Setting {
    /// A text.
    Text(String),
    /// A whole number, the index of an option, or 0 and 1 of a switch.
    Int(i32),
    /// A number.
    Double(f64),
    /// Red, green and blue.
    Colour([f64; 3]),
}

/// What a preset sets, and what in it is skipped.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Resolved {
    /// In the panel's order.
    pub settings: Vec<(&'static str, Setting)>,
    /// How many parameters the preset names of those.
    pub named: usize,
    /// Sentences.
    pub skipped: Vec<String>,
}

impl Preset {
    /// What it sets of the parameters in `rows`: all that it names, and to their defaults those that it does not
    /// name and that are [`InPreset::Reset`].
    #[must_use]
    pub fn resolve(&self, rows: &[Param]) -> Resolved {
        let mut resolved = Resolved::default();
        for param in rows.iter().filter(|p| p.preset != InPreset::Never) {
            match self.parameters.get(param.id).map(|value| setting(param, value)) {
                Some(Ok(setting)) => {
                    resolved.named += 1;
                    resolved.settings.push((param.id, setting));
                }
                Some(Err(reason)) => resolved.skipped.push(reason),
                None if param.preset == InPreset::Reset => {
                    resolved.settings.extend(default(param).map(|setting| (param.id, setting)));
                }
                None => {}
            }
        }
        let is_set = |id: &str| rows.iter().any(|p| p.id == id && p.preset != InPreset::Never);
        let unknown = self.parameters.keys().filter(|id| !is_set(id));
        let mut unknown: Vec<String> = unknown.map(|id| in_a_line(&Value::String(id.clone()))).collect();
        unknown.sort();
        if !unknown.is_empty() {
            let more = unknown.len().saturating_sub(MOST_TOLD);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let names = unknown.iter().take(MOST_TOLD).cloned().collect::<Vec<_>>().join(", ");
            resolved.skipped.push(format!("{names}{more}: not parameters of presets"));
        }
        resolved
    }
}

/// The JSON of a preset of all parameters in `rows` that presets keep.
#[must_use]
pub fn to_json(name: &str, rows: &[Param], values: &dyn Values) -> String {
    let mut parameters = Map::new();
    for param in rows.iter().filter(|p| p.preset != InPreset::Never) {
        let value = match param.kind {
            Kind::Line { .. } => {
                let text = values.text(param.id);
                // The folder of a model pack is a path of this machine.
                if text.contains(['/', '\\']) {
                    continue;
                }
                json!(text)
            }
            Kind::Choice { .. } => json!(param.kind.option(values.int(param.id).unwrap_or(-1))),
            // What a host lets pass the limits is not handed on.
            Kind::Int { default, range, .. } => {
                json!(values.int(param.id).unwrap_or(default).clamp(range.0, range.1))
            }
            Kind::Double { default, range, .. } => {
                json!(values.double(param.id).unwrap_or(default).clamp(range.0, range.1))
            }
            Kind::Bool { default } => json!(values.int(param.id).map_or(default, |v| v != 0)),
            Kind::Colour { default } => json!(values.colour(param.id).unwrap_or(default)),
            Kind::Text { .. }
            | Kind::Status
            | Kind::Keys { .. }
            | Kind::SaveFile
            | Kind::Folder
            | Kind::Button => continue,
        };
        parameters.insert(param.id.to_owned(), value);
    }
    let file = json!({ MARK: VERSION, "name": name, "about": "", "parameters": parameters });
    // Maps with texts as keys always have a JSON.
    serde_json::to_string_pretty(&file).unwrap_or_default() + "\n"
}

/// What `value` means for a parameter.
fn setting(param: &Param, value: &Value) -> Result<Setting, String> {
    let wrong = |expected: String| format!("{} is {}, expected {expected}", param.id, in_a_line(value));
    match param.kind {
        Kind::Line { .. } => {
            let text = value.as_str().filter(|t| t.chars().count() <= MOST_CHARACTERS && !t.contains('\0'));
            text.map(|t| Setting::Text(t.to_owned())).ok_or_else(|| wrong("a text".to_owned()))
        }
        Kind::Choice { options, .. } => {
            let found = value.as_str().and_then(|id| options.iter().position(|o| o.0 == id));
            let ids = || options.iter().map(|o| o.0).collect::<Vec<_>>().join(", ");
            found.map(|i| Setting::Int(i as i32)).ok_or_else(|| wrong(format!("one of {}", ids())))
        }
        Kind::Int { range: (low, high), .. } => {
            let number = value.as_i64().and_then(|v| i32::try_from(v).ok());
            let number = number.filter(|v| (low..=high).contains(v)).map(Setting::Int);
            number.ok_or_else(|| wrong(format!("a whole number from {low} to {high}")))
        }
        Kind::Double { range: (low, high), .. } => {
            let number = value.as_f64().filter(|v| (low..=high).contains(v)).map(Setting::Double);
            number.ok_or_else(|| wrong(format!("a number from {low} to {high}")))
        }
        Kind::Bool { .. } => {
            let on = value.as_bool().map(|on| Setting::Int(i32::from(on)));
            on.ok_or_else(|| wrong("true or false".to_owned()))
        }
        Kind::Colour { .. } => {
            let numbers = value.as_array().map(|all| all.iter().map(Value::as_f64).collect::<Vec<_>>());
            match numbers.as_deref() {
                Some([Some(r), Some(g), Some(b)]) => Ok(Setting::Colour([*r, *g, *b])),
                _ => Err(wrong("three numbers".to_owned())),
            }
        }
        Kind::Text { .. }
        | Kind::Status
        | Kind::Keys { .. }
        | Kind::SaveFile
        | Kind::Folder
        | Kind::Button => Err(format!("{} is not a parameter of presets", param.id)),
    }
}

/// The default of a parameter that presets keep.
fn default(param: &Param) -> Option<Setting> {
    Some(match param.kind {
        Kind::Line { default } => Setting::Text(default.to_owned()),
        Kind::Choice { default, .. } => Setting::Int(default as i32),
        Kind::Int { default, .. } => Setting::Int(default),
        Kind::Double { default, .. } => Setting::Double(default),
        Kind::Bool { default } => Setting::Int(i32::from(default)),
        Kind::Colour { default } => Setting::Colour(default),
        Kind::Text { .. }
        | Kind::Status
        | Kind::Keys { .. }
        | Kind::SaveFile
        | Kind::Folder
        | Kind::Button => return None,
    })
}

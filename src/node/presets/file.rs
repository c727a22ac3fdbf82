//! A preset as a file: JSON of parameters by their identifiers, options of choices by theirs.
//!
//! ```json
//! { "airotoPreset": 1, "name": "Hair", "about": "One sentence.",
//!   "parameters": { "edgeQuality": "fast", "edgeHair": 3.0 } }
//! ```
//!
//! A file may come from anywhere: it is bounded, and what is wrong with it is said in a sentence.

use std::io::Read;
use std::path::Path;

use serde_json::{Map, Value, json};

use crate::node::params::{self, Group, Kind, Param};
use crate::node::settings::Values;
use crate::raster::io::open;

/// The version of the format, and the key that tells a preset from other JSON.
const VERSION: u64 = 1;
const MARK: &str = "airotoPreset";
/// The largest file that is read, in bytes; ours have less than a thousandth of it.
const MOST_BYTES: u64 = 1 << 20;
/// The most characters of a name, a sentence or a text in it.
const MOST_CHARACTERS: usize = 4096;
/// How many of the parameters that are skipped are told by name.
const MOST_TOLD: usize = 8;

/// Parameters of the kept groups that belong to the shot, the machine or the artist's eye.
const NOT_KEPT: &[&str] = &[
    params::OBJECT,
    params::INPUT_COLOUR,
    params::DEVICE,
    params::WORKER_MODE,
    params::COMPARE_TRACKER,
    params::WIPE,
    params::SHAPES_RANGE,
    params::SHAPES_FIRST,
    params::SHAPES_LAST,
];

/// A preset, read.
#[derive(Debug, Clone, PartialEq)]
pub struct Preset {
    /// What people call it.
    pub name: String,
    /// What it is for, in a sentence.
    pub about: String,
    parameters: Map<String, Value>,
}

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

/// Whether presets keep a parameter.
#[must_use]
pub fn keeps(param: &Param) -> bool {
    let group = matches!(
        param.group,
        Group::Tracking | Group::Edge | Group::Output | Group::Shapes | Group::Advanced
    );
    let kind = !matches!(
        param.kind,
        Kind::Button | Kind::Text { .. } | Kind::Status | Kind::Keys { .. } | Kind::SaveFile | Kind::Folder
    );
    // A status or a frame is of the shot.
    let shot = matches!(param.kind, Kind::Int { .. }) && param.group == Group::Tracking;
    group && kind && !shot && !NOT_KEPT.contains(&param.id)
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

    /// What it sets: all that it names, and of the groups Tracking and Edge what it does not name to its default.
    #[must_use]
    pub fn resolve(&self) -> Resolved {
        let mut resolved = Resolved::default();
        for param in params::table().filter(|p| keeps(p)) {
            match self.parameters.get(param.id).map(|value| setting(param, value)) {
                Some(Ok(setting)) => {
                    resolved.named += 1;
                    resolved.settings.push((param.id, setting));
                }
                Some(Err(reason)) => resolved.skipped.push(reason),
                None if matches!(param.group, Group::Tracking | Group::Edge) => {
                    resolved.settings.extend(default(param).map(|setting| (param.id, setting)));
                }
                None => {}
            }
        }
        let unknown = self.parameters.keys().filter(|id| !params::find(id).is_some_and(keeps));
        let mut unknown: Vec<String> = unknown.map(|id| told(&Value::String(id.clone()))).collect();
        unknown.sort();
        if !unknown.is_empty() {
            let more = unknown.len().saturating_sub(MOST_TOLD);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let names = unknown.iter().take(MOST_TOLD).cloned().collect::<Vec<_>>().join(", ");
            resolved.skipped.push(format!("{names}{more}: no parameters that presets set"));
        }
        resolved
    }
}

/// The JSON of a preset of all parameters that presets keep.
#[must_use]
pub fn to_json(name: &str, values: &dyn Values) -> String {
    let mut parameters = Map::new();
    for param in params::table().filter(|p| keeps(p)) {
        let value = match param.kind {
            Kind::Line { .. } => {
                let text = values.text(param.id);
                // The folder of a model pack is a path of this machine.
                if text.contains(['/', '\\']) {
                    continue;
                }
                json!(text)
            }
            Kind::Choice { .. } => json!(params::option(param.id, values.int(param.id))),
            // What a host lets pass the limits is not handed on.
            Kind::Int { range, .. } => json!(values.int(param.id).clamp(range.0, range.1)),
            Kind::Double { default, range, .. } => {
                json!(values.double(param.id).unwrap_or(default).clamp(range.0, range.1))
            }
            Kind::Bool { .. } => json!(values.bool(param.id)),
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
    let wrong = |expected: String| format!("{} is {}, expected {expected}", param.id, told(value));
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
        | Kind::Button => Err(format!("{} is nothing that a preset sets", param.id)),
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
mod tests {
    use super::*;

    /// The default of every parameter.
    struct Defaults;

    impl Values for Defaults {
        fn text(&self, id: &str) -> String {
            if id == params::PROMPTS { "{\"objects\":[]}".to_owned() } else { "default".to_owned() }
        }

        fn int(&self, _: &str) -> i32 {
            -1
        }

        fn double(&self, _: &str) -> Option<f64> {
            None
        }

        fn bool(&self, _: &str) -> bool {
            true
        }

        fn colour(&self, _: &str) -> Option<[f64; 3]> {
            None
        }
    }

    fn preset(parameters: &str) -> Resolved {
        let text = format!(r#"{{"airotoPreset":1,"name":"a","about":"b","parameters":{parameters}}}"#);
        Preset::parse(&text).expect("a preset").resolve()
    }

    fn set(resolved: &Resolved, id: &str) -> Option<Setting> {
        resolved.settings.iter().find(|s| s.0 == id).map(|s| s.1.clone())
    }

    #[test]
    fn what_is_named_is_set_and_the_rest_of_tracker_and_edge_goes_back() {
        let resolved = preset(r#"{"edgeQuality":"fast","edgeHair":3,"edgeColours":true,"view":"premult"}"#);
        assert_eq!((resolved.named, resolved.skipped.len()), (4, 0));
        assert_eq!(set(&resolved, "edgeQuality"), Some(Setting::Int(1)));
        assert_eq!(set(&resolved, "edgeHair"), Some(Setting::Double(3.0)));
        assert_eq!(set(&resolved, "edgeColours"), Some(Setting::Int(1)));
        assert_eq!(set(&resolved, "view"), Some(Setting::Int(2)));
        assert_eq!(set(&resolved, "tracker"), Some(Setting::Text("default".to_owned())));
        assert_eq!(set(&resolved, "edgeStability"), Some(Setting::Double(0.0)));
        for kept in ["prompts", "object", "overlap", "inputColour", "device", "shapesNuke", "useStore"] {
            assert_eq!(set(&resolved, kept), None, "{kept} stays as it is");
        }
    }

    #[test]
    fn what_is_wrong_in_it_is_told_and_skipped() {
        let resolved = preset(
            r#"{"edgeQuality":1,"edgeHair":"3","edgeStability":7,"prompts":"{}","nothing":1,"edgeColours":"yes"}"#,
        );
        assert_eq!(resolved.named, 0);
        let all = resolved.skipped.join("\n");
        for part in [
            "edgeQuality is 1, expected one of tracked, fast, fine",
            "edgeHair is \"3\", expected a number from 0 to 20",
            "edgeStability is 7, expected a number from 0 to 1",
            "edgeColours is \"yes\", expected true or false",
            "\"nothing\", \"prompts\": no parameters that presets set",
        ] {
            assert!(all.contains(part), "{part} in {all}");
        }
        assert_eq!(set(&resolved, "edgeQuality"), None, "it is not guessed");
    }

    #[test]
    fn a_saved_preset_is_read_as_it_was_and_holds_nothing_of_the_shot() {
        let text = to_json("mine", &Defaults);
        let resolved = Preset::parse(&text).expect("readable").resolve();
        assert_eq!(resolved.skipped, Vec::<String>::new());
        assert_eq!(resolved.named, params::table().filter(|p| keeps(p)).count());
        for id in ["prompts", "maskUse", "maskFrame", "object\"", "shapesNuke", "shapesFirst", "presetFile"] {
            assert!(!text.contains(&format!("\"{id}")), "{id} in {text}");
        }
    }

    #[test]
    fn hostile_files_are_refused_in_a_sentence() {
        let place = tempfile::tempdir().expect("a folder");
        let deep = "[".repeat(100_000);
        let long = format!(r#"{{"airotoPreset":1,"name":"{}","parameters":{{}}}}"#, "x".repeat(5000));
        let large = " ".repeat((MOST_BYTES + 1) as usize);
        let cases: [(&[u8], &str); 11] = [
            (b"", "no JSON"),
            (b"\xff\xfe\x00", "no text"),
            (b"[]", "no JSON object"),
            (b"{}", "no airotoPreset"),
            (br#"{"airotoPreset":2}"#, "is 2, expected 1"),
            (br#"{"airotoPreset":1}"#, "no parameters"),
            (br#"{"airotoPreset":1,"parameters":[]}"#, "parameters are a list"),
            (br#"{"airotoPreset":1,"name":{},"parameters":{}}"#, "name is an object"),
            (deep.as_bytes(), "no JSON"),
            (long.as_bytes(), "expected a text"),
            (large.as_bytes(), "more than 1048576 bytes"),
        ];
        for (i, (bytes, part)) in cases.into_iter().enumerate() {
            let path = place.path().join(format!("{i}.json"));
            std::fs::write(&path, bytes).expect("written");
            let said = Preset::read(&path).expect_err("refused");
            assert!(said.contains(part) && said.contains(&format!("{i}.json")), "{part:?} in {said}");
            assert!(said.len() < 500 && said.lines().count() == 1, "one sentence: {said}");
        }
        assert!(Preset::read(place.path()).is_err(), "a folder is no preset");
        assert!(Preset::read(&place.path().join("none.json")).is_err());
        let many: String = (0..5000).map(|i| format!("\"p{i}\":null,")).collect();
        let resolved = preset(&format!("{{{}\"q\":0}}", many));
        assert!(resolved.skipped[0].len() < 200 && resolved.skipped[0].contains("4993 more"));
    }
}

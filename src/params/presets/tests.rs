//! Files of presets: good ones, hostile ones, and what they set.

use super::format::MOST_BYTES;
use super::*;
use crate::params::{self, Group, InPreset, Kind, Param, Values, table};

/// The default of every parameter.
struct Defaults;

impl Values for Defaults {
    fn text(&self, id: &str) -> String {
        if id == params::PROMPTS { "{\"objects\":[]}".to_owned() } else { "default".to_owned() }
    }

    fn int(&self, _: &str) -> Option<i32> {
        None
    }

    fn double(&self, _: &str) -> Option<f64> {
        None
    }

    fn colour(&self, _: &str) -> Option<[f64; 3]> {
        None
    }
}

fn preset(parameters: &str) -> Resolved {
    let text = format!(r#"{{"airotoPreset":1,"name":"a","about":"b","parameters":{parameters}}}"#);
    Preset::parse(&text).expect("a preset").resolve(table())
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
        "\"nothing\", \"prompts\": not parameters of presets",
    ] {
        assert!(all.contains(part), "{part} in {all}");
    }
    assert_eq!(set(&resolved, "edgeQuality"), None, "it is not guessed");
}

#[test]
fn a_saved_preset_is_read_as_it_was_and_holds_nothing_of_the_shot() {
    let text = to_json("mine", table(), &Defaults);
    let resolved = Preset::parse(&text).expect("readable").resolve(table());
    assert_eq!(resolved.skipped, Vec::<String>::new());
    assert_eq!(resolved.named, table().iter().filter(|p| p.preset != InPreset::Never).count());
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
        (b"", "not JSON"),
        (b"\xff\xfe\x00", "not text"),
        (b"[]", "not a JSON object"),
        (b"{}", "no airotoPreset"),
        (br#"{"airotoPreset":2}"#, "is 2, expected 1"),
        (br#"{"airotoPreset":1}"#, "no parameters"),
        (br#"{"airotoPreset":1,"parameters":[]}"#, "parameters are a list"),
        (br#"{"airotoPreset":1,"name":{},"parameters":{}}"#, "name is an object"),
        (deep.as_bytes(), "not JSON"),
        (long.as_bytes(), "expected a text"),
        (large.as_bytes(), "more than 1048576 bytes"),
    ];
    for (i, (bytes, part)) in cases.into_iter().enumerate() {
        let path = place.path().join(format!("{i}.json"));
        std::fs::write(&path, bytes).expect("written");
        let reason = Preset::read(&path).expect_err("refused").to_string();
        assert!(reason.contains(part) && reason.contains(&format!("{i}.json")), "{part:?} in {reason}");
        assert!(reason.len() < 500 && reason.lines().count() == 1, "one sentence: {reason}");
    }
    assert!(Preset::read(place.path()).is_err(), "a folder is no preset");
    assert!(Preset::read(&place.path().join("none.json")).is_err());
    let many: String = (0..5000).map(|i| format!("\"p{i}\":null,")).collect();
    let resolved = preset(&format!("{{{}\"q\":0}}", many));
    assert!(resolved.skipped[0].len() < 200 && resolved.skipped[0].contains("4993 more"));
}

#[test]
fn every_shipped_preset_can_be_chosen_and_is_set_whole() {
    for shipped in SHIPPED {
        let id = shipped.id;
        let preset = Preset::parse(shipped.json).expect(id);
        assert_eq!(preset.name, shipped.label, "the name in the panel");
        assert!(preset.about.ends_with('.') && preset.about.matches(". ").count() == 0, "{id}");
        let resolved = preset.resolve(table());
        assert_eq!(resolved.skipped, Vec::<String>::new(), "{id}");
        let plain =
            Preset::parse(r#"{"airotoPreset":1,"parameters":{}}"#).expect("a preset").resolve(table());
        let differ = resolved.settings.iter().filter(|s| !plain.settings.contains(s)).count();
        assert_eq!((differ, differ > 0), (resolved.named, true), "{id} names only what is no default");
    }
}

#[test]
fn a_new_row_is_kept_by_presets_as_it_says() {
    let kind = Kind::Double { default: 0.5, range: (0.0, 2.0), display: (0.0, 1.0) };
    let extra = Param { id: "extra", kind, preset: InPreset::Reset, ..Param::of(Group::Edge) };
    let file = |parameters: &str| {
        let text = format!(r#"{{"airotoPreset":1,"name":"a","parameters":{parameters}}}"#);
        Preset::parse(&text).expect("a preset")
    };
    let rows = [table(), &[extra]].concat();
    assert!(to_json("mine", &rows, &Defaults).contains("\"extra\": 0.5"));
    let named = file(r#"{"extra":2}"#).resolve(&rows);
    assert_eq!((set(&named, "extra"), named.named), (Some(Setting::Double(2.0)), 1));
    assert_eq!(set(&file("{}").resolve(&rows), "extra"), Some(Setting::Double(0.5)), "it is set back");
    let told = file(r#"{"extra":3}"#).resolve(&rows).skipped;
    assert_eq!(told, ["extra is 3, expected a number from 0 to 2"]);
    let never = [table(), &[Param { preset: InPreset::Never, ..extra }]].concat();
    assert!(!to_json("mine", &never, &Defaults).contains("extra"));
    assert_eq!(file(r#"{"extra":2}"#).resolve(&never).named, 0);
}

//! Preset files.

use airoto::params::presets::Preset;

use super::mutate::json;
use super::{Target, shipped};

pub const TARGET: Target =
    Target { name: "presets", seeds, mutate: json::change, run, inputs: 6_000, accepted: 0.4 };

fn seeds() -> Vec<Vec<u8>> {
    let named = ["car", "fastMotion", "hair", "lowMemory", "person"];
    let own = r#"{"airotoPreset":1,"name":"mine","about":"All kinds.","parameters":{"edgeQuality":"fast",
        "edgeHair":3,"edgeStability":0.25,"edgeColours":true,"view":"premult","tracker":"flow","edgeInside":4,
        "viewColour":[0.1,0.2,0.3],"shapesTolerance":0.5,"overlap":"layered"}}"#;
    let read = |name: &str| shipped(&format!("bundle/presets/{name}.json"));
    named.into_iter().map(read).chain([own.into()]).collect()
}

fn run(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let read = Preset::parse(text);
    read.map(|preset| preset.resolve(airoto::params::table())).is_ok()
}

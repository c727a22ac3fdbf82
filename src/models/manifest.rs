//! `model.json`: what a pack says of itself, and what can be said of that without its files.

use std::collections::BTreeMap;
use std::path::Path;

use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

/// The manifest's name in a pack.
pub const MANIFEST: &str = "model.json";
/// Names that mean something else.
const RESERVED: [&str; 2] = ["default", "flow"];
/// The form of manifest that this program reads.
const FORMAT: u32 = 1;
/// ONNX files are protocol buffers, which end below 2 GiB.
const MAX_GRAPH_BYTES: u64 = (1 << 31) - 1;
/// The vocabulary of a large tokenizer has 20 MB.
const MAX_FILE_BYTES: u64 = 64 << 20;
/// A tracker has four to eight.
const MAX_GRAPHS: usize = 64;
/// The longest side of a model's input in pixels.
const MAX_SIDE: u32 = 8192;

/// `model.json`.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The form of this file; 1.
    pub format: u32,
    /// The name by which the model is chosen.
    pub name: String,
    /// The family, which says how the graphs work together: "swift", "sam2", "edgetam",
    /// "vitmatte", "grounding-dino".
    pub family: String,
    /// Changes whenever results may change.
    pub version: String,
    /// The licence of graphs and constants, an SPDX expression where there is one.
    pub licence: String,
    /// What the model sees.
    pub input: Input,
    /// The precision of the weights, in words.
    #[serde(default)]
    pub precision: Option<String>,
    /// The name of a pack of the same model for a smaller input, to go on with where a device has too
    /// little memory for this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub smaller: Option<String>,
    /// The graphs by name.
    #[serde(deserialize_with = "each_once")]
    pub graphs: BTreeMap<String, GraphFile>,
    /// What else the family reads, such as a vocabulary, by name.
    #[serde(default, deserialize_with = "each_once", skip_serializing_if = "BTreeMap::is_empty")]
    pub files: BTreeMap<String, GraphFile>,
    /// What the family needs to know beside its graphs.
    #[serde(default)]
    pub constants: serde_json::Value,
}

/// The picture that a model sees.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Width in pixels; the greatest where it may vary.
    pub width: u32,
    /// Height in pixels; the greatest where it may vary.
    pub height: u32,
    /// Subtracted from R, G, B in 0 to 1.
    pub mean: [f32; 3],
    /// Divides what is left.
    pub deviation: [f32; 3],
}

/// A graph's file, or another of the pack's.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct GraphFile {
    /// Its name in the pack's folder.
    pub file: String,
    /// SHA-256 of its bytes, 64 hexadecimal digits.
    pub sha256: String,
    /// Its size.
    pub bytes: u64,
}

/// What can be said of a manifest without its graphs.
pub(super) fn check(manifest: &Manifest) -> Result<(), String> {
    if manifest.format != FORMAT {
        return Err(format!("format {}, expected {FORMAT}", manifest.format));
    }
    for (what, text) in
        [("name", &manifest.name), ("family", &manifest.family), ("version", &manifest.version)]
    {
        if text.is_empty() || text.len() > 100 || text.chars().any(char::is_control) {
            return Err(format!("{what} must be 1 to 100 printable characters"));
        }
    }
    // It becomes the name of a folder, and is told from a path.
    if manifest.name.starts_with('.') || manifest.name.contains(['/', '\\', ':']) {
        return Err(format!("name {:?} is not the name of a folder", manifest.name));
    }
    if RESERVED.contains(&manifest.name.as_str()) {
        return Err(format!("name {:?} is taken by a tracker without a pack", manifest.name));
    }
    let Input { width, height, mean, deviation } = &manifest.input;
    if ![width, height].into_iter().all(|side| (16..=MAX_SIDE).contains(side)) {
        return Err(format!("input of {width} x {height} pixels, expected sides of 16 to {MAX_SIDE}"));
    }
    if mean.iter().any(|v| !v.is_finite()) || deviation.iter().any(|v| !v.is_normal() || *v < 0.0) {
        return Err("mean and deviation must be finite, deviation above zero".to_owned());
    }
    let mut taken = BTreeMap::new();
    let graphs = manifest.graphs.iter().map(|listed| ("graph", MAX_GRAPH_BYTES, listed));
    let files = manifest.files.iter().map(|listed| ("file", MAX_FILE_BYTES, listed));
    for (kind, most, (name, listed)) in graphs.chain(files) {
        let what = format!("{kind} {name}");
        if let Some(other) = taken.insert(listed.file.to_ascii_lowercase(), what.clone()) {
            return Err(format!("{what}: {} is the file of {other} too", listed.file));
        }
        let plain = Path::new(&listed.file).file_name().is_some_and(|n| n == listed.file.as_str());
        if !plain || listed.file.contains('\\') || listed.file == MANIFEST {
            return Err(format!("{what}: {:?} is not the name of a file in the pack", listed.file));
        }
        if listed.bytes == 0 || listed.bytes > most {
            return Err(format!("{what}: {} bytes, expected 1 to {most} bytes", listed.bytes));
        }
        if listed.sha256.len() != 64 || !listed.sha256.chars().all(|c| c.is_ascii_hexdigit()) {
            return Err(format!("{what}: sha256 is not 64 hexadecimal digits"));
        }
    }
    Ok(())
}

/// Files by name, none of which stands twice.
fn each_once<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeMap<String, GraphFile>, D::Error> {
    struct Files;
    impl<'de> Visitor<'de> for Files {
        type Value = BTreeMap<String, GraphFile>;

        fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
            f.write_str("files by name")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut graphs = BTreeMap::new();
            while let Some((name, graph)) = map.next_entry::<String, GraphFile>()? {
                if graphs.len() >= MAX_GRAPHS {
                    return Err(A::Error::custom(format!("more than {MAX_GRAPHS} graphs")));
                }
                if graphs.contains_key(&name) {
                    return Err(A::Error::custom(format!("graph {name:?} stands twice")));
                }
                graphs.insert(name, graph);
            }
            Ok(graphs)
        }
    }
    from.deserialize_map(Files)
}

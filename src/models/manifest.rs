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

/// What is wrong with a manifest.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub(super) enum ManifestError {
    /// It is of another form.
    #[error("format {0}, expected {FORMAT}")]
    Format(u32),
    /// A text is empty, too long or cannot be printed: which.
    #[error("{0} must be 1 to 100 printable characters")]
    Text(&'static str),
    /// The name cannot be that of a folder.
    #[error("name {0:?} is not the name of a folder")]
    Folder(String),
    /// The name means something else.
    #[error("name {0:?} is taken by a tracker without a pack")]
    Reserved(String),
    /// The input's width and height, of which one is too small or too large.
    #[error("input of {0} x {1} pixels, expected sides of 16 to {MAX_SIDE}")]
    Sides(u32, u32),
    /// Colours cannot be normalised.
    #[error("mean and deviation must be finite, deviation above zero")]
    Normal,
    /// Something is wrong with a listed file.
    #[error("{listed}: {error}")]
    File {
        /// "graph" or "file", and its name.
        listed: String,
        /// What.
        error: ListedError,
    },
}

/// What is wrong with a file as a manifest lists it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum ListedError {
    /// It is listed twice.
    #[error("{file} is also the file of {other}")]
    Twice {
        /// Its name.
        file: String,
        /// As what else it is listed.
        other: String,
    },
    /// Its name leads elsewhere.
    #[error("{0:?} is not the name of a file in the pack")]
    Name(String),
    /// It is empty or too large.
    #[error("{bytes} bytes, expected 1 to {most} bytes")]
    Size {
        /// Its size.
        bytes: u64,
        /// The largest that is possible.
        most: u64,
    },
    /// Its digest is none.
    #[error("sha256 is not 64 hexadecimal digits")]
    Digest,
}

/// What can be said of a manifest without its graphs.
///
/// # Errors
/// [`ManifestError`] with the first thing that is wrong.
pub(super) fn check(manifest: &Manifest) -> Result<(), ManifestError> {
    if manifest.format != FORMAT {
        return Err(ManifestError::Format(manifest.format));
    }
    for (what, text) in
        [("name", &manifest.name), ("family", &manifest.family), ("version", &manifest.version)]
    {
        if text.is_empty() || text.len() > 100 || text.chars().any(char::is_control) {
            return Err(ManifestError::Text(what));
        }
    }
    // It becomes the name of a folder, and is told from a path.
    if manifest.name.starts_with('.') || manifest.name.contains(['/', '\\', ':']) {
        return Err(ManifestError::Folder(manifest.name.clone()));
    }
    if RESERVED.contains(&manifest.name.as_str()) {
        return Err(ManifestError::Reserved(manifest.name.clone()));
    }
    let Input { width, height, mean, deviation } = &manifest.input;
    if ![width, height].into_iter().all(|side| (16..=MAX_SIDE).contains(side)) {
        return Err(ManifestError::Sides(*width, *height));
    }
    if mean.iter().any(|v| !v.is_finite()) || deviation.iter().any(|v| !v.is_normal() || *v < 0.0) {
        return Err(ManifestError::Normal);
    }
    let mut taken = BTreeMap::new();
    let graphs = manifest.graphs.iter().map(|listed| ("graph", MAX_GRAPH_BYTES, listed));
    let files = manifest.files.iter().map(|listed| ("file", MAX_FILE_BYTES, listed));
    for (kind, most, (name, file)) in graphs.chain(files) {
        let listed = format!("{kind} {name}");
        let twice = taken.insert(file.file.to_ascii_lowercase(), listed.clone());
        let checked = match twice {
            Some(other) => Err(ListedError::Twice { file: file.file.clone(), other }),
            None => check_listed(file, most),
        };
        checked.map_err(|error| ManifestError::File { listed, error })?;
    }
    Ok(())
}

/// Checks a file, of at most `most` bytes, as it is listed.
fn check_listed(file: &GraphFile, most: u64) -> Result<(), ListedError> {
    let plain = Path::new(&file.file).file_name().is_some_and(|name| name == file.file.as_str());
    if !plain || file.file.contains('\\') || file.file == MANIFEST {
        return Err(ListedError::Name(file.file.clone()));
    }
    if file.bytes == 0 || file.bytes > most {
        return Err(ListedError::Size { bytes: file.bytes, most });
    }
    if file.sha256.len() != 64 || !file.sha256.chars().all(|c| c.is_ascii_hexdigit()) {
        return Err(ListedError::Digest);
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
                    return Err(A::Error::custom(format!("graph {name:?} is listed twice")));
                }
                graphs.insert(name, graph);
            }
            Ok(graphs)
        }
    }
    from.deserialize_map(Files)
}

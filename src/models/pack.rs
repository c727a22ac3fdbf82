//! Model packs: a folder with `model.json` and graphs in ONNX.
//!
//! A pack is data. Before a byte of a graph reaches ONNX Runtime, its size and SHA-256 have been
//! compared with what `model.json` says; the bytes that were hashed are the ones that are loaded.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::{ModelError, place};

/// The manifest's name in a pack.
pub const MANIFEST: &str = "model.json";
/// The form of manifest that this program reads.
const FORMAT: u32 = 1;
/// A manifest is names, digests and some hundred constants.
const MAX_MANIFEST_BYTES: u64 = 1 << 20;
/// ONNX files are protocol buffers, which end below 2 GiB.
const MAX_GRAPH_BYTES: u64 = (1 << 31) - 1;
/// The longest side of a model's input in pixels.
const MAX_SIDE: u32 = 8192;

/// `model.json`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The form of this file; 1.
    pub format: u32,
    /// The name by which the model is chosen.
    pub name: String,
    /// The family, which says how the graphs work together: "swift", "sam2", "edgetam".
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
    /// The graphs by name.
    pub graphs: BTreeMap<String, GraphFile>,
    /// What the family needs to know beside its graphs.
    #[serde(default)]
    pub constants: serde_json::Value,
}

/// The picture that a model sees.
#[derive(Debug, Clone, PartialEq, Deserialize)]
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

/// A graph's file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GraphFile {
    /// Its name in the pack's folder.
    pub file: String,
    /// SHA-256 of its bytes, 64 hexadecimal digits.
    pub sha256: String,
    /// Its size.
    pub bytes: u64,
}

/// A pack whose manifest has been read and found sound.
#[derive(Debug, Clone, PartialEq)]
pub struct Pack {
    folder: PathBuf,
    manifest: Manifest,
}

impl Pack {
    /// Reads the manifest in `folder`; graphs are not touched.
    ///
    /// # Errors
    /// [`ModelError::Pack`] when it is missing, too large, not of this form or unsound.
    pub fn open(folder: &Path) -> Result<Self, ModelError> {
        let refuse = |reason: String| ModelError::Pack { pack: folder.display().to_string(), reason };
        let path = folder.join(MANIFEST);
        let bytes = read_at_most(&path, MAX_MANIFEST_BYTES).map_err(refuse)?;
        let manifest: Manifest =
            serde_json::from_slice(&bytes).map_err(|e| refuse(format!("{MANIFEST}: {e}")))?;
        check(&manifest).map_err(|reason| refuse(format!("{MANIFEST}: {reason}")))?;
        Ok(Self { folder: folder.to_path_buf(), manifest })
    }

    /// The pack that `name` means: a folder, or the name of one in the places where packs are kept.
    ///
    /// # Errors
    /// [`ModelError::Pack`] when there is none or it is unsound.
    pub fn find(name: &str) -> Result<Self, ModelError> {
        let as_path = Path::new(name);
        if as_path.components().count() > 1 || as_path.join(MANIFEST).is_file() {
            return Self::open(as_path);
        }
        let folders = place::pack_folders();
        for folder in &folders {
            if folder.join(name).join(MANIFEST).is_file() {
                return Self::open(&folder.join(name));
            }
        }
        let searched: Vec<String> = folders.iter().map(|f| f.display().to_string()).collect();
        Err(ModelError::Pack {
            pack: name.to_owned(),
            reason: format!("not found in {}", searched.join(", ")),
        })
    }

    /// All packs in the places where packs are kept, or why one cannot be used; of two with one
    /// folder name the first is found.
    #[must_use]
    pub fn all() -> Vec<Result<Self, ModelError>> {
        let mut seen = std::collections::BTreeSet::new();
        let mut packs = Vec::new();
        for folder in place::pack_folders() {
            let Ok(entries) = std::fs::read_dir(folder) else { continue };
            let mut inside: Vec<PathBuf> = entries.flatten().map(|e| e.path()).collect();
            inside.sort();
            for pack in inside {
                if pack.join(MANIFEST).is_file() && seen.insert(pack.file_name().map(ToOwned::to_owned)) {
                    packs.push(Self::open(&pack));
                }
            }
        }
        packs
    }

    /// Where it lies.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What its manifest says.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The constants as the family reads them.
    ///
    /// # Errors
    /// [`ModelError::Pack`] when they are not of that form.
    pub fn constants<T: serde::de::DeserializeOwned>(&self) -> Result<T, ModelError> {
        T::deserialize(&self.manifest.constants).map_err(|e| self.refuse(format!("constants: {e}")))
    }

    /// That this is a pack of one of `families`.
    ///
    /// # Errors
    /// [`ModelError::Pack`] when it is of another.
    pub fn expect_family(&self, families: &[&str]) -> Result<(), ModelError> {
        if families.contains(&self.manifest.family.as_str()) {
            return Ok(());
        }
        Err(self.refuse(format!("family {}, expected {}", self.manifest.family, families.join(" or "))))
    }

    /// The bytes of a graph, of the size and the digest that the manifest gives.
    ///
    /// # Errors
    /// [`ModelError::Pack`] when the graph is not listed, its file is missing, or it is not the one
    /// that the manifest means.
    pub fn graph(&self, name: &str) -> Result<Vec<u8>, ModelError> {
        let Some(listed) = self.manifest.graphs.get(name) else {
            return Err(self.refuse(format!("graph {name} is not listed in {MANIFEST}")));
        };
        self.read(name, listed).map_err(|reason| self.refuse(reason))
    }

    /// Checks every graph against the manifest.
    ///
    /// # Errors
    /// [`ModelError::Pack`] with the first that is not as listed.
    pub fn verify(&self) -> Result<(), ModelError> {
        self.manifest.graphs.keys().try_for_each(|name| self.graph(name).map(drop))
    }

    /// An error about this pack.
    pub(super) fn refuse(&self, reason: String) -> ModelError {
        ModelError::Pack { pack: self.folder.display().to_string(), reason }
    }

    fn read(&self, name: &str, listed: &GraphFile) -> Result<Vec<u8>, String> {
        let path = self.folder.join(&listed.file);
        let found = std::fs::metadata(&path).map_err(|e| format!("graph {name}: {}: {e}", listed.file))?;
        if !found.is_file() || found.len() != listed.bytes {
            return Err(format!(
                "graph {name}: {} has {} bytes, expected {} bytes",
                listed.file,
                found.len(),
                listed.bytes
            ));
        }
        let bytes = read_at_most(&path, listed.bytes)?;
        let digest = hex(&Sha256::digest(&bytes));
        if digest != listed.sha256.to_ascii_lowercase() {
            return Err(format!(
                "graph {name}: {} has SHA-256 {digest}, expected {}",
                listed.file, listed.sha256
            ));
        }
        Ok(bytes)
    }
}

/// What can be said of a manifest without its graphs.
fn check(manifest: &Manifest) -> Result<(), String> {
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
    let Input { width, height, mean, deviation } = &manifest.input;
    if ![width, height].into_iter().all(|side| (16..=MAX_SIDE).contains(side)) {
        return Err(format!("input of {width} x {height} pixels, expected sides of 16 to {MAX_SIDE}"));
    }
    if mean.iter().any(|v| !v.is_finite()) || deviation.iter().any(|v| !v.is_normal() || *v < 0.0) {
        return Err("mean and deviation must be finite, deviation above zero".to_owned());
    }
    for (name, graph) in &manifest.graphs {
        let plain = Path::new(&graph.file).file_name().is_some_and(|n| n == graph.file.as_str());
        if !plain || graph.file.contains('\\') {
            return Err(format!("graph {name}: {:?} is not the name of a file in the pack", graph.file));
        }
        if graph.bytes == 0 || graph.bytes > MAX_GRAPH_BYTES {
            return Err(format!(
                "graph {name}: {} bytes, expected 1 to {MAX_GRAPH_BYTES} bytes",
                graph.bytes
            ));
        }
        if graph.sha256.len() != 64 || !graph.sha256.chars().all(|c| c.is_ascii_hexdigit()) {
            return Err(format!("graph {name}: sha256 is not 64 hexadecimal digits"));
        }
    }
    Ok(())
}

/// The whole of a file that has no more than `limit` bytes.
fn read_at_most(path: &Path, limit: u64) -> Result<Vec<u8>, String> {
    let told = |e: std::io::Error| format!("{}: {e}", path.display());
    let mut bytes = Vec::new();
    // One byte more tells a file that grew from one that did not.
    File::open(path).map_err(told)?.take(limit + 1).read_to_end(&mut bytes).map_err(told)?;
    if bytes.len() as u64 > limit {
        return Err(format!("{}: more than {limit} bytes", path.display()));
    }
    Ok(bytes)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GRAPH: &[u8] = b"not really a graph";

    /// A pack of one graph whose manifest went through `change`.
    fn pack(change: impl FnOnce(&mut serde_json::Value)) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        let mut manifest = serde_json::json!({
            "format": 1, "name": "small", "family": "swift", "version": "1", "licence": "MIT",
            "input": {"width": 384, "height": 384, "mean": [0, 0, 0], "deviation": [1, 1, 1]},
            "graphs": {"encoder": {
                "file": "encoder.onnx", "sha256": hex(&Sha256::digest(GRAPH)), "bytes": GRAPH.len()
            }},
            "constants": {"memories": 3}
        });
        change(&mut manifest);
        std::fs::write(folder.path().join(MANIFEST), manifest.to_string()).expect("written");
        std::fs::write(folder.path().join("encoder.onnx"), GRAPH).expect("written");
        folder
    }

    fn refusal(folder: &Path) -> String {
        let opened = Pack::open(folder).and_then(|p| p.graph("encoder"));
        opened.expect_err("a bad pack").to_string()
    }

    #[test]
    fn a_sound_pack_gives_its_graph_and_its_constants() {
        let folder = pack(|_| ());
        let pack = Pack::open(folder.path()).expect("a sound pack");
        assert_eq!(pack.graph("encoder").expect("a sound graph"), GRAPH);
        assert!(pack.verify().is_ok());
        #[derive(Deserialize)]
        struct Constants {
            memories: usize,
        }
        assert_eq!(pack.constants::<Constants>().expect("constants").memories, 3);
        assert!(pack.expect_family(&["swift"]).is_ok());
        let other = pack.expect_family(&["sam2", "edgetam"]).expect_err("another family");
        assert!(other.to_string().ends_with("family swift, expected sam2 or edgetam"), "{other}");
    }

    #[test]
    fn a_damaged_graph_is_named() {
        let folder = pack(|_| ());
        let graph = folder.path().join("encoder.onnx");
        std::fs::write(&graph, &GRAPH[..7]).expect("written");
        assert!(refusal(folder.path()).contains("encoder.onnx has 7 bytes, expected 18 bytes"));
        let mut other = GRAPH.to_vec();
        other[3] ^= 1;
        std::fs::write(&graph, other).expect("written");
        assert!(refusal(folder.path()).contains("has SHA-256"));
        std::fs::remove_file(&graph).expect("removed");
        assert!(refusal(folder.path()).contains("graph encoder: encoder.onnx"));
    }

    #[test]
    fn a_manifest_that_lies_is_refused() {
        let claims: [(&str, serde_json::Value, &str); 8] = [
            ("/format", 2.into(), "format 2, expected 1"),
            ("/name", "".into(), "name must be"),
            ("/input/width", 1_000_000.into(), "1000000 x 384"),
            ("/input/deviation", serde_json::json!([1, 0, 1]), "deviation"),
            ("/graphs/encoder/file", "../encoder.onnx".into(), "not the name of a file"),
            ("/graphs/encoder/bytes", 2_000_000_000_u64.into(), "has 18 bytes, expected 2000000000 bytes"),
            ("/graphs/encoder/bytes", 4_000_000_000_u64.into(), "expected 1 to 2147483647 bytes"),
            ("/graphs/encoder/sha256", "beef".into(), "not 64 hexadecimal digits"),
        ];
        for (field, value, said) in claims {
            let folder = pack(|m| *m.pointer_mut(field).expect("a field") = value);
            let reason = refusal(folder.path());
            assert!(reason.contains(said), "{field}: {reason}");
        }
    }

    #[test]
    fn unknown_fields_and_graphs_are_refused() {
        let folder = pack(|m| m["execute"] = "rm".into());
        assert!(refusal(folder.path()).contains("unknown field `execute`"));
        let folder = pack(|m| m["graphs"] = serde_json::json!({}));
        assert!(refusal(folder.path()).contains("graph encoder is not listed"));
    }

    #[test]
    fn a_file_in_place_of_a_manifest_is_not_swallowed() {
        let folder = pack(|_| ());
        let huge = File::create(folder.path().join(MANIFEST)).expect("made");
        huge.set_len(2 << 30).expect("sparse");
        assert!(refusal(folder.path()).contains("more than 1048576 bytes"));
        std::fs::remove_file(folder.path().join(MANIFEST)).expect("removed");
        assert!(refusal(folder.path()).contains(MANIFEST));
    }

    #[test]
    fn a_name_that_is_nowhere_lists_where_was_looked() {
        let missing = Pack::find("no-such-pack").expect_err("no such pack").to_string();
        assert!(missing.contains("no-such-pack: not found in"), "{missing}");
    }
}

//! Model packs: a folder with `model.json` and graphs in ONNX.
//!
//! A pack is data. Before a byte of a graph reaches ONNX Runtime, its size and SHA-256 have been
//! compared with what `model.json` says; the bytes that were hashed are the ones that are loaded.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use sha2::{Digest, Sha256};

use super::ModelError;
use super::onnx::{self, Summary};
use super::stray;

/// The manifest's name in a pack.
pub const MANIFEST: &str = "model.json";
/// Names that mean something else.
const RESERVED: [&str; 2] = ["default", "flow"];
/// The form of manifest that this program reads.
const FORMAT: u32 = 1;
/// A manifest is names, digests and some hundred constants.
const MAX_MANIFEST_BYTES: u64 = 1 << 20;
/// ONNX files are protocol buffers, which end below 2 GiB.
const MAX_GRAPH_BYTES: u64 = (1 << 31) - 1;
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
    /// "vitmatte".
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

/// A graph's file.
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

/// A pack whose manifest has been read and found sound.
#[derive(Debug, Clone, PartialEq)]
pub struct Pack {
    folder: PathBuf,
    manifest: Manifest,
    text: Vec<u8>,
}

impl Pack {
    /// Reads the manifest in `folder`; graphs are not touched.
    ///
    /// # Errors
    /// [`ModelError::Pack`] when it is missing, too large, not of this form or unsound.
    pub fn open(folder: &Path) -> Result<Self, ModelError> {
        let refuse = |reason: String| ModelError::Pack { pack: folder.display().to_string(), reason };
        let path = folder.join(MANIFEST);
        if folder.is_file() {
            let other = || {
                format!(
                    "is a file, expected the folder of a pack, which holds {MANIFEST}: unpack archives first"
                )
            };
            return Err(refuse(stray::told(folder).unwrap_or_else(other)));
        }
        let there = std::fs::symlink_metadata(&path).is_ok();
        if let Some(stray) = stray::told(folder).filter(|_| !there) {
            return Err(refuse(stray));
        }
        plain_file(&path).map_err(|e| refuse(format!("{MANIFEST}: {e}")))?;
        let start = read_start(&path).map_err(|e| refuse(format!("{MANIFEST}: {e}")))?;
        if let Some(kind) =
            onnx::impostor(&start).filter(|kind| kind.is_checkpoint() && !start.starts_with(b"{"))
        {
            return Err(refuse(format!("{MANIFEST} is {kind}, expected JSON; nothing in it was executed")));
        }
        let bytes = read_at_most(&path, MAX_MANIFEST_BYTES).map_err(refuse)?;
        let manifest: Manifest =
            serde_json::from_slice(&bytes).map_err(|e| refuse(format!("{MANIFEST}: {e}")))?;
        check(&manifest).map_err(|reason| refuse(format!("{MANIFEST}: {reason}")))?;
        Ok(Self { folder: folder.to_path_buf(), manifest, text: bytes })
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

    /// The bytes of its manifest.
    pub(super) fn text(&self) -> &[u8] {
        &self.text
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

    /// The bytes of a graph, of the size and the digest that the manifest gives, and what they say
    /// of themselves.
    ///
    /// # Errors
    /// [`ModelError::Pack`] when the graph is not listed, its file is missing, it is not the one
    /// that the manifest means, or it is none that may be run, see [`onnx::inspect`].
    pub fn graph(&self, name: &str) -> Result<(Vec<u8>, Summary), ModelError> {
        let Some(listed) = self.manifest.graphs.get(name) else {
            return Err(self.refuse(format!("graph {name} is not listed in {MANIFEST}")));
        };
        let bytes = self.read(name, listed).map_err(|reason| self.refuse(reason))?;
        let summary = onnx::inspect(&bytes)
            .map_err(|reason| self.refuse(format!("graph {name}: {} {reason}", listed.file)))?;
        Ok((bytes, summary))
    }

    /// The version of a pack that may have been made anew under the same one: what other weights gave
    /// is not to be taken for its own.
    pub(super) fn marked_version(&self) -> String {
        let mut digest = Sha256::new();
        for (name, graph) in &self.manifest.graphs {
            digest.update(format!("{name} {}\n", graph.sha256.to_ascii_lowercase()));
        }
        digest.update(self.manifest.constants.to_string());
        let start = hex(&digest.finalize()).chars().take(12).collect::<String>();
        format!("{}+{start}", self.manifest.version)
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
        let found = plain_file(&path).map_err(|e| format!("graph {name}: {}: {e}", listed.file))?;
        if found != listed.bytes {
            return Err(format!(
                "graph {name}: {} has {} bytes, expected {} bytes",
                listed.file, found, listed.bytes
            ));
        }
        let start = read_start(&path).map_err(|e| format!("graph {name}: {}: {e}", listed.file))?;
        onnx::glance(&start).map_err(|reason| format!("graph {name}: {} {reason}", listed.file))?;
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
    let mut files = BTreeMap::new();
    for (name, graph) in &manifest.graphs {
        if let Some(other) = files.insert(graph.file.to_ascii_lowercase(), name) {
            return Err(format!("graph {name}: {} is the file of graph {other} too", graph.file));
        }
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

/// Graphs by name, none of which stands twice.
fn each_once<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeMap<String, GraphFile>, D::Error> {
    struct Graphs;
    impl<'de> Visitor<'de> for Graphs {
        type Value = BTreeMap<String, GraphFile>;

        fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
            f.write_str("graphs by name")
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
    from.deserialize_map(Graphs)
}

/// The size of a file that lies where it is named: no link to another, no pipe that never ends.
fn plain_file(path: &Path) -> Result<u64, String> {
    let found = std::fs::symlink_metadata(path).map_err(|e| e.to_string())?;
    match found.file_type() {
        kind if kind.is_symlink() => Err("is a link, expected a file of the pack".to_owned()),
        kind if kind.is_file() => Ok(found.len()),
        _ => Err("is no file".to_owned()),
    }
}

/// The first bytes of a file.
fn read_start(path: &Path) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|e| e.to_string())?;
    file.take(64).read_to_end(&mut bytes).map_err(|e| e.to_string())?;
    Ok(bytes)
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

    fn graph() -> Vec<u8> {
        onnx::tests::sound()
    }

    /// A pack of one graph whose manifest went through `change`.
    fn pack(change: impl FnOnce(&mut serde_json::Value)) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        let mut manifest = serde_json::json!({
            "format": 1, "name": "small", "family": "swift", "version": "1", "licence": "MIT",
            "input": {"width": 384, "height": 384, "mean": [0, 0, 0], "deviation": [1, 1, 1]},
            "graphs": {"encoder": {
                "file": "encoder.onnx", "sha256": hex(&Sha256::digest(graph())), "bytes": graph().len()
            }},
            "constants": {"memories": 3}
        });
        change(&mut manifest);
        std::fs::write(folder.path().join(MANIFEST), manifest.to_string()).expect("written");
        std::fs::write(folder.path().join("encoder.onnx"), graph()).expect("written");
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
        assert_eq!(pack.graph("encoder").expect("a sound graph").0, graph());
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
        std::fs::write(&graph, &self::graph()[..7]).expect("written");
        let size = self::graph().len();
        let said = format!("encoder.onnx has 7 bytes, expected {size} bytes");
        assert!(refusal(folder.path()).contains(&said));
        let mut other = self::graph();
        other[3] ^= 1;
        std::fs::write(&graph, other).expect("written");
        assert!(refusal(folder.path()).contains("has SHA-256"));
        std::fs::remove_file(&graph).expect("removed");
        assert!(refusal(folder.path()).contains("graph encoder: encoder.onnx"));
    }

    #[test]
    fn a_manifest_that_lies_is_refused() {
        let claims: [(&str, serde_json::Value, &str); 11] = [
            ("/format", 2.into(), "format 2, expected 1"),
            ("/name", "".into(), "name must be"),
            ("/name", "../up".into(), "not the name of a folder"),
            ("/name", "flow".into(), "taken by a tracker"),
            ("/input/width", 1_000_000.into(), "1000000 x 384"),
            ("/input/deviation", serde_json::json!([1, 0, 1]), "deviation"),
            ("/graphs/encoder/file", "../encoder.onnx".into(), "not the name of a file"),
            ("/graphs/encoder/bytes", 2_000_000_000_u64.into(), "bytes, expected 2000000000 bytes"),
            ("/constants", serde_json::json!({"a": vec![0; 600_000]}), "more than 1048576 bytes"),
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
    fn what_stands_twice_is_refused() {
        let folder = pack(|_| ());
        let manifest = folder.path().join(MANIFEST);
        let whole = std::fs::read_to_string(&manifest).expect("read");
        let listed = format!(r#"{{"file":"b.onnx","sha256":"{}","bytes":9}}"#, "0".repeat(64));
        for (more, said) in [
            (r#""graphs":{"encoder":"#, "graph \"encoder\" stands twice"),
            (r#""name":"again","graphs":{"b":"#, "duplicate field `name`"),
        ] {
            let text = whole.replace(r#""graphs":{"#, &format!("{more}{listed},"));
            std::fs::write(&manifest, text).expect("written");
            assert!(refusal(folder.path()).contains(said), "{}", refusal(folder.path()));
        }
        let text = whole.replace(
            r#""graphs":{"#,
            &format!(r#""graphs":{{"b":{},"#, listed.replace("b.onnx", "Encoder.onnx")),
        );
        std::fs::write(&manifest, text).expect("written");
        assert!(refusal(folder.path()).contains("is the file of graph"), "{}", refusal(folder.path()));
    }

    #[test]
    fn depth_without_an_end_is_refused() {
        let folder = pack(|_| ());
        std::fs::write(folder.path().join(MANIFEST), "[".repeat(1 << 20)).expect("written");
        assert!(refusal(folder.path()).contains(MANIFEST));
        let text = format!(r#"{{"constants":{}"#, r#"{"a":"#.repeat(100_000));
        std::fs::write(folder.path().join(MANIFEST), text).expect("written");
        assert!(refusal(folder.path()).contains("recursion limit"), "{}", refusal(folder.path()));
    }

    #[test]
    #[cfg(unix)]
    fn links_and_pipes_are_not_followed() {
        for file in ["encoder.onnx", MANIFEST] {
            let (folder, elsewhere) = (pack(|_| ()), pack(|_| ()));
            let path = folder.path().join(file);
            std::fs::remove_file(&path).expect("removed");
            std::os::unix::fs::symlink(elsewhere.path().join(file), &path).expect("linked");
            assert!(refusal(folder.path()).contains("is a link"), "{}", refusal(folder.path()));
            std::fs::remove_file(&path).expect("removed");
            nix::unistd::mkfifo(&path, nix::sys::stat::Mode::S_IRWXU).expect("a pipe");
            assert!(refusal(folder.path()).contains("is no file"), "{}", refusal(folder.path()));
        }
    }
}

//! Model packs: a folder with `model.json` and graphs in ONNX.
//!
//! A pack is data. Before a byte of a graph reaches ONNX Runtime, its size and SHA-256 have been
//! compared with what `model.json` says; the bytes that were hashed are the ones that are loaded.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::ModelError;
use super::manifest::check;
pub use super::manifest::{GraphFile, Input, MANIFEST, Manifest};
use super::not_a_pack;
use super::onnx::{self, Summary};

/// A manifest is names, digests and some hundred constants.
const MAX_MANIFEST_BYTES: u64 = 1 << 20;

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
            return Err(refuse(not_a_pack::describe(folder).unwrap_or_else(other)));
        }
        let there = std::fs::symlink_metadata(&path).is_ok();
        if let Some(stray) = not_a_pack::describe(folder).filter(|_| !there) {
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
        let listed = self.listed(name)?;
        let bytes = self.read(&format!("graph {name}"), listed, onnx::glance).map_err(|r| self.refuse(r))?;
        let summary = onnx::inspect(&bytes)
            .map_err(|reason| self.refuse(format!("graph {name}: {} {reason}", listed.file)))?;
        Ok((bytes, summary))
    }

    /// That a graph is listed, and that its file is there with the size that the manifest gives: what can be said of
    /// one that is not read yet.
    ///
    /// # Errors
    /// [`ModelError::Pack`] when it is not so.
    pub(super) fn expect_graph(&self, name: &str) -> Result<(), ModelError> {
        self.plain(&format!("graph {name}"), self.listed(name)?).map(drop).map_err(|r| self.refuse(r))
    }

    /// What the manifest says of a graph.
    fn listed(&self, name: &str) -> Result<&GraphFile, ModelError> {
        let listed = self.manifest.graphs.get(name);
        listed.ok_or_else(|| self.refuse(format!("graph {name} is not listed in {MANIFEST}")))
    }

    /// The bytes of a file that is no graph, of the size and the digest that the manifest gives.
    ///
    /// # Errors
    /// [`ModelError::Pack`] when it is not listed, missing, or not the one that the manifest means.
    pub fn file(&self, name: &str) -> Result<Vec<u8>, ModelError> {
        let Some(listed) = self.manifest.files.get(name) else {
            return Err(self.refuse(format!("file {name} is not listed in {MANIFEST}")));
        };
        self.read(&format!("file {name}"), listed, |_| Ok(())).map_err(|reason| self.refuse(reason))
    }

    /// The version of a pack that may have been made anew under the same one: what other weights gave
    /// is not to be taken for its own.
    pub(super) fn marked_version(&self) -> String {
        let mut digest = Sha256::new();
        for (name, graph) in self.manifest.graphs.iter().chain(&self.manifest.files) {
            digest.update(format!("{name} {}\n", graph.sha256.to_ascii_lowercase()));
        }
        digest.update(self.manifest.constants.to_string());
        let start = hex(&digest.finalize()).chars().take(12).collect::<String>();
        format!("{}+{start}", self.manifest.version)
    }

    /// Checks every graph and every other file against the manifest.
    ///
    /// # Errors
    /// [`ModelError::Pack`] with the first that is not as listed.
    pub fn verify(&self) -> Result<(), ModelError> {
        self.manifest.graphs.keys().try_for_each(|name| self.graph(name).map(drop))?;
        self.manifest.files.keys().try_for_each(|name| self.file(name).map(drop))
    }

    /// An error about this pack.
    pub(super) fn refuse(&self, reason: impl std::fmt::Display) -> ModelError {
        ModelError::Pack { pack: self.folder.display().to_string(), reason: reason.to_string() }
    }

    /// The bytes of `what`, whose beginning goes through `glance` before the rest is read.
    fn read(
        &self,
        what: &str,
        listed: &GraphFile,
        glance: impl Fn(&[u8]) -> Result<(), onnx::Fault>,
    ) -> Result<Vec<u8>, String> {
        let path = self.plain(what, listed)?;
        let start = read_start(&path).map_err(|e| format!("{what}: {}: {e}", listed.file))?;
        glance(&start).map_err(|reason| format!("{what}: {} {reason}", listed.file))?;
        let bytes = read_at_most(&path, listed.bytes)?;
        let digest = hex(&Sha256::digest(&bytes));
        if digest != listed.sha256.to_ascii_lowercase() {
            return Err(format!("{what}: {} has SHA-256 {digest}, expected {}", listed.file, listed.sha256));
        }
        Ok(bytes)
    }

    /// The path of `what`, which is a file of the size that is listed.
    fn plain(&self, what: &str, listed: &GraphFile) -> Result<PathBuf, String> {
        let path = self.folder.join(&listed.file);
        let found = plain_file(&path).map_err(|e| format!("{what}: {}: {e}", listed.file))?;
        if found != listed.bytes {
            let GraphFile { file, bytes, .. } = listed;
            return Err(format!("{what}: {file} has {found} bytes, expected {bytes} bytes"));
        }
        Ok(path)
    }
}

/// The size of a file that lies where it is named: no link to another, no pipe that never ends.
fn plain_file(path: &Path) -> Result<u64, String> {
    let found = std::fs::symlink_metadata(path).map_err(|e| e.to_string())?;
    match found.file_type() {
        kind if kind.is_symlink() => Err("is a link, expected a file of the pack".to_owned()),
        kind if kind.is_file() => Ok(found.len()),
        _ => Err("is not a file".to_owned()),
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
    let failed = |e: std::io::Error| format!("{}: {e}", path.display());
    let mut bytes = Vec::new();
    // One byte more tells a file that grew from one that did not.
    File::open(path).map_err(failed)?.take(limit + 1).read_to_end(&mut bytes).map_err(failed)?;
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
    use serde::Deserialize;

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
            (r#""graphs":{"encoder":"#, "graph \"encoder\" is listed twice"),
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
        assert!(refusal(folder.path()).contains("is also the file of graph"), "{}", refusal(folder.path()));
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
            assert!(refusal(folder.path()).contains("is not a file"), "{}", refusal(folder.path()));
        }
    }
}

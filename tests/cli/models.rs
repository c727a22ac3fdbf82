//! `airoto models`: what is found where, and what may be put and taken away there.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

use crate::common::{refusal, success};

fn shipped() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("bundle/models/swift")
}

/// A user with a data folder of their own.
struct User(tempfile::TempDir);

impl User {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn models(&self, arguments: &[&str]) -> Output {
        self.models_with(arguments, &[])
    }

    fn models_with(&self, arguments: &[&str], variables: &[(&str, &Path)]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_airoto"))
            .arg("models")
            .args(arguments)
            .env_remove("AIROTO_MODELS")
            .env("HOME", self.0.path())
            .env("XDG_DATA_HOME", self.path("data"))
            .envs(variables.iter().copied())
            .output()
            .expect("airoto runs")
    }

    fn listed(&self, variables: &[(&str, &Path)]) -> Vec<Value> {
        let text = success(&self.models_with(&["list", "--json"], variables));
        serde_json::from_str(&text).expect("JSON")
    }

    /// The pack that ships, under another name.
    fn pack(&self, folder: &str, name: &str) -> String {
        let folder = self.path(folder);
        std::fs::create_dir_all(&folder).expect("a folder");
        for entry in std::fs::read_dir(shipped()).expect("the pack").flatten() {
            std::fs::copy(entry.path(), folder.join(entry.file_name())).expect("copied");
        }
        let manifest = folder.join("model.json");
        let text = std::fs::read_to_string(&manifest).expect("read");
        let text = text.replace("\"name\": \"swift\"", &format!("\"name\": \"{name}\""));
        std::fs::write(manifest, text).expect("written");
        folder.to_string_lossy().into_owned()
    }
}

fn named<'a>(rows: &'a [Value], name: &str) -> Vec<&'a Value> {
    rows.iter().filter(|row| row["name"] == name).collect()
}

/// The manifest of the pack that ships.
fn manifest() -> serde_json::Value {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("bundle/models/swift/model.json");
    serde_json::from_slice(&std::fs::read(path).expect("it ships")).expect("JSON")
}

#[test]
fn packs_are_listed_with_their_places() {
    let user = User::new();
    let rows = user.listed(&[]);
    assert_eq!(named(&rows, "flow").len(), 1);
    let swift = named(&rows, "swift")[0];
    assert_eq!((&swift["family"], &swift["version"]), (&"swift".into(), &manifest()["version"]));
    assert!(swift["bytes"].as_u64().is_some_and(|b| b > 1_000_000), "{swift}");
    // A pack of the same name that AIROTO_MODELS names comes first.
    user.pack("more/swift", "swift");
    std::fs::create_dir(user.path("more/torn")).expect("a folder");
    std::fs::write(user.path("more/torn/model.json"), "{").expect("written");
    let more = user.path("more");
    let rows = user.listed(&[("AIROTO_MODELS", &more)]);
    let both = named(&rows, "swift");
    assert_eq!((&both[0]["place"], &both[0]["shadowed_by"]), (&"named".into(), &Value::Null));
    assert_eq!(both[1]["shadowed_by"], more.join("swift").to_string_lossy().as_ref());
    let torn = named(&rows, "torn")[0];
    assert!(torn["problem"].as_str().is_some_and(|p| p.contains("model.json")), "{torn}");
    let text = success(&user.models_with(&["list"], &[("AIROTO_MODELS", &more)]));
    assert!(text.contains("in AIROTO_MODELS") && text.contains("comes first"), "{text}");
    assert!(text.contains("cannot be used:"), "{text}");
}

#[test]
fn a_pack_is_added_used_replaced_and_removed() {
    let user = User::new();
    let pack = user.pack("mine", "second");
    let said = success(&user.models(&["add", &pack]));
    let place = PathBuf::from(said.trim().strip_prefix("added to ").expect("a place"));
    assert!(place.starts_with(user.0.path()) && place.ends_with("second"), "{}", place.display());
    for file in ["model.json", "encoder.onnx", "MODEL_CARD.md"] {
        let same = std::fs::read(place.join(file)).expect("there")
            == std::fs::read(shipped().join(file)).expect("there");
        assert_eq!(same, file != "model.json", "{file}");
    }
    assert_eq!(named(&user.listed(&[]), "second")[0]["place"], "user");
    // Its own folder's name is not what it goes by.
    assert!(refusal(&user.models(&["info", "mine"])).contains("not found in"));
    let told = success(&user.models(&["info", "second"]));
    let encoder = &manifest()["graphs"]["encoder"];
    let (bytes, digest) = (&encoder["bytes"], encoder["sha256"].as_str().expect("a digest"));
    let encoder = format!("graph encoder: encoder.onnx, {bytes} bytes, SHA-256 {digest}");
    for word in ["family       swift", &encoder, "in  image f32[1,3,"] {
        assert!(told.contains(word), "{word:?} is not in {told}");
    }
    assert!(refusal(&user.models(&["add", &pack])).contains("already exists"));
    std::fs::write(place.join("encoder.onnx"), "torn").expect("written");
    let problem = refusal(&user.models(&["verify", "second"]));
    assert!(problem.contains("second") && problem.contains("encoder.onnx has 4 bytes"), "{problem}");
    assert!(refusal(&user.models(&["info", "second"])).contains("encoder.onnx has 4 bytes"));
    success(&user.models(&["add", &pack, "--replace"]));
    assert!(named(&user.listed(&[]), "second")[0]["problem"].is_null());
    let own = place.to_string_lossy().into_owned();
    assert!(refusal(&user.models(&["add", &own, "--replace"])).contains("already in your data folder"));

    assert!(refusal(&user.models(&["remove", "second"])).contains("--yes"));
    assert!(place.is_dir());
    success(&user.models(&["remove", "second", "--yes"]));
    let left: Vec<_> =
        std::fs::read_dir(place.parent().expect("a folder")).expect("there").flatten().collect();
    assert!(left.is_empty(), "{left:?}");
    assert!(refusal(&user.models(&["remove", "second", "--yes"])).contains("not in your data folder"));
}

#[test]
fn only_your_own_packs_are_removed() {
    let user = User::new();
    let more = user.path("more");
    let folder = user.pack("more/third", "third");
    let said = refusal(&user.models_with(&["remove", "third", "--yes"], &[("AIROTO_MODELS", &more)]));
    assert!(said.contains("is in AIROTO_MODELS"), "{said}");
    assert!(Path::new(&folder).join("model.json").is_file());
    assert!(refusal(&user.models(&["remove", "swift", "--yes"])).contains("only packs in your data folder"));
    assert!(refusal(&user.models(&["remove", "../more/third", "--yes"])).contains("not in your data folder"));
}

#[test]
fn what_cannot_be_added_leaves_nothing() {
    let user = User::new();
    let damaged = user.pack("damaged", "damaged");
    let graph = user.path("damaged/tracker.onnx");
    let mut bytes = std::fs::read(&graph).expect("read");
    bytes[5000] ^= 1;
    std::fs::write(&graph, bytes).expect("written");
    assert!(refusal(&user.models(&["add", &damaged])).contains("graph tracker: tracker.onnx has SHA-256"));
    let archive = user.path("pack.zip");
    std::fs::write(&archive, "PK").expect("written");
    assert!(refusal(&user.models(&["add", &archive.to_string_lossy()])).contains("unpack archives first"));
    assert!(refusal(&user.models(&["add", "nowhere"])).contains("nowhere does not exist"));
    let empty = user.path("empty");
    std::fs::create_dir(&empty).expect("a folder");
    assert!(refusal(&user.models(&["add", &empty.to_string_lossy()])).contains("model.json"));
    let up = user.pack("up", "../up");
    assert!(refusal(&user.models(&["add", &up])).contains("not the name of a folder"));
    assert!(named(&user.listed(&[]), "damaged").is_empty());
    let data: Vec<_> = std::fs::read_dir(user.path("data")).into_iter().flatten().flatten().collect();
    let left = data.iter().flat_map(|e| std::fs::read_dir(e.path().join("models"))).flatten().next();
    assert!(left.is_none(), "{left:?} was left");
}

#[test]
fn the_pack_that_ships_is_verified() {
    let user = User::new();
    if airoto::models::runtime::library().is_err() {
        eprintln!("skipped: there is no ONNX Runtime on this machine");
        return;
    }
    let pack = shipped().to_string_lossy().into_owned();
    let said = success(&user.models(&["verify", &pack]));
    assert!(said.starts_with("ok") && said.contains("runs on CPU"), "{said}");
    let rows: Value =
        serde_json::from_str(&success(&user.models(&["verify", "--json", &pack]))).expect("JSON");
    assert!(rows[0]["memory_bytes"].as_u64().is_some_and(|b| b > 0), "{rows}");
    assert!(refusal(&user.models(&["verify", "nothing"])).contains("nothing: not found in"));
    assert!(refusal(&user.models(&["verify", "flow"])).contains("needs no pack"));
}

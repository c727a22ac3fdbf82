//! A checkpoint that is a program (a Python pickle with a call in it) where a model pack is expected:
//! refused by name with the way to a pack, wherever it is given, and never run.

use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest, Sha256};

/// A place for models, and pickles that would leave a file there if anything ran them.
struct Trap {
    folder: tempfile::TempDir,
}

impl Trap {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder") }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// `os.system("touch ran")`, as `pickle.dumps(.., protocol=0)` has it.
    fn plain(&self) -> Vec<u8> {
        format!("cposix\nsystem\n(S'touch {}'\ntR.", self.path("ran").display()).into_bytes()
    }

    /// The same in protocol 2, in which `torch.save` writes.
    fn binary(&self) -> Vec<u8> {
        let command = format!("touch {}", self.path("ran").display());
        let length = u32::try_from(command.len()).expect("a short path");
        let called = [&b"X"[..], &length.to_le_bytes(), command.as_bytes(), b"\x85R."].concat();
        [&b"\x80\x02cposix\nsystem\n"[..], &called].concat()
    }

    /// A zip archive as `torch.save` writes it, with that pickle in it.
    fn archive(&self) -> Vec<u8> {
        let (name, data) = (b"evil/data.pkl", self.binary());
        let size = u32::try_from(data.len()).expect("a short pickle").to_le_bytes();
        let checksum = crc(&data).to_le_bytes();
        let name_length = [13, 0];
        // Version, flags, method, time and date; then what both records share.
        let shared =
            [&[20, 0, 0, 0, 0, 0, 0, 0, 0, 0][..], &checksum, &size, &size, &name_length, &[0, 0]].concat();
        let local = [&b"PK\x03\x04"[..], &shared, name, &data].concat();
        let entry = [&b"PK\x01\x02"[..], &[20, 0], &shared, &[0; 12], name].concat();
        let lengths = [entry.len(), local.len()].map(|v| u32::try_from(v).expect("short").to_le_bytes());
        let end = [&b"PK\x05\x06\0\0\0\0\x01\0\x01\0"[..], &lengths[0], &lengths[1], &[0, 0]].concat();
        [local, entry, end].concat()
    }

    /// What `airoto` says as it refuses.
    fn refused(&self, arguments: &[&str]) -> String {
        let output = Command::new(env!("CARGO_BIN_EXE_airoto"))
            .current_dir(self.folder.path())
            .args(arguments)
            .env("HOME", self.path("home"))
            .env("XDG_DATA_HOME", self.path("home/data"))
            .env("AIROTO_CACHE", self.path("cache"))
            .env_remove("AIROTO_MODELS")
            .output()
            .expect("airoto runs");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {output:?}");
        assert!(!self.path("ran").exists(), "{arguments:?} ran the pickle");
        let kept = std::fs::read_dir(self.path("home/data/airoto/models")).into_iter().flatten().count();
        assert_eq!(kept, 0, "{arguments:?} put something into the data folder");
        String::from_utf8_lossy(&output.stderr).into_owned()
    }

    /// That everything that takes a pack refuses what lies at `name`, and says this of it.
    fn refuses(&self, name: &str, said: &str) {
        image::RgbImage::new(16, 16).save(self.path("00000.png")).expect("saved");
        let prompts = r#"{"objects": [{"name": "a", "prompts": [{"frame": 0, "point": [8, 8]}]}]}"#;
        std::fs::write(self.path("prompts.json"), prompts).expect("written");
        let render =
            ["render", "-i", "00000.png", "-p", "prompts.json", "-o", "out/%05d.png", "--tracker", name];
        for arguments in
            [&["models", "add", name][..], &["models", "info", name], &["models", "verify", name], &render]
        {
            let told = self.refused(arguments);
            assert!(told.contains(said), "{arguments:?}: {told}");
            assert!(told.contains("nothing in it was executed"), "{arguments:?}: {told}");
            assert!(told.contains("cargo xtask export-model"), "{arguments:?}: {told}");
        }
    }
}

/// CRC-32 as zip archives have it.
fn crc(data: &[u8]) -> u32 {
    let step = |sum: u32, byte: &u8| {
        (0..8).fold(sum ^ u32::from(*byte), |v, _| if v & 1 == 1 { v >> 1 ^ 0xEDB8_8320 } else { v >> 1 })
    };
    !data.iter().fold(!0, step)
}

fn write(path: &Path, bytes: &[u8]) {
    std::fs::create_dir_all(path.parent().expect("a folder above")).expect("made");
    std::fs::write(path, bytes).expect("written");
}

#[test]
fn a_pickle_in_place_of_a_pack_is_refused_and_not_run() {
    let trap = Trap::new();
    for (name, bytes, said) in [
        ("plain.pkl", trap.plain(), "is a Python pickle, which may carry code"),
        ("old.pt", trap.binary(), "is a Python pickle, which may carry code"),
        ("new.pt", trap.archive(), "is a PyTorch checkpoint (a zip archive with a Python pickle in it"),
    ] {
        write(&trap.path(name), &bytes);
        trap.refuses(name, said);
        // The same in a folder, as Hugging Face has them.
        let folder = format!("folder-{name}");
        write(&trap.path(&format!("{folder}/pytorch_model.bin")), &bytes);
        trap.refuses(&folder, &format!("has no model.json, but pytorch_model.bin, which {said}"));
    }
}

#[test]
fn a_pickle_in_place_of_a_graph_is_refused_and_not_run() {
    let trap = Trap::new();
    for (name, bytes) in [("plain", trap.plain()), ("binary", trap.binary()), ("archive", trap.archive())] {
        let digest: String = Sha256::digest(&bytes).iter().map(|b| format!("{b:02x}")).collect();
        let manifest = serde_json::json!({
            "format": 1, "name": name, "family": "swift", "version": "1", "licence": "MIT",
            "input": {"width": 384, "height": 384, "mean": [0, 0, 0], "deviation": [1, 1, 1]},
            "graphs": {"encoder": {"file": "encoder.onnx", "sha256": digest, "bytes": bytes.len()}},
        });
        write(&trap.path(&format!("{name}/model.json")), manifest.to_string().as_bytes());
        write(&trap.path(&format!("{name}/encoder.onnx")), &bytes);
        for command in ["add", "info", "verify"] {
            let told = trap.refused(&["models", command, name]);
            assert!(told.contains("graph encoder: encoder.onnx is a P"), "{command}: {told}");
            assert!(told.contains("expected an ONNX graph; nothing in it was executed"), "{command}: {told}");
        }
    }
}

#[test]
fn a_pickle_in_place_of_a_manifest_is_refused_and_not_run() {
    let trap = Trap::new();
    write(&trap.path("pack/model.json"), &trap.binary());
    let told = trap.refused(&["models", "add", "pack"]);
    assert!(told.contains("model.json is a Python pickle"), "{told}");
}

#[test]
#[cfg(unix)]
fn the_pickles_of_these_tests_are_programs() {
    let trap = Trap::new();
    for (name, bytes) in [("plain", trap.plain()), ("binary", trap.binary())] {
        write(&trap.path(name), &bytes);
        let script = "import pickle, sys; pickle.load(open(sys.argv[1], 'rb'))";
        let Ok(status) = Command::new("python3").args(["-c", script]).arg(trap.path(name)).status() else {
            println!("skipped: there is no Python");
            return;
        };
        assert!(status.success(), "{name} is a pickle");
        assert!(trap.path("ran").exists(), "{name} runs when it is read as Python reads it");
        std::fs::remove_file(trap.path("ran")).expect("removed");
    }
}

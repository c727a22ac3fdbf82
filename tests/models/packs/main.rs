//! Packs that are not what they claim: each is refused within two seconds by one sentence that names
//! the pack, the graph and what is wrong, and no process ends of it.

mod cost;
mod form;
mod grounding_dino;
mod hostile;
mod onnx;
mod sam2;
mod time;
mod vitmatte;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use airoto::job::prompts::PromptText;
use airoto::job::{Device, EngineSettings, FrameSource, Request, SourceError};
use airoto::models;
use airoto::models::pack::Pack;
use airoto::raster::{Frame, Matte};
use airoto::worker::{Client, Mode};

/// Whether ONNX Runtime is there; says so where it is not.
fn runtime() -> bool {
    let there = models::runtime::library().is_ok();
    if !there {
        eprintln!("skipped in part: there is no ONNX Runtime on this machine");
    }
    there
}

/// Refused by a sentence with all of `words`.
fn refused(folder: &Path, words: &[&str]) {
    let begun = Instant::now();
    let tried = Pack::open(folder).and_then(|pack| models::smoke_test(&pack, Device::Auto, 1));
    let reason = tried.expect_err("refused").to_string();
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}: {reason}", begun.elapsed());
    for word in words {
        assert!(reason.contains(word), "{word:?} is not in {reason:?}");
    }
    assert!(!reason.contains('\n') && reason.len() < 600, "{reason}");
}

#[test]
fn files_that_are_not_as_listed() {
    let missing = hostile::pack(None);
    std::fs::remove_file(missing.path().join("tracker.onnx")).expect("removed");
    refused(missing.path(), &[&missing.path().to_string_lossy(), "graph tracker", "No such file"]);

    let unlisted = hostile::pack(None);
    hostile::change(unlisted.path(), |m| drop(m["graphs"].as_object_mut().map(|g| g.remove("tracker"))));
    let words: &[&str] = if runtime() { &["graph tracker is not listed"] } else { &["ONNX Runtime"] };
    refused(unlisted.path(), words);

    let flipped = hostile::pack(None);
    let path = flipped.path().join("memory.onnx");
    let mut bytes = std::fs::read(&path).expect("read");
    bytes[2000] ^= 4;
    std::fs::write(&path, bytes).expect("written");
    let manifest = std::fs::read(flipped.path().join("model.json")).expect("read");
    let manifest: serde_json::Value = serde_json::from_slice(&manifest).expect("JSON");
    let digest = manifest["graphs"]["memory"]["sha256"].as_str().expect("a digest");
    let expected = format!("expected {digest}");
    refused(flipped.path(), &["graph memory", "memory.onnx has SHA-256", &expected]);

    for agreed in [false, true] {
        let huge = hostile::pack(None);
        let file = std::fs::File::create(huge.path().join("encoder.onnx")).expect("made");
        file.set_len((2 << 30) - 1).expect("sparse");
        if agreed {
            hostile::change(huge.path(), |m| m["graphs"]["encoder"]["bytes"] = ((2_u64 << 30) - 1).into());
        }
        let said = if agreed { "begins with zeros" } else { "has 2147483647 bytes, expected 923089" };
        refused(huge.path(), &["graph encoder", said]);
    }
    #[cfg(unix)]
    {
        let linked = hostile::pack(None);
        let path = linked.path().join("encoder.onnx");
        std::fs::remove_file(&path).expect("removed");
        std::os::unix::fs::symlink(hostile::shipped().join("encoder.onnx"), &path).expect("linked");
        refused(linked.path(), &["graph encoder", "is a link"]);
    }
}

#[test]
fn graphs_that_are_none_or_reach_out() {
    let cases: [(&[u8], &[&str]); 9] = [
        (b"\x80\x04\x95\x1f\x00\x00\x00cposix\nsystem\n", &["a Python pickle, which may carry code"]),
        (b"PK\x03\x04archive/data.pkl", &["a zip archive"]),
        (b"cos\nsystem\n(S'true'\ntR.", &["a Python pickle, which may carry code"]),
        (b"confidential", &["not an ONNX graph"]),
        (&hostile::outside("../../secret.bin"), &["numbers of weight in another file"]),
        (&hostile::outside("/etc/hostname"), &["numbers of weight in another file"]),
        (&hostile::outside("tracker.onnx"), &["numbers of weight in another file"]),
        (&hostile::custom_operator(), &["operator Execute of evil.corp"]),
        (&hostile::lying_tensor(), &["declares 1 x 1099511627776 numbers for weight"]),
    ];
    for (encoder, words) in cases {
        let pack = hostile::pack(Some(encoder));
        let folder = pack.path().to_string_lossy().into_owned();
        refused(pack.path(), &[&[folder.as_str(), "graph encoder"], words].concat());
    }
}

#[test]
fn graphs_that_the_runtime_refuses_or_that_give_nonsense() {
    if !runtime() {
        return;
    }
    let cases: [(Vec<u8>, &[&str]); 6] = [
        (hostile::not_a_number(), &["encoder of swift", "output f2", "not finite"]),
        (hostile::other_shapes(), &["encoder of swift", "key of shape", "expected [1, 32"]),
        (hostile::future_opset(), &["encoder of swift", "99"]),
        (hostile::unknown_operator(), &["encoder of swift", "Execute"]),
        (hostile::huge_constant(), &["encoder of swift", "memory"]),
        (hostile::huge_result(), &["encoder of swift", "too little memory on CPU"]),
    ];
    for (encoder, words) in cases {
        refused(hostile::pack(Some(&encoder)).path(), words);
    }
}

/// Grey frames with a brighter square.
struct Footage;

impl FrameSource for Footage {
    fn frame(&mut self, _time: i64) -> Result<Arc<Frame>, SourceError> {
        let mut frame = Frame::filled(64, 48, [90; 3]);
        for (i, pixel) in frame.data_mut().chunks_exact_mut(3).enumerate() {
            if (16..40).contains(&(i % 64)) && (12..36).contains(&(i / 64)) {
                pixel.fill(200);
            }
        }
        Ok(Arc::new(frame))
    }

    fn mask(&mut self, _time: i64) -> Result<Option<Matte>, SourceError> {
        Ok(None)
    }

    fn aborted(&mut self) -> bool {
        false
    }
}

/// A box around something.
const BOX: &str = r#"{"objects":[{"name":"a","prompts":[{"frame":0,"box":[16,12,40,36]}]}]}"#;

#[test]
fn a_worker_outlives_a_pack_that_wants_all_memory() {
    if !runtime() {
        return;
    }
    let settings = EngineSettings { cache: None, ..EngineSettings::default() };
    let executable = env!("CARGO_BIN_EXE_airoto").into();
    let client = Client::with_settings(Mode::Process { executable }, settings);
    let mut pid = None;
    for encoder in [hostile::huge_constant(), hostile::huge_result(), hostile::not_a_number()] {
        let pack = hostile::pack(Some(&encoder));
        let request = |tracker: &str| Request {
            prompts: PromptText::read(BOX).prompts_or_none(),
            tracker: tracker.into(),
            width: 64,
            height: 48,
            store: false,
            ..Request::default()
        };
        let hostile = request(&pack.path().to_string_lossy());
        let error = client.track(&hostile, 0, &mut Footage, &mut |_| {}).expect_err("refused").to_string();
        assert!(error.contains("encoder of swift"), "{error}");
        client.track(&request("flow"), 0, &mut Footage, &mut |_| {}).expect("tracked");
        let same = client.stats(Duration::from_secs(5)).map(|stats| stats.pid);
        assert!(same.is_some() && (pid.is_none() || pid == same), "the worker ended: {pid:?}, {same:?}");
        pid = same;
    }
}

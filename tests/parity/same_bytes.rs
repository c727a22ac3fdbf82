//! Mattes of real footage are those of an earlier state of the program, to the bit: a change of the house is
//! none of the mattes. The digests are taken again where a change means to change mattes, and then it says so:
//! `cargo test --test parity same_bytes -- --nocapture` prints those that it finds.

use std::path::Path;
use std::process::Command;

use crate::fixture;

/// Frames of the clip that are tracked.
const FRAMES: i64 = 16;

/// Digests of the values of all mattes. The graphs' answers depend on the instructions of the processor in
/// their last digits, so each is for the processors that have what `instructions` names.
const DIGESTS: &[(&str, &str, &str)] = &[
    ("flow from a mask", "any", "f3e4dc5d40412018340be86e41c2b075201733ae020e466b11fefe270cc99eaf"),
    ("Swift from a mask", "avx512vnni", "21f70f11af96e11ac00e66435bfd73bd614b814ca92bb058e49db15bb7fea2ca"),
    ("Swift from clicks", "avx512vnni", "0ae5e1d69ce30f52f7b2084cc9c53df6403c69a2878fe4f78008c74cc1a8962b"),
    (
        "a small SAM 2 pack from clicks",
        "avx512vnni",
        "a5f2cba0f2437da8c6bd9440f4ff1a7a2efe55e3d7dc2f74f3e69790f0bb4ab4",
    ),
];

/// What ONNX Runtime chooses its kernels by.
fn instructions() -> &'static str {
    #[cfg(target_arch = "x86_64")]
    {
        if std::is_x86_feature_detected!("avx512vnni") {
            return "avx512vnni";
        }
        if std::is_x86_feature_detected!("avx512f") {
            return "avx512f";
        }
        if std::is_x86_feature_detected!("avx2") {
            return "avx2";
        }
    }
    "other"
}

/// The digest of the mattes that `tracker` gives for `prompts`; none, with a word, where ONNX Runtime is not
/// there.
fn digest(footage: &Path, work: &Path, tracker: &str, prompts: &serde_json::Value) -> Option<String> {
    let file = work.join("prompts.json");
    std::fs::write(&file, prompts.to_string()).expect("written");
    let output = Command::new(env!("CARGO_BIN_EXE_airoto"))
        .current_dir(work)
        .args(["render", "-i", &footage.join("frames/%05d.jpg").to_string_lossy()])
        .args(["-p", "prompts.json", "-o", "out/%05d.exr", "--depth", "float", "--device", "cpu"])
        .args(["--tracker", tracker, "--no-store", "-r", &format!("0-{}", FRAMES - 1)])
        .env("AIROTO_CACHE", work.join("cache"))
        .env("AIROTO_THREADS", "2")
        .env_remove("AIROTO_BUNDLE")
        .output()
        .expect("airoto runs");
    let error = String::from_utf8_lossy(&output.stderr);
    if error.contains("ONNX Runtime cannot be used") {
        println!("skipped: {tracker}: {}", error.trim());
        return None;
    }
    assert!(output.status.success(), "{tracker}: {error}");
    let mut sum = blake3::Hasher::new();
    for frame in 0..FRAMES {
        let matte = airoto::io::read_matte(&work.join(format!("out/{frame:05}.exr"))).expect("a matte");
        for value in matte.data() {
            sum.update(&value.to_le_bytes());
        }
    }
    Some(sum.finalize().to_hex().to_string())
}

#[test]
fn mattes_of_the_dog_have_the_same_bytes_as_before() {
    let footage = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/clips/dog");
    if !footage.is_dir() {
        println!("skipped: {} is not there", footage.display());
        return;
    }
    let work = tempfile::tempdir().expect("a folder");
    fixture::open("sam2", &work.path().join("pack"));
    let mask = serde_json::json!({"frame": 0, "mask": footage.join("masks/00000.png")});
    let by_mask = serde_json::json!({"objects": [{"name": "dog", "prompts": [mask]}]});
    let clicks = [
        serde_json::json!({"frame": 0, "box": [230, 120, 560, 440]}),
        serde_json::json!({"frame": 10, "point": [400, 250], "label": "positive"}),
    ];
    let by_clicks = serde_json::json!({"objects": [{"name": "dog", "prompts": clicks}]});
    let cases = [
        ("flow from a mask", "flow", &by_mask),
        ("Swift from a mask", "swift", &by_mask),
        ("Swift from clicks", "swift", &by_clicks),
        ("a small SAM 2 pack from clicks", "pack", &by_clicks),
    ];
    let mut changed = Vec::new();
    for (case, tracker, prompts) in cases {
        let Some(found) = digest(&footage, work.path(), tracker, prompts) else { continue };
        let on = if tracker == "flow" { "any" } else { instructions() };
        println!("(\"{case}\", \"{on}\", \"{found}\"),");
        match DIGESTS.iter().find(|(name, processors, _)| *name == case && *processors == on) {
            Some((_, _, expected)) if found != *expected => changed.push(case),
            Some(_) => {}
            None => println!("skipped: {case}: no digest was taken on a processor of this kind ({on})"),
        }
    }
    assert!(changed.is_empty(), "other mattes than before: {}", changed.join(", "));
}

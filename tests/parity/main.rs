//! The mattes of `airoto render` against the reference implementation of each tracker family, on a
//! small configuration with random weights. `cargo xtask parity` does the same with the real ones.
//!
//! Two drawn scenes of twelve frames; points (and the way back from them), a box, a mask, a correction
//! on frame 6, and four frames in which the object is hidden.

mod detection;
mod fixture;
mod foreign;
mod matting;
mod order;
mod same_bytes;
mod scene;

use std::path::Path;
use std::process::Command;

use airoto::raster::Matte;
use fixture::{Answer, Index};
use scene::{SCENES, Scene};
use sha2::{Digest, Sha256};

/// The least overlap of the masks in any frame.
const LEAST_IOU: f64 = 0.999;
/// The largest difference of logits.
const MOST_ERROR: f32 = 2e-3;
/// Logits are compared up to this one: beyond, a matte of 32 bits has no room for the difference.
const SURE: f32 = 8.0;

/// The reference's logits at the size of the frame: bilinear, centres aligned, as
/// `Sam2VideoProcessor.post_process_masks` does.
fn enlarged(logits: &[f32], side: usize, width: u32, height: u32) -> Vec<f32> {
    let tap = |i: u32, to: u32| {
        let at = ((f64::from(i) + 0.5) * side as f64 / f64::from(to) - 0.5).max(0.0);
        let before = (at as usize).min(side - 1);
        (before, (before + 1).min(side - 1), at - before as f64)
    };
    let value = |x: usize, y: usize| f64::from(logits[y * side + x]);
    let pixels = (0..width * height).map(|i| {
        let ((x0, x1, fx), (y0, y1, fy)) = (tap(i % width, width), tap(i / width, height));
        let row = |y: usize| value(x0, y) * (1.0 - fx) + value(x1, y) * fx;
        (row(y0) * (1.0 - fy) + row(y1) * fy) as f32
    });
    pixels.collect()
}

/// Whether a command went well, and all that it said, where `folder` holds all models there are.
fn airoto(folder: &Path, arguments: &[&str]) -> (bool, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_airoto"))
        .current_dir(folder)
        .args(arguments)
        .env("AIROTO_MODELS", folder)
        .env("AIROTO_CACHE", folder.join("cache"))
        .env_remove("AIROTO_BUNDLE")
        .output()
        .expect("airoto runs");
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&said).into_owned())
}

/// Writes frames, mask and prompts of an answer's script into `folder`.
fn stage(folder: &Path, scene: &Scene, index: &Index, answer: &Answer) {
    std::fs::create_dir_all(folder.join("frames")).expect("a folder");
    let mut digest = Sha256::new();
    for time in 0..index.frames {
        let mut picture = scene.frame(time);
        digest.update(picture.as_raw());
        if answer.script == "occluded" && index.covered.contains(&time) {
            picture.fill(118);
        }
        picture.save(folder.join(format!("frames/{time:05}.png"))).expect("saved");
    }
    let mask = scene.mask(0);
    digest.update(mask.as_raw());
    let digest: String = digest.finalize().iter().map(|b| format!("{b:02x}")).collect();
    assert_eq!(index.scenes.get(scene.name), Some(&digest), "scene {} is drawn otherwise", scene.name);
    mask.save(folder.join("mask.png")).expect("saved");
    std::fs::write(folder.join("prompts.json"), answer.prompts.to_string()).expect("written");
}

/// `airoto render` in the folder; nothing, with a word, where ONNX Runtime is not there.
fn render(folder: &Path, pack: &Path) -> Option<()> {
    try_render(folder, pack, &[]).map(|done| done.expect("rendered"))
}

/// The same with more arguments, which may fail.
fn try_render(folder: &Path, pack: &Path, more: &[&str]) -> Option<Result<(), String>> {
    let output = Command::new(env!("CARGO_BIN_EXE_airoto"))
        .current_dir(folder)
        .args(["render", "-i", "frames/%05d.png", "-p", "prompts.json", "-o", "out/%05d.exr"])
        .args([
            "--depth",
            "float",
            "--propagation",
            "reference",
            "--no-store",
            "--device",
            "cpu",
            "--tracker",
        ])
        .arg(pack)
        .args(more)
        .env("AIROTO_CACHE", folder.join("cache"))
        .env_remove("AIROTO_BUNDLE")
        .output()
        .expect("airoto runs");
    let error = String::from_utf8_lossy(&output.stderr);
    if error.contains("ONNX Runtime cannot be used") {
        println!("skipped: {}", error.trim());
        return None;
    }
    Some(if output.status.success() { Ok(()) } else { Err(format!("{}: {error}", output.status)) })
}

/// Whether a mask is given in the frame: it comes out as it went in.
fn is_given(answer: &Answer, time: u32) -> bool {
    let prompts = answer.prompts["objects"][0]["prompts"].as_array().into_iter().flatten();
    prompts.into_iter().any(|p| p["frame"] == time && p.get("mask").is_some())
}

/// Compares all frames of one script; gives the worst overlap and the worst difference.
fn compare(folder: &Path, scene: &Scene, index: &Index, answer: &Answer) -> (f64, f32) {
    let (mut overlap, mut error) = (1.0_f64, 0.0_f32);
    for time in 0..index.frames {
        let place = format!("{} {} frame {time}", answer.scene, answer.script);
        let found = airoto::io::read_matte(&folder.join(format!("out/{time:05}.exr"))).expect("a matte");
        assert_eq!((found.width(), found.height()), (scene.width, scene.height), "{place}");
        if is_given(answer, time) {
            let mask = airoto::io::read_matte(&folder.join("mask.png")).expect("a matte");
            assert!(found == mask, "{place}: the mask came out otherwise than it went in");
            continue;
        }
        if answer.hidden.contains(&time) {
            assert!(found.data().iter().all(|&v| v == 0.0), "{place}: the object is not hidden");
            continue;
        }
        let logits = enlarged(&answer.logits[time as usize], index.side, scene.width, scene.height);
        let expected = logits.iter().map(|&v| if v > 0.0 { 1.0 } else { 0.0 }).collect();
        let expected = Matte::new(scene.width, scene.height, expected).expect("the size");
        // Otherwise an overlap would say little.
        assert!((0.02..0.98).contains(&(expected.area() as f64 / logits.len() as f64)), "{place}");
        overlap = overlap.min(found.iou(&expected));
        for (&m, &logit) in found.data().iter().zip(&logits) {
            if logit.abs() <= SURE {
                error = error.max(((m / (1.0 - m)).ln() - logit).abs());
            }
        }
    }
    (overlap, error)
}

fn parity(family: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    let pack = folder.path().join("pack");
    let (index, answers) = fixture::open(family, &pack);
    let scripts: Vec<_> = answers.iter().map(|a| a.script.as_str()).collect();
    for script in ["points", "box", "mask", "correction", "occluded"] {
        assert_eq!(scripts.iter().filter(|s| **s == script).count(), SCENES.len(), "{script}");
    }
    let mut bad = Vec::new();
    for answer in &answers {
        let scene = SCENES.iter().find(|s| s.name == answer.scene).expect("a scene of ours");
        let place = folder.path().join(format!("{}-{}", answer.scene, answer.script));
        stage(&place, scene, &index, answer);
        assert_eq!(answer.hidden.is_empty(), answer.script != "occluded");
        if render(&place, &pack).is_none() {
            return;
        }
        let (overlap, error) = compare(&place, scene, &index, answer);
        println!("{family} {} {}: IoU {overlap:.5}, logits {error:.1e}", answer.scene, answer.script);
        if overlap < LEAST_IOU || error > MOST_ERROR {
            bad.push(format!(
                "{} {}: IoU {overlap:.5}, logits within {error:.1e}",
                answer.scene, answer.script
            ));
        }
    }
    assert!(bad.is_empty(), "{family} is not as its reference: {bad:#?}");
}

#[test]
fn sam2_gives_what_its_reference_gives() {
    parity("sam2");
}

#[test]
fn edgetam_gives_what_its_reference_gives() {
    parity("edgetam");
}

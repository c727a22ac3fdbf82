//! A correction on real footage: it lasts, and it changes nothing outside its span.

use std::path::{Path, PathBuf};

use crate::common::{Clip, matte, success};

/// Prompted frames around the correction.
const AROUND: [i64; 4] = [20, 24, 80, 84];
/// The corrected frame.
const FIX: i64 = 40;
/// Frames that the correction must survive.
const LASTING: i64 = 20;

fn frames_of(clip: &Path) -> String {
    clip.join("frames/%05d.jpg").to_string_lossy().into_owned()
}

/// Mask prompts on `frames`, as JSON.
fn prompts(clip: &Path, frames: &[i64]) -> String {
    let prompt =
        |frame: &i64| serde_json::json!({"frame": frame, "mask": clip.join(format!("masks/{frame:05}.png"))});
    let prompts: Vec<_> = frames.iter().map(prompt).collect();
    serde_json::json!({"objects": [{"name": "camel", "prompts": prompts}]}).to_string()
}

#[test]
fn a_fix_survives_twenty_frames_and_all_outside_its_span_has_the_same_bytes() {
    let footage = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/clips/camel");
    if !footage.is_dir() {
        println!("skipped: {} is not there", footage.display());
        return;
    }
    for tracker in ["flow", "default"] {
        survives(&footage, tracker);
    }
}

fn survives(footage: &Path, tracker: &str) {
    let clip = Clip::new(1);
    let render = |folder: &str, keys: &[i64]| {
        clip.prompts(&prompts(footage, keys));
        let output = format!("CLIP{folder}/alpha.%04d.exr");
        success(&clip.render(&[
            "-i",
            &frames_of(footage),
            "-o",
            &output,
            "-r",
            "20-84",
            "--tracker",
            tracker,
        ]));
    };
    render("before", &AROUND);
    let mut keys = AROUND.to_vec();
    keys.push(FIX);
    render("after", &keys);
    let file = |folder: &str, frame: i64| -> PathBuf { clip.path(&format!("{folder}/alpha.{frame:04}.exr")) };
    let truth = |frame: i64| matte(&footage.join(format!("masks/{frame:05}.png")));
    let (mut gained, mut scored) = (0.0, 0);
    for frame in AROUND[0]..=AROUND[3] {
        let [before, after] = ["before", "after"].map(|folder| file(folder, frame));
        if !(AROUND[1] + 1..AROUND[2]).contains(&frame) {
            let read = |path: &Path| std::fs::read(path).expect("written");
            assert_eq!(read(&before), read(&after), "frame {frame} is outside the span");
            continue;
        }
        let (before, after) = (matte(&before).iou(&truth(frame)), matte(&after).iou(&truth(frame)));
        println!("{tracker}, frame {frame}: IoU {before:.3} before the correction, {after:.3} after it");
        if (FIX..=FIX + LASTING).contains(&frame) {
            gained += after - before;
            scored += 1;
            // Half way to the next key the frame changes over from one key's track to the other's, and
            // the nearer one need not be the better one: on this clip Swift, which has drifted by then,
            // loses up to a tenth there. Nearer to the correction no frame may lose.
            let strict = tracker == "flow" || frame <= FIX + LASTING / 2;
            assert!(!strict || after > before - 0.02, "{tracker}: frame {frame} is worse for the correction");
        }
    }
    let gained = gained / f64::from(scored);
    assert!(gained > 0.05, "{tracker}: {LASTING} frames gained {gained:.3} on average");
}

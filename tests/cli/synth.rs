//! Clips made by `airoto synth`.

use crate::common::{Clip, matte, success};

#[test]
fn a_clip_has_frames_alpha_masks_and_prompts() {
    let clip = Clip::new(1);
    let out = clip.path("made").to_string_lossy().into_owned();
    let arguments =
        ["synth", &out, "--frames", "3", "--size", "64x48", "--kind", "strands", "--format", "png"];
    success(&clip.airoto(&arguments));
    for folder in ["made/frames", "made/alpha", "made/masks"] {
        assert_eq!(clip.files(folder), ["00000.png", "00001.png", "00002.png"]);
    }
    let alpha = matte(&clip.path("made/alpha/00001.png"));
    let mask = matte(&clip.path("made/masks/00001.png"));
    // An alpha of exactly one half is a little more in 16 bits.
    assert!(alpha.iou(&mask) > 0.98, "{}", alpha.iou(&mask));
    assert!(mask.data().iter().all(|v| *v == 0.0 || *v == 1.0));
    assert!(alpha.data().iter().any(|v| *v > 0.2 && *v < 0.8));
    let prompts = std::fs::read_to_string(clip.path("made/prompts.json")).expect("prompts");
    let parsed = airoto::job::prompts::parse(&prompts).expect("prompts of our own kind");
    assert_eq!(parsed.frames(), [0]);
}

#[test]
fn the_clip_that_ships_is_the_one_that_is_made() {
    // The first frame's alpha, so that the recipe in its README stays true; JPEG frames may come out
    // differently with another version of the encoder.
    let clip = Clip::new(1);
    let out = clip.path("made").to_string_lossy().into_owned();
    // The number of frames shapes the motion, so all are made.
    success(&clip.airoto(&["synth", &out, "--frames", "24", "--size", "480x270", "--seed", "1"]));
    let shipped = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/demo");
    for frame in [0, 11, 23] {
        let name = format!("alpha/{frame:05}.png");
        let (made, there) = (matte(&clip.path("made").join(&name)), matte(&shipped.join(&name)));
        let worst = made.data().iter().zip(there.data()).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(worst < 0.05, "{name}: {worst}");
    }
}

#[test]
fn a_blurred_clip_says_how_long_its_blur_is() {
    let clip = Clip::new(1);
    let out = clip.path("made").to_string_lossy().into_owned();
    let arguments = [
        "synth",
        &out,
        "--frames",
        "2",
        "--size",
        "96x54",
        "--kind",
        "blur",
        "--blur",
        "8",
        "--direction",
        "90",
    ];
    success(&clip.airoto(&arguments));
    let text = std::fs::read_to_string(clip.path("made/truth.json")).expect("the truth");
    let truth: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(truth["frames"][1]["blur_length"], 8.0);
    let motion = truth["frames"][0]["motion"][1].as_f64().expect("a motion");
    assert!((motion - 16.0).abs() < 1e-9, "{motion}");
    // Along a column through the middle of the object's upper edge, alpha takes 8 pixels to rise.
    let alpha = matte(&clip.path("made/alpha/00000.png"));
    let soft = (0..27).filter(|&y| (0.01..0.99).contains(&alpha.value(45, y))).count();
    assert!((7..=10).contains(&soft), "{soft}");
}

#[test]
fn blur_is_refused_where_there_is_none() {
    let clip = Clip::new(1);
    let out = clip.path("made").to_string_lossy().into_owned();
    let made = clip.airoto(&["synth", &out, "--kind", "spin", "--blur", "3"]);
    assert_eq!(made.status.code(), Some(2));
    assert!(!clip.path("made").exists());
}

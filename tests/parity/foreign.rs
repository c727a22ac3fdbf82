//! Packs of the forms that others export in: the same weights as the small pack of `sam2`, so that the
//! reference's answers to it are what they have to give.

use std::path::{Path, PathBuf};
use std::process::Command;

use airoto::raster::Matte;

use crate::fixture::{self, Answer, Index};
use crate::scene::{SCENES, Scene};
use crate::{LEAST_IOU, MOST_ERROR, compare, render, stage, try_render};

/// The packs in a folder of their own, and the answers to that of `sam2`.
struct Packs {
    folder: tempfile::TempDir,
    index: Index,
    answers: Vec<Answer>,
}

impl Packs {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fixture::open_foreign(folder.path());
        let (index, answers) = fixture::open("sam2", &folder.path().join("native"));
        Self { folder, index, answers }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn answer(&self, scene: &str, script: &str) -> &Answer {
        let found = self.answers.iter().find(|a| a.scene == scene && a.script == script);
        found.expect("an answer to every script")
    }

    /// What `pack` gives for a script, in a folder of its own; none, with a word, where ONNX Runtime
    /// is not there.
    fn rendered(&self, pack: &str, answer: &Answer) -> Option<PathBuf> {
        let place = self.path(&format!("{pack}-{}-{}", answer.scene, answer.script));
        stage(&place, scene(answer), &self.index, answer);
        render(&place, &self.path(pack)).map(|()| place)
    }

    /// That `pack` gives what the reference gives, in these scenes and scripts.
    fn exact(&self, pack: &str, scripts: &[(&str, &str)]) {
        for (scene_name, script) in scripts {
            let answer = self.answer(scene_name, script);
            let Some(place) = self.rendered(pack, answer) else { return };
            let (overlap, error) = compare(&place, scene(answer), &self.index, answer);
            println!("{pack} {scene_name} {script}: IoU {overlap:.5}, logits {error:.1e}");
            assert!(
                overlap >= LEAST_IOU && error <= MOST_ERROR,
                "{pack} {scene_name} {script}: IoU {overlap:.5}, logits within {error:.1e}"
            );
        }
    }
}

fn scene(answer: &Answer) -> &'static Scene {
    SCENES.iter().find(|s| s.name == answer.scene).expect("a scene of ours")
}

fn matte(place: &Path, time: u32) -> Matte {
    airoto::io::read_matte(&place.join(format!("out/{time:05}.exr"))).expect("a matte")
}

/// What `airoto models info` says.
fn info(pack: &Path) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_airoto"))
        .args(["models", "info"])
        .arg(pack)
        .output()
        .expect("airoto runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn ailia_exports_give_what_the_reference_gives() {
    let packs = Packs::new();
    packs.exact(
        "ailia",
        &[
            ("wide", "points"),
            ("square", "box"),
            ("wide", "mask"),
            ("square", "correction"),
            ("wide", "occluded"),
        ],
    );
    assert!(!info(&packs.path("ailia")).contains("\nnote"), "nothing to be said against it");
}

#[test]
fn ailia_exports_with_attention_masks_give_what_the_reference_gives() {
    let packs = Packs::new();
    packs.exact("ailia-masks", &[("square", "correction"), ("wide", "occluded")]);
    // Memory attention that takes eight memories and sixteen pointers, were there only one.
    packs.exact("ailia-room", &[("square", "correction"), ("wide", "occluded"), ("wide", "points")]);
}

#[test]
fn exports_by_sam2_onnx_cpp_follow_one_click_as_the_reference_does() {
    let packs = Packs::new();
    packs.exact("cpp", &[("square", "points"), ("wide", "points")]);
    // Its memory encoder takes every frame for one in which the object is hidden.
    packs.exact("cpp-older", &[("square", "points"), ("wide", "points")]);
}

#[test]
fn exports_by_sam2_onnx_cpp_see_when_the_object_is_hidden() {
    let packs = Packs::new();
    let mut answer = Answer {
        scene: "wide".to_owned(),
        script: "occluded".to_owned(),
        prompts: packs.answer("wide", "points").prompts.clone(),
        hidden: Vec::new(),
        logits: Vec::new(),
    };
    answer.prompts["objects"][0]["prompts"][0]["frame"] = 0.into();
    let Some(expected) = packs.rendered("native", &answer) else { return };
    let hidden = |place: &Path| -> Vec<u32> {
        (0..packs.index.frames).filter(|&time| matte(place, time).data().iter().all(|&v| v == 0.0)).collect()
    };
    assert!(!hidden(&expected).is_empty(), "a card hides the object of the native pack");
    for pack in ["cpp", "cpp-older"] {
        let found = packs.rendered(pack, &answer).expect("rendered, as the other was");
        assert_eq!(hidden(&found), hidden(&expected), "{pack}");
        for time in 0..packs.index.frames {
            let (a, b) = (matte(&found, time), matte(&expected, time));
            let apart = a.data().iter().zip(b.data()).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(apart < 1e-3, "{pack} frame {time}: mattes {apart:.1e} apart");
        }
    }
}

#[test]
fn exports_by_sam2_onnx_cpp_say_that_they_are_not_the_reference() {
    let packs = Packs::new();
    let said = "differ slightly from the reference";
    assert!(info(&packs.path("cpp")).contains(said), "{}", info(&packs.path("cpp")));
    // Prompts that the graphs do not take as they are: a mask comes out as it went in all the same, and
    // something is found in all other frames.
    let answer = packs.answer("square", "mask");
    let Some(place) = packs.rendered("cpp", answer) else { return };
    let mask = airoto::io::read_matte(&place.join("mask.png")).expect("a matte");
    assert!(matte(&place, 0) == mask, "the mask came out otherwise than it went in");
    for time in 1..packs.index.frames {
        let share = matte(&place, time).area() as f64 / f64::from(128 * 128);
        assert!((0.02..0.98).contains(&share), "frame {time}: {share:.3} is the object");
    }
    let note = airoto::models::open(&packs.path("cpp").to_string_lossy(), airoto::job::Device::Cpu, 1)
        .expect("the pack")
        .info()
        .note;
    assert!(note.as_ref().is_some_and(|note| note.contains(said)), "{note:?}");
}

#[test]
fn exports_for_stills_find_the_object_in_prompted_frames_alone() {
    let packs = Packs::new();
    assert!(info(&packs.path("still")).contains("cannot propagate"));
    for name in ["square", "wide"] {
        let answer = packs.answer(name, "points");
        let place = packs.path(name);
        stage(&place, scene(answer), &packs.index, answer);
        let still = packs.path("still");
        let Some(prompted) = try_render(&place, &still, &["--range", "3-3"]) else { return };
        prompted.expect("the prompted frame has a matte");
        let other = try_render(&place, &still, &["--range", "4-4"]).expect("ONNX Runtime is there");
        let refused = other.expect_err("another frame has none");
        assert!(refused.contains("cannot propagate"), "{refused}");
        let logits =
            crate::enlarged(&answer.logits[3], packs.index.side, scene(answer).width, scene(answer).height);
        let found = matte(&place, 3);
        let apart = found.data().iter().zip(&logits).filter(|(_, l)| l.abs() <= crate::SURE);
        let error = apart.map(|(&m, &l)| ((m / (1.0 - m)).ln() - l).abs()).fold(0.0, f32::max);
        assert!(error <= MOST_ERROR, "{name}: logits within {error:.1e}");
    }
}

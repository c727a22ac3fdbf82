//! The boxes of Grounding DINO against its reference implementation, on a small configuration with
//! random weights; and the numbers of the words of 200 phrases against those of the tokenizer that
//! the reference has in Python.

use airoto::job::{Device, Thresholds};
use airoto::models::grounding_dino::{GroundingDino, Vocabulary};
use airoto::models::pack::Pack;
use airoto::models::{self, Detector, runtime};
use airoto::raster::Frame;

use crate::airoto;
use crate::fixture::{self, Detection, Found};
use crate::scene::SCENES;

/// The largest difference of a box from the reference's, of the frame's width and height.
const MOST_ERROR: f32 = 1e-3;
/// The largest difference of log odds.
const MOST_LOGIT: f32 = 2e-3;
/// The words that the small configuration knows.
const VOCABULARY: usize = 2560;

/// The small pack, and what the reference says of it.
struct Rig {
    folder: tempfile::TempDir,
    index: Detection,
    answers: Vec<Found>,
}

impl Rig {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let (index, answers) = fixture::open_detection(&folder.path().join("pack"));
        Self { folder, index, answers }
    }

    /// Nothing, with a word, where ONNX Runtime is not there.
    fn running() -> Option<Self> {
        if let Err(reason) = runtime::library() {
            println!("skipped: {reason}");
            return None;
        }
        Some(Self::new())
    }

    fn pack(&self) -> Pack {
        Pack::open(&self.folder.path().join("pack")).expect("a sound pack")
    }

    fn open(&self, threads: usize) -> GroundingDino {
        GroundingDino::open(&self.pack(), Device::Cpu, threads).expect("the graphs load")
    }

    fn thresholds(&self) -> Thresholds {
        Thresholds { score: self.index.threshold, text: self.index.text_threshold }
    }
}

fn frame(name: &str, time: u32) -> Frame {
    let scene = SCENES.iter().find(|s| s.name == name).expect("a scene of ours");
    Frame::new(scene.width, scene.height, scene.frame(time).into_raw()).expect("its size")
}

#[test]
fn words_have_the_numbers_that_the_reference_gives_them() {
    let rig = Rig::new();
    let words = Vocabulary::open(&rig.pack(), VOCABULARY).expect("a vocabulary");
    let phrases = fixture::phrases();
    assert_eq!(phrases.len(), 200);
    let mut bad = Vec::new();
    for (phrase, expected) in &phrases {
        let found = words.encode(phrase).expect("read");
        if found != *expected {
            bad.push(format!("{phrase:?}: {found:?}, expected {expected:?}"));
        }
    }
    assert!(bad.is_empty(), "{} phrases of {}: {bad:#?}", bad.len(), phrases.len());
    // What they are to be: some unknown, some beyond what the network reads, none all alike.
    assert!(phrases.iter().filter(|(_, tokens)| tokens.contains(&100)).count() > 20);
    assert!(phrases.iter().filter(|(_, tokens)| tokens.len() > 256).count() > 5);
}

#[test]
fn grounding_dino_gives_what_its_reference_gives() {
    let Some(rig) = Rig::running() else { return };
    assert_eq!(rig.answers.len(), SCENES.len() * 6, "two frames and three texts each");
    let mut detector = rig.open(1);
    for answer in &rig.answers {
        let place = format!("{} {} {:?}", answer.scene, answer.time, answer.text);
        let (queries, tokens) =
            detector.queries(&frame(&answer.scene, answer.time), &answer.text).expect("asked");
        assert_eq!(tokens, answer.tokens, "{place}");
        assert_eq!(queries.len(), rig.index.queries, "{place}");
        let apart = |a: &mut dyn Iterator<Item = f32>, b: &[f32]| {
            let found: Vec<f32> = a.collect();
            assert_eq!(found.len(), b.len(), "{place}");
            found.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
        };
        let boxes = apart(&mut queries.iter().flat_map(|q| q.place), &answer.boxes);
        let logits = apart(&mut queries.iter().flat_map(|q| q.logits.iter().copied()), &answer.logits);
        println!("grounding-dino {place}: boxes {boxes:.1e}, logits {logits:.1e}");
        assert!(boxes <= MOST_ERROR, "{place}: boxes {boxes:.1e} apart");
        assert!(logits <= MOST_LOGIT, "{place}: logits {logits:.1e} apart");
    }
}

#[test]
fn candidates_are_those_of_the_reference() {
    let Some(rig) = Rig::running() else { return };
    let mut detector = rig.open(2);
    for answer in &rig.answers {
        let frame = frame(&answer.scene, answer.time);
        let found = detector.detect(&frame, &answer.text, rig.thresholds()).expect("found");
        assert_eq!(found.len(), answer.candidates.len(), "{} {}", answer.scene, answer.text);
        let size = [frame.width(), frame.height(), frame.width(), frame.height()].map(f64::from);
        for (found, expected) in found.iter().zip(&answer.candidates) {
            assert!((found.score - expected.score).abs() < 5e-4, "{found:?}, expected {}", expected.score);
            assert_eq!(found.phrase, expected.text);
            for ((a, b), most) in found.bounds.iter().zip(expected.bounds).zip(size) {
                // The reference leaves boxes beyond the frame.
                let error = (a - b.clamp(0.0, most)).abs() / most;
                assert!(error <= f64::from(MOST_ERROR), "{found:?}, expected {:?}", expected.bounds);
            }
        }
        assert_eq!(found, rig.open(1).detect(&frame, &answer.text, rig.thresholds()).expect("found"));
    }
}

#[test]
fn texts_and_frames_that_cannot_be_used_are_refused() {
    let Some(rig) = Rig::running() else { return };
    let mut detector = rig.open(1);
    let grey = Frame::filled(64, 48, [90; 3]);
    let mut refused = |frame: &Frame, text: &str, thresholds: Thresholds| {
        detector.detect(frame, text, thresholds).expect_err("refused").to_string()
    };
    let usual = Thresholds::default();
    assert_eq!(refused(&grey, " ", usual), "the text \"\" names nothing");
    let long = "person ".repeat(300);
    assert_eq!(
        refused(&grey, &long, usual),
        "the text has 601 words and parts of words, expected at most 254"
    );
    assert_eq!(
        refused(&Frame::filled(4000, 3, [90; 3]), "a dog", usual),
        "the frame has 4000x3 pixels, which is too narrow to find objects in it"
    );
    let wrong = Thresholds { score: f32::NAN, ..usual };
    assert_eq!(refused(&grey, "a dog", wrong), "threshold of the score NaN, expected 0 to 1");
    // A text is the same without its full stop and in capitals.
    let asked =
        |detector: &mut GroundingDino, text: &str| detector.detect(&grey, text, usual).expect("found");
    assert_eq!(asked(&mut detector, "A DOG"), asked(&mut rig.open(1), "a dog."));
}

#[test]
fn the_pack_is_listed_verified_and_told_from_others() {
    let Some(rig) = Rig::running() else { return };
    let folder = rig.folder.path();
    for (arguments, said) in [
        (&["models", "list"][..], "grounding-dino, version 1, fp32"),
        (&["models", "list"], "finds objects by text"),
        (&["models", "info", "dino-tiny"], "file tokenizer: tokenizer.json"),
        (&["models", "verify", "dino-tiny"], "finds objects by text"),
    ] {
        let (good, found) = airoto(folder, arguments);
        assert!(good && found.contains(said), "{arguments:?}: {found}");
    }
    let pack = folder.join("pack");
    let name = pack.to_string_lossy();
    let tracker = models::open(&name, Device::Cpu, 1).err().expect("no tracker").to_string();
    assert!(tracker.contains("finds objects by text and does not track"), "{tracker}");
    let matter = models::open_matting_network(&name, Device::Cpu, 1).err().expect("no matter").to_string();
    assert!(matter.contains("family grounding-dino, expected vitmatte"), "{matter}");
    let detector = models::open_detector(&name, Device::Cpu, 1).expect("a detector");
    assert_eq!(detector.info().name, "dino-tiny");
}

/// A folder with frames of a scene and, from frame `cut` on, of another shot with the same things in it.
fn clip(rig: &Rig, frames: u32, cut: u32) {
    let folder = rig.folder.path();
    std::fs::create_dir_all(folder.join("frames")).expect("a folder");
    for time in 0..frames {
        let mut picture = SCENES[0].frame(time);
        if time >= cut {
            picture.pixels_mut().for_each(|p| p.0 = p.0.map(|v| 255 - v));
        }
        picture.save(folder.join(format!("frames/{time:05}.png"))).expect("saved");
    }
}

#[test]
fn the_command_line_prints_candidates_and_draws_them() {
    let Some(rig) = Rig::running() else { return };
    clip(&rig, 1, 1);
    let (folder, answer) = (rig.folder.path(), &rig.answers[1]);
    assert_eq!((answer.scene.as_str(), answer.time), ("square", 0));
    let asked =
        ["detect", "frames/00000.png", "--text", &answer.text, "--model", "dino-tiny", "--device", "cpu"];
    let (good, said) = airoto(folder, &[&asked[..], &["--json", "-o", "boxes.png"]].concat());
    assert!(good, "{said}");
    let told: serde_json::Value = serde_json::from_str(&said).expect("JSON");
    let found = told["candidates"].as_array().expect("a list");
    assert_eq!(found.len(), answer.candidates.len());
    for (found, expected) in found.iter().zip(&answer.candidates) {
        assert_eq!(found["phrase"], expected.text.as_str());
        assert!((found["score"].as_f64().expect("a number") - f64::from(expected.score)).abs() < 5e-4);
    }
    let drawn = image::open(folder.join("boxes.png")).expect("a picture").to_rgb8();
    assert_ne!(drawn, SCENES[0].frame(0));
    let (good, here) = airoto(folder, &[&asked[..], &["--json", "--in-process"]].concat());
    let here: serde_json::Value = serde_json::from_str(&here).expect("JSON");
    assert!(good && here["candidates"] == told["candidates"], "the same in this process");
    let (good, table) = airoto(folder, &asked);
    let count = answer.candidates.len();
    assert!(good && table.contains(&format!("{count} found by dino-tiny on CPU")), "{table}");
    assert!(table.lines().nth(2).is_some_and(|l| l.ends_with(&answer.candidates[0].text)), "{table}");
    for (more, said) in [
        (&["--threshold", "1.5"][..], "threshold of the score 1.5, expected 0 to 1"),
        (&["--text", "."], "the text \".\" names nothing"),
        (&["--model", "flow"], "flow"),
    ] {
        let mut asked = asked.to_vec();
        match asked.iter().position(|word| *word == more[0]) {
            Some(at) => asked[at + 1] = more[1],
            None => asked.extend(more),
        }
        let (good, found) = airoto(folder, &asked);
        assert!(!good && found.contains(said) && found.lines().count() == 1, "{found}");
    }
}

#[test]
fn a_text_is_as_good_as_the_boxes_that_it_gives() {
    let Some(rig) = Rig::running() else { return };
    clip(&rig, 6, 4);
    let (folder, text) = (rig.folder.path(), "a red car. two dogs running.");
    let mut detector = rig.open(1);
    let mut boxes = |time: u32| {
        let picture = image::open(folder.join(format!("frames/{time:05}.png"))).expect("a picture").to_rgb8();
        let frame = Frame::new(picture.width(), picture.height(), picture.into_raw()).expect("its size");
        detector.detect(&frame, text, Thresholds::default()).expect("found")
    };
    let (first, later) = (boxes(0), boxes(4));
    assert!(first.len() > 2 && later.len() > 2);
    let object = |name: &str, i: usize| {
        serde_json::json!({"name": name, "prompts": [
            {"frame": 0, "box": first[i].bounds}, {"frame": 4, "box": later[i].bounds}]})
    };
    let name = "a red car. two dogs running";
    let written = serde_json::json!({"objects": [
        object(&format!("{name} 1"), 0), object(&format!("{name} 2"), 2)]});
    std::fs::write(folder.join("prompts.json"), written.to_string()).expect("written");
    let render = |out: &str, more: &[&str]| {
        let output = format!("{out}/%05d.png");
        let asked = ["render", "-i", "frames/%05d.png", "-o", &output, "--tracker", "flow", "--no-store"];
        airoto(folder, &[&asked[..], more].concat())
    };
    let asked = ["--text", text, "--text-model", "dino-tiny", "--text-cuts"];
    let (good, said) =
        render("texted", &[&asked[..], &["--text-choice", "1", "--text-choice", "3"]].concat());
    assert!(good, "{said}");
    let (good, said) = render("written", &["-p", "prompts.json"]);
    assert!(good, "{said}");
    for time in 0..6 {
        let read = |out: &str| std::fs::read(folder.join(format!("{out}/{time:05}.png"))).expect("a matte");
        assert!(read("texted") == read("written"), "frame {time}");
    }
    // Looked at in the second shot, it is looked for in the first.
    let prompts =
        serde_json::json!([{"frame": 5, "box": boxes(5)[1].bounds}, {"frame": 0, "box": first[1].bounds}]);
    let written = serde_json::json!({"objects": [{"name": name, "prompts": prompts}]});
    std::fs::write(folder.join("prompts.json"), written.to_string()).expect("written");
    let (good, said) = render("late", &[&asked[..], &["--text-choice", "2", "--text-frame", "5"]].concat());
    assert!(good, "{said}");
    assert!(render("written", &["-p", "prompts.json"]).0);
    let read = |out: &str| std::fs::read(folder.join(format!("{out}/00002.png"))).expect("a matte");
    assert!(read("late") == read("written"));
    let (good, said) = render("none", &[&asked[..], &["--text-choice", "999"]].concat());
    assert!(!good && said.contains("expected candidate 999: lower --threshold"), "{said}");
    let (good, said) = render("none", &[&asked[..], &["-p", "prompts.json"]].concat());
    assert!(!good && said.contains("cannot be used with"), "{said}");
    let (good, said) = render("none", &[]);
    assert!(!good && said.contains("--prompts"), "{said}");
}

//! The boxes of Grounding DINO against its reference implementation, on a small configuration with
//! random weights; and the numbers of the words of 200 phrases against those of the tokenizer that
//! the reference has in Python.

use std::path::Path;

use airoto::models::grounding_dino::{GroundingDino, Words};
use airoto::models::pack::Pack;
use airoto::models::{self, Detector, Device, Thresholds, runtime};
use airoto::raster::Frame;

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
    let words = Words::open(&rig.pack(), VOCABULARY).expect("a vocabulary");
    let phrases = fixture::phrases();
    assert_eq!(phrases.len(), 200);
    let mut bad = Vec::new();
    for (phrase, expected) in &phrases {
        let found = words.tokens(phrase).expect("read");
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
        "a frame of 4000x3 pixels is too narrow to look for things in it"
    );
    let wrong = Thresholds { score: f32::NAN, ..usual };
    assert_eq!(refused(&grey, "a dog", wrong), "threshold of the score NaN, expected 0 to 1");
    // A text is the same without its full stop and in capitals.
    let asked =
        |detector: &mut GroundingDino, text: &str| detector.detect(&grey, text, usual).expect("found");
    assert_eq!(asked(&mut detector, "A DOG"), asked(&mut rig.open(1), "a dog."));
}

fn airoto(folder: &Path, arguments: &[&str]) -> (bool, String) {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_airoto"))
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

#[test]
fn the_pack_is_listed_verified_and_told_from_others() {
    let Some(rig) = Rig::running() else { return };
    let folder = rig.folder.path();
    for (arguments, said) in [
        (&["models", "list"][..], "grounding-dino, version 1, fp32"),
        (&["models", "list"], "finds what a text names"),
        (&["models", "info", "dino-tiny"], "file tokenizer: tokenizer.json"),
        (&["models", "verify", "dino-tiny"], "finds what a text names"),
    ] {
        let (good, found) = airoto(folder, arguments);
        assert!(good && found.contains(said), "{arguments:?}: {found}");
    }
    let pack = folder.join("pack");
    let name = pack.to_string_lossy();
    let tracker = models::open(&name, Device::Cpu, 1).err().expect("no tracker").to_string();
    assert!(tracker.contains("finds what a text names and tracks nothing"), "{tracker}");
    let matter = models::open_matter(&name, Device::Cpu, 1).err().expect("no matter").to_string();
    assert!(matter.contains("family grounding-dino, expected vitmatte"), "{matter}");
    let detector = models::open_detector(&name, Device::Cpu, 1).expect("a detector");
    assert_eq!(detector.info().name, "dino-tiny");
}

//! The SAM 2 family against what the reference implementation answered on the same pixels.
//!
//! `AIROTO_SAM2_REFERENCE` names folders, separated as in PATH, each with `pack/`, `frameNN.png` of S x S pixels, and for
//! each script of prompts NAME.json (frame to points and labels, or to a mask: x0, y0, x1, y1, value) and NAME.f32, the
//! low-resolution logits of all frames in 32-bit little endian.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use airoto::models::{
    self, Device, Embedding, FramePrompt, Label, Memory, PointPrompt, Prediction, Tracker, sam2,
};
use airoto::raster::{Frame, Matte, PixelBox, PixelPoint};

#[derive(serde::Deserialize)]
#[serde(untagged)]
enum Prompt {
    Points { points: Vec<[f64; 2]>, labels: Vec<i64> },
    Mask { mask: [f64; 5] },
}

impl Prompt {
    fn of(&self, side: u32) -> FramePrompt {
        match self {
            Self::Points { points, labels } => {
                let at = |label: i64| {
                    points
                        .iter()
                        .zip(labels)
                        .filter(move |(_, l)| **l == label)
                        .map(|(p, _)| PixelPoint { x: p[0], y: p[1] })
                };
                let click = |at, label| PointPrompt { at, label };
                let mut clicks: Vec<PointPrompt> = at(1).map(|p| click(p, Label::Positive)).collect();
                clicks.extend(at(0).map(|p| click(p, Label::Negative)));
                let bounds = at(2).zip(at(3)).map(|(a, b)| PixelBox::from_corners(a, b)).next();
                FramePrompt { points: clicks, bounds, mask: None }
            }
            Self::Mask { mask: [x0, y0, x1, y1, value] } => {
                let mut matte = Matte::filled(side, side, 0.0);
                for y in *y0 as usize..*y1 as usize {
                    let row = y * side as usize;
                    matte.data_mut()[row + *x0 as usize..row + *x1 as usize].fill(*value as f32);
                }
                FramePrompt { mask: Some(matte), ..FramePrompt::default() }
            }
        }
    }
}

fn frames(folder: &Path) -> Vec<Arc<Frame>> {
    (0..)
        .map(|i| folder.join(format!("frame{i:02}.png")))
        .take_while(|path| path.is_file())
        .map(|path| {
            let image = image::open(path).expect("a picture").to_rgb8();
            Arc::new(Frame::new(image.width(), image.height(), image.into_raw()).expect("a frame"))
        })
        .collect()
}

/// Follows one object as the reference does: all prompts first, then forward from the first of them, then backward.
fn track(
    tracker: &mut dyn Tracker,
    seen: &[Embedding],
    prompts: &BTreeMap<i64, FramePrompt>,
) -> Vec<Prediction> {
    let mut memory = tracker.memory(Some(seen.len()));
    let mut found: BTreeMap<i64, Prediction> = BTreeMap::new();
    for (time, prompt) in prompts {
        let embedding = &seen[*time as usize];
        let here = tracker.segment(embedding, prompt, None).expect("segmented");
        tracker.remember(memory.as_mut(), *time, embedding, &here, true).expect("remembered");
        found.insert(*time, here);
    }
    let first = *prompts.keys().next().expect("a prompt");
    let mut both: [(Box<dyn Memory>, Vec<i64>); 2] =
        [(memory.boxed_clone(), (first..seen.len() as i64).collect()), (memory, (0..first).rev().collect())];
    for (memory, times) in &mut both {
        for &time in times.iter().filter(|t| !prompts.contains_key(t)) {
            // A memory that went through its bytes is the same one.
            *memory = tracker.restore(&memory.save().expect("saved")).expect("restored");
            let embedding = &seen[time as usize];
            let here = tracker.propagate(memory.as_ref(), time, embedding).expect("propagated");
            tracker.remember(memory.as_mut(), time, embedding, &here, false).expect("remembered");
            found.insert(time, here);
        }
    }
    found.into_values().collect()
}

#[test]
fn logits_are_those_of_the_reference() {
    let Some(folders) = std::env::var_os("AIROTO_SAM2_REFERENCE") else {
        println!("skipped, AIROTO_SAM2_REFERENCE names no folder with answers of the reference");
        return;
    };
    for folder in std::env::split_paths(&folders) {
        compare(&folder);
    }
}

/// The first frame with a tracker that has no memory, and says so.
fn still(tracker: &mut dyn Tracker, seen: &Embedding, prompt: &FramePrompt) -> Vec<Prediction> {
    let here = tracker.segment(seen, prompt, None).expect("segmented");
    let mut memory = tracker.memory(None);
    let refused = tracker.remember(memory.as_mut(), 0, seen, &here, true).expect_err("no memory").to_string();
    assert!(refused.contains("cannot propagate"), "{refused}");
    assert!(tracker.info().note.is_some_and(|note| note.contains("cannot propagate")));
    vec![here]
}

fn compare(folder: &Path) {
    let pack = folder.join("pack");
    let mut tracker = models::open(&pack.to_string_lossy(), Device::Cpu, 2).expect("the pack");
    let frames = frames(folder);
    let side = frames[0].width();
    let seen: Vec<Embedding> = frames.iter().map(|f| tracker.embed(f).expect("embedded")).collect();
    let mut scripts: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("the folder")
        .map(|e| e.expect("an entry").path())
        .filter(|p| p.extension().is_some_and(|e| e == "json"))
        .collect();
    scripts.sort();
    assert!(!scripts.is_empty(), "no scripts");
    for script in scripts {
        let given: BTreeMap<i64, Prompt> =
            serde_json::from_slice(&std::fs::read(&script).expect("read")).expect("prompts");
        let prompts: BTreeMap<i64, FramePrompt> = given.iter().map(|(t, p)| (*t, p.of(side))).collect();
        let expected = std::fs::read(script.with_extension("f32")).expect("read");
        let expected: Vec<f32> = expected.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect();
        let found = if tracker.propagates() {
            track(tracker.as_mut(), &seen, &prompts)
        } else {
            still(tracker.as_mut(), &seen[0], &prompts[&0])
        };
        let (mut worst, mut least) = (0.0_f32, 1.0_f64);
        for (time, (found, expected)) in
            found.iter().zip(expected.chunks_exact(expected.len() / frames.len())).enumerate()
        {
            let logits = sam2::logits(found).expect("logits");
            assert_eq!(logits.len(), expected.len());
            let error = logits.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            let (mut both, mut either) = (0, 0);
            for (a, b) in logits.iter().zip(expected) {
                both += usize::from(*a > 0.0 && *b > 0.0);
                either += usize::from(*a > 0.0 || *b > 0.0);
            }
            let overlap = if either == 0 { 1.0 } else { f64::from(both as u32) / f64::from(either as u32) };
            println!("{} frame {time}: error {error:.2e}, overlap {overlap:.5}", script.display());
            (worst, least) = (worst.max(error), least.min(overlap));
        }
        assert!(
            worst < 2e-3 && least >= 0.999,
            "{}: error {worst:.2e}, overlap {least:.5}",
            script.display()
        );
    }
}

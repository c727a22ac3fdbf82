//! The Swift tracker with the pack of the bundle, and packs that are not what they claim.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use airoto::job::Device;
use airoto::job::prompts::{FramePrompt, Label, PointPrompt};
use airoto::models::{self, ModelError, Prediction, Tracker};
use airoto::raster::{Frame, Matte, PixelBox, PixelPoint};
use sha2::{Digest, Sha256};

const WIDTH: u32 = 320;
const HEIGHT: u32 = 180;

fn pack() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("bundle/models/swift")
}

/// The tracker of the bundle, or nothing, with a word, where ONNX Runtime is not there.
fn swift(threads: usize) -> Option<Box<dyn Tracker>> {
    opened(&pack().to_string_lossy(), threads)
}

/// The same of the tracker called `name`.
fn opened(name: &str, threads: usize) -> Option<Box<dyn Tracker>> {
    match models::open(name, Device::Cpu, threads) {
        Ok(tracker) => Some(tracker),
        Err(ModelError::Runtime(reason)) => {
            println!("skipped, ONNX Runtime is not there: {reason}");
            None
        }
        Err(other) => panic!("{other}"),
    }
}

/// A textured red disc over a greenish texture, at `time` frames of 5 pixels.
fn scene(time: u32) -> (Arc<Frame>, Matte) {
    let mut frame = Frame::filled(WIDTH, HEIGHT, [0; 3]);
    let mut matte = Matte::filled(WIDTH, HEIGHT, 0.0);
    let (cx, cy) = (100.0 + 5.0 * time as f32, 90.0 + 2.0 * time as f32);
    for y in 0..HEIGHT {
        for x in 0..WIDTH {
            let (dx, dy) = (x as f32 - cx, y as f32 - cy);
            let inside = dx.hypot(dy) < 38.0;
            let wave = |a: f32, b: f32| 30.0 * ((a * 0.31).sin() + (b * 0.23).cos());
            let value = if inside { wave(dx, dy) } else { wave(x as f32 + 7.0, y as f32 * 1.3) };
            let colour = if inside { [190.0, 60.0, 50.0] } else { [60.0, 120.0, 90.0] };
            let i = (y * WIDTH + x) as usize;
            for (out, c) in frame.data_mut()[3 * i..3 * i + 3].iter_mut().zip(colour) {
                *out = (c + value).clamp(0.0, 255.0) as u8;
            }
            matte.data_mut()[i] = f32::from(u8::from(inside));
        }
    }
    (Arc::new(frame), matte)
}

/// Follows the disc from its true first mask; gives the predictions of frames 1 to `last`.
fn follow(tracker: &mut dyn Tracker, last: u32) -> Vec<Prediction> {
    follow_in(tracker, last, scene)
}

/// The same in the frames that `scene` gives.
fn follow_in(
    tracker: &mut dyn Tracker,
    last: u32,
    scene: impl Fn(u32) -> (Arc<Frame>, Matte),
) -> Vec<Prediction> {
    let (frame, matte) = scene(0);
    let embedding = tracker.embed(&frame).expect("embedded");
    let prompt = FramePrompt { mask: Some(matte), ..FramePrompt::default() };
    let first = tracker.segment(&embedding, &prompt, None).expect("segmented");
    let mut memory = tracker.memory(None);
    tracker.remember(memory.as_mut(), 0, &embedding, &first, true).expect("remembered");
    let mut found = Vec::new();
    for time in 1..=last {
        let embedding = tracker.embed(&scene(time).0).expect("embedded");
        let next = tracker.propagate(memory.as_ref(), i64::from(time), &embedding).expect("propagated");
        tracker.remember(memory.as_mut(), i64::from(time), &embedding, &next, false).expect("remembered");
        found.push(next);
    }
    found
}

/// A wheel whose spokes are 2 pixels wide, hardly lighter than the noise behind it, which has the same texture.
fn wheel() -> (Arc<Frame>, Matte) {
    const SIZE: (u32, u32) = (640, 360);
    let mut frame = Frame::filled(SIZE.0, SIZE.1, [0; 3]);
    let mut matte = Matte::filled(SIZE.0, SIZE.1, 0.0);
    for (y, x) in (0..SIZE.1).flat_map(|y| (0..SIZE.0).map(move |x| (y, x))) {
        let hash = (x / 3).wrapping_mul(0x9E37_79B1) ^ (y / 3).wrapping_mul(0x85EB_CA77);
        let noise = (hash.wrapping_mul(0xC2B2_AE3D) >> 25) as u8;
        let (dx, dy) = (x as f32 - 320.0, y as f32 - 180.0);
        let spoke = (dy.atan2(dx) / (std::f32::consts::PI / 6.0)).round() * (std::f32::consts::PI / 6.0);
        let off = (dx * spoke.sin() - dy * spoke.cos()).abs();
        let radius = dx.hypot(dy);
        let inside = radius < 14.0 || (radius < 110.0 && off < 1.0) || (radius - 110.0).abs() < 3.0;
        let i = (y * SIZE.0 + x) as usize;
        let colour = if inside { [60, 60, 60] } else { [40, 60, 50] };
        frame.data_mut()[3 * i..3 * i + 3].copy_from_slice(&colour.map(|c| c + noise));
        matte.data_mut()[i] = f32::from(u8::from(inside));
    }
    (Arc::new(frame), matte)
}

#[test]
fn in_a_still_the_matte_does_not_drift() {
    let default = format!("{}+flow", pack().to_string_lossy());
    let (frame, mask) = wheel();
    for name in [default.as_str(), "flow"] {
        let Some(mut tracker) = opened(name, 1) else { continue };
        let found = follow_in(tracker.as_mut(), 12, |_| (Arc::clone(&frame), mask.clone()));
        for (time, found) in (1..).zip(&found) {
            let overlap = found.matte.iou(&mask);
            assert!(overlap > 0.97, "{name}, frame {time}: overlap {overlap}");
        }
    }
}

#[test]
fn a_moving_disc_is_followed_from_a_mask() {
    let Some(mut tracker) = swift(1) else { return };
    for (time, found) in (1..).zip(follow(tracker.as_mut(), 8)) {
        let overlap = found.matte.iou(&scene(time).1);
        assert!(found.present && overlap > 0.85, "frame {time}: overlap {overlap}");
        assert!((0.0..=1.0).contains(&found.confidence));
    }
}

#[test]
fn results_are_the_same_bytes_in_every_run_and_for_every_number_of_threads() {
    let (Some(mut one), Some(mut two)) = (swift(1), swift(2)) else { return };
    let expected = follow(one.as_mut(), 3);
    for again in [follow(one.as_mut(), 3), follow(two.as_mut(), 3)] {
        for (a, b) in expected.iter().zip(&again) {
            assert!(a.matte == b.matte, "mattes differ");
            assert_eq!(a.confidence.to_bits(), b.confidence.to_bits());
        }
    }
}

#[test]
fn a_saved_memory_goes_on_with_the_same_bytes() {
    let (Some(mut tracker), Some(mut later)) = (swift(1), swift(1)) else { return };
    let (frame, matte) = scene(0);
    let embedding = tracker.embed(&frame).expect("embedded");
    let prompt = FramePrompt { mask: Some(matte), ..FramePrompt::default() };
    let mut found = tracker.segment(&embedding, &prompt, None).expect("segmented");
    let mut memory = tracker.memory(None);
    assert!(memory.save().is_none(), "there is nothing to remember yet");
    for time in 0..=6_u32 {
        let embedding = tracker.embed(&scene(time).0).expect("embedded");
        if time > 0 {
            found = tracker.propagate(memory.as_ref(), i64::from(time), &embedding).expect("propagated");
        }
        tracker
            .remember(memory.as_mut(), i64::from(time), &embedding, &found, time == 0)
            .expect("remembered");
    }
    let saved = memory.save().expect("a memory");
    let restored = later.restore(&saved).expect("its own memory");
    assert_eq!((restored.save(), restored.bytes()), (Some(saved.clone()), memory.bytes()));
    let [one, other] = [(&mut tracker, memory), (&mut later, restored)].map(|(tracker, memory)| {
        let embedding = tracker.embed(&scene(7).0).expect("embedded");
        tracker.propagate(memory.as_ref(), 7, &embedding).expect("propagated")
    });
    assert!(one.matte == other.matte && one.matte.area() > 1000, "mattes differ");
    assert_eq!(one.confidence.to_bits(), other.confidence.to_bits());
    // Of a model that sees frames at another size and has other channels, or of nobody.
    let mut damaged = saved.clone();
    damaged[40] ^= 1;
    assert!(later.restore(&damaged).is_none() && later.restore(b"rubbish").is_none());
}

#[test]
fn clicks_and_a_box_give_an_object() {
    // Whatever the pack says answers to prompts, all that it may say must do so; one word is the older form.
    let said =
        [r#""graph""#, r#"{"clicks": "both", "box": "both"}"#, r#"{"clicks": "graph", "box": "colour"}"#];
    let packs = said.map(answered_by);
    for folder in packs.iter().map(|p| p.path()).chain([pack().as_path()]) {
        if let Ok(tracker) = models::open(&folder.to_string_lossy(), Device::Cpu, 1) {
            prompted(tracker);
        }
    }
}

/// The bundle's pack with other "prompts".
fn answered_by(prompts: &str) -> tempfile::TempDir {
    let folder = forged("prompter", |_| ());
    let path = folder.path().join("model.json");
    let text = std::fs::read_to_string(&path).expect("read");
    let mut manifest: serde_json::Value = serde_json::from_str(&text).expect("a manifest");
    manifest["constants"]["prompts"] = serde_json::from_str(prompts).expect("prompts");
    std::fs::write(&path, manifest.to_string()).expect("written");
    folder
}

fn prompted(mut tracker: Box<dyn Tracker>) {
    let (frame, truth) = scene(0);
    let embedding = tracker.embed(&frame).expect("embedded");
    let bounds = PixelBox { x0: 62.0, y0: 52.0, x1: 138.0, y1: 128.0 };
    let click = PointPrompt { at: PixelPoint { x: 100.0, y: 90.0 }, label: Label::Positive };
    let boxed = FramePrompt { bounds: Some(bounds), ..FramePrompt::default() };
    let both = FramePrompt { points: vec![click], ..boxed.clone() };
    let off = PointPrompt { at: PixelPoint { x: 20.0, y: 20.0 }, label: Label::Negative };
    let clicks = FramePrompt { points: vec![click, off], ..FramePrompt::default() };
    for prompt in [boxed, both, clicks] {
        let found = tracker.segment(&embedding, &prompt, None).expect("segmented");
        let overlap = found.matte.iou(&truth);
        assert!(found.present && overlap > 0.6, "{prompt:?}: overlap {overlap}");
    }
    let nothing = tracker.segment(&embedding, &FramePrompt::default(), None);
    assert!(matches!(nothing, Err(ModelError::Prompt(_))));
}

/// The clicks of [`one_click_more_is_answered_as_all_at_once`], two of which change the answer to the others.
fn clicks() -> Vec<PointPrompt> {
    [(100.0, 90.0, true), (134.0, 90.0, true), (20.0, 20.0, false), (100.0, 124.0, true), (72.0, 70.0, false)]
        .map(|(x, y, on)| PointPrompt {
            at: PixelPoint { x, y },
            label: if on { Label::Positive } else { Label::Negative },
        })
        .to_vec()
}

#[test]
fn one_click_more_is_answered_as_all_at_once() {
    for clicks_by in [r#"{"clicks": "both", "box": "both"}"#, r#""graph""#, r#""colour""#] {
        let folder = answered_by(clicks_by);
        let open = || models::open(&folder.path().to_string_lossy(), Device::Cpu, 1).ok();
        let (Some(mut tracker), Some(mut other)) = (open(), open()) else { return };
        let (frame, truth) = scene(0);
        let embedding = tracker.embed(&frame).expect("embedded");
        let bounds = Some(PixelBox { x0: 62.0, y0: 52.0, x1: 138.0, y1: 128.0 });
        let all = clicks();
        let starts = [(None, None), (bounds, None), (None, Some(&truth))];
        let tried = if clicks_by.starts_with('{') { &starts[..] } else { &starts[..1] };
        for &(bounds, earlier) in tried {
            let prompt = |points: &[PointPrompt]| FramePrompt { points: points.to_vec(), bounds, mask: None };
            let mut last = None;
            // One after another, then one of them taken back, then all again.
            for count in [1, 2, 4, 5, 3, 5] {
                let prompt = prompt(&all[..count]);
                last = Some((
                    tracker.segment(&embedding, &prompt, earlier).expect("segmented"),
                    tracker.idle_clicks(),
                ));
            }
            // On another frame between, which is not that of the next click.
            let elsewhere = other.embed(&scene(3).0).expect("embedded");
            other.segment(&elsewhere, &prompt(&all[..2]), earlier).expect("segmented");
            let here = other.embed(&frame).expect("embedded");
            let at_once = other.segment(&here, &prompt(&all), earlier).expect("segmented");
            let (last, idle) = last.expect("a click");
            assert!(last.matte == at_once.matte, "{clicks_by}: mattes differ");
            assert_eq!((last.confidence, idle), (at_once.confidence, other.idle_clicks()), "{clicks_by}");
        }
    }
}

#[test]
fn a_correction_asks_the_prompter_and_keeps_what_no_click_changed() {
    let Ok(mut tracker) = models::open(&pack().to_string_lossy(), Device::Cpu, 1) else { return };
    let (frame, truth) = scene(0);
    // The right side is missing, and the left one has a comb of lines that no coarse grid has.
    let mut earlier = truth.clone();
    let width = truth.width() as usize;
    for (i, v) in earlier.data_mut().iter_mut().enumerate() {
        let (x, y) = (i % width, i / width);
        if x >= 110 || (x < 75 && y.is_multiple_of(2)) {
            *v = 0.0;
        }
    }
    let click = PointPrompt { at: PixelPoint { x: 124.0, y: 90.0 }, label: Label::Positive };
    let prompt = FramePrompt { points: vec![click], ..FramePrompt::default() };
    let embedding = tracker.embed(&frame).expect("embedded");
    let found = tracker.segment(&embedding, &prompt, Some(&earlier)).expect("segmented");
    assert!(found.matte.value(124, 90) > 0.9 && found.matte.iou(&truth) > earlier.iou(&truth) + 0.1);
    for (x, y) in (0..truth.height()).flat_map(|y| (0..75).map(move |x| (x, y))) {
        assert_eq!(found.matte.value(x, y), earlier.value(x, y), "{x}, {y}");
    }
    // The confidence is what the prompter thinks of its answer, and no constant.
    let other = PointPrompt { at: PixelPoint { x: 118.0, y: 100.0 }, label: Label::Positive };
    let prompt = FramePrompt { points: vec![click, other], ..FramePrompt::default() };
    let more = tracker.segment(&embedding, &prompt, Some(&earlier)).expect("segmented");
    assert_ne!(found.confidence, more.confidence);
}

#[test]
fn the_prompter_sees_by_its_own_encoder_where_the_pack_has_one() {
    let whole = pack();
    let text = std::fs::read_to_string(whole.join("model.json")).expect("read");
    let json: serde_json::Value = serde_json::from_str(&text).expect("a manifest");
    assert!(json["graphs"]["prompter_encoder"].is_object() && json["constants"]["prompter_side"].is_u64());
    let folder = forged("prompter", |_| ());
    let change = |side: serde_json::Value| {
        let mut json = json.clone();
        json["constants"]["prompter_side"] = side;
        std::fs::write(folder.path().join("model.json"), json.to_string()).expect("written");
        models::open(&folder.path().to_string_lossy(), Device::Cpu, 1).err().map(|e| e.to_string())
    };
    if swift(1).is_none() {
        return;
    }
    assert_eq!(change(160.into()), None);
    let refused = change(100.into()).expect("refused");
    assert!(refused.contains("prompter_side 100, expected a multiple of 16 up to 4096"), "{refused}");
    // What the tracker sees is not what this prompter graph takes: an error of the first click.
    assert_eq!(change(serde_json::Value::Null), None);
    let mut tracker = models::open(&folder.path().to_string_lossy(), Device::Cpu, 1).expect("opened");
    let embedding = tracker.embed(&scene(0).0).expect("embedded");
    let click = FramePrompt { points: clicks()[..1].to_vec(), ..FramePrompt::default() };
    let refused = tracker.segment(&embedding, &click, None).err().expect("refused").to_string();
    assert!(refused.contains("prompter"), "{refused}");
}

#[test]
fn frames_of_any_size_are_taken() {
    let Some(mut tracker) = swift(1) else { return };
    for (width, height) in [(1, 1), (3, 900), (2000, 7), (64, 64)] {
        let frame = Arc::new(Frame::filled(width, height, [40, 90, 200]));
        let embedding = tracker.embed(&frame).expect("embedded");
        let mask = Some(Matte::filled(width, height, 1.0));
        let first = tracker
            .segment(&embedding, &FramePrompt { mask, ..FramePrompt::default() }, None)
            .expect("segmented");
        let mut memory = tracker.memory(None);
        assert!(tracker.propagate(memory.as_ref(), 0, &embedding).is_err(), "an empty memory");
        tracker.remember(memory.as_mut(), 0, &embedding, &first, true).expect("remembered");
        let next = tracker.propagate(memory.as_ref(), 1, &embedding).expect("propagated");
        assert_eq!((next.matte.width(), next.matte.height()), (width, height));
    }
}

/// A copy of the bundle's pack in which `file` was changed and the manifest made to agree.
fn forged(file: &str, change: impl FnOnce(&mut Vec<u8>)) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for entry in std::fs::read_dir(pack()).expect("the pack") {
        let path = entry.expect("an entry").path();
        std::fs::copy(&path, folder.path().join(path.file_name().expect("a name"))).expect("copied");
    }
    let path = folder.path().join(format!("{file}.onnx"));
    let mut bytes = std::fs::read(&path).expect("read");
    change(&mut bytes);
    std::fs::write(&path, &bytes).expect("written");
    let manifest = folder.path().join("model.json");
    let text = std::fs::read_to_string(&manifest).expect("read");
    let mut json: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let digest: String = Sha256::digest(&bytes).iter().map(|b| format!("{b:02x}")).collect();
    json["graphs"][file]["sha256"] = digest.into();
    json["graphs"][file]["bytes"] = bytes.len().into();
    std::fs::write(&manifest, json.to_string()).expect("written");
    folder
}

#[test]
fn the_pack_of_the_bundle_is_whole_and_small() {
    let pack = airoto::models::pack::Pack::open(&pack()).expect("the pack");
    pack.verify().expect("as listed");
    let bytes: u64 = pack.manifest().graphs.values().map(|g| g.bytes).sum();
    assert!(bytes <= 8_000_000, "{bytes} bytes, expected at most 8 MB");
}

#[test]
fn a_graph_that_is_none_is_refused_by_name() {
    if swift(1).is_none() {
        return;
    }
    let truncated = forged("tracker", |bytes| bytes.truncate(bytes.len() / 2));
    let text = forged("tracker", |bytes| *bytes = b"cos\nsystem\n(S'true'\ntR.".to_vec());
    let other = forged("tracker", |bytes| {
        *bytes = std::fs::read(pack().join("memory.onnx")).expect("another graph");
    });
    for folder in [truncated, text] {
        let opened = models::open(&folder.path().to_string_lossy(), Device::Cpu, 1);
        let reason = opened.err().expect("refused").to_string();
        assert!(reason.contains("graph tracker"), "{reason}");
    }
    // A graph of another form is found out when it runs, and is an error then.
    let mut wrong = models::open(&other.path().to_string_lossy(), Device::Cpu, 1).expect("a sound graph");
    let (frame, matte) = scene(0);
    let embedding = wrong.embed(&frame).expect("embedded");
    let prompt = FramePrompt { mask: Some(matte), ..FramePrompt::default() };
    let first = wrong.segment(&embedding, &prompt, None).expect("segmented");
    let mut memory = wrong.memory(None);
    wrong.remember(memory.as_mut(), 0, &embedding, &first, true).expect("remembered");
    let failed = wrong.propagate(memory.as_ref(), 1, &embedding).err().expect("an error").to_string();
    assert!(failed.contains("tracker"), "{failed}");
}

#[test]
fn a_tracker_that_is_not_there_is_named() {
    let missing = models::open("no-such-model", Device::Auto, 1).err().expect("refused").to_string();
    assert!(missing.contains("no-such-model"), "{missing}");
    assert!(models::open(models::FLOW, Device::Cpu, 1).is_ok());
    assert!(models::open("default", Device::Auto, 1).is_ok());
    let listed: Vec<String> = models::installed::all().into_iter().map(|l| l.name).collect();
    assert!(listed.contains(&"swift".to_owned()), "{listed:?}");
}

/// Runs in a process of its own, see below: the library is loaded once a process.
#[test]
#[ignore = "started by another test with a library that is none"]
fn child_without_runtime() {
    let refused = models::open(&pack().to_string_lossy(), Device::Auto, 1);
    assert!(matches!(refused, Err(ModelError::Runtime(_))), "expected a refusal");
    assert!(models::open("default", Device::Auto, 1).is_ok(), "flow needs no runtime");
}

#[test]
fn without_onnx_runtime_there_is_an_error_and_flow() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = folder.path().join("libonnxruntime.so");
    std::fs::write(&text, "no library").expect("written");
    let mut libraries = vec![folder.path().join("missing.so"), text];
    // A library, but another.
    libraries.extend(["/lib/x86_64-linux-gnu/libm.so.6", "/usr/lib/libSystem.B.dylib"].map(PathBuf::from));
    for library in libraries {
        let program = std::env::current_exe().expect("this program");
        let child = Command::new(program)
            .args(["--exact", "child_without_runtime", "--ignored"])
            .env("ORT_DYLIB_PATH", &library)
            .output()
            .expect("started");
        let said = String::from_utf8_lossy(&child.stdout);
        assert!(child.status.success(), "{}: {said}", library.display());
        assert!(said.contains("1 passed"), "{said}");
    }
}

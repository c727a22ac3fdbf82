//! What prompts do: masks as given, corrections that take, errors that name the thing.

use super::rig::*;
use crate::job::{JobError, MaskKeys, Request};
use crate::raster::Matte;

const LAST: i64 = 40;

fn render(request: &Request) -> Vec<Vec<u8>> {
    Rig::new(None).render(request, 0..=LAST, &mut Noise::new(1))
}

/// The frames that differ.
fn changed(a: &[Vec<u8>], b: &[Vec<u8>]) -> Vec<usize> {
    (0..a.len()).filter(|&i| a[i] != b[i]).collect()
}

fn request_of(prompts: &[String]) -> Request {
    Request { store: false, ..request(&one(prompts), LAST) }
}

#[test]
fn a_correction_changes_its_span_and_nothing_else() {
    let before = vec![a_box(5), a_point(15, 4), a_box(30)];
    let mut after = before.clone();
    after.push(a_point(20, 8));
    let found = changed(&render(&request_of(&before)), &render(&request_of(&after)));
    assert_eq!(found, (16..30).collect::<Vec<_>>());
    // Outside the keyframes it is the whole end that changes.
    let mut after = before.clone();
    after.push(a_point(35, 8));
    let found = changed(&render(&request_of(&before)), &render(&request_of(&after)));
    assert_eq!(found, (31..=40).collect::<Vec<_>>());
}

#[test]
fn another_click_on_a_keyframe_changes_its_two_spans() {
    let before = vec![a_box(5), a_point(15, 4), a_point(30, 6)];
    let mut after = before.clone();
    after.push(a_point(15, 9));
    let found = changed(&render(&request_of(&before)), &render(&request_of(&after)));
    assert_eq!(found, (6..30).collect::<Vec<_>>(), "30 keeps what it corrected");
}

#[test]
fn a_correction_computes_its_span_only() {
    let before = vec![a_box(0), a_box(40)];
    let mut after = before.clone();
    after.push(a_point(20, 8));
    let rig = Rig::new(None);
    rig.render(&request_of(&before), 0..=LAST, &mut Noise::new(1));
    assert_eq!(rig.propagated(), 2 * 39);
    rig.render(&request_of(&after), 0..=LAST, &mut Noise::new(1));
    // 19 frames forward and 19 backward from the new keyframe; what leads to it is there.
    assert_eq!(rig.propagated(), 2 * 39 + 2 * 19);
}

#[test]
fn other_objects_do_not_feel_a_correction() {
    let cat = object("cat", &[a_box(10)]);
    let dog = |prompts: &[String]| objects(&[object("dog", prompts), cat.clone()]);
    let rig = Rig::new(None);
    let before = Request { store: false, ..request(&dog(&[a_box(0)]), LAST) };
    rig.render(&before, 0..=LAST, &mut Noise::new(1));
    let so_far = rig.propagated();
    let after = Request { store: false, ..request(&dog(&[a_box(0), a_point(20, 3)]), LAST) };
    rig.render(&after, 0..=LAST, &mut Noise::new(1));
    assert_eq!(rig.propagated() - so_far, 19 + 20);
}

fn with_masks(masks: &[(&str, Matte)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, matte) in masks {
        let grey: Vec<u8> = matte.data().iter().map(|v| (v * 255.0).round() as u8).collect();
        image::GrayImage::from_raw(matte.width(), matte.height(), grey)
            .expect("the size")
            .save(folder.path().join(name))
            .expect("written");
    }
    folder
}

fn mask(frame: i64, name: &str) -> String {
    format!(r#"{{"frame":{frame},"mask":"{name}"}}"#)
}

fn square() -> Matte {
    let inside = |x: u32, y: u32| f32::from(u8::from((3..9).contains(&x) && (2..8).contains(&y)));
    let data = (0..WIDTH * HEIGHT).map(|i| inside(i % WIDTH, i / WIDTH)).collect();
    Matte::new(WIDTH, HEIGHT, data).expect("the size")
}

#[test]
fn a_mask_comes_out_as_it_went_in_and_pins_its_frame() {
    let folder = with_masks(&[("a.png", square()), ("none.png", Matte::filled(WIDTH, HEIGHT, 0.0))]);
    let prompts = [mask(10, "a.png"), mask(20, "none.png"), mask(30, "a.png")];
    let request = Request { base: Some(folder.path().to_owned()), ..request_of(&prompts) };
    let rig = Rig::new(None);
    let at = |time| rig.track(&request, time, &mut Noise::new(1)).expect("tracked").objects.remove(0);
    let pinned = at(10);
    assert_eq!((pinned.matte, pinned.pinned, pinned.present), (square(), true, true));
    let gone = at(20);
    assert!(gone.pinned && !gone.present && gone.matte.data().iter().all(|&v| v == 0.0));
    assert!(!at(15).pinned && at(15).present);
    // The empty frame is a wall: 15 is reached from 10 alone, 25 from 30 alone.
    assert_eq!(rig.propagated(), 5);
    at(25);
    assert_eq!(rig.propagated(), 10);
    // A mask that changes on disk is read again.
    let other = with_masks(&[("a.png", Matte::filled(WIDTH, HEIGHT, 1.0))]);
    std::fs::copy(other.path().join("a.png"), folder.path().join("a.png")).expect("copied");
    assert_eq!(at(10).matte, Matte::filled(WIDTH, HEIGHT, 1.0));
}

/// Shapes of objects `layers`, each the square of [`square`] that stands still from frame 10 to 30.
fn shapes_file(folder: &std::path::Path, name: &str, layers: &[&str], size: (u32, u32)) {
    use crate::shapes::{Animation, ControlPoint, Format, Layer, PathKey, Shape};
    let corners = [(3.0, 2.0), (9.0, 2.0), (9.0, 8.0), (3.0, 8.0)];
    let points: Vec<_> = corners.map(|p| ControlPoint::corner(p.into())).to_vec();
    let layers = layers
        .iter()
        .map(|name| Layer {
            name: (*name).to_owned(),
            shapes: vec![Shape {
                name: format!("{name}_1"),
                hole: false,
                opacity: Vec::new(),
                feather: Vec::new(),
                keys: vec![PathKey { frame: 10, points: points.clone() }],
            }],
        })
        .collect();
    let (width, height) = size;
    let animation = Animation { width, height, pixel_aspect: 1.0, first: 10, last: 30, fps: 24.0, layers };
    let path = folder.join(name);
    let mut bytes = Vec::new();
    Format::of(&path).expect("a format").write(&animation, &mut bytes).expect("written");
    std::fs::write(path, bytes).expect("written");
}

fn shapes(frame: i64, file: &str) -> String {
    format!(r#"{{"frame":{frame},"shapes":"{file}"}}"#)
}

#[test]
fn shapes_are_masks() {
    let folder = tempfile::tempdir().expect("a folder");
    let size = (WIDTH, HEIGHT);
    shapes_file(folder.path(), "one.fxs", &["someone"], size);
    shapes_file(folder.path(), "two.nk", &["cat", "dog"], size);
    shapes_file(folder.path(), "two.json", &["a", "b"], size);
    shapes_file(folder.path(), "small.json", &["dog"], (8, 6));
    std::fs::write(folder.path().join("bad.nk"), "Root {").expect("written");
    let with = |prompts: &[String]| Request { base: Some(folder.path().to_owned()), ..request_of(prompts) };
    let named = r#"{"frame":12,"shapes":"two.json","layer":"b"}"#.to_owned();
    for prompt in [shapes(12, "one.fxs"), shapes(12, "two.nk"), named] {
        let found = Rig::new(None).track(&with(std::slice::from_ref(&prompt)), 12, &mut Noise::new(1));
        let found = found.expect(&prompt).objects.remove(0);
        assert!(found.pinned && found.present);
        let expected = square();
        let off = found.matte.data().iter().zip(expected.data()).map(|(a, b)| (a - b).abs());
        assert!(off.fold(0.0, f32::max) < 1e-3, "{prompt}");
    }
    let formats = format!("expected {}", crate::shapes::Format::extensions());
    for (prompt, expected) in [
        (shapes(12, "two.json"), r#"there is no layer "dog", only ["a", "b"]"#),
        (r#"{"frame":12,"shapes":"one.fxs","layer":"x"}"#.to_owned(), r#"there is no layer "x""#),
        (shapes(9, "one.fxs"), "one.fxs has frames 10 to 30, not this one"),
        (shapes(12, "small.json"), "8x6 pixels, the footage has 16x12"),
        (shapes(12, "bad.nk"), "bad.nk: the shapes cannot be read: 1 braces are not closed"),
        (shapes(12, "none.nk"), "none.nk cannot be read"),
        (shapes(12, "a.png"), formats.as_str()),
    ] {
        let found = Rig::new(None).track(&with(&[prompt]), 12, &mut Noise::new(1)).expect_err(expected);
        assert!(matches!(&found, JobError::User(t) if t.contains(expected)), "{found} / {expected}");
        assert!(!found.to_string().contains('\n'));
    }
}

#[test]
fn after_a_last_empty_mask_the_object_is_gone() {
    let folder = with_masks(&[("a.png", square()), ("none.png", Matte::filled(WIDTH, HEIGHT, 0.0))]);
    let prompts = [mask(10, "a.png"), mask(20, "none.png")];
    let request = Request { base: Some(folder.path().to_owned()), ..request_of(&prompts) };
    let rig = Rig::new(None);
    let found = rig.track(&request, 35, &mut Noise::new(1)).expect("tracked").objects.remove(0);
    assert!(!found.present && !found.pinned && found.matte.is_empty());
}

#[test]
fn the_mask_input_prompts_the_first_object() {
    let rig = Rig::new(None);
    let mut source = Noise::new(1);
    source.masks.insert(8, square());
    let request = Request { mask: MaskKeys::On(8), prompts: parsed(""), ..request_of(&[]) };
    let frame = rig.track(&request, 8, &mut source).expect("tracked");
    assert_eq!((frame.objects[0].name.as_str(), &frame.objects[0].matte), ("object", &square()));
    let far = rig.track(&request, 12, &mut source).expect("tracked");
    // Another mask is another track, as soon as its frame is seen.
    source.masks.insert(8, Matte::filled(WIDTH, HEIGHT, 1.0));
    let frame = rig.track(&request, 8, &mut source).expect("tracked");
    assert_eq!(frame.objects[0].matte, Matte::filled(WIDTH, HEIGHT, 1.0));
    assert_ne!(bytes(&rig.track(&request, 12, &mut source).expect("tracked")), bytes(&far));

    let nothing = rig.track(&request, 9, &mut Noise::new(3)).expect_err("no mask");
    assert!(matches!(&nothing, JobError::User(t) if t.contains("has no picture")), "{nothing}");
}

#[test]
fn objects_do_not_overlap_but_masks_stay() {
    let folder = with_masks(&[("a.png", square())]);
    let all = objects(&[object("a", &[mask(0, "a.png")]), object("b", &[a_box(0)])]);
    let request = Request { base: Some(folder.path().to_owned()), prompts: parsed(&all), ..request_of(&[]) };
    let frame = Rig::new(None).track(&request, 0, &mut Noise::new(1)).expect("tracked");
    let [a, b] = &frame.objects[..] else { panic!("two objects") };
    assert_eq!(a.matte, square());
    assert!(a.matte.data().iter().zip(b.matte.data()).all(|(a, b)| a + b <= 1.0));
}

#[test]
fn what_is_wrong_is_named() {
    let small = Matte::filled(8, 6, 1.0);
    let none = Matte::filled(WIDTH, HEIGHT, 0.0);
    let folder = with_masks(&[("a.png", square()), ("small.png", small), ("none.png", none)]);
    let based = Some(folder.path().to_owned());
    let with = |prompts: &[String]| Request { base: based.clone(), ..request_of(prompts) };
    let fine = || Noise::new(1);
    let user = [
        (with(&[mask(0, "small.png")]), "8x6 pixels, the footage has 16x12"),
        (with(&[mask(0, "b.png")]), r#"object "dog", frame 0, mask: cannot read"#),
        (with(&[mask(0, "none.png")]), r#"object "dog" has only empty masks"#),
        (request_of(&[mask(0, "a.png")]), "a.png is a relative path"),
        (with(&[a_box(41)]), "is on frame 41, the footage has frames 0 to 40"),
        (
            Request { device: "tpu".into(), ..with(&[a_box(0)]) },
            r#"the device is "tpu", expected one of auto, cpu, cuda"#,
        ),
        (with(&[a_point(3, 17)]), "the point at (17, 3) is outside the picture of 16x12 pixels"),
    ];
    for (request, expected) in user {
        let found = Rig::new(None).track(&request, 0, &mut fine()).expect_err("wrong");
        assert!(matches!(&found, JobError::User(t) if t.contains(expected)), "{found} / {expected}");
    }
    let good = with(&[a_box(0)]);
    let host = [
        (Noise { missing: vec![3], ..fine() }, 5, "frame 3 is not there"),
        (Noise { size: (8, 8), ..fine() }, 5, "frame 5 has 8x8 pixels, the footage has 16x12"),
        (fine(), 41, "frame 41 is not in the footage, which has frames 0 to 40"),
    ];
    for (mut source, time, expected) in host {
        let found = Rig::new(None).track(&good, time, &mut source).expect_err("wrong");
        assert!(matches!(&found, JobError::Host(t) if t.contains(expected)), "{found} / {expected}");
    }
    let model = Request { tracker: "none".into(), ..good };
    let found = Rig::new(None).track(&model, 0, &mut fine()).expect_err("no model");
    assert!(matches!(&found, JobError::Model(t) if t.contains("there is no library")), "{found}");
}

#[test]
fn a_render_stops_between_frames_and_goes_on_later() {
    let request = request_of(&[a_box(0)]);
    let rig = Rig::new(None);
    let mut source = Noise { stop_after: 5, ..Noise::new(1) };
    assert_eq!(rig.track(&request, 30, &mut source).map(|_| ()), Err(JobError::Aborted));
    let so_far = rig.propagated();
    assert!(so_far < 6);
    rig.track(&request, 30, &mut Noise::new(1)).expect("tracked");
    assert_eq!(rig.propagated(), 30, "what was done is kept");
}

#[test]
fn a_tracker_that_panics_is_opened_anew() {
    let request = request_of(&[a_box(0)]);
    let rig = Rig::new(None);
    struct Magenta(Noise);
    impl crate::job::FrameSource for Magenta {
        fn frame(
            &mut self,
            time: i64,
        ) -> Result<std::sync::Arc<crate::raster::Frame>, crate::job::SourceError> {
            let frame = self.0.frame(time)?;
            if time != 3 {
                return Ok(frame);
            }
            Ok(std::sync::Arc::new(crate::raster::Frame::filled(WIDTH, HEIGHT, [255, 0, 255])))
        }
        fn mask(&mut self, _: i64) -> Result<Option<Matte>, crate::job::SourceError> {
            Ok(None)
        }
        fn aborted(&mut self) -> bool {
            false
        }
    }
    let failed = rig.engine.track(&request, 5, &mut Magenta(Noise::new(1)), &mut |_| {});
    let failed = failed.expect_err("panicked");
    assert!(
        matches!(&failed, JobError::Internal(t) if t.contains("tracker elephant panicked: magenta")),
        "{failed}"
    );
    // The frame is another now, and that is known when it is seen.
    rig.track(&request, 3, &mut Noise::new(1)).expect("tracked");
    let expected = bytes(&Rig::new(None).track(&request, 5, &mut Noise::new(1)).expect("tracked"));
    assert_eq!(bytes(&rig.track(&request, 5, &mut Noise::new(1)).expect("tracked")), expected);
}

/// What is asked about a frame and what the frame itself says are one number, whoever made the tracks.
#[test]
fn a_survey_gives_each_frame_the_confidence_of_its_result() {
    let folder = tempfile::tempdir().expect("a folder");
    let request = request(&objects(&[object("dog", &[a_box(2), a_box(11)]), object("cat", &[a_box(6)])]), 15);
    let (mut footage, known) = (Noise::new(1), |rig: &Rig, footage: &mut Noise| {
        let states = rig.engine.known(&request, 0, (0, 15), footage).expect("known");
        states.iter().map(|state| state.confidence).collect::<Vec<_>>()
    });
    let rig = Rig::new(Some(folder.path()));
    let of_frame = |time| {
        let frame = rig.track(&request, time, &mut Noise::new(1)).expect("tracked");
        Some(frame.objects.iter().map(|object| object.confidence).fold(1.0, f32::min))
    };
    let rendered: Vec<Option<f32>> = (0..=15).map(of_frame).collect();
    assert_eq!(known(&rig, &mut footage), rendered);
    // And in a process that has to read them.
    drop(rig);
    assert_eq!(known(&Rig::new(Some(folder.path())), &mut Noise::new(1)), rendered);
}

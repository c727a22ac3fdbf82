//! The tracker as the engine sees it, on drawn sequences.

use super::*;
use crate::job::prompts::{Label, PointPrompt};
use crate::raster::{PixelBox, PixelPoint};

const WIDTH: u32 = 160;
const HEIGHT: u32 = 100;
const RADIUS: f32 = 18.0;

/// A repeatable texture of 0 to 255, smooth over about four pixels.
pub(in crate::models) fn texture(x: f32, y: f32, seed: u32) -> f32 {
    let at = |x: i32, y: i32| {
        let h = (x as u32).wrapping_mul(0x9e37_79b1) ^ (y as u32).wrapping_mul(0x85eb_ca77) ^ seed;
        let h = (h ^ (h >> 15)).wrapping_mul(0x2c1b_3c6d);
        ((h ^ (h >> 13)).wrapping_mul(0x297a_2d39) >> 24) as f32
    };
    let (x, y) = (x / 4.0, y / 4.0);
    let (x0, y0) = (x.floor(), y.floor());
    let (fx, fy) = (x - x0, y - y0);
    let (i, j) = (x0 as i32, y0 as i32);
    let top = at(i, j) * (1.0 - fx) + at(i + 1, j) * fx;
    let bottom = at(i, j + 1) * (1.0 - fx) + at(i + 1, j + 1) * fx;
    top * (1.0 - fy) + bottom * fy
}

/// The centre of the disc in frame `t`.
fn centre(t: i64) -> (f32, f32) {
    (35.0 + 3.0 * t as f32, 50.0 + 0.5 * t as f32)
}

/// A textured reddish disc that moves over a textured greenish ground; with `post`, a grey post
/// stands before it.
fn draw(t: i64, post: bool) -> (Arc<Frame>, Matte) {
    let (cx, cy) = centre(t);
    let mut frame = Frame::filled(WIDTH, HEIGHT, [0; 3]);
    let mut matte = Matte::filled(WIDTH, HEIGHT, 0.0);
    for i in 0..(WIDTH * HEIGHT) as usize {
        let (x, y) = ((i % WIDTH as usize) as f32 + 0.5, (i / WIDTH as usize) as f32 + 0.5);
        let rgb = if post && (84.0..92.0).contains(&x) {
            [120.0; 3]
        } else if (x - cx).hypot(y - cy) < RADIUS {
            matte.data_mut()[i] = 1.0;
            let v = texture(x - cx + 500.0, y - cy + 500.0, 7);
            [110.0 + 0.4 * v, 40.0 + 0.3 * v, 50.0]
        } else {
            let v = texture(x, y, 99);
            [30.0 + 0.2 * v, 60.0 + 0.5 * v, 40.0]
        };
        frame.data_mut()[3 * i..3 * i + 3].copy_from_slice(&rgb.map(|v| v as u8));
    }
    (Arc::new(frame), matte)
}

/// Tracks the disc from its true matte in frame 0; gives what is found in frames 1 to `last`.
fn track(last: i64, post: bool) -> Vec<Prediction> {
    let mut tracker = FlowTracker::new();
    let mut memory = tracker.memory(None);
    let (frame, matte) = draw(0, post);
    let embedding = tracker.embed(&frame).expect("features");
    let prompt = FramePrompt { mask: Some(matte), ..FramePrompt::default() };
    let found = tracker.segment(&embedding, &prompt, None).expect("a mask is always good");
    tracker.remember(memory.as_mut(), 0, &embedding, &found, true).expect("remembered");
    (1..=last)
        .map(|t| {
            let embedding = tracker.embed(&draw(t, post).0).expect("features");
            let found = tracker.propagate(memory.as_ref(), t, &embedding).expect("propagated");
            tracker.remember(memory.as_mut(), t, &embedding, &found, false).expect("remembered");
            found
        })
        .collect()
}

#[test]
fn a_moving_disc_is_followed() {
    for (t, found) in (1_i64..).zip(track(10, false)) {
        let overlap = found.matte.iou(&draw(t, false).1);
        assert!(overlap > 0.9 && found.present && found.confidence > 0.7, "frame {t}: {overlap}");
    }
}

#[test]
fn the_disc_comes_out_whole_from_behind_a_post() {
    let found = track(34, true);
    for (t, found) in (1_i64..).zip(&found) {
        let overlap = found.matte.iou(&draw(t, true).1);
        assert!(overlap > 0.7, "frame {t}: {overlap}");
    }
    let last = found.last().expect("34 frames").matte.iou(&draw(34, true).1);
    assert!(last > 0.85, "after the post: {last}");
}

#[test]
fn the_bytes_do_not_depend_on_the_number_of_threads() {
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        pool.install(|| track(5, true))
    };
    for (one, four) in run(1).iter().zip(run(4)) {
        assert_eq!(one.matte, four.matte);
        assert_eq!(one.confidence.to_bits(), four.confidence.to_bits());
    }
}

#[test]
fn propagation_depends_on_its_arguments_alone() {
    let mut tracker = FlowTracker::new();
    let mut memory = tracker.memory(None);
    let (frame, matte) = draw(0, false);
    let first = tracker.embed(&frame).expect("features");
    let prompt = FramePrompt { mask: Some(matte), ..FramePrompt::default() };
    let found = tracker.segment(&first, &prompt, None).expect("a mask");
    tracker.remember(memory.as_mut(), 0, &first, &found, true).expect("remembered");
    let checkpoint = memory.boxed_clone();
    let next = tracker.embed(&draw(1, false).0).expect("features");
    let before = tracker.propagate(memory.as_ref(), 1, &next).expect("propagated");
    // Other work in between, on the same tracker and on the memory that was cloned.
    tracker.remember(memory.as_mut(), 1, &next, &before, false).expect("remembered");
    for t in 2..5 {
        let other = tracker.embed(&draw(t, true).0).expect("features");
        tracker.propagate(memory.as_ref(), t, &other).expect("propagated");
    }
    let fresh = FlowTracker::new().propagate(checkpoint.as_ref(), 1, &next).expect("propagated");
    let again = tracker.propagate(checkpoint.as_ref(), 1, &next).expect("propagated");
    assert_eq!(before.matte, again.matte);
    assert_eq!(before.matte, fresh.matte);
}

#[test]
fn memory_does_not_grow_with_the_sequence() {
    let mut tracker = FlowTracker::new();
    let mut memory = tracker.memory(None);
    let (frame, matte) = draw(0, false);
    let embedding = tracker.embed(&frame).expect("features");
    let found = Prediction::new(matte, 1.0);
    let mut bytes = Vec::new();
    for t in 0..60 {
        tracker.remember(memory.as_mut(), t, &embedding, &found, t % 5 == 0).expect("remembered");
        bytes.push(memory.bytes());
    }
    assert!(bytes[30] > 0 && bytes[59] <= bytes[30], "{bytes:?}");
}

#[test]
fn a_mask_comes_out_as_it_went_in_and_an_empty_one_is_absent() {
    let mut tracker = FlowTracker::new();
    let (frame, mut matte) = draw(0, false);
    matte.data_mut()[3] = 0.25;
    let embedding = tracker.embed(&frame).expect("features");
    let prompt = |mask| FramePrompt { mask: Some(mask), ..FramePrompt::default() };
    let found = tracker.segment(&embedding, &prompt(matte.clone()), None).expect("a mask");
    assert_eq!((found.matte, found.present), (matte, true));
    let empty = Matte::filled(WIDTH, HEIGHT, 0.0);
    let found = tracker.segment(&embedding, &prompt(empty), None).expect("a mask");
    assert!(!found.present);
    let mut memory = tracker.memory(None);
    tracker.remember(memory.as_mut(), 0, &embedding, &found, true).expect("remembered");
    let next = tracker.propagate(memory.as_ref(), 1, &embedding).expect("propagated");
    assert!(!next.present && next.matte.is_empty());
}

fn click((x, y): (f32, f32), label: Label) -> PointPrompt {
    PointPrompt { at: PixelPoint { x: f64::from(x), y: f64::from(y) }, label }
}

#[test]
fn a_box_or_a_click_gives_the_disc() {
    let mut tracker = FlowTracker::new();
    let (frame, truth) = draw(8, false);
    let (x, y) = centre(8);
    let embedding = tracker.embed(&frame).expect("features");
    let corner = |s: f32| PixelPoint { x: f64::from(x + s * RADIUS), y: f64::from(y + s * RADIUS) };
    let boxed = FramePrompt {
        bounds: Some(PixelBox::from_corners(corner(1.0), corner(-1.0))),
        ..FramePrompt::default()
    };
    let found = tracker.segment(&embedding, &boxed, None).expect("segmented").matte;
    assert!(found.iou(&truth) > 0.85, "box: {}", found.iou(&truth));
    let points = vec![click((x, y), Label::Positive), click((x + 40.0, y), Label::Negative)];
    let clicked = FramePrompt { points, ..FramePrompt::default() };
    let found = tracker.segment(&embedding, &clicked, None).expect("segmented").matte;
    assert!(found.iou(&truth) > 0.8, "clicks: {}", found.iou(&truth));
}

#[test]
fn clicks_correct_what_was_known() {
    let mut tracker = FlowTracker::new();
    let (frame, truth) = draw(8, false);
    let (x, y) = centre(8);
    let embedding = tracker.embed(&frame).expect("features");
    // The left half of the disc is missing, and there is something where nothing is.
    let mut wrong = truth.clone();
    for i in 0..wrong.data().len() {
        let (px, py) = ((i % WIDTH as usize) as f32, (i / WIDTH as usize) as f32);
        if px < x {
            wrong.data_mut()[i] = 0.0;
        }
        if (px - 140.0).hypot(py - 20.0) < 8.0 {
            wrong.data_mut()[i] = 1.0;
        }
    }
    let points = vec![click((x - 9.0, y), Label::Positive), click((140.0, 20.0), Label::Negative)];
    let prompt = FramePrompt { points, ..FramePrompt::default() };
    let found = tracker.segment(&embedding, &prompt, Some(&wrong)).expect("segmented").matte;
    assert!(found.iou(&truth) > wrong.iou(&truth) + 0.2, "{} of {}", found.iou(&truth), wrong.iou(&truth));
    assert!(found.value(140, 20) < 0.5);
}

#[test]
fn odd_pictures_and_prompts_give_finite_mattes_of_their_size() {
    let mut tracker = FlowTracker::new();
    for (w, h) in [(0, 0), (1, 1), (1, 90), (1500, 2), (33, 17)] {
        let embedding = tracker.embed(&Arc::new(Frame::filled(w, h, [255; 3]))).expect("features");
        let far = PixelPoint { x: 1e9, y: -1e9 };
        let near = PixelPoint { x: 0.5, y: 0.5 };
        let prompts = [
            FramePrompt { mask: Some(Matte::filled(w, h, 1.0)), ..FramePrompt::default() },
            FramePrompt { bounds: Some(PixelBox::from_corners(far, near)), ..FramePrompt::default() },
            FramePrompt { bounds: Some(PixelBox::from_corners(far, far)), ..FramePrompt::default() },
            FramePrompt {
                points: vec![PointPrompt { at: near, label: Label::Positive }],
                ..FramePrompt::default()
            },
            FramePrompt {
                points: vec![PointPrompt { at: far, label: Label::Negative }],
                ..FramePrompt::default()
            },
            FramePrompt::default(),
        ];
        for prompt in prompts {
            let mut memory = tracker.memory(None);
            let mut found = tracker.segment(&embedding, &prompt, None).expect("segmented");
            for t in 0..3 {
                assert_eq!((found.matte.width(), found.matte.height()), (w, h));
                assert!(found.matte.data().iter().all(|v| (0.0..=1.0).contains(v)), "{w}x{h} {prompt:?}");
                assert!((0.0..=1.0).contains(&found.confidence));
                tracker.remember(memory.as_mut(), t, &embedding, &found, t == 0).expect("remembered");
                found = tracker.propagate(memory.as_ref(), t + 1, &embedding).expect("propagated");
            }
        }
    }
}

#[test]
fn frames_of_unequal_size_are_an_error() {
    let mut tracker = FlowTracker::new();
    let mut memory = tracker.memory(None);
    let small = tracker.embed(&Arc::new(Frame::filled(20, 10, [9; 3]))).expect("features");
    let large = tracker.embed(&Arc::new(Frame::filled(30, 10, [9; 3]))).expect("features");
    let matte = Matte::filled(20, 10, 1.0);
    let found = Prediction::new(matte, 1.0);
    assert!(tracker.propagate(memory.as_ref(), 0, &small).is_err());
    tracker.remember(memory.as_mut(), 0, &small, &found, true).expect("remembered");
    assert!(tracker.propagate(memory.as_ref(), 1, &large).is_err());
    assert!(tracker.remember(memory.as_mut(), 1, &large, &found, false).is_err());
}

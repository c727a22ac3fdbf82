//! An object that leaves the frame, and one that is hidden.

use super::tests::Fixed;
use super::*;
use crate::job::Happening;
use crate::models::flow::FlowTracker;
use crate::models::flow::tests::texture;

const SIZE: (u32, u32) = (160, 96);
const RADIUS: f32 = 13.0;

/// A disc of this texture, where its middle is.
struct Disc {
    at: (f32, f32),
    seed: u32,
    /// Levels that its blue is higher.
    blue: f32,
}

/// Discs over a ground, the first at the top; and the mask of the first.
fn draw(discs: &[Disc]) -> (Arc<Frame>, Matte) {
    let (mut frame, mut mask) = (Frame::filled(SIZE.0, SIZE.1, [0; 3]), Matte::filled(SIZE.0, SIZE.1, 0.0));
    for i in 0..(SIZE.0 * SIZE.1) as usize {
        let (x, y) = ((i % SIZE.0 as usize) as f32 + 0.5, (i / SIZE.0 as usize) as f32 + 0.5);
        let on = discs.iter().position(|d| (x - d.at.0).hypot(y - d.at.1) < RADIUS);
        let rgb = match on {
            Some(n) => {
                let d = &discs[n];
                let v = texture(x - d.at.0 + 500.0, y - d.at.1 + 500.0, d.seed);
                [120.0 + 0.4 * v, 40.0 + 0.3 * v, 50.0 + d.blue]
            }
            None => {
                let v = texture(x, y, 99);
                [30.0 + 0.2 * v, 60.0 + 0.5 * v, 40.0]
            }
        };
        frame.data_mut()[3 * i..3 * i + 3].copy_from_slice(&rgb.map(|v| v as u8));
        mask.data_mut()[i] = f32::from(u8::from(on == Some(0)));
    }
    (Arc::new(frame), mask)
}

/// What is found from the first frame's mask on, and what was noticed. The memory is saved and restored in between.
fn track(inner: Box<dyn Tracker>, frames: &[(Arc<Frame>, Matte)]) -> Vec<(Prediction, Option<Noticed>)> {
    let mut tracker = HybridTracker::around(inner);
    let mut memory = tracker.memory(None);
    let mut found = Vec::new();
    for (time, (frame, mask)) in (0..).zip(frames) {
        let seen = tracker.embed(frame).expect("embedded");
        let answer = if time == 0 {
            let prompt = FramePrompt { mask: Some(mask.clone()), ..FramePrompt::default() };
            tracker.segment(&seen, &prompt, None).expect("segmented")
        } else {
            tracker.propagate(memory.as_ref(), time, &seen).expect("propagated")
        };
        let noticed = tracker.noticed();
        tracker.remember(memory.as_mut(), time, &seen, &answer, time == 0).expect("remembered");
        memory = tracker.restore(&memory.save().expect("saved")).expect("restored");
        found.push((answer, noticed));
    }
    found
}

/// Where another disc is parked.
const PARKED: (f32, f32) = (40.0, 70.0);

/// A disc goes out to the right within 10 frames and comes back at once, past one that is parked; the masks of both.
fn leaving(blue: f32) -> (Vec<(Arc<Frame>, Matte)>, Matte) {
    let parked = || Disc { at: PARKED, seed: 11, blue };
    let frames = (0..20)
        .map(|t| {
            let x = 90.0 + 9.0 * if t < 11 { t as f32 } else { 21.0 - t as f32 };
            draw(&[Disc { at: (x, 40.0), seed: 7, blue: 0.0 }, parked()])
        })
        .collect();
    (frames, draw(&[parked()]).1)
}

#[test]
fn an_object_that_left_is_absent_and_what_is_parked_is_not_it() {
    let left = Some(Noticed { what: Happening::Left, time: 9 });
    // In frame 9 there is a sliver of it. A thing of other colours is parked, and one of its own, anywhere.
    for blue in [120.0, 0.0] {
        let (frames, parked) = leaving(blue);
        // The tracker jumps to the other disc when its own is gone, and never comes back.
        let answers =
            frames.iter().map(|(_, mask)| if mask.is_empty() { parked.clone() } else { mask.clone() });
        let answers: Vec<Matte> =
            answers.enumerate().map(|(t, m)| if t >= 9 { parked.clone() } else { m }).collect();
        for (t, (found, noticed)) in track(Box::new(Fixed::given(answers)), &frames).iter().enumerate() {
            let absent = !found.present && found.matte.is_empty();
            assert_eq!((absent, *noticed), (t >= 9, left.filter(|_| t >= 9)), "frame {t}, blue {blue}");
        }
    }
}

#[test]
fn an_object_that_comes_back_is_found_again_by_its_colours() {
    let (frames, parked) = leaving(120.0);
    let answer =
        |(_, mask): &(Arc<Frame>, Matte)| if mask.is_empty() { parked.clone() } else { mask.clone() };
    let answers = frames.iter().map(answer).collect();
    for (t, ((found, noticed), (_, mask))) in
        track(Box::new(Fixed::given(answers)), &frames).iter().zip(&frames).enumerate()
    {
        // A sliver at the edge may be anything.
        if mask.is_empty() {
            assert!(!found.present && noticed.is_some(), "frame {t}");
        } else if mask.area() > 100 {
            assert!(
                found.present && noticed.is_none() && found.matte.iou(mask) > 0.7,
                "frame {t}: {noticed:?} {} {}",
                mask.area(),
                found.matte.iou(mask)
            );
        }
    }
}

#[test]
fn a_jump_to_something_else_is_none_and_one_to_the_object_is() {
    let disc =
        |x| draw(&[Disc { at: (x, 40.0), seed: 7, blue: 0.0 }, Disc { at: PARKED, seed: 11, blue: 120.0 }]);
    let frames: Vec<(Arc<Frame>, Matte)> = [120.0, 122.0, 20.0].map(disc).into();
    let parked = draw(&[Disc { at: PARKED, seed: 11, blue: 120.0 }]).1;
    let found = |last: Matte| {
        let answers = vec![frames[0].1.clone(), frames[1].1.clone(), last];
        let answers = track(Box::new(Fixed::given(answers)), &frames).pop().expect("three frames");
        (answers.0.present, answers.1.map(|noticed| noticed.what))
    };
    assert_eq!(found(parked), (false, Some(Happening::Hidden)));
    assert_eq!(found(frames[2].1.clone()), (true, None));
}

#[test]
fn the_flow_tracker_says_that_an_object_left() {
    let (frames, _) = leaving(0.0);
    let found = track(Box::new(FlowTracker::new()), &frames);
    for (t, ((found, noticed), (_, mask))) in found.iter().zip(&frames).enumerate().take(12) {
        assert_eq!((found.present, noticed.is_none()), (mask.area() > 30, mask.area() > 30), "frame {t}");
    }
}

//! Cuts, and what is none.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::presence::Presence;
use super::tests::Fixed;
use super::*;
use crate::job::Happening;

/// A hilly picture: each shot has other hills, `at` is where the camera looks.
fn shot(number: u32, at: (f32, f32), light: impl Fn(f32) -> f32) -> Frame {
    let (width, height) = (192_u32, 108_u32);
    let mut frame = Frame::filled(width, height, [0; 3]);
    let turn = number as f32 * 1.3;
    for i in 0..(width * height) as usize {
        let (x, y) = ((i as u32 % width) as f32 + at.0, (i as u32 / width) as f32 + at.1);
        let (u, v) = (x * turn.cos() - y * turn.sin(), x * turn.sin() + y * turn.cos());
        let hills = 40.0 * (0.13 * u).sin() * (0.17 * v).cos() + 35.0 * (0.31 * u + 0.11 * v).sin();
        let colour = [90.0, 60.0 + 50.0 * number as f32, 150.0 - 60.0 * number as f32];
        for (c, base) in colour.into_iter().enumerate() {
            frame.data_mut()[3 * i + c] = light(base + hills) as u8;
        }
    }
    frame
}

fn plain(v: f32) -> f32 {
    v
}

/// How a track through these frames ended.
fn ended(frames: &[(i64, Frame)]) -> Option<Noticed> {
    let mut watch: Option<Watch> = None;
    for (time, frame) in frames {
        let view = Arc::new(View::new(frame));
        watch = Some(match watch {
            None => Watch::new(*time, &view, Presence::default()),
            Some(watch) => watch.step(*time, &|| Arc::clone(&view)),
        });
    }
    watch.and_then(|watch| watch.ended)
}

#[test]
fn a_cut_ends_a_track_in_both_directions() {
    let mut frames: Vec<(i64, Frame)> =
        (26..34).map(|t| (t, shot(u32::from(t >= 30), (t as f32 * 2.0, 0.0), plain))).collect();
    let cut = Some(Noticed { what: Happening::Cut, time: 30 });
    assert_eq!(ended(&frames), cut);
    frames.reverse();
    assert_eq!(ended(&frames), cut);
    assert_eq!(ended(&frames[..4]), None);
}

#[test]
fn a_cut_right_after_the_keyframe_and_one_behind_a_fade_are_found() {
    assert!(ended(&[(0, shot(0, (0.0, 0.0), plain)), (1, shot(1, (0.0, 0.0), plain))]).is_some());
    let fade = |t: i64| {
        let (number, part) = if t < 6 { (0, 1.0 - t as f32 / 5.0) } else { (1, (t - 6) as f32 / 5.0) };
        (t, shot(number, (t as f32, 0.0), |v| v * part))
    };
    assert!(ended(&(0..12).map(fade).collect::<Vec<_>>()).is_some());
}

#[test]
fn light_and_moving_cameras_are_no_cuts() {
    let light = |of: &dyn Fn(i64, f32) -> f32| -> Vec<(i64, Frame)> {
        (0..9).map(|t| (t, shot(0, (t as f32 * 2.0, 0.0), |v| of(t, v)))).collect()
    };
    let moving = |of: &dyn Fn(i64) -> (f32, f32)| -> Vec<(i64, Frame)> {
        (0..9).map(|t| (t, shot(0, of(t), plain))).collect()
    };
    let shots = [
        ("white flash", light(&|t, v| if t == 4 { 255.0 } else { v })),
        ("bright flash", light(&|t, v| if t == 4 { (v + 90.0).min(255.0) } else { v })),
        ("lamp switched on", light(&|t, v| if t > 4 { (v * 1.4).min(255.0) } else { v })),
        ("fade to black and back", light(&|t, v| v * ((t - 4).abs() as f32 / 4.0))),
        ("whip pan", moving(&|t| ([0.0, 2.0, 8.0, 25.0, 60.0, 100.0, 140.0, 160.0, 164.0][t as usize], 0.0))),
        ("shake", moving(&|t| (15.0 * (t as f32 * 2.1).sin(), 12.0 * (t as f32 * 2.9).cos()))),
    ];
    for (name, frames) in shots {
        assert_eq!(ended(&frames), None, "{name}");
    }
}

/// Whether the object is found in frames 1 to 6, and how often the tracker saw a frame; frame 3 begins another shot.
/// The memory is saved and restored between frames.
fn followed(frames: Option<usize>) -> (Vec<bool>, u32, Option<Noticed>) {
    let inner = Fixed::always(Some(Matte::filled(192, 108, 1.0)));
    let asked = Arc::clone(&inner.asked);
    let mut tracker = HybridTracker::around(Box::new(inner));
    let mut memory = tracker.memory(frames);
    let mut mask = Matte::filled(192, 108, 0.0);
    (30..70).for_each(|y| mask.data_mut()[y * 192 + 60..y * 192 + 110].fill(1.0));
    let (mut found, mut noticed) = (Vec::new(), None);
    for time in 0..7 {
        let picture = shot(u32::from(time >= 3), (time as f32, 0.0), plain);
        let seen = tracker.embed(&Arc::new(picture)).expect("embedded");
        let answer = if time == 0 {
            let prompt = FramePrompt { mask: Some(mask.clone()), ..FramePrompt::default() };
            tracker.segment(&seen, &prompt, None).expect("segmented")
        } else {
            tracker.propagate(memory.as_ref(), time, &seen).expect("propagated")
        };
        noticed = tracker.noticed();
        tracker.remember(memory.as_mut(), time, &seen, &answer, time == 0).expect("remembered");
        memory = tracker.restore(&memory.save().expect("saved")).expect("restored");
        found.push(answer.present && !answer.matte.is_empty());
    }
    (found, asked.load(Ordering::Relaxed), noticed)
}

#[test]
fn beyond_a_cut_nothing_is_found_and_the_tracker_is_not_asked() {
    let (found, asked, noticed) = followed(None);
    assert_eq!(found, [true, true, true, false, false, false, false]);
    assert_eq!((asked, noticed), (3, Some(Noticed { what: Happening::Cut, time: 3 })));
    // The reference is left alone.
    assert_eq!(followed(Some(7)), (vec![true; 7], 7, None));
}

//! The Mask input as a prompt on many frames, as a roto node before the Mask clip gives them.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use airoto::host::{
    Binary, ClipInfo, ClipSource, Components, Depth, HostImage, HostProfile, ImageError, Instance, RowBytes,
};

use super::stage::*;

/// A roto node with the square on some frames, and nothing on the others.
struct Roto {
    keys: Vec<i64>,
    /// Pixels by which the square on the last key is moved to the left, where it is another thing.
    moved: AtomicI64,
    fetched: AtomicU64,
}

impl Roto {
    fn new(keys: &[i64]) -> Arc<Self> {
        Arc::new(Self { keys: keys.to_vec(), moved: AtomicI64::new(0), fetched: AtomicU64::new(0) })
    }

    fn is_inside(&self, time: i64, i: u32) -> bool {
        let moved = if self.keys.last() == Some(&time) { self.moved.load(Ordering::SeqCst) } else { 0 };
        self.keys.contains(&time) && on_square(time, i64::from(i % WIDTH) + moved, (i / WIDTH).into())
    }
}

impl ClipSource for Roto {
    fn info(&self) -> ClipInfo {
        ClipInfo::new(WIDTH, HEIGHT, 0, LAST, Components::Alpha, Depth::Float)
    }

    fn image(&self, time: f64) -> Result<Option<HostImage>, ImageError> {
        self.fetched.fetch_add(1, Ordering::SeqCst);
        let value = |i| [f32::from(u8::from(self.is_inside(time.round() as i64, i))); 4];
        let rgba: Vec<f32> = (0..WIDTH * HEIGHT).flat_map(value).collect();
        HostImage::from_rgba(WIDTH, HEIGHT, &rgba, Components::Alpha, Depth::Float, RowBytes::Tight)
            .map(Some)
            .map_err(|e| ImageError(e.to_string()))
    }
}

/// An instance that is prompted by nothing but its Mask input, as the choice of Mask keys says.
fn masked(binary: &Binary, roto: &Arc<Roto>, keys: &str, frames: &str) -> Instance {
    let instance = empty(binary);
    instance.connect("Mask", Some(roto.clone())).expect("connected");
    instance.set_param("maskUse", "prompt").expect("use");
    instance.set_param("maskKeys", keys).expect("keys");
    instance.set_param("maskFrames", frames).expect("frames");
    instance
}

/// Whether the alpha of a key is the mask of the roto node.
fn is_mask(roto: &Roto, alpha: &[f32], time: i64) -> bool {
    (0..).zip(alpha).all(|(i, a)| *a == f32::from(u8::from(roto.is_inside(time, i))))
}

#[test]
fn every_key_of_a_roto_node_comes_out_as_it_was_drawn() {
    let binary = binary(HostProfile::airoto());
    for (keys, frames) in [("listed", "1, 4, 8"), ("notEmpty", "")] {
        let roto = Roto::new(&[1, 4, 8]);
        let instance = masked(&binary, &roto, keys, frames);
        for time in [6, 1, 4, 8, 2, 9] {
            let found = alpha(&instance, time);
            assert_eq!(is_mask(&roto, &found, time), roto.keys.contains(&time), "{keys}, frame {time}");
            assert!(overlap(&found, time) > 0.85, "{keys}, frame {time}: {}", overlap(&found, time));
        }
        assert_eq!(
            instance.faults(),
            Vec::<String>::new(),
            "{keys}: no frame is fetched that was not declared"
        );
    }
}

#[test]
fn the_next_render_notices_an_edit_of_the_roto_node() {
    let binary = binary(HostProfile::airoto());
    for keys in ["listed", "notEmpty"] {
        let roto = Roto::new(&[1, 8]);
        let instance = masked(&binary, &roto, keys, "1, 8");
        let (before, at_key) = (alpha(&instance, 7), alpha(&instance, 8));
        let unchanged = alpha(&instance, 1);
        roto.moved.store(40, Ordering::SeqCst);
        assert!(alpha(&instance, 7) != before, "{keys}");
        let edited = alpha(&instance, 8);
        assert!(is_mask(&roto, &edited, 8) && edited != at_key, "{keys}");
        assert!(alpha(&instance, 1) == unchanged, "{keys}");
        roto.moved.store(0, Ordering::SeqCst);
        assert!(alpha(&instance, 7) == before, "{keys}");
    }
}

#[test]
fn in_a_sequence_each_mask_is_read_once() {
    let binary = binary(HostProfile::airoto());
    for (keys, count) in [("listed", 2), ("notEmpty", LAST as u64 + 1)] {
        let roto = Roto::new(&[1, 8]);
        let instance = masked(&binary, &roto, keys, "8 1");
        instance.begin_sequence(0, LAST, 1.0, false).expect("begin");
        for time in 0..=LAST {
            alpha(&instance, time);
        }
        instance.end_sequence(0, LAST, 1.0, false).expect("end");
        assert_eq!(roto.fetched.load(Ordering::SeqCst), count, "{keys}");
    }
}

#[test]
fn the_frames_of_the_mask_that_are_needed_are_declared() {
    let binary = binary(HostProfile::airoto());
    let roto = Roto::new(&[1, 4, 8]);
    let instance = masked(&binary, &roto, "listed", "1, 3-4, 8");
    let needed = |time: f64| {
        let needed = instance.frames_needed(time).expect("asked");
        (needed["Source"].clone(), needed["Mask"].clone())
    };
    assert_eq!(needed(6.0), (vec![(4.0, 8.0)], vec![(1.0, 1.0), (3.0, 4.0), (8.0, 8.0)]));
    instance.set_param("maskKeys", "notEmpty").expect("keys");
    assert_eq!(needed(6.0), (vec![(0.0, 9.0)], vec![(0.0, 9.0)]));
    instance.set_param("maskKeys", "frame").expect("keys");
    instance.set_param("maskFrame", 4).expect("frame");
    assert_eq!(needed(6.0), (vec![(4.0, 6.0)], vec![(4.0, 4.0)]));
    instance.set_param("maskUse", "garbage").expect("use");
    assert_eq!(needed(6.0), (vec![(6.0, 6.0)], vec![(6.0, 6.0)]));
}

#[test]
fn every_imitated_host_prompts_by_its_masks() {
    let has_mask =
        |profile: &HostProfile| profile.only_clips.as_ref().is_none_or(|clips| clips.contains(&"Mask"));
    for (name, profile) in HostProfile::all().into_iter().filter(|(_, profile)| has_mask(profile)) {
        let binary = binary(profile);
        let roto = Roto::new(&[2, 3]);
        let instance = masked(&binary, &roto, "listed", "2-3");
        // In order, as a host needs it that gives no other frame than the one that it renders.
        for time in [2, 3] {
            let found = alpha(&instance, time);
            assert!(is_mask(&roto, &found, time), "{name}: {}", said(&instance));
        }
        assert_eq!(instance.faults(), Vec::<String>::new(), "{name}");
    }
}

#[test]
fn a_host_that_gives_the_current_frame_alone_prompts_by_the_frames_that_are_rendered() {
    let profile = || HostProfile { temporal: false, same_frame_only: true, ..HostProfile::airoto() };
    for (keys, frames) in [("listed", "2, 5"), ("notEmpty", "")] {
        let binary = binary(profile());
        let roto = Roto::new(&[2, 5]);
        let instance = masked(&binary, &roto, keys, frames);
        instance.render(&airoto::host::RenderCall::new(1.0)).expect_err("there is no mask yet");
        assert!(said(&instance).contains("render in order from a frame with a mask"), "{}", said(&instance));
        for time in 2..=6 {
            let found = alpha(&instance, time);
            assert_eq!(is_mask(&roto, &found, time), roto.keys.contains(&time), "{keys}, frame {time}");
            assert!(overlap(&found, time) > 0.85, "{keys}, frame {time}: {}", overlap(&found, time));
        }
        let note = "the Mask input prompts on the frames that are rendered";
        assert!(instance.messages().iter().any(|m| m.text.contains(note)), "{:?}", instance.messages());
        assert_eq!(instance.faults(), Vec::<String>::new(), "{keys}");
    }
}

#[test]
fn what_is_wrong_with_the_masks_is_one_sentence() {
    let binary = binary(HostProfile::airoto());
    for (keys, frames, expected) in [
        ("listed", "", "the list of mask frames is empty, expected frames such as 1, 15, 40-44"),
        ("listed", "1, four", "the list of mask frames has \"four\", expected frames and ranges"),
        ("listed", "1, 77", "a prompt is on frame 77, the footage has frames 0 to 9"),
        ("listed", "5", "has only empty masks"),
    ] {
        let instance = masked(&binary, &Roto::new(&[1]), keys, frames);
        instance.render(&airoto::host::RenderCall::new(3.0)).expect_err("refused");
        let said = said(&instance);
        assert!(said.contains(expected) && said.lines().count() == 1, "{frames}: {said}");
    }
    let instance = masked(&binary, &Roto::new(&[]), "notEmpty", "");
    instance.render(&airoto::host::RenderCall::new(3.0)).expect_err("refused");
    assert!(said(&instance).contains("the Mask input has nothing on frames 0 to 9"), "{}", said(&instance));
}

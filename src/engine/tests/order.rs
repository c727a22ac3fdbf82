//! A track is a function of frames, prompts and tracker, in any order and on any number of threads.

use std::sync::atomic::Ordering;

use super::rig::*;
use crate::job::{Propagation, Request};

const LAST: i64 = 40;

/// Two objects, corrections, keyframes on both ends and between.
fn request_of_all() -> Request {
    let dog = object("dog", &[a_box(6), a_point(30, 4), a_point(20, 5), a_point(30, 7)]);
    let cat = object("cat", &[a_box(12)]);
    Request { store: false, ..request(&objects(&[dog, cat]), LAST) }
}

fn shuffled(seed: u64) -> Vec<i64> {
    let mut order: Vec<i64> = (0..=LAST).collect();
    fastrand::Rng::with_seed(seed).shuffle(&mut order);
    order
}

#[test]
fn any_order_gives_the_same_bytes() {
    let request = request_of_all();
    let expected = Rig::new(None).render(&request, 0..=LAST, &mut Noise::new(1));
    assert_eq!(expected, Rig::new(None).render(&request, (0..=LAST).rev(), &mut Noise::new(1)), "reverse");
    for seed in 0..10 {
        let found = Rig::new(None).render(&request, shuffled(seed), &mut Noise::new(1));
        assert_eq!(expected, found, "shuffle {seed}");
    }
    let mut distinct = expected.clone();
    distinct.sort();
    distinct.dedup();
    assert_eq!(distinct.len(), expected.len(), "every frame is another");
}

#[test]
fn any_number_of_threads_gives_the_same_bytes_and_shares_the_work() {
    let request = request_of_all();
    let alone = Rig::new(None);
    let expected = alone.render(&request, 0..=LAST, &mut Noise::new(1));
    for (threads, seed) in [(2, 1), (4, 2), (8, 3)] {
        let rig = Rig::new(None);
        let order = shuffled(seed);
        let mut frames: Vec<(i64, Vec<u8>)> = std::thread::scope(|scope| {
            let part = |n: usize| order.iter().skip(n).step_by(threads).copied().collect::<Vec<_>>();
            let work = |times: Vec<i64>| {
                let (rig, request) = (&rig, &request);
                move || {
                    let mut source = Noise::new(1);
                    let track = |t| (t, bytes(&rig.track(request, t, &mut source).expect("tracked")));
                    times.into_iter().map(track).collect::<Vec<_>>()
                }
            };
            let running: Vec<_> = (0..threads).map(|n| scope.spawn(work(part(n)))).collect();
            running.into_iter().flat_map(|r| r.join().expect("no panic")).collect()
        });
        frames.sort();
        let found: Vec<Vec<u8>> = frames.into_iter().map(|(_, b)| b).collect();
        assert_eq!(expected, found, "{threads} threads");
        assert_eq!(rig.propagated(), alone.propagated(), "{threads} threads compute nothing twice");
    }
}

fn by_reference(prompts: &str) -> Request {
    Request { propagation: Propagation::Reference, store: false, ..request(prompts, LAST) }
}

#[test]
fn the_reference_walks_once_from_the_first_prompt_and_gives_the_same_bytes_in_any_order() {
    let request = Request { propagation: Propagation::Reference, ..request_of_all() };
    let rig = Rig::new(None);
    let expected = rig.render(&request, 0..=LAST, &mut Noise::new(1));
    // Three prompted frames and one, which are not propagated to.
    assert_eq!(rig.propagated(), 2 * (LAST as u64 + 1) - 4);
    for seed in 0..10 {
        let rig = Rig::with_memory(None, if seed % 2 == 0 { 0 } else { 1 << 20 });
        assert_eq!(expected, rig.render(&request, shuffled(seed), &mut Noise::new(1)), "shuffle {seed}");
    }
    assert_ne!(expected, Rig::new(None).render(&request_of_all(), 0..=LAST, &mut Noise::new(1)));
}

#[test]
fn in_the_reference_a_correction_is_felt_everywhere_but_on_other_prompted_frames() {
    let before = by_reference(&one(&[a_box(6), a_point(20, 5)]));
    let after = by_reference(&one(&[a_box(6), a_point(20, 5), a_point(30, 4)]));
    let before = Rig::new(None).render(&before, 0..=LAST, &mut Noise::new(1));
    let after = Rig::new(None).render(&after, 0..=LAST, &mut Noise::new(1));
    for time in 0..=LAST as usize {
        assert_eq!(before[time] == after[time], [6, 20].contains(&time), "frame {time}");
    }
}

#[test]
fn little_memory_costs_time_but_no_bytes() {
    let request = request_of_all();
    let expected = Rig::new(None).render(&request, 0..=LAST, &mut Noise::new(1));
    let rig = Rig::with_memory(None, 0);
    assert_eq!(expected, rig.render(&request, shuffled(3), &mut Noise::new(1)));
}

#[test]
fn each_frame_is_computed_once_and_embedded_once_for_all_objects() {
    let all: Vec<String> = (0..4).map(|n| object(&format!("{n}"), &[a_point(0, n)])).collect();
    let request = Request { store: false, ..request(&objects(&all), LAST) };
    let rig = Rig::new(None);
    // The far end first: the objects go there side by side.
    rig.render(&request, (0..=LAST).rev(), &mut Noise::new(1));
    assert_eq!(rig.propagated(), 4 * LAST as u64);
    assert_eq!(rig.counts.segment.load(Ordering::Relaxed), 4);
    assert_eq!(rig.counts.embed.load(Ordering::Relaxed), LAST as u64 + 1);
}

#[test]
fn a_forward_render_fetches_the_frame_and_the_keyframe_only() {
    let request = Request { store: false, ..request(&one(&[a_box(0)]), LAST) };
    let rig = Rig::new(None);
    let mut source = Noise::new(1);
    rig.render(&request, 0..=LAST, &mut source);
    let expected: Vec<i64> = std::iter::once(0).chain((1..=LAST).flat_map(|t| [t, 0])).collect();
    assert_eq!(source.fetched, expected);
    // What was seen before is fetched to be compared, and nothing else.
    source.fetched.clear();
    rig.render(&request, [7, 30], &mut source);
    assert_eq!(source.fetched, [7, 30]);
}

#[test]
fn two_clips_under_the_same_prompts_do_not_mix() {
    let request = request_of_all();
    let first = Rig::new(None).render(&request, 0..=LAST, &mut Noise::new(1));
    let second = Rig::new(None).render(&request, 0..=LAST, &mut Noise::new(2));
    let rig = Rig::new(None);
    let (mut one, mut other) = (Noise::new(1), Noise::new(2));
    for time in shuffled(5) {
        let i = time as usize;
        assert_eq!(bytes(&rig.track(&request, time, &mut one).expect("tracked")), first[i]);
        assert_eq!(bytes(&rig.track(&request, time, &mut other).expect("tracked")), second[i]);
    }
}

#[test]
fn a_host_without_temporal_access_is_served_in_order() {
    let request = Request { store: false, ..request(&one(&[a_box(0)]), 20) };
    let expected = Rig::new(None).render(&request, 0..=20, &mut Noise::new(1));
    let rig = Rig::new(None);
    for time in 0..=20 {
        let mut source = Noise { only: Some(time), ..Noise::new(1) };
        let found = rig.track(&request, time, &mut source).expect("tracked");
        assert_eq!(bytes(&found), expected[time as usize], "frame {time}");
    }
    let far = Rig::new(None).track(&request, 9, &mut Noise { only: Some(9), ..Noise::new(1) });
    let text = far.expect_err("there is no frame 0").to_string();
    assert!(text.contains("frame 0 is needed to track frame 9"), "{text}");
}

#[test]
fn memory_stays_flat_over_a_long_clip() {
    const LONG: i64 = 2000;
    let limit = 64 << 10;
    let request = Request { store: false, ..request(&one(&[a_box(0)]), LONG) };
    let rig = Rig::with_memory(None, limit);
    let mut source = Noise { run: 1, ..Noise::new(1) };
    let mut early = 0;
    for time in 0..=LONG {
        rig.track(&request, time, &mut source).expect("tracked");
        let held = rig.engine.memory_bytes();
        assert!(held <= limit + 11 * 8, "{held} bytes at frame {time}");
        if time == 200 {
            early = held;
        }
        source.fetched.clear();
    }
    let late = rig.engine.memory_bytes();
    assert!(late as f64 <= early as f64 * 1.02, "{early} bytes at frame 200, {late} at {LONG}");
}

#[test]
fn four_objects_cost_one_embedding_a_frame() {
    let named = |prompts: &dyn Fn(usize) -> Vec<String>, count: usize| {
        objects(&(0..count).map(|i| object(&format!("object {i}"), &prompts(i))).collect::<Vec<_>>())
    };
    let embedded = |prompts: String, order: Vec<i64>| {
        let rig = Rig::new(None);
        rig.render(&Request { store: false, ..request(&prompts, LAST) }, order, &mut Noise::new(1));
        rig.counts.embed.load(Ordering::Relaxed)
    };
    let forward: Vec<i64> = (0..=LAST).collect();
    let backward: Vec<i64> = forward.iter().rev().copied().collect();
    let frames = LAST as u64 + 1;
    let point = |frame: i64| move |i: usize| vec![a_point(frame, 2 + i as i64)];
    // A chain forward, the same asked for from its far end, and a chain backward.
    assert_eq!(embedded(named(&point(0), 4), forward.clone()), frames);
    assert_eq!(embedded(named(&point(0), 4), backward.clone()), frames);
    assert_eq!(embedded(named(&point(LAST), 4), backward.clone()), frames);
    assert_eq!(embedded(named(&point(LAST), 4), forward.clone()), frames);
    // Between two keyframes a frame is come to from both, at two times that may be far apart.
    let both = |i: usize| vec![a_box(0), a_point(LAST, 2 + i as i64)];
    for order in [forward, backward] {
        let (one, four) = (embedded(named(&both, 1), order.clone()), embedded(named(&both, 4), order));
        assert_eq!(four, one, "four objects cost what one costs");
        assert!((frames..=2 * frames).contains(&four), "{four} embeddings of {frames} frames");
    }
}

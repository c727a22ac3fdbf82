//! Drawings over what other prompts and the track give.

use super::rig::*;
use crate::job::{JobError, MaskKeys, Propagation, Request};
use crate::raster::{Matte, RectI};

const LAST: i64 = 40;

fn request_of(prompts: &[String]) -> Request {
    Request { store: false, ..request(&one(prompts), LAST) }
}

/// A drawing of rectangles: whether each adds, and its edges.
fn drawing(frame: i64, strokes: &[(bool, [i32; 4])]) -> String {
    let stroke = |(adds, [x0, y0, x1, y1]): &(bool, [i32; 4])| {
        let key = if *adds { "add" } else { "subtract" };
        format!(r#"{{"{key}":[[{x0},{y0}],[{x1},{y0}],[{x1},{y1}],[{x0},{y1}]]}}"#)
    };
    let strokes: Vec<String> = strokes.iter().map(stroke).collect();
    format!(r#"{{"frame":{frame},"drawing":[{}]}}"#, strokes.join(","))
}

const ADDED: [i32; 4] = [2, 1, 7, 6];
const CUT: [i32; 4] = [5, 4, 12, 9];

fn filled(matte: &mut Matte, [x0, y0, x1, y1]: [i32; 4], value: f32) {
    matte.rows_mut(RectI::new(x0, y0, x1, y1)).for_each(|row| row.fill(value));
}

/// Whether two mattes are the same but for rounding.
fn close(a: &Matte, b: &Matte) -> bool {
    a.data().iter().zip(b.data()).all(|(a, b)| (a - b).abs() < 1e-6)
}

/// What is tracked on a frame.
fn at(request: &Request, time: i64) -> crate::job::ObjectMatte {
    Rig::new(None).track(request, time, &mut Noise::new(1)).expect("tracked").objects.remove(0)
}

fn changed(a: &[Vec<u8>], b: &[Vec<u8>]) -> Vec<usize> {
    (0..a.len()).filter(|&i| a[i] != b[i]).collect()
}

#[test]
fn on_a_tracked_frame_a_drawing_starts_from_the_tracked_matte() {
    let before = request_of(&[a_box(0)]);
    let after = request_of(&[a_box(0), drawing(20, &[(true, ADDED), (false, CUT)])]);
    let mut expected = at(&before, 20).matte;
    filled(&mut expected, ADDED, 1.0);
    filled(&mut expected, CUT, 0.0);
    let found = at(&after, 20);
    assert!(found.pinned && found.present && close(&found.matte, &expected));
    assert!(!close(&at(&before, 20).matte, &expected), "there was something to correct");
    let [before, after] =
        [&before, &after].map(|request| Rig::new(None).render(request, 0..=LAST, &mut Noise::new(1)));
    assert_eq!(changed(&before, &after), (1..=40).collect::<Vec<_>>());
    // A correction changes the frames up to the next prompts.
    let walled = [a_box(0), a_box(10), a_box(30)];
    let drawn = [&walled[..], &[drawing(20, &[(true, ADDED)])]].concat();
    let render =
        |prompts: &[String]| Rig::new(None).render(&request_of(prompts), 0..=LAST, &mut Noise::new(1));
    assert_eq!(changed(&render(&walled), &render(&drawn)), (11..30).collect::<Vec<_>>());
}

#[test]
fn without_a_track_a_drawing_is_the_mask() {
    let request = request_of(&[drawing(8, &[(true, ADDED), (false, CUT)])]);
    let mut expected = Matte::filled(WIDTH, HEIGHT, 0.0);
    filled(&mut expected, ADDED, 1.0);
    filled(&mut expected, CUT, 0.0);
    assert_eq!(at(&request, 8).matte, expected);
    assert!(at(&request, 9).present);
    // In the reference clicks and drawings say all by themselves.
    let both = [a_box(0), drawing(8, &[(true, ADDED), (false, CUT)])];
    let reference = Request { propagation: Propagation::Reference, ..request_of(&both) };
    assert_eq!(at(&reference, 8).matte, expected);
}

#[test]
fn a_drawing_lies_over_clicks_and_masks_of_its_frame() {
    let clicked = [a_box(0), a_point(20, 4)];
    let mut expected = at(&request_of(&clicked), 20).matte;
    filled(&mut expected, ADDED, 1.0);
    // Wherever it is listed.
    let first = [a_box(0), drawing(20, &[(true, ADDED)]), a_point(20, 4)];
    let last = [a_box(0), a_point(20, 4), drawing(20, &[(true, ADDED)])];
    for prompts in [first, last] {
        assert!(close(&at(&request_of(&prompts), 20).matte, &expected));
    }
    // Over the Mask input, also where that says that the object is not there.
    for mask in [Matte::filled(WIDTH, HEIGHT, 1.0), Matte::filled(WIDTH, HEIGHT, 0.0)] {
        let request = Request {
            mask: MaskKeys::On(20),
            ..request_of(&[a_box(0), drawing(20, &[(true, ADDED), (false, CUT)])])
        };
        let mut source = Noise::new(1);
        let mut expected = mask.clone();
        source.masks.insert(20, mask);
        filled(&mut expected, ADDED, 1.0);
        filled(&mut expected, CUT, 0.0);
        let rig = Rig::new(None);
        let found = rig.track(&request, 20, &mut source).expect("tracked").objects.remove(0);
        assert!(found.present && close(&found.matte, &expected));
        assert!(
            rig.track(&request, 21, &mut source).expect("tracked").objects[0].present,
            "it is tracked from there"
        );
    }
}

#[test]
fn what_is_cut_out_whole_is_not_there() {
    let all = [0, 0, WIDTH as i32, HEIGHT as i32];
    let found = at(&request_of(&[a_box(0), drawing(20, &[(false, all)])]), 20);
    assert!(found.pinned && !found.present && found.matte.is_empty());
}

#[test]
fn drawn_mattes_are_the_same_in_any_order_and_known_by_their_strokes() {
    let prompts =
        |cut| [a_box(0), drawing(12, &[(true, ADDED)]), a_point(30, 5), drawing(20, &[(false, cut)])];
    let request = request_of(&prompts(CUT));
    let expected = Rig::new(None).render(&request, 0..=LAST, &mut Noise::new(1));
    let mut order: Vec<i64> = (0..=LAST).collect();
    for seed in 0..3 {
        fastrand::Rng::with_seed(seed).shuffle(&mut order);
        assert!(
            Rig::new(None).render(&request, order.clone(), &mut Noise::new(1)) == expected,
            "shuffle {seed}"
        );
    }
    let rig = Rig::new(None);
    rig.render(&request, 0..=LAST, &mut Noise::new(1));
    let so_far = rig.propagated();
    let other = rig.render(&request_of(&prompts([5, 4, 12, 10])), 0..=LAST, &mut Noise::new(1));
    assert_eq!(changed(&expected, &other), (13..30).collect::<Vec<_>>());
    assert!(rig.propagated() > so_far);
}

#[test]
fn strokes_that_only_subtract_do_not_say_where_the_object_is() {
    let request = request_of(&[drawing(8, &[(false, CUT)])]);
    let refused = Rig::new(None).track(&request, 8, &mut Noise::new(1)).expect_err("nothing to cut out of");
    assert!(matches!(&refused, JobError::User(t) if t.contains("strokes that subtract")), "{refused}");
    // Before anything that says it they count as listed after it.
    let late = request_of(&[drawing(8, &[(false, CUT)]), a_box(0)]);
    let mut expected = at(&request_of(&[a_box(0)]), 8).matte;
    filled(&mut expected, CUT, 0.0);
    assert_eq!(at(&late, 8).matte, expected);
}

//! Mattes to shapes, to files, and back to pixels.

use super::common::*;

use airoto::raster::Matte;
use airoto::shapes::{Builder, Keys, ShapeSettings, draw, fxs};

#[test]
fn a_disc_that_moves_has_few_points_and_few_keys() {
    let at = |f: i64| disc(40.0 + 2.5 * f as f64, 70.0 + f as f64, 22.0);
    let animation = build(30, ShapeSettings::default(), at);
    let shape = &animation.layers[0].shapes[0];
    assert_eq!(animation.layers[0].shapes.len(), 1);
    assert!(shape.opacity.is_empty(), "it lives all along");
    assert!(shape.point_count() <= 8, "{} points", shape.point_count());
    assert!(shape.keys.len() <= 6, "{} keys for motion in a line", shape.keys.len());
    assert_agrees(&animation, 30, 0.97, at);
    check_both(&animation);
}

#[test]
fn every_fourth_frame_has_a_key() {
    let at = |f: i64| disc(60.0 + f as f64, 70.0, 25.0 + f as f64);
    for (keys, frames) in [
        (Keys::EveryFrame, (1001..=1012).collect::<Vec<i64>>()),
        (Keys::Every(4), vec![1001, 1005, 1009, 1012]),
    ] {
        let animation = build(12, ShapeSettings { keys, ..ShapeSettings::default() }, at);
        let shape = &animation.layers[0].shapes[0];
        assert_eq!(shape.keys.iter().map(|k| k.frame).collect::<Vec<_>>(), frames);
        assert_agrees(&animation, 12, 0.97, at);
    }
}

#[test]
fn a_ring_opens_and_closes() {
    let at = |f: i64| {
        let hole = 22.0 - 2.5 * (f as f64 - 12.0).abs();
        area(|x, y| {
            let d = (x - 100.0).hypot(y - 75.0);
            (d - 50.0).max(hole - d)
        })
    };
    let animation = build(25, ShapeSettings::default(), at);
    let shapes = &animation.layers[0].shapes;
    assert_eq!(shapes.iter().map(|s| s.hole).collect::<Vec<_>>(), [false, true]);
    let alive: Vec<i64> = (1001..=1025).filter(|&f| shapes[1].opacity_at(f) > 0.0).collect();
    assert!(alive.len() > 12 && alive.len() < 22, "{alive:?}");
    assert_agrees(&animation, 25, 0.97, at);
    check_both(&animation);
}

#[test]
fn an_object_splits_in_two_and_joins_again() {
    let at = |f: i64| {
        let apart = 45.0 - 4.0 * (f as f64 - 12.0).abs();
        area(|x, y| {
            let d = |cx: f64| (x - cx).hypot(y - 75.0) - 25.0;
            d(100.0 - apart).min(d(100.0 + apart))
        })
    };
    let animation = build(25, ShapeSettings::default(), at);
    assert_eq!(animation.layers[0].shapes.len(), 4, "one, then two, then one");
    assert_agrees(&animation, 25, 0.95, at);
    check_both(&animation);
}

#[test]
fn an_object_leaves_the_frame_and_comes_back() {
    let at = |f: i64| disc(-50.0 + 8.0 * (f as f64 - 15.0).abs(), 70.0, 30.0);
    let animation = build(31, ShapeSettings::default(), at);
    let alive = |f: i64| animation.layers[0].shapes.iter().filter(|s| s.opacity_at(f) > 0.0).count();
    assert_eq!((alive(1001), alive(1016), alive(1031)), (1, 0, 1));
    for f in 0..31 {
        let (drawn, matte) = (draw(&animation, "thing", 1001 + f), at(f));
        let (area, expected) = (drawn.area() as f64, matte.area() as f64);
        assert!((area - expected).abs() <= 20.0 + 0.04 * expected, "{area} for {expected} at {f}");
    }
    check_both(&animation);
}

#[test]
fn objects_with_holes_do_not_cut_each_other() {
    let mut builder = Builder::new(footage(1, 3, 1.0), ShapeSettings::default()).expect("good settings");
    let ring = area(|x, y| {
        let d = (x - 100.0).hypot(y - 75.0);
        (d - 50.0).max(25.0 - d)
    });
    for f in 1..=3 {
        builder.add("inside", f, &disc(100.0, 75.0, 15.0)).expect("a frame");
        builder.add("ring \"{1}\" é", f, &ring).expect("a frame");
    }
    let animation = builder.finish();
    let script = nuke_text(&animation);
    assert_eq!(script.matches("\nRoto {").count(), 2);
    assert_eq!(script.matches("operation max").count(), 1);
    assert!(script.is_ascii() && !script.contains("\"{1}"), "names are safe");
    let read = fxs::read(&fxs_text(&animation)).expect("our own .fxs");
    assert_eq!(read.layers[1].name, "ring \"{1}\" é");
    check_both(&animation);
}

#[test]
fn wide_pixels_and_numbers_are_plain() {
    let mut builder = Builder::new(footage(-5, 5, 2.0), ShapeSettings::default()).expect("good settings");
    for f in -5..=5 {
        builder.add("thing", f, &disc(100.0 + f as f64, 75.0, 0.001 * f as f64 + 30.0)).expect("a frame");
    }
    let animation = builder.finish();
    let text = fxs_text(&animation);
    assert!(text.contains("pixelAspect=\"2\"") && !text.contains("(-0.000000"));
    let points = text.lines().filter(|l| l.starts_with("<Point>"));
    assert!(points.into_iter().all(|l| !l.contains("e-") && !l.contains("NaN")));
    check_both(&animation);
}

#[test]
fn the_same_mattes_give_the_same_bytes_in_any_order() {
    let at =
        |f: i64| area(|x, y| (x - 90.0).abs().max((y - 70.0).abs()) - 30.0 - 5.0 * (f as f64 * 0.5).sin());
    let forward = build(15, ShapeSettings::default(), at);
    let mut builder =
        Builder::new(footage(1001, 1015, 1.0), ShapeSettings::default()).expect("good settings");
    for f in (0..15).rev() {
        builder.add("thing", 1001 + f, &at(f)).expect("a frame");
    }
    let backward = builder.finish();
    assert_eq!(fxs_text(&forward), fxs_text(&backward));
    assert_eq!(nuke_text(&forward), nuke_text(&backward));
}

#[test]
fn mattes_that_are_hard_to_draw() {
    let full = build(3, ShapeSettings::default(), |_| Matte::filled(SIZE.0, SIZE.1, 1.0));
    assert_agrees(&full, 3, 0.9999, |_| Matte::filled(SIZE.0, SIZE.1, 1.0));
    check_both(&full);
    let empty = build(3, ShapeSettings::default(), |_| Matte::filled(SIZE.0, SIZE.1, 0.0));
    assert!(empty.layers[0].shapes.is_empty());
    check("check_fxs.py", "fxs", &fxs_text(&empty));
    check("check_nk.py", "nk", &nuke_text(&empty));
    let none = build(3, ShapeSettings::default(), |_| Matte::filled(SIZE.0, SIZE.1, f32::NAN));
    assert!(none.layers[0].shapes.is_empty());
    let mut pixel = Matte::filled(SIZE.0, SIZE.1, 0.0);
    pixel.data_mut()[5050] = 1.0;
    let speck = ShapeSettings { min_area_px: 0.0, ..ShapeSettings::default() };
    let single = build(2, speck, |_| pixel.clone());
    assert_eq!(single.layers[0].shapes.len(), 1);
    check_both(&single);
    // 500 islands that all move.
    let islands = |f: i64| {
        let mut matte = Matte::filled(SIZE.0, SIZE.1, 0.0);
        for i in 0..500_usize {
            let (x, y) = (i % 25 * 8 + 1 + f as usize, i / 25 * 7 + 1);
            for (dx, dy) in (0..25).map(|k| (k % 5, k / 5)) {
                matte.data_mut()[(y + dy) * SIZE.0 as usize + x + dx] = 1.0;
            }
        }
        matte
    };
    let many = build(3, ShapeSettings::default(), islands);
    assert_eq!(many.layers[0].shapes.len(), 500);
    assert_agrees(&many, 3, 0.9, islands);
    check("check_fxs.py", "fxs", &fxs_text(&many));
}

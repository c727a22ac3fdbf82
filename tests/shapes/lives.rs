//! How long a shape lives while its outline loses and gains parts.

use airoto::raster::Matte;
use airoto::shapes::{Animation, Builder, SequenceInfo, ShapeSettings, draw};

const SIZE: (u32, u32) = (220, 160);

fn area(distance: impl Fn(f64, f64) -> f64) -> Matte {
    let mut matte = Matte::filled(SIZE.0, SIZE.1, 0.0);
    for (i, v) in matte.data_mut().iter_mut().enumerate() {
        let (x, y) = (i % SIZE.0 as usize, i / SIZE.0 as usize);
        *v = (0.5 - distance(x as f64 + 0.5, y as f64 + 0.5)).clamp(0.0, 1.0) as f32;
    }
    matte
}

fn build(count: i64, at: &dyn Fn(i64) -> Matte) -> Animation {
    let footage =
        SequenceInfo { width: SIZE.0, height: SIZE.1, pixel_aspect: 1.0, first: 1, last: count, fps: 24.0 };
    let mut builder = Builder::new(footage, ShapeSettings::default()).expect("good settings");
    for f in 1..=count {
        builder.add("thing", f, &at(f)).expect("a frame of the footage");
    }
    builder.finish()
}

fn assert_agrees(animation: &Animation, count: i64, at: &dyn Fn(i64) -> Matte) {
    for f in 1..=count {
        let iou = draw(animation, "thing", f).iou(&at(f));
        assert!(iou > 0.95, "IoU {iou} at frame {f}");
    }
}

/// A disc with an arm of `length` beyond it.
fn with_arm(length: f64) -> Matte {
    area(|x, y| {
        let arm = (y - 80.0).abs().max((x - 90.0).abs() - length) - 9.0;
        ((x - 80.0).hypot(y - 80.0) - 45.0).min(arm.max(90.0 - x))
    })
}

#[test]
fn a_limb_that_comes_out_at_once_ends_no_shape() {
    let at = |f: i64| with_arm(if (8..16).contains(&f) { 95.0 } else { 10.0 });
    let animation = build(24, &at);
    let shapes = &animation.layers[0].shapes;
    assert_eq!(shapes.len(), 1, "one shape, whose points come together where the limb is not seen");
    assert!(shapes[0].opacity.is_empty());
    assert_agrees(&animation, 24, &at);
}

#[test]
fn holes_and_specks_end_no_shape() {
    let at = |f: i64| {
        area(|x, y| {
            let disc = (x - 90.0).hypot(y - 80.0) - 50.0;
            let hole = if f % 5 == 0 { 12.0 - (x - 95.0).hypot(y - 80.0) } else { -1e3 };
            let speck = if f % 4 == 0 { (x - 190.0).hypot(y - 40.0) - 5.0 } else { 1e3 };
            disc.max(hole).min(speck)
        })
    };
    let animation = build(20, &at);
    let whole = animation.layers[0].shapes.iter().filter(|s| s.opacity.is_empty()).count();
    assert_eq!(whole, 1, "the disc lives all along");
    assert_agrees(&animation, 20, &at);
}

#[test]
fn what_becomes_another_thing_is_another_shape() {
    // A disc, and on the next frame a comb of the same place.
    let at = |f: i64| {
        area(|x, y| {
            let disc = (x - 100.0).hypot(y - 80.0) - 50.0;
            let teeth = ((x - 100.0).rem_euclid(24.0) - 12.0).abs() - 6.0;
            if f < 6 { disc } else { disc.max(teeth.min(y - 50.0)) }
        })
    };
    let animation = build(12, &at);
    assert!(animation.layers[0].shapes.iter().all(|s| !s.opacity.is_empty()), "none lives all along");
    assert_agrees(&animation, 12, &at);
}

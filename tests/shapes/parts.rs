//! Articulated figures whose parts are shapes of their own.

use airoto::raster::Matte;
use airoto::shapes::{Animation, Builder, SequenceInfo, Shape, ShapeSettings, draw, draw_shape, fxs, nuke};

const SIZE: (u32, u32) = (260, 240);

/// A line from (0, 0) to (1, 1) as thick as (2).
type Bone = ((f64, f64), (f64, f64), f64);

/// How far a point is from a bone, negative within it.
fn from_bone(x: f64, y: f64, &((ax, ay), (bx, by), r): &Bone) -> f64 {
    let (dx, dy) = (bx - ax, by - ay);
    let t = (((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy).max(1e-9)).clamp(0.0, 1.0);
    (x - ax - dx * t).hypot(y - ay - dy * t) - r
}

/// A trunk with limbs, each at a place of it, with an angle, a length and a half width.
#[derive(Debug, Clone)]
struct Figure {
    centre: (f64, f64),
    trunk: (f64, f64),
    /// Angle from the middle at which it leaves the trunk, how far that angle swings, length, half
    /// width.
    limbs: Vec<(f64, f64, f64, f64)>,
}

impl Figure {
    fn walker() -> Self {
        let limbs = vec![
            (0.2, 0.25, 62.0, 9.0),
            (1.2, 0.2, 66.0, 11.0),
            (2.0, 0.2, 66.0, 11.0),
            (3.0, 0.25, 62.0, 9.0),
        ];
        Self { centre: (120.0, 120.0), trunk: (38.0, 46.0), limbs }
    }

    fn bones(&self, f: i64) -> Vec<Bone> {
        let (cx, cy) = (self.centre.0 + 0.5 * f as f64, self.centre.1);
        let limb = |&(angle, swing, length, r): &(f64, f64, f64, f64)| {
            let now = angle + swing * (f as f64 * 0.35 + angle).sin();
            let from = (cx + angle.cos() * self.trunk.0 * 0.7, cy + angle.sin() * self.trunk.1 * 0.7);
            let reach = length + 0.3 * self.trunk.0;
            (from, (from.0 + now.cos() * reach, from.1 + now.sin() * reach), r)
        };
        self.limbs.iter().map(limb).collect()
    }

    fn distance(&self, f: i64, x: f64, y: f64) -> f64 {
        let (cx, cy) = (self.centre.0 + 0.5 * f as f64, self.centre.1);
        let (a, b) = self.trunk;
        let trunk = (((x - cx) / a).hypot((y - cy) / b) - 1.0) * a.min(b);
        self.bones(f).iter().map(|bone| from_bone(x, y, bone)).fold(trunk, f64::min)
    }

    fn matte(&self, f: i64, soft: f64) -> Matte {
        area(|x, y| self.distance(f, x, y) / soft)
    }
}

fn area(distance: impl Fn(f64, f64) -> f64) -> Matte {
    let mut matte = Matte::filled(SIZE.0, SIZE.1, 0.0);
    for (i, v) in matte.data_mut().iter_mut().enumerate() {
        let (x, y) = (i % SIZE.0 as usize, i / SIZE.0 as usize);
        *v = (0.5 - distance(x as f64 + 0.5, y as f64 + 0.5)).clamp(0.0, 1.0) as f32;
    }
    matte
}

fn build(count: i64, parts: bool, at: &dyn Fn(i64) -> Matte) -> (Animation, Vec<String>) {
    let footage =
        SequenceInfo { width: SIZE.0, height: SIZE.1, pixel_aspect: 1.0, first: 1, last: count, fps: 24.0 };
    let settings = ShapeSettings { parts, ..ShapeSettings::default() };
    let mut builder = Builder::new(footage, settings).expect("good settings");
    for f in 1..=count {
        builder.add("walker", f, &at(f)).expect("a frame of the footage");
    }
    builder.finish_noting()
}

fn alone(shape: &Shape, frame: i64) -> Matte {
    let mut matte = Matte::filled(SIZE.0, SIZE.1, 0.0);
    draw_shape(shape, frame, &mut matte);
    matte
}

/// Parts draw as well as the whole outline does, without a gap inside, and both files say the same.
fn assert_draws(
    parts: &Animation,
    whole: &Animation,
    count: i64,
    at: &dyn Fn(i64) -> Matte,
    gap: impl Fn(i64, f64, f64) -> bool,
) {
    parts.check().expect("fit to be written");
    let (mut first, mut second) = (Vec::new(), Vec::new());
    fxs::write(parts, &mut first).expect("written");
    nuke::write(parts, &mut second).expect("written");
    let silhouette = fxs::read(&String::from_utf8(first).expect("UTF-8")).expect("our own .fxs");
    let script = nuke::read(&String::from_utf8(second).expect("UTF-8")).expect("our own .nk");
    for f in 1..=count {
        let (matte, drawn) = (at(f), draw(parts, "walker", f));
        let (found, before) = (drawn.iou(&matte), draw(whole, "walker", f).iou(&matte));
        assert!(found > 0.96 && found > before - 0.02, "IoU {found} at {f}, of the whole {before}");
        for (i, v) in drawn.data().iter().enumerate() {
            let (x, y) = ((i % SIZE.0 as usize) as f64 + 0.5, (i / SIZE.0 as usize) as f64 + 0.5);
            assert!(*v > 0.98 || !gap(f, x, y), "a gap of alpha {v} at ({x}, {y}) on frame {f}");
        }
        for other in [&silhouette, &script] {
            assert!(draw(other, "walker", f).iou(&drawn) > 0.999, "frame {f}");
        }
    }
}

#[test]
fn limbs_and_trunk_are_parts_all_along() {
    let figure = Figure::walker();
    let at = |f: i64| figure.matte(f, 1.0);
    let (whole, notes) = build(16, false, &at);
    assert!(notes.is_empty() && whole.layers[0].shapes.len() == 1);
    let (animation, notes) = build(16, true, &at);
    assert!(notes.is_empty(), "{notes:?}");
    assert_draws(&animation, &whole, 16, &at, |f, x, y| figure.distance(f, x, y) < -3.0);
    let shapes = &animation.layers[0].shapes;
    assert_eq!(shapes.len(), 5, "a trunk and four limbs");
    for (i, shape) in shapes.iter().enumerate() {
        assert_eq!(shape.name, format!("walker_part{}", i + 1));
        assert!(shape.opacity.is_empty(), "{} lives all along", shape.name);
    }
    // Every limb is the same part on every frame, and meets the trunk with an overlap.
    for (k, _) in figure.limbs.iter().enumerate() {
        let holder = |f: i64| {
            let (_, (x, y), _) = figure.bones(f)[k];
            let held = |s: &&Shape| alone(s, f).value(x as u32, y as u32) > 0.9;
            let names: Vec<&str> = shapes.iter().filter(held).map(|s| s.name.as_str()).collect();
            assert_eq!(names.len(), 1, "the tip of limb {k} on frame {f} lies in {names:?}");
            names[0].to_owned()
        };
        let names: std::collections::BTreeSet<String> = (1..=16).map(holder).collect();
        assert_eq!(names.len(), 1, "limb {k} is {names:?}");
    }
    for f in [1, 8, 16] {
        let mattes: Vec<Matte> = shapes.iter().map(|s| alone(s, f)).collect();
        let shared = |a: &Matte, b: &Matte| {
            a.data().iter().zip(b.data()).filter(|(a, b)| **a > 0.9 && **b > 0.9).count()
        };
        let trunk = mattes.iter().max_by_key(|m| m.area()).expect("five shapes");
        for limb in mattes.iter().filter(|m| *m != trunk) {
            let overlap = shared(trunk, limb);
            assert!(overlap > 20 && overlap < limb.area() / 2, "an overlap of {overlap} pixels on frame {f}");
        }
    }
    // Each part has fewer points than the whole.
    assert!(shapes.iter().all(|s| s.point_count() < whole.layers[0].shapes[0].point_count()));
}

#[test]
fn what_has_no_joints_stays_whole_and_is_said_once() {
    let at = |f: i64| area(|x, y| (x - 100.0 - f as f64).hypot(y - 120.0) - 50.0);
    let (animation, notes) = build(12, true, &at);
    assert_eq!(animation.layers[0].shapes.len(), 1);
    assert_eq!(animation.layers[0].shapes[0].name, "walker_shape1");
    assert_eq!(notes.len(), 1, "{notes:?}");
    assert!(notes[0].contains("\"walker\" has no thin joint"), "{notes:?}");
}

#[test]
fn where_a_joint_is_lost_the_outline_is_whole() {
    // An arm that is drawn into the trunk, until nothing of it is left.
    let figure = |f: i64| {
        let mut figure = Figure::walker();
        figure.limbs.truncate(1);
        figure.limbs[0].2 = (62.0 - 4.0 * (f - 10).max(0) as f64).max(-20.0);
        figure
    };
    let at = |f: i64| figure(f).matte(f, 1.0);
    let (whole, _) = build(34, false, &at);
    let (animation, notes) = build(34, true, &at);
    assert_draws(&animation, &whole, 34, &at, |f, x, y| figure(f).distance(f, x, y) < -5.0);
    let alive = |f: i64| animation.layers[0].shapes.iter().filter(|s| s.opacity_at(f) > 0.0).count();
    assert_eq!((alive(1), alive(10), alive(34)), (2, 2, 1));
    assert_eq!(notes.len(), 1, "{notes:?}");
    assert!(
        notes[0].contains("\"walker\" is one shape on") && notes[0].contains("of 34 frames"),
        "{notes:?}"
    );
}

#[test]
fn holes_and_soft_edges_go_with_parts() {
    let figure = Figure::walker();
    let hole = |f: i64, x: f64, y: f64| 14.0 - (x - 120.0 - 0.5 * f as f64).hypot(y - 120.0);
    let at = |f: i64| area(|x, y| figure.distance(f, x, y).max(hole(f, x, y)) / 6.0);
    let (whole, _) = build(10, false, &at);
    let (animation, _) = build(10, true, &at);
    let inside = |f: i64, x: f64, y: f64| figure.distance(f, x, y).max(hole(f, x, y)) < -6.0;
    assert_draws(&animation, &whole, 10, &at, inside);
    let shapes = &animation.layers[0].shapes;
    assert_eq!(shapes.iter().filter(|s| s.hole).count(), 1);
    assert!(shapes.last().is_some_and(|s| s.hole), "the hole lies above what it cuts");
    assert!(shapes.iter().filter(|s| !s.hole).count() >= 4);
    assert!(shapes.iter().all(|s| s.feather_at(5) > 3.0), "soft");
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 6, failure_persistence: None, ..Default::default() })]

    /// Whatever the figure: parts redraw it as the whole outline does, and leave no gap.
    #[test]
    fn any_figure_is_drawn_by_its_parts(
        trunk in (18.0_f64..48.0, 18.0_f64..48.0),
        angles in proptest::collection::vec((0.0_f64..std::f64::consts::TAU, 0.0_f64..0.3, 15.0_f64..60.0, 4.0_f64..15.0), 1..5),
        x in 60.0_f64..200.0,
        y in 60.0_f64..180.0,
        soft in 1.0_f64..3.0,
    ) {
        let figure = Figure { centre: (x, y), trunk, limbs: angles };
        let at = |f: i64| figure.matte(f, soft);
        let (whole, _) = build(6, false, &at);
        let (animation, _) = build(6, true, &at);
        animation.check().expect("fit to be written");
        for f in 1..=6 {
            let matte = at(f);
            let (drawn, outline) = (draw(&animation, "walker", f), draw(&whole, "walker", f));
            let (found, before) = (drawn.iou(&matte), outline.iou(&matte));
            proptest::prop_assert!(found > before - 0.02, "IoU {} at {}, of the whole {}", found, f, before);
            for (i, v) in drawn.data().iter().enumerate() {
                let (px, py) = ((i % SIZE.0 as usize) as f64 + 0.5, (i / SIZE.0 as usize) as f64 + 0.5);
                // What the whole misses as well, at a sharp corner, is its fit and no gap.
                let deep = figure.distance(f, px, py) < -3.5 - soft && outline.data()[i] > 0.95;
                proptest::prop_assert!(*v > 0.9 || !deep, "a gap of alpha {} at ({}, {}) on {}", v, px, py, f);
            }
        }
    }
}

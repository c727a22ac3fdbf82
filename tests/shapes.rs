//! Mattes to shapes, to files, and back to pixels.

use std::path::{Path, PathBuf};
use std::process::Command;

use airoto::raster::Matte;
use airoto::shapes::{
    Animation, Builder, Keys, SequenceInfo, ShapeError, ShapeSettings, draw, fxs, json, nuke, svg,
};

const SIZE: (u32, u32) = (200, 150);

fn footage(first: i64, last: i64, aspect: f64) -> SequenceInfo {
    SequenceInfo { width: SIZE.0, height: SIZE.1, pixel_aspect: aspect, first, last, fps: 25.0 }
}

/// A matte of the area where `distance` is negative, soft over a pixel.
fn area(distance: impl Fn(f64, f64) -> f64) -> Matte {
    let mut matte = Matte::filled(SIZE.0, SIZE.1, 0.0);
    for (i, v) in matte.data_mut().iter_mut().enumerate() {
        let (x, y) = (i % SIZE.0 as usize, i / SIZE.0 as usize);
        *v = (0.5 - distance(x as f64 + 0.5, y as f64 + 0.5)).clamp(0.0, 1.0) as f32;
    }
    matte
}

fn disc(cx: f64, cy: f64, r: f64) -> Matte {
    area(|x, y| (x - cx).hypot(y - cy) - r)
}

/// Shapes of one object whose matte `at` gives, over frames 1001 to `1000 + count`.
fn build(count: i64, settings: ShapeSettings, at: impl Fn(i64) -> Matte) -> Animation {
    let mut builder = Builder::new(footage(1001, 1000 + count, 1.0), settings).expect("good settings");
    for f in 0..count {
        builder.add("thing", 1001 + f, &at(f)).expect("a frame of the footage");
    }
    builder.finish()
}

fn assert_agrees(animation: &Animation, count: i64, least: f64, at: impl Fn(i64) -> Matte) {
    for f in 0..count {
        let iou = draw(animation, "thing", 1001 + f).iou(&at(f));
        assert!(iou >= least, "IoU {iou} at frame {}", 1001 + f);
    }
}

fn fxs_text(animation: &Animation) -> String {
    let mut out = Vec::new();
    fxs::write(animation, &mut out).expect("written");
    String::from_utf8(out).expect("UTF-8")
}

fn nuke_text(animation: &Animation) -> String {
    let mut out = Vec::new();
    nuke::write(animation, &mut out).expect("written");
    String::from_utf8(out).expect("UTF-8")
}

/// Both files say the same pixels as the animation they were written from.
fn assert_round_trip(animation: &Animation) {
    let silhouette = fxs::read(&fxs_text(animation)).expect("our own .fxs");
    let script = nuke::read(&nuke_text(animation)).expect("our own .nk");
    assert_eq!((silhouette.first, silhouette.last), (animation.first, animation.last));
    assert_eq!((script.first, script.last, script.fps), (animation.first, animation.last, animation.fps));
    for aspect in [silhouette.pixel_aspect, script.pixel_aspect] {
        assert!((aspect - animation.pixel_aspect).abs() < 1e-5, "pixel aspect {aspect}");
    }
    assert_eq!(silhouette.layers.len(), animation.layers.len());
    for ((a, b), c) in animation.layers.iter().zip(&silhouette.layers).zip(&script.layers) {
        assert_eq!((a.shapes.len(), a.shapes.len()), (b.shapes.len(), c.shapes.len()));
        for ((s, t), u) in a.shapes.iter().zip(&b.shapes).zip(&c.shapes) {
            let frames = |s: &airoto::shapes::Shape| s.keys.iter().map(|k| k.frame).collect::<Vec<_>>();
            assert_eq!((frames(s), frames(s)), (frames(t), frames(u)));
            assert_eq!((s.hole, s.hole), (t.hole, u.hole));
        }
        for f in animation.first - 2..=animation.last + 2 {
            let drawn = draw(animation, &a.name, f);
            for (other, name) in [(&silhouette, &b.name), (&script, &c.name)] {
                let redrawn = draw(other, name, f);
                let iou = redrawn.iou(&drawn);
                // A small object is few pixels, and one whose alpha is a half may fall on either side.
                let pairs = redrawn.data().iter().zip(drawn.data());
                let differ = pairs.filter(|(a, b)| (**a > 0.5) != (**b > 0.5)).count();
                assert!(iou >= 0.999 || differ <= 3, "IoU {iou} of {name} at frame {f}, {differ} pixels");
                let off = redrawn.data().iter().zip(drawn.data()).map(|(a, b)| (a - b).abs());
                let off = off.fold(0.0, f32::max);
                assert!(off < 0.02, "alpha differs by {off} in {name} at frame {f}");
            }
        }
    }
}

/// Runs one of the checkers of `../shared/tools`, where they and Python are.
fn check(script: &str, suffix: &str, text: &str) {
    let tool = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/tools").join(script);
    if !tool.is_file() {
        println!("skipped: {} is not there", tool.display());
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let file: PathBuf = folder.path().join(format!("shapes.{suffix}"));
    std::fs::write(&file, text).expect("written");
    let Ok(output) = Command::new("python3").arg(&tool).arg(&file).output() else {
        println!("skipped: there is no python3");
        return;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

fn check_both(animation: &Animation) {
    check("check_fxs.py", "fxs", &fxs_text(animation));
    check("check_nk.py", "nk", &nuke_text(animation));
    let (mut first, mut second) = (Vec::new(), Vec::new());
    json::write(animation, &mut first).expect("written");
    let read = json::read(std::str::from_utf8(&first).expect("UTF-8")).expect("our own .json");
    json::write(&read, &mut second).expect("written");
    assert_eq!(first, second);
    assert_eq!(
        draw(&read, &read.layers[0].name, read.first),
        draw(&read, &animation.layers[0].name, read.first)
    );
    let mut picture = Vec::new();
    svg::write(animation, animation.first, &mut picture).expect("written");
    let shown = String::from_utf8(picture).expect("UTF-8").matches("<path d=\"M").count();
    let alive =
        animation.layers.iter().flat_map(|l| &l.shapes).filter(|s| s.opacity_at(animation.first) > 0.0);
    assert_eq!(shown, alive.map(|s| 1 + 2 * s.point_count()).sum::<usize>());
    assert_round_trip(animation);
}

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
fn every_so_manieth_frame_has_a_key() {
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

#[test]
fn impossible_things_are_said() {
    let says = |result: Result<Builder, ShapeError>, part: &str| {
        let message = result.expect_err("an error").to_string();
        assert!(message.contains(part), "{message}");
    };
    let good = ShapeSettings::default();
    says(Builder::new(footage(5, 4, 1.0), good), "end at 4");
    says(Builder::new(footage(1, 4, f64::NAN), good), "pixel aspect");
    says(Builder::new(footage(1, 4, 1.0), ShapeSettings { level: f32::NAN, ..good }), "level");
    says(Builder::new(footage(1, 4, 1.0), ShapeSettings { tolerance_px: 0.0, ..good }), "tolerance");
    says(Builder::new(footage(1, 4, 1.0), ShapeSettings { keys: Keys::Every(0), ..good }), "every 0");
    let mut builder = Builder::new(footage(1, 4, 1.0), good).expect("good settings");
    let message = builder.add("dog", 9, &disc(50.0, 50.0, 9.0)).expect_err("beyond").to_string();
    assert!(message.contains("frame 9, expected 1 to 4"), "{message}");
    let message = builder.add("dog", 2, &Matte::filled(3, 3, 1.0)).expect_err("too small").to_string();
    assert!(message.contains("3x3 pixels, expected 200x150"), "{message}");
    for text in [
        "",
        "<a/>",
        "<Silhouette>",
        "<Silhouette width='x' height='2'/>",
        "<Silhouette width='0' height='2'/>",
    ] {
        fxs::read(text).expect_err(text);
    }
    for text in ["", "{}", "[]", "{\"kind\":\"airoto shapes\"}"] {
        json::read(text).expect_err(text);
    }
    for text in ["", "}", "{", "Roto {}", "Roto { curves {{{v 1}}} }", "Root { format \"a b\" }"] {
        nuke::read(text).expect_err(text);
    }
}

/// The greatest and the mean difference of two mattes, over pixels where either is soft.
fn softness_lost(a: &Matte, b: &Matte) -> (f32, f32) {
    let soft = |v: f32| (0.02..0.98).contains(&v);
    let off: Vec<f32> = a
        .data()
        .iter()
        .zip(b.data())
        .filter(|(a, b)| soft(**a) || soft(**b))
        .map(|(a, b)| (a - b).abs())
        .collect();
    (off.iter().copied().fold(0.0, f32::max), off.iter().sum::<f32>() / off.len().max(1) as f32)
}

#[test]
fn a_soft_edge_becomes_a_feather_in_both_files() {
    // A soft ring that moves: both its outlines are soft.
    let at = |f: i64| {
        area(|x, y| {
            let d = (x - 90.0 - f as f64).hypot(y - 75.0);
            (d - 50.0).max(25.0 - d) / 10.0
        })
    };
    let animation = build(12, ShapeSettings::default(), at);
    for shape in &animation.layers[0].shapes {
        let width = shape.feather_at(1006);
        assert!((width - 10.0).abs() < 1.0, "{} has a feather of {width} pixels", shape.name);
    }
    for f in 0..12 {
        let (most, mean) = softness_lost(&draw(&animation, "thing", 1001 + f), &at(f));
        assert!(most < 0.2 && mean < 0.05, "alpha is off by {most}, {mean} on average");
    }
    check_both(&animation);
    assert!(fxs_text(&animation).contains("<Property id=\"feather\" constant=\"True\">"));
    // An edge that gets softer has a feather that follows.
    let blurs = |f: i64| area(|x, y| ((x - 90.0).hypot(y - 75.0) - 40.0) / (2.0 + f as f64));
    let animation = build(15, ShapeSettings::default(), blurs);
    let shape = &animation.layers[0].shapes[0];
    assert!(shape.feather_at(1001) < 5.0 && shape.feather_at(1015) > 12.0, "{:?}", shape.feather);
    check_both(&animation);
    // A hard edge has none.
    let hard = build(3, ShapeSettings::default(), |_| disc(90.0, 75.0, 40.0));
    assert!(hard.layers[0].shapes[0].feather.is_empty());
    assert!(!fxs_text(&hard).contains("feather"));
    assert!(nuke_text(&hard).contains("idem"));
}

#[test]
fn specks_are_dropped_unless_the_object_is_made_of_them() {
    let mut noise = disc(100.0, 75.0, 70.0);
    // 500 islands of a pixel, in and around it.
    for i in 0..500_usize {
        noise.data_mut()[(i / 25 * 7 + 3) * SIZE.0 as usize + i % 25 * 8 + 3] = 1.0;
    }
    let animation = build(3, ShapeSettings::default(), |_| noise.clone());
    assert_eq!(animation.layers[0].shapes.len(), 1);
    let mut specks = Matte::filled(SIZE.0, SIZE.1, 0.0);
    for (x, y) in (0..12_usize).map(|i| (10 + i * 15, 40 + i % 3 * 20)) {
        for (dx, dy) in [(0, 0), (1, 0), (2, 0), (0, 1), (1, 1), (2, 1)] {
            specks.data_mut()[(y + dy) * SIZE.0 as usize + x + dx] = 1.0;
        }
    }
    let animation = build(2, ShapeSettings::default(), |_| specks.clone());
    assert_eq!(animation.layers[0].shapes.len(), 12);
    check_both(&animation);
}

#[test]
fn a_matte_of_8k_is_outlined() {
    let (width, height) = (7680, 4320);
    let mut matte = Matte::filled(width, height, 0.0);
    for (y, row) in matte.data_mut().chunks_exact_mut(width as usize).enumerate() {
        let half = (1800.0_f64.powi(2) - (y as f64 + 0.5 - 2160.0).powi(2)).max(0.0).sqrt();
        let (from, to) = ((3840.0 - half).round() as usize, (3840.0 + half).round() as usize);
        row[from..to].fill(1.0);
    }
    let footage = SequenceInfo { width, height, pixel_aspect: 1.0, first: 1, last: 1, fps: 24.0 };
    let mut builder = Builder::new(footage, ShapeSettings::default()).expect("good settings");
    builder.add("thing", 1, &matte).expect("a frame");
    let animation = builder.finish();
    assert!(animation.layers[0].shapes[0].point_count() <= 40);
    let iou = draw(&animation, "thing", 1).iou(&matte);
    assert!(iou > 0.99, "{iou}");
    check("check_fxs.py", "fxs", &fxs_text(&animation));
    check("check_nk.py", "nk", &nuke_text(&animation));
}

/// A blob whose outline waves `waves` times around, at (`x`, `y`) and moving by `speed` a frame.
fn blob(r: f64, waves: f64, depth: f64, (x, y): (f64, f64), speed: f64, soft: f64, f: i64) -> Matte {
    area(|px, py| {
        let (dx, dy) = (px - x - speed * f as f64, py - y);
        let wave = 1.0 + depth * (waves.round() * dy.atan2(dx) + 0.1 * f as f64).sin();
        (dx.hypot(dy) - r * wave) / soft
    })
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 24, failure_persistence: None, ..Default::default() })]

    /// Whatever the blob, wherever it leaves the frame, however soft it is: the shapes draw it, and
    /// all files draw the same.
    #[test]
    fn any_blob_is_drawn_again(
        r in 6.0_f64..60.0,
        waves in 0.0_f64..6.0,
        depth in 0.0_f64..0.35,
        x in -20.0_f64..220.0,
        y in -20.0_f64..170.0,
        speed in -4.0_f64..4.0,
        soft in 1.0_f64..8.0,
        level in 0.2_f32..0.8,
        aspect in 0.5_f64..2.0,
    ) {
        let settings = ShapeSettings { level, ..ShapeSettings::default() };
        let mut builder = Builder::new(footage(-3, 2, aspect), settings).expect("good settings");
        let at = |f: i64| blob(r, waves, depth, (x, y), speed, soft, f);
        for f in -3..=2 {
            builder.add("thing", f, &at(f)).expect("a frame");
        }
        let animation = builder.finish();
        animation.check().expect("fit to be written");
        for f in -3..=2 {
            let matte = at(f);
            let inside = |m: &Matte, level: f32| m.data().iter().filter(|&&v| v > level).count() as f64;
            let (found, expected) = (inside(&draw(&animation, "thing", f), 0.5), inside(&matte, level));
            let slack = 30.0 + 0.06 * expected;
            assert!((found - expected).abs() <= slack, "{found} pixels for {expected} at frame {f}");
        }
        assert_round_trip(&animation);
    }

    /// No text makes a reader panic or run on.
    #[test]
    fn readers_stand_any_text(text in ".{0,200}", cut in 0_usize..4000) {
        let animation = build(2, ShapeSettings::default(), |_| disc(90.0, 75.0, 40.0));
        for good in [fxs_text(&animation), nuke_text(&animation)] {
            let mut at = cut.min(good.len());
            while !good.is_char_boundary(at) {
                at -= 1;
            }
            for broken in [text.clone(), good[..at].to_owned(), format!("{}{text}{}", &good[..at], &good[at..])] {
                let _ = fxs::read(&broken);
                let _ = nuke::read(&broken);
                let _ = json::read(&broken);
            }
        }
    }
}

/// Files that neither of our writers made: the samples of the format notes.
#[test]
fn samples_of_others_are_read() {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/facts/roto-samples");
    if !samples.is_dir() {
        println!("skipped: {} is not there", samples.display());
        return;
    }
    let read = |name: &str| std::fs::read_to_string(samples.join(name)).expect("a sample");
    let silhouette = fxs::read(&read("SYNTHETIC_ref.fxs")).expect("the .fxs sample");
    let script = nuke::read(&read("SYNTHETIC_ref.nk")).expect("the .nk sample");
    assert_eq!((silhouette.first, script.first, script.last), (1001, 1001, 1024));
    let names = |a: &Animation| a.layers.iter().map(|l| l.name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&silhouette), ["extras", "person"]);
    assert_eq!(names(&script), ["extras", "person"]);
    for layer in ["extras", "person"] {
        for frame in 1001..=1024 {
            let (a, b) = (draw(&silhouette, layer, frame), draw(&script, layer, frame));
            assert!(a.area() > 1000);
            // Edges lie exactly between pixels on some frames, where a half means nothing.
            let pairs = a.data().iter().zip(b.data());
            let off = pairs.filter(|(a, b)| (*a - *b).abs() > 0.01).count();
            assert!(off < 100, "{off} pixels of {layer} differ at {frame}");
        }
    }
    // Real ones: a static shape of RotoPaint, which names no format of its own.
    let message = nuke::read(&read("nst_create_nan.nk")).expect_err("no format").to_string();
    assert!(message.contains("format"), "{message}");
    for name in ["jedypod_rectangle", "nst_ssmesh_feather", "nst_advkeying_p_keyed"] {
        let group = read(&format!("{name}.curvegroup.txt"));
        let text = format!(
            "Root {{\n format \"2048 1556 0 0 2048 1556 1 x\"\n}}\nRoto {{\n curves {{{{{{v x3f99999a}} {{f 0}} {{n \
             {{layer Root {{f 2097152}} {{t 1024 778}} {{a}} {group}}}}}}}}}\n}}\n"
        );
        let animation = nuke::read(&text).expect(name);
        let shape = &animation.layers[0].shapes[0];
        assert!(shape.point_count() >= 4 && !shape.hole, "{name}");
    }
}

/// The masks of a real clip, every frame, through both files.
#[test]
fn shapes_of_a_real_clip_agree_with_its_masks() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/clips/dog/masks");
    if !folder.is_dir() {
        println!("skipped: {} is not there", folder.display());
        return;
    }
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(&folder).expect("a folder").map(|e| e.expect("an entry").path()).collect();
    files.sort();
    let mattes: Vec<Matte> = files
        .iter()
        .map(|file| {
            let grey = image::open(file).expect("a mask").into_luma8();
            let data = grey.as_raw().iter().map(|&v| f32::from(v) / 255.0).collect();
            Matte::new(grey.width(), grey.height(), data).expect("its own size")
        })
        .collect();
    let footage = SequenceInfo {
        width: mattes[0].width(),
        height: mattes[0].height(),
        pixel_aspect: 1.0,
        first: 0,
        last: mattes.len() as i64 - 1,
        fps: 24.0,
    };
    let mut builder = Builder::new(footage, ShapeSettings::default()).expect("good settings");
    for (f, matte) in mattes.iter().enumerate() {
        builder.add("thing", f as i64, matte).expect("a frame");
    }
    let animation = builder.finish();
    let ious: Vec<f64> =
        mattes.iter().enumerate().map(|(f, m)| draw(&animation, "thing", f as i64).iou(m)).collect();
    let mean = ious.iter().sum::<f64>() / ious.len() as f64;
    let worst = ious.iter().copied().fold(1.0, f64::min);
    println!("IoU {mean:.4}, worst {worst:.4}");
    assert!(mean >= 0.97 && worst >= 0.9, "IoU {mean}, worst {worst}");
    check_both(&animation);
}

//! What shapes cannot be, soft edges, large mattes, and files of others.

use super::common::*;
use std::path::{Path, PathBuf};

use airoto::raster::Matte;
use airoto::shapes::{
    Animation, Builder, Keys, SequenceInfo, ShapeError, ShapeSettings, draw, fxs, json, nuke,
};

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
    says(Builder::new(footage(1, 4, 1.0), ShapeSettings { keys: Keys::Every(0), ..good }), "0 frames");
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

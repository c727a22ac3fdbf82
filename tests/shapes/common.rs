//! Mattes and files that several tests use.

use std::path::{Path, PathBuf};
use std::process::Command;

use airoto::raster::Matte;
use airoto::shapes::{Animation, Builder, SequenceInfo, ShapeSettings, draw, fxs, json, nuke, svg};

pub const SIZE: (u32, u32) = (200, 150);

pub fn footage(first: i64, last: i64, aspect: f64) -> SequenceInfo {
    SequenceInfo { width: SIZE.0, height: SIZE.1, pixel_aspect: aspect, first, last, fps: 25.0 }
}

/// A matte of the area where `distance` is negative, soft over a pixel.
pub fn area(distance: impl Fn(f64, f64) -> f64) -> Matte {
    let mut matte = Matte::filled(SIZE.0, SIZE.1, 0.0);
    for (i, v) in matte.data_mut().iter_mut().enumerate() {
        let (x, y) = (i % SIZE.0 as usize, i / SIZE.0 as usize);
        *v = (0.5 - distance(x as f64 + 0.5, y as f64 + 0.5)).clamp(0.0, 1.0) as f32;
    }
    matte
}

pub fn disc(cx: f64, cy: f64, r: f64) -> Matte {
    area(|x, y| (x - cx).hypot(y - cy) - r)
}

/// Shapes of one object whose matte `at` gives, over frames 1001 to `1000 + count`.
pub fn build(count: i64, settings: ShapeSettings, at: impl Fn(i64) -> Matte) -> Animation {
    let mut builder = Builder::new(footage(1001, 1000 + count, 1.0), settings).expect("good settings");
    for f in 0..count {
        builder.add("thing", 1001 + f, &at(f)).expect("a frame of the footage");
    }
    builder.finish()
}

pub fn assert_agrees(animation: &Animation, count: i64, least: f64, at: impl Fn(i64) -> Matte) {
    for f in 0..count {
        let iou = draw(animation, "thing", 1001 + f).iou(&at(f));
        assert!(iou >= least, "IoU {iou} at frame {}", 1001 + f);
    }
}

pub fn fxs_text(animation: &Animation) -> String {
    let mut out = Vec::new();
    fxs::write(animation, &mut out).expect("written");
    String::from_utf8(out).expect("UTF-8")
}

pub fn nuke_text(animation: &Animation) -> String {
    let mut out = Vec::new();
    nuke::write(animation, &mut out).expect("written");
    String::from_utf8(out).expect("UTF-8")
}

/// Both files say the same pixels as the animation they were written from.
pub fn assert_round_trip(animation: &Animation) {
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
pub fn check(script: &str, suffix: &str, text: &str) {
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

pub fn check_both(animation: &Animation) {
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

//! Measures shapes on true masks: `cargo bench --bench shapes [-- CLIP...]`.
//!
//! Prints, for each clip of `../shared/clips`: points a shape (weighted by area), shapes, keys (path
//! keys over frames alive, on shapes that live ten frames or more), IoU of the redrawn shapes
//! against the mask over all frames, the jitter of control points against that of fitting each
//! frame alone, and the time.

use std::path::{Path, PathBuf};
use std::time::Instant;

use airoto::raster::Matte;
use airoto::shapes::{Animation, Builder, Footage, Keys, Shape, ShapeSettings, draw};

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
    let clips = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/clips");
    let clips = std::env::var_os("CLIPS").map_or(clips, PathBuf::from);
    let Ok(entries) = std::fs::read_dir(&clips) else {
        println!("skipped: there are no clips at {}", clips.display());
        return;
    };
    let mut folders: Vec<PathBuf> =
        entries.filter_map(|e| Some(e.ok()?.path().join("masks"))).filter(|p| p.is_dir()).collect();
    folders.sort();
    println!(
        "{:<16}{:>7}{:>8}{:>8}{:>8}{:>8}{:>8}{:>8}{:>8}{:>8}",
        "clip", "frames", "points", "shapes", "long", "keys", "IoU", "worst", "jitter", "ms"
    );
    let mut rows = Vec::new();
    for folder in folders {
        let clip =
            folder.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy().into_owned();
        if wanted.is_empty() || wanted.contains(&clip) {
            rows.push(measure(&clip, &load(&folder)));
        }
    }
    if wanted.is_empty() {
        rows.push(measure("soft 1080p", &soft()));
    }
    let mut points: Vec<f64> = rows.iter().map(|r| r[0]).collect();
    points.sort_by(f64::total_cmp);
    let mean = |i: usize| rows.iter().map(|r| r[i]).sum::<f64>() / rows.len().max(1) as f64;
    println!(
        "median points {:.1}, mean keys {:.1} %, mean IoU {:.4}, worst {:.4}, mean jitter {:.3}",
        points.get(points.len() / 2).copied().unwrap_or(0.0),
        mean(1),
        mean(2),
        rows.iter().map(|r| r[3]).fold(1.0, f64::min),
        mean(4)
    );
}

fn load(folder: &Path) -> Vec<Matte> {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).expect("a folder of masks").map(|e| e.expect("an entry").path()).collect();
    files.sort();
    files
        .iter()
        .map(|file| {
            let grey = image::open(file).expect("a mask").into_luma8();
            let data = grey.as_raw().iter().map(|&v| f32::from(v) / 255.0).collect();
            Matte::new(grey.width(), grey.height(), data).expect("its own size")
        })
        .collect()
}

/// A soft body of 1080 rows that moves, turns and bulges, with a limb that swings.
fn soft() -> Vec<Matte> {
    (0..100)
        .map(|f| {
            let t = f64::from(f) / 25.0;
            let (cx, cy) = (800.0 + 90.0 * t, 540.0 + 60.0 * (t * 1.7).sin());
            let swing = 0.7 * (t * 4.0).sin();
            let mut matte = Matte::filled(1920, 1080, 0.0);
            for (i, v) in matte.data_mut().iter_mut().enumerate() {
                let (x, y) = ((i % 1920) as f64 + 0.5 - cx, (i / 1920) as f64 + 0.5 - cy);
                let angle = y.atan2(x);
                let body =
                    x.hypot(y) - 220.0 - 30.0 * (3.0 * angle + t).sin() - 12.0 * (7.0 * angle - t).cos();
                let (lx, ly) = (x * swing.cos() + y * swing.sin(), y * swing.cos() - x * swing.sin());
                let limb = (lx.abs() - 40.0).max((ly - 260.0).abs() - 180.0);
                *v = (0.5 - body.min(limb) / 4.0).clamp(0.0, 1.0) as f32;
            }
            matte
        })
        .collect()
}

fn build(mattes: &[Matte], settings: ShapeSettings) -> Animation {
    let footage = Footage {
        width: mattes[0].width(),
        height: mattes[0].height(),
        pixel_aspect: 1.0,
        first: 0,
        last: mattes.len() as i64 - 1,
        fps: 24.0,
    };
    let mut builder = Builder::new(footage, settings).expect("good settings");
    for (f, matte) in mattes.iter().enumerate() {
        builder.add("object", f as i64, matte).expect("a frame of the footage");
    }
    builder.finish()
}

fn measure(clip: &str, mattes: &[Matte]) -> [f64; 5] {
    let started = Instant::now();
    let animation = build(mattes, ShapeSettings::default());
    let time = started.elapsed().as_secs_f64() * 1000.0 / mattes.len() as f64;
    let shapes: Vec<&Shape> = animation.layers.iter().flat_map(|l| &l.shapes).collect();
    let (mut weighted, mut weights) = (0.0, 0.0);
    let (mut keys, mut alive) = (0, 0);
    let mut long = 0;
    for shape in &shapes {
        let life: Vec<i64> =
            (animation.first..=animation.last).filter(|&f| shape.opacity_at(f) > 0.0).collect();
        let area: f64 = life.iter().map(|&f| kurbo::Shape::area(&shape.path_at(f)).abs()).sum();
        weighted += area * shape.point_count() as f64;
        weights += area;
        if life.len() >= 10 {
            keys += shape.keys.len();
            alive += life.len();
            long += 1;
        }
    }
    let ious: Vec<f64> =
        mattes.iter().enumerate().map(|(f, m)| draw(&animation, "object", f as i64).iou(m)).collect();
    let mean = ious.iter().sum::<f64>() / ious.len() as f64;
    let worst = ious.iter().copied().fold(1.0, f64::min);
    let single = ShapeSettings { keys: Keys::EveryFrame, ..ShapeSettings::default() };
    let alone: Vec<Animation> = mattes.iter().map(|m| build(std::slice::from_ref(m), single)).collect();
    if std::env::var_os("ALONE").is_some() {
        let n = mattes.len() as f64;
        let iou: f64 = alone.iter().zip(mattes).map(|(a, m)| draw(a, "object", 0).iou(m)).sum::<f64>() / n;
        let points: f64 = alone
            .iter()
            .map(|a| a.layers[0].shapes.iter().map(|s| s.point_count()).max().unwrap_or(0) as f64)
            .sum::<f64>()
            / n;
        println!("  alone: IoU {iou:.4}, points {points:.1}");
        let mut order: Vec<usize> = (0..ious.len()).collect();
        order.sort_by(|&a, &b| ious[a].total_cmp(&ious[b]));
        for &f in &order[..4] {
            let a = draw(&alone[f], "object", 0).iou(&mattes[f]);
            println!("  frame {f}: IoU {:.4}, alone {a:.4}, area {}", ious[f], mattes[f].area());
        }
    }
    let ratio = jitter(&shapes, &animation) / jitter_alone(&alone).max(1e-9);
    let points = weighted / f64::max(weights, 1.0);
    let share = 100.0 * keys as f64 / f64::max(alive as f64, 1.0);
    println!(
        "{clip:<16}{:>7}{points:>8.1}{:>8}{long:>8}{share:>7.1}%{mean:>8.4}{worst:>8.4}{ratio:>8.3}{time:>8.1}",
        mattes.len(),
        shapes.len(),
    );
    [points, share, mean, worst, ratio]
}

/// The mean length of the second difference of a control point over three frames of one shape.
fn jitter(shapes: &[&Shape], animation: &Animation) -> f64 {
    let (mut sum, mut count) = (0.0, 0_usize);
    for shape in shapes {
        for f in animation.first + 1..animation.last {
            if [f - 1, f, f + 1].iter().any(|&f| shape.opacity_at(f) == 0.0) {
                continue;
            }
            let [a, b, c] = [f - 1, f, f + 1].map(|f| shape.points_at(f));
            for i in 0..b.len() {
                sum += (a[i].at.to_vec2() - b[i].at.to_vec2() * 2.0 + c[i].at.to_vec2()).hypot();
                count += 1;
            }
        }
    }
    sum / f64::max(count as f64, 1.0)
}

/// The same for the largest shape of each frame fitted alone, its indices resampled to the count
/// of the first of the three and turned to where they fit best.
fn jitter_alone(frames: &[Animation]) -> f64 {
    let largest: Vec<Vec<kurbo::Point>> = frames
        .iter()
        .filter_map(|a| {
            let shapes = a.layers.iter().flat_map(|l| &l.shapes);
            let area = |s: &Shape| kurbo::Shape::area(&s.path_at(0)).abs();
            let shape = shapes.max_by(|x, y| area(x).total_cmp(&area(y)))?;
            Some(shape.points_at(0).iter().map(|p| p.at).collect())
        })
        .collect();
    let (mut sum, mut count) = (0.0, 0_usize);
    for three in largest.windows(3) {
        let n = three[0].len();
        let resampled = |p: &[kurbo::Point]| -> Vec<kurbo::Point> {
            (0..n)
                .map(|i| {
                    let x = i as f64 * p.len() as f64 / n as f64;
                    let k = x as usize;
                    p[k].lerp(p[(k + 1) % p.len()], x - k as f64)
                })
                .collect()
        };
        let turned = |reference: &[kurbo::Point], p: Vec<kurbo::Point>| -> Vec<kurbo::Point> {
            let off = |s: usize| (0..n).map(|i| reference[i].distance_squared(p[(i + s) % n])).sum::<f64>();
            let best = (0..n).min_by(|&a, &b| off(a).total_cmp(&off(b))).unwrap_or(0);
            (0..n).map(|i| p[(i + best) % n]).collect()
        };
        let a = three[0].clone();
        let b = turned(&a, resampled(&three[1]));
        let c = turned(&b, resampled(&three[2]));
        for i in 0..n {
            sum += (a[i].to_vec2() - b[i].to_vec2() * 2.0 + c[i].to_vec2()).hypot();
            count += 1;
        }
    }
    sum / f64::max(count as f64, 1.0)
}

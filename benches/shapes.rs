//! Measures shapes on true masks: `cargo xtask bench shapes`, or
//! `cargo bench --bench shapes [-- CLIP...]`, with `--parts` for objects split at their joints.
//!
//! On the masks of each clip of `../shared/clips` and on a soft synthetic matte of 1080 rows, with
//! default settings, it prints:
//!
//! - points: control points a shape, weighted by the area that the shape covers over its life;
//! - shapes: how many there are, those that never enclose 20 pixels not counted; long: those that
//!   live ten frames or more; life: frames that a shape lives, weighted as the points are;
//! - keys: path keys over frames alive, on shapes that live ten frames or more;
//! - IoU and worst: of the redrawn shapes against the mask, cut at one half, mean and worst of
//!   **all** frames;
//! - far: the worst distance in pixels from the edge of the mask, parts under 20 pixels not counted,
//!   to the edge of the redrawn one or back, on any frame, and p95: the distance that 95 % of the
//!   edge keep;
//! - jitter: the mean length of the second difference of a control point over three neighbouring
//!   frames of one shape, in pixels, as a share of the same with each frame fitted alone, its
//!   points resampled by index;
//! - soft: mean distance of the redrawn alpha from the matte's, within the pixels where either is
//!   between 0.02 and 0.98 (what counts where the matte is soft);
//! - ms: milliseconds a frame for all of it, outlines to keys, on the threads of the machine
//!   (`RAYON_NUM_THREADS=2` for two).
//!
//! A clip has topology changes when the number of outlines of 20 pixels or more differs between its
//! frames; the share of keys must hold on the others.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Instant;

use airoto::raster::Matte;
use airoto::shapes::{Animation, Builder, Keys, SequenceInfo, Shape, ShapeSettings, draw};

fn main() {
    let (options, wanted): (Vec<String>, Vec<String>) =
        std::env::args().skip(1).partition(|a| a.starts_with('-'));
    let settings =
        ShapeSettings { parts: options.iter().any(|o| o == "--parts"), ..ShapeSettings::default() };
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
        "{:<16}{:>7}{:>8}{:>7}{:>6}{:>7}{:>8}{:>8}{:>8}{:>7}{:>6}{:>8}{:>7}{:>7}  topology",
        "clip",
        "frames",
        "points",
        "shapes",
        "long",
        "life",
        "keys",
        "IoU",
        "worst",
        "far",
        "p95",
        "jitter",
        "soft",
        "ms"
    );
    let mut rows = Vec::new();
    for folder in folders {
        let clip =
            folder.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy().into_owned();
        if wanted.is_empty() || wanted.contains(&clip) {
            rows.push(measure(&clip, &load(&folder), settings));
        }
    }
    if wanted.is_empty() {
        rows.push(measure("soft 1080p", &soft(), settings));
    }
    let mut points: Vec<f64> = rows.iter().map(|r| r.points).collect();
    points.sort_by(f64::total_cmp);
    let mean = |of: fn(&Row) -> f64| rows.iter().map(of).sum::<f64>() / rows.len().max(1) as f64;
    let keys = rows.iter().filter(|r| !r.changes).map(|r| r.keys).fold(0.0, f64::max);
    println!(
        "median points {:.1}, most keys without topology changes {keys:.1} %, mean IoU {:.4}, worst {:.4}, \
         worst distance {:.1} px, mean jitter {:.3}",
        points.get(points.len() / 2).copied().unwrap_or(0.0),
        mean(|r| r.iou),
        rows.iter().map(|r| r.worst).fold(1.0, f64::min),
        rows.iter().map(|r| r.far).fold(0.0, f64::max),
        mean(|r| r.jitter)
    );
}

/// What is measured of one clip.
struct Row {
    points: f64,
    keys: f64,
    iou: f64,
    worst: f64,
    far: f64,
    jitter: f64,
    changes: bool,
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
    let footage = SequenceInfo {
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

fn measure(clip: &str, mattes: &[Matte], settings: ShapeSettings) -> Row {
    let started = Instant::now();
    let animation = build(mattes, settings);
    let time = started.elapsed().as_secs_f64() * 1000.0 / mattes.len() as f64;
    let shapes: Vec<&Shape> = animation.layers.iter().flat_map(|l| &l.shapes).collect();
    let (mut weighted, mut weights, mut lives) = (0.0, 0.0, 0.0);
    let (mut keys, mut alive) = (0, 0);
    let (mut counted, mut long) = (0, 0);
    for shape in &shapes {
        let life: Vec<i64> =
            (animation.first..=animation.last).filter(|&f| shape.opacity_at(f) > 0.0).collect();
        let areas: Vec<f64> = life.iter().map(|&f| kurbo::Shape::area(&shape.path_at(f)).abs()).collect();
        let area: f64 = areas.iter().sum();
        weighted += area * shape.point_count() as f64;
        weights += area;
        lives += area * life.len() as f64;
        counted += usize::from(areas.iter().any(|&a| a >= LEAST as f64));
        if life.len() >= 10 {
            keys += shape.keys.len();
            alive += life.len();
            long += 1;
        }
    }
    let (mut ious, mut far, mut kept) = (Vec::new(), 0.0_f64, Vec::new());
    let (mut soft, mut band) = (0.0, 0_usize);
    let mut parts = BTreeSet::new();
    for (f, matte) in mattes.iter().enumerate() {
        let drawn = draw(&animation, "object", f as i64);
        ious.push(drawn.iou(matte));
        let (a, b) = (Parts::new(matte), Parts::new(&drawn));
        parts.insert(a.count);
        let distances = a.distances(&b);
        far = far.max(distances.last().copied().unwrap_or(0.0));
        kept.push(distances.get(distances.len() * 95 / 100).copied().unwrap_or(0.0));
        let between = |v: f32| (0.02..0.98).contains(&v);
        for (&v, &w) in matte.data().iter().zip(drawn.data()).filter(|(v, w)| between(**v) || between(**w)) {
            soft += f64::from((v - w).abs());
            band += 1;
        }
    }
    let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len().max(1) as f64;
    let single = ShapeSettings { keys: Keys::EveryFrame, ..ShapeSettings::default() };
    let alone: Vec<Animation> = mattes.iter().map(|m| build(std::slice::from_ref(m), single)).collect();
    let row = Row {
        points: weighted / f64::max(weights, 1.0),
        keys: 100.0 * keys as f64 / f64::max(alive as f64, 1.0),
        iou: mean(&ious),
        worst: ious.iter().copied().fold(1.0, f64::min),
        far,
        jitter: jitter(&shapes, &animation) / jitter_alone(&alone).max(1e-9),
        changes: parts.len() > 1,
    };
    println!(
        "{clip:<16}{:>7}{:>8.1}{counted:>7}{long:>6}{:>7.1}{:>7.1}%{:>8.4}{:>8.4}{far:>7.1}{:>6.1}{:>8.3}{:>7.3}{time:>7.1}  {}",
        mattes.len(),
        row.points,
        lives / f64::max(weights, 1.0),
        row.keys,
        row.iou,
        row.worst,
        mean(&kept),
        row.jitter,
        soft / band.max(1) as f64,
        if row.changes { "changes" } else { "one" }
    );
    row
}

/// Parts of fewer pixels do not count.
const LEAST: usize = 20;

/// A matte cut at one half, without parts and holes of fewer than [`LEAST`] pixels.
struct Parts {
    width: usize,
    inside: Vec<bool>,
    /// Parts and holes that are left.
    count: usize,
}

impl Parts {
    fn new(matte: &Matte) -> Self {
        let width = matte.width() as usize;
        let mut inside: Vec<bool> = matte.data().iter().map(|&v| v > 0.5).collect();
        let mut seen = vec![false; inside.len()];
        let mut count = 0;
        for start in 0..inside.len() {
            if seen[start] {
                continue;
            }
            let value = inside[start];
            let mut part = vec![start];
            seen[start] = true;
            let mut next = 0;
            while let Some(&i) = part.get(next) {
                next += 1;
                for j in neighbours(i, width, inside.len()) {
                    if !seen[j] && inside[j] == value {
                        seen[j] = true;
                        part.push(j);
                    }
                }
            }
            if part.len() < LEAST {
                part.iter().for_each(|&i| inside[i] = !value);
            } else {
                count += 1;
            }
        }
        Self { width, inside, count }
    }

    fn is_edge(&self, i: usize) -> bool {
        self.inside[i] && neighbours(i, self.width, self.inside.len()).any(|j| !self.inside[j])
    }

    /// How far each pixel of either edge is from the other edge, least first.
    fn distances(&self, other: &Self) -> Vec<f64> {
        let mut all = Vec::new();
        for (a, b) in [(self, other), (other, self)] {
            let to = b.edge_distances();
            all.extend(
                (0..a.inside.len()).filter(|&i| a.is_edge(i)).map(|i| to[i]).filter(|d| d.is_finite()),
            );
        }
        all.sort_by(f64::total_cmp);
        all
    }

    /// The distance of every pixel from the nearest pixel of the edge.
    fn edge_distances(&self) -> Vec<f64> {
        let height = self.inside.len() / self.width;
        let start = (0..self.inside.len()).map(|i| if self.is_edge(i) { 0.0 } else { f64::INFINITY });
        let mut squares: Vec<f64> = start.collect();
        for x in 0..self.width {
            let column: Vec<f64> = (0..height).map(|y| squares[y * self.width + x]).collect();
            for (y, v) in lower_envelope(&column).into_iter().enumerate() {
                squares[y * self.width + x] = v;
            }
        }
        for row in squares.chunks_exact_mut(self.width) {
            let nearest = lower_envelope(row);
            row.copy_from_slice(&nearest);
        }
        squares.into_iter().map(f64::sqrt).collect()
    }
}

fn neighbours(i: usize, width: usize, count: usize) -> impl Iterator<Item = usize> {
    let x = i % width;
    let left = (x > 0).then(|| i.wrapping_sub(1));
    let right = (x + 1 < width).then_some(i + 1);
    let up = i.checked_sub(width);
    let down = Some(i + width).filter(|&j| j < count);
    [left, right, up, down].into_iter().flatten()
}

/// The least of `values[j] + (i - j)^2` over all `j`, for each `i`: the lower envelope of parabolas.
fn lower_envelope(values: &[f64]) -> Vec<f64> {
    let mut hull: Vec<(usize, f64)> = Vec::new();
    for (q, &v) in values.iter().enumerate().filter(|v| v.1.is_finite()) {
        let mut from = f64::NEG_INFINITY;
        while let Some(&(p, start)) = hull.last() {
            let (a, b) = (p as f64, q as f64);
            let meet = ((v + b * b) - (values[p] + a * a)) / (2.0 * (b - a));
            if meet > start {
                from = meet;
                break;
            }
            hull.pop();
        }
        hull.push((q, from));
    }
    let mut k = 0;
    (0..values.len())
        .map(|i| {
            while hull.get(k + 1).is_some_and(|h| h.1 <= i as f64) {
                k += 1;
            }
            hull.get(k).map_or(f64::INFINITY, |&(p, _)| values[p] + (i as f64 - p as f64).powi(2))
        })
        .collect()
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

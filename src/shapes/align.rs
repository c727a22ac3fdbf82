//! Which point of one outline becomes which point of the next: cyclic dynamic alignment.

use kurbo::Vec2;

use super::outline::{Outline, resample};

/// Samples of each outline that are aligned; the rest follows by interpolation.
const SAMPLES: (f64, f64) = (24.0, 320.0);
/// Steps of those samples, in pixels, where the outline is short enough.
const STEP: f64 = 2.0;
/// What it costs to stretch or squeeze by a sample.
const STRETCH: f64 = 0.02;
/// What opposite normals cost, on the scale of the distance below.
const TURN: f64 = 1.5;

/// A map of positions in turns from one outline to another, never running back.
#[derive(Debug, Clone)]
pub(super) struct Map {
    /// Where the evenly spaced positions of the first outline land, without wrapping.
    values: Vec<f64>,
    /// The longest part of either outline, in turns, that has no counterpart in the other.
    pub lost: f64,
}

impl Map {
    /// The map that takes evenly spaced positions of the first outline to `values`, which never fall
    /// and lie within a turn.
    pub fn even(values: Vec<f64>) -> Self {
        Self { values, lost: 0.0 }
    }

    /// Where a position goes; a turn more in gives a turn more out.
    pub fn forward(&self, u: f64) -> f64 {
        let n = self.values.len();
        let turns = u.floor();
        let x = (u - turns) * n as f64;
        let i = (x as usize).min(n - 1);
        let (a, b) = (self.values[i], self.value(i + 1));
        turns + a + (b - a) * (x - i as f64)
    }

    /// Where a position comes from.
    pub fn backward(&self, v: f64) -> f64 {
        let n = self.values.len();
        let turns = (v - self.values[0]).floor();
        let w = v - turns;
        let i = self.values.partition_point(|&x| x <= w).clamp(1, n) - 1;
        let (a, b) = (self.values[i], self.value(i + 1));
        let t = if b > a { ((w - a) / (b - a)).clamp(0.0, 1.0) } else { 0.5 };
        turns + (i as f64 + t) / n as f64
    }

    fn value(&self, i: usize) -> f64 {
        let n = self.values.len();
        if i < n { self.values[i] } else { self.values[i - n] + 1.0 }
    }
}

struct Samples {
    points: Vec<Vec2>,
    normals: Vec<Vec2>,
}

impl Samples {
    fn new(outline: &Outline) -> Self {
        let (points, _) = resample(&outline.points, SAMPLES, STEP);
        let n = points.len();
        let normals = (0..n)
            .map(|i| {
                let d = points[(i + 2) % n] - points[(i + n - 2) % n];
                Vec2::new(d.y, -d.x) / d.hypot().max(1e-9)
            })
            .collect();
        Self { points: points.into_iter().map(|p| p.to_vec2()).collect(), normals }
    }
}

/// Aligns outline `a` with outline `b`, which lies a frame later or earlier.
pub(super) fn align(a: &Outline, b: &Outline) -> Map {
    let (sa, sb) = (Samples::new(a), Samples::new(b));
    let (m, n) = (sa.points.len(), sb.points.len());
    let shift = b.bounds.center() - a.bounds.center();
    let shift = (shift + (b.centre - a.centre)) / 2.0;
    let mut motion = vec![shift; m];
    // Distances count in relation to the size of the object.
    let scale = 2.0 + 0.012 * (a.length() + b.length()) / 2.0;
    let mut start = coarse_start(&sa, &sb, &motion, scale);
    let mut matches = Vec::new();
    for pass in 0..3 {
        matches = warp(&sa, &sb, &motion, scale, start);
        if pass == 2 {
            break;
        }
        motion = smooth_motion(&sa, &sb, &matches);
        start = surest(&sa, &sb, &motion, &matches);
    }
    finish(m, n, &matches)
}

fn cost(sa: &Samples, sb: &Samples, motion: &[Vec2], scale: f64, i: usize, j: usize) -> f64 {
    let d = (sa.points[i] + motion[i] - sb.points[j]).hypot() / scale;
    // Far is far: beyond some distance only the direction tells.
    let d = if d < 2.0 { d * d } else { 4.0 * d - 4.0 };
    d + TURN * (1.0 - sa.normals[i].dot(sb.normals[j]))
}

/// The pair to begin with: the rotation along the outline that fits best as a whole.
fn coarse_start(sa: &Samples, sb: &Samples, motion: &[Vec2], scale: f64) -> (usize, usize) {
    let (m, n) = (sa.points.len(), sb.points.len());
    let steps = 64.min(m);
    let total = |offset: usize| -> f64 {
        (0..steps).map(|s| cost(sa, sb, motion, scale, s * m / steps, (s * n / steps + offset) % n)).sum()
    };
    let best = (0..n).step_by((n / 96).max(1)).map(|o| (total(o), o)).min_by(|x, y| x.0.total_cmp(&y.0));
    (0, best.map_or(0, |b| b.1))
}

/// Matched pairs from `start` once around, both counted without wrapping.
fn warp(
    sa: &Samples,
    sb: &Samples,
    motion: &[Vec2],
    scale: f64,
    (i0, j0): (usize, usize),
) -> Vec<(usize, usize)> {
    let (m, n) = (sa.points.len(), sb.points.len());
    let mut from = vec![0_u8; (m + 1) * (n + 1)];
    let mut previous = vec![f64::MAX; n + 1];
    let mut current = vec![f64::MAX; n + 1];
    for i in 0..=m {
        let ia = (i0 + i) % m;
        for j in 0..=n {
            let c = cost(sa, sb, motion, scale, ia, (j0 + j) % n);
            let (mut best, mut step) = if i == 0 && j == 0 { (0.0, 0) } else { (f64::MAX, 0) };
            if i > 0 && j > 0 && previous[j - 1] < best {
                (best, step) = (previous[j - 1], 1);
            }
            // Steps along one outline alone count half: the pair of them is one diagonal step.
            let half = c * 0.5 + STRETCH;
            if i > 0 && previous[j] + half - c < best {
                (best, step) = (previous[j] + half - c, 2);
            }
            if j > 0 && current[j - 1] + half - c < best {
                (best, step) = (current[j - 1] + half - c, 3);
            }
            current[j] = best + c;
            from[i * (n + 1) + j] = step;
        }
        std::mem::swap(&mut previous, &mut current);
        current.fill(f64::MAX);
    }
    let mut pairs = Vec::with_capacity(m + n);
    let (mut i, mut j) = (m, n);
    loop {
        pairs.push((i0 + i, j0 + j));
        match from[i * (n + 1) + j] {
            1 => (i, j) = (i - 1, j - 1),
            2 => i -= 1,
            3 => j -= 1,
            _ => break,
        }
    }
    pairs.reverse();
    pairs
}

/// The motion of each sample of the first outline, smoothed along it.
fn smooth_motion(sa: &Samples, sb: &Samples, matches: &[(usize, usize)]) -> Vec<Vec2> {
    let (m, n) = (sa.points.len(), sb.points.len());
    let mut sums = vec![(Vec2::ZERO, 0.0_f64); m];
    for &(i, j) in matches {
        let s = &mut sums[i % m];
        s.0 += sb.points[j % n] - sa.points[i % m];
        s.1 += 1.0;
    }
    let mut motion: Vec<Vec2> = sums.iter().map(|s| s.0 / s.1.max(1.0)).collect();
    let reach = (m / 24).max(1);
    for _ in 0..2 {
        let count = (2 * reach + 1) as f64;
        let mut sum: Vec2 = (0..2 * reach + 1).fold(Vec2::ZERO, |s, k| s + motion[(m * 2 + k - reach) % m]);
        let mut out = Vec::with_capacity(m);
        for i in 0..m {
            out.push(sum / count);
            sum += motion[(i + reach + 1) % m] - motion[(i + m * 2 - reach) % m];
        }
        motion = out;
    }
    motion
}

/// The match to cut both outlines at: in the middle of a run of good ones.
fn surest(sa: &Samples, sb: &Samples, motion: &[Vec2], matches: &[(usize, usize)]) -> (usize, usize) {
    let (m, n) = (sa.points.len(), sb.points.len());
    let window = 9.min(matches.len());
    let costs: Vec<f64> = matches.iter().map(|&(i, j)| cost(sa, sb, motion, 4.0, i % m, j % n)).collect();
    let mut best = (f64::MAX, 0);
    for i in 0..=matches.len() - window {
        let span = matches[i + window - 1];
        // A run along one outline alone says little.
        let skew = (span.0 - matches[i].0).abs_diff(span.1 - matches[i].1) as f64;
        let sum: f64 = costs[i..i + window].iter().sum::<f64>() + skew;
        if sum < best.0 {
            best = (sum, i + window / 2);
        }
    }
    let (i, j) = matches[best.1];
    (i % m, j % n)
}

fn finish(m: usize, n: usize, matches: &[(usize, usize)]) -> Map {
    let i0 = matches[0].0;
    let mut sums = vec![(0.0_f64, 0.0_f64); m];
    let (mut lost, mut run) = (0.0_f64, 0.0_f64);
    let mut lost_a = 0.0_f64;
    let mut run_a = 0.0_f64;
    for (k, &(i, j)) in matches.iter().enumerate() {
        if k + 1 < matches.len() {
            // The end of the way is its start, a turn later.
            let around = (i - i0) / m;
            let s = &mut sums[i - i0 - around * m];
            s.0 += j as f64 - (around * n) as f64;
            s.1 += 1.0;
            let (ni, nj) = matches[k + 1];
            run = if ni == i { run + 1.0 / n as f64 } else { 0.0 };
            run_a = if nj == j { run_a + 1.0 / m as f64 } else { 0.0 };
            lost = lost.max(run);
            lost_a = lost_a.max(run_a);
        }
    }
    // In order of the first outline's own samples, starting at its sample 0.
    let unwrapped: Vec<f64> = sums.iter().map(|s| s.0 / s.1.max(1.0) / n as f64).collect();
    let first = (m - i0 % m) % m;
    let mut values: Vec<f64> = (0..m)
        .map(|k| {
            let at = first + k;
            if at < m { unwrapped[at] } else { unwrapped[at - m] + 1.0 }
        })
        .collect();
    // Runs that stand still are drawn out a little, so that the map can be inverted.
    let reach = 2;
    let at = |i: isize| {
        let m = m as isize;
        values[i.rem_euclid(m) as usize] + i.div_euclid(m) as f64
    };
    let smooth: Vec<f64> = (0..m as isize)
        .map(|i| (i - reach..=i + reach).map(at).sum::<f64>() / (2 * reach + 1) as f64)
        .collect();
    values.clone_from(&smooth);
    Map { values, lost: lost.max(lost_a) }
}

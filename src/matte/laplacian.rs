//! The matting Laplacian of A. Levin, D. Lischinski and Y. Weiss ("A Closed-Form Solution to Natural
//! Image Matting", PAMI 2008) on windows of 3x3 pixels, of the band alone.
//!
//! In each window alpha is taken as an affine function of the colour; what it costs that alpha is not is
//! a sum over pairs of pixels of `weight * (difference of alpha)²`. The weights of all windows that hold a
//! pair are added. A matrix of these weights has a diagonal that makes its rows sum to 0; applied to
//! differences, as here, it needs none, and a constant alpha costs exactly 0 also in 32 bits.

use super::band::{Band, Run};
use crate::raster::Frame;
use rayon::prelude::*;

/// The half of a pixel's neighbours in windows of 3x3 that come after it: columns to the right, rows
/// below, those of one row next to each other.
const AFTER: [(i32, i32); 12] =
    [(1, 0), (2, 0), (-2, 1), (-1, 1), (0, 1), (1, 1), (2, 1), (-2, 2), (-1, 2), (0, 2), (1, 2), (2, 2)];

/// The same in a grid of half the size, where only the next pixels are neighbours.
const NEXT: [(i32, i32); 4] = [(1, 0), (-1, 1), (0, 1), (1, 1)];

/// The Laplacian of `frame`, whose part from column and row `corner`, `size` pixels wide and high, has the
/// unknown pixels of `band`. `own` is how much each of them weighs by itself.
pub fn of_frame(
    frame: &Frame,
    corner: (usize, usize),
    size: (usize, usize),
    band: &Band,
    epsilon: f64,
    own: f32,
) -> Operator {
    let mut weights = vec![0.0_f32; band.len * AFTER.len()];
    let windows: Vec<Vec<(i32, i32)>> = centres(band, size);
    let parts = band.split(&mut weights, AFTER.len());
    band.chunks.par_iter().zip(parts).for_each(|(chunk, part)| {
        let first = chunk.rows.start;
        let rows = first.saturating_sub(1)..(chunk.rows.end + 1).min(band.rows.len());
        for (row, spans) in rows.clone().zip(&windows[rows]) {
            for &(a, b) in spans {
                for x in a..b {
                    let white = whitened(frame, corner, (x, band.rows[row].y), epsilon);
                    add(band, chunk, part, (row, x), &white);
                }
            }
        }
    });
    let mut loads = vec![0.0; band.len];
    for run in &band.runs {
        loads[run.at[2]..run.at[2] + run.len].fill(own);
    }
    Operator::new(band, &AFTER, weights, loads)
}

/// A symmetric matrix over the unknown pixels of a band: weights between pixels near each other, and what
/// each weighs by itself.
pub struct Operator {
    /// The neighbours after a pixel.
    after: &'static [(i32, i32)],
    /// For each row of the band: a row of weights for each neighbour after a pixel.
    weights: Vec<f32>,
    /// What each packed pixel weighs by itself.
    own: Vec<f32>,
    /// One over the diagonal; 0 where nothing is unknown.
    pub inverse: Vec<f32>,
}

impl Operator {
    fn new(band: &Band, after: &'static [(i32, i32)], weights: Vec<f32>, own: Vec<f32>) -> Self {
        let mut inverse = vec![0.0; band.len];
        let mut out = Self { after, weights, own, inverse: Vec::new() };
        let parts = band.split(&mut inverse, 1);
        band.chunks.par_iter().zip(parts).for_each(|(chunk, part)| {
            for run in &band.runs[chunk.runs.clone()] {
                let place = run.at[2] - chunk.pixels.start;
                let sums = &mut part[place..place + run.len];
                sums.copy_from_slice(&out.own[run.at[2]..run.at[2] + run.len]);
                for k in 0..2 * after.len() {
                    let (weights, _) = out.neighbour(band, run, k);
                    sums.iter_mut().zip(weights).for_each(|(s, w)| *s += w);
                }
                // A pixel without neighbours has nothing to be solved for.
                sums.iter_mut().for_each(|s| *s = if *s > 1e-9 { 1.0 / *s } else { 0.0 });
            }
        });
        out.inverse = inverse;
        out
    }

    /// The weights of a run's neighbours, and where they are packed: `k` counts those after it, then those
    /// before.
    #[inline]
    fn neighbour(&self, band: &Band, run: &Run, k: usize) -> (&[f32], usize) {
        let count = self.after.len();
        let (index, sign) = if k < count { (k, 1) } else { (k - count, -1) };
        let (dx, dy) = self.after[index];
        let place = run.at[(2 + sign * dy) as usize].wrapping_add_signed((sign * dx) as isize);
        let (row, pixel) = if sign > 0 { (run.row, run.at[2]) } else { (run.row - dy as usize, place) };
        let pixels = &band.rows[row].pixels;
        let start = pixels.start * count + index * pixels.len() + (pixel - pixels.start);
        (&self.weights[start..start + run.len], place)
    }

    /// The matrix times `values` (packed) at the pixels of a run.
    #[inline]
    pub fn apply(&self, band: &Band, run: &Run, values: &[f32], out: &mut [f32]) {
        let here = &values[run.at[2]..run.at[2] + run.len];
        for ((o, w), v) in out.iter_mut().zip(&self.own[run.at[2]..]).zip(here) {
            *o = w * v;
        }
        // Four neighbours at a time: both kinds have a number of them that four divides.
        for k in (0..2 * self.after.len()).step_by(4) {
            let four = [0, 1, 2, 3].map(|i| self.neighbour(band, run, k + i));
            gather(out, here, four.map(|f| f.0), four.map(|f| &values[f.1..f.1 + run.len]));
        }
    }

    /// The matrix that four pixels in a square see as one, `coarse` being the band of those squares and
    /// `parents` the square of each packed pixel.
    pub fn coarser(&self, band: &Band, coarse: &Band, parents: &[u32]) -> Self {
        let mut weights = vec![0.0_f32; coarse.len * NEXT.len()];
        let mut own = vec![0.0_f32; coarse.len];
        let parts = coarse.split(&mut weights, NEXT.len()).into_par_iter().zip(coarse.split(&mut own, 1));
        coarse.chunks.par_iter().zip(parts).for_each(|(chunk, (weights, own))| {
            let below = |y: i32| band.runs.partition_point(|r| band.rows[r.row].y < y);
            let (first, last) = (coarse.rows[chunk.rows.start].y, coarse.rows[chunk.rows.end - 1].y);
            for run in &band.runs[below(2 * first)..below(2 * last + 2)] {
                let y = band.rows[run.row].y;
                let row = (y / 2 - first) as usize + chunk.rows.start;
                let pixels = &coarse.rows[row].pixels;
                let base = (pixels.start - chunk.pixels.start) * NEXT.len();
                let mine = &parents[run.at[2]..run.at[2] + run.len];
                for (parent, load) in mine.iter().zip(&self.own[run.at[2]..]) {
                    own[*parent as usize - chunk.pixels.start] += load;
                }
                for k in 0..2 * self.after.len() {
                    let (w, place) = self.neighbour(band, run, k);
                    let sign = if k < self.after.len() { 1 } else { -1 };
                    let (dx, dy) = self.after[k % self.after.len()];
                    let down = (y + sign * dy).div_euclid(2) - y / 2;
                    for (i, (w, other)) in w.iter().zip(&parents[place..place + run.len]).enumerate() {
                        let parent = mine[i] as usize;
                        if *other == NONE {
                            own[parent - chunk.pixels.start] += w;
                            continue;
                        }
                        let x = run.x + i as i32;
                        let right = (x + sign * dx).div_euclid(2) - x / 2;
                        if let Some(k) = NEXT.iter().position(|&n| n == (right, down)) {
                            weights[base + k * pixels.len() + parent - pixels.start] += w;
                        }
                    }
                }
            }
        });
        Self::new(coarse, &NEXT, weights, own)
    }
}

/// The parent of a pixel that is not unknown.
pub const NONE: u32 = u32::MAX;

/// Adds to `out` what neighbours weigh, by their differences.
#[inline]
fn gather<const N: usize>(out: &mut [f32], here: &[f32], weights: [&[f32]; N], there: [&[f32]; N]) {
    let n = out.len();
    let here = &here[..n];
    let (weights, there) = (weights.map(|w| &w[..n]), there.map(|t| &t[..n]));
    for i in 0..n {
        let mut sum = out[i];
        for k in 0..N {
            sum += weights[k][i] * (here[i] - there[k][i]);
        }
        out[i] = sum;
    }
}

/// For each row of the band the runs of columns around which a window lies in the picture and holds an
/// unknown pixel.
fn centres(band: &Band, (width, height): (usize, usize)) -> Vec<Vec<(i32, i32)>> {
    let mut out: Vec<Vec<(i32, i32)>> = vec![Vec::new(); band.rows.len()];
    for run in &band.runs {
        let rows = run.row - 1..=run.row + 1;
        for (row, spans) in band.rows[rows.clone()].iter().zip(&mut out[rows]) {
            let y = row.y;
            let span = ((run.x - 1).max(1), (run.x + run.len as i32 + 1).min(width as i32 - 1));
            if y >= 1 && y < height as i32 - 1 && span.0 < span.1 {
                spans.push(span);
            }
        }
    }
    for spans in &mut out {
        spans.sort_unstable();
        let mut merged: Vec<(i32, i32)> = Vec::with_capacity(spans.len());
        for &(a, b) in spans.iter() {
            match merged.last_mut() {
                Some(last) if a <= last.1 => last.1 = last.1.max(b),
                _ => merged.push((a, b)),
            }
        }
        *spans = merged;
    }
    out
}

/// The colours of the window around a pixel, less their mean, in coordinates in which their covariance
/// (with `epsilon` on its diagonal) is 1: the scalar product of two says what they have in common.
fn whitened(frame: &Frame, corner: (usize, usize), (x, y): (i32, i32), epsilon: f64) -> [[f32; 3]; 9] {
    let stride = frame.width() as usize;
    let start = (corner.1 + y as usize - 1) * stride + corner.0 + x as usize - 1;
    let mut colours = [[0_i32; 3]; 9];
    let mut sum = [0_i32; 3];
    for row in 0..3 {
        let pixels = &frame.data()[3 * (start + row * stride)..][..9];
        for (colour, p) in colours[3 * row..].iter_mut().zip(pixels.chunks_exact(3)) {
            for c in 0..3 {
                colour[c] = i32::from(p[c]);
                sum[c] += colour[c];
            }
        }
    }
    // Nine times the difference from the mean is a whole number, and so is all up to here exact.
    let mut products = [0_i32; 6];
    for colour in &mut colours {
        for c in 0..3 {
            colour[c] = 9 * colour[c] - sum[c];
        }
        let [r, g, b] = *colour;
        for (p, v) in products.iter_mut().zip([r * r, r * g, r * b, g * g, g * b, b * b]) {
            *p += v;
        }
    }
    let unit = 1.0 / (9.0 * 255.0);
    let [rr, rg, rb, gg, gb, bb] = products.map(|p| f64::from(p) * (unit * unit / 9.0));
    let own = epsilon / 9.0;
    // The covariance as L D Lᵀ; with D^-½ L^-1 colours become white. 64 bits: a grey picture's is singular
    // but for epsilon.
    let d0 = rr + own;
    let (l10, l20) = (rg / d0, rb / d0);
    let d1 = (gg + own - l10 * rg).max(own * 1e-3);
    let l21 = (gb - l20 * rg) / d1;
    let d2 = (bb + own - l20 * rb - l21 * l21 * d1).max(own * 1e-3);
    let scale = [d0, d1, d2].map(|d| unit / d.sqrt());
    colours.map(|[r, g, b]| {
        let (r, g, b) = (f64::from(r), f64::from(g), f64::from(b));
        let g = g - l10 * r;
        let b = b - l20 * r - l21 * g;
        [(r * scale[0]) as f32, (g * scale[1]) as f32, (b * scale[2]) as f32]
    })
}

/// Adds the weights of one window's pairs, as far as their first pixel is of the chunk.
fn add(
    band: &Band,
    chunk: &super::band::Chunk,
    part: &mut [f32],
    (row, x): (usize, i32),
    white: &[[f32; 3]; 9],
) {
    for line in 0..3_usize {
        let own = row + line - 1;
        if !chunk.rows.contains(&own) {
            continue;
        }
        let Some(place) = band.place(own, x - 1) else { continue };
        let pixels = &band.rows[own].pixels;
        let start = (pixels.start - chunk.pixels.start) * AFTER.len() + place - pixels.start;
        for column in 0..3_usize {
            let a = white[3 * line + column];
            for (k, &(dx, dy)) in AFTER.iter().enumerate() {
                let (c, l) = (column as i32 + dx, line as i32 + dy);
                if !(0..3).contains(&c) || l > 2 {
                    continue;
                }
                let b = white[(3 * l + c) as usize];
                let weight = (1.0 + a[0] * b[0] + a[1] * b[1] + a[2] * b[2]) / 9.0;
                part[start + column + k * pixels.len()] += weight;
            }
        }
    }
}

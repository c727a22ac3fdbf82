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

/// The half of a pixel's neighbours that come after it: columns to the right, rows below.
const AFTER: [(i32, i32); 12] =
    [(1, 0), (2, 0), (-2, 1), (-1, 1), (0, 1), (1, 1), (2, 1), (-2, 2), (-1, 2), (0, 2), (1, 2), (2, 2)];

/// Weights between each packed pixel and the twelve neighbours after it.
pub struct Laplacian {
    /// For each row of the band: twelve rows of weights, one for each neighbour.
    weights: Vec<f32>,
    /// The sum of the weights of each packed pixel.
    pub diagonal: Vec<f32>,
}

impl Laplacian {
    /// Of a part of `frame` from column and row `corner`, `size` pixels wide and high, whose band is `band`.
    pub fn new(
        frame: &Frame,
        corner: (usize, usize),
        size: (usize, usize),
        band: &Band,
        epsilon: f64,
    ) -> Self {
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
        let mut out = Self { weights, diagonal: vec![0.0; band.len] };
        let mut diagonal = std::mem::take(&mut out.diagonal);
        let parts = band.split(&mut diagonal, 1);
        band.chunks.par_iter().zip(parts).for_each(|(chunk, part)| {
            for run in &band.runs[chunk.runs.clone()] {
                let place = run.at[2] - chunk.pixels.start;
                let sums = &mut part[place..place + run.len];
                out.neighbours(band, run, |weights, _| {
                    sums.iter_mut().zip(weights).for_each(|(s, w)| *s += w);
                });
            }
        });
        out.diagonal = diagonal;
        out
    }

    /// Calls for each of the 24 neighbours of a run with its weights and with where it is packed.
    #[inline]
    pub fn neighbours(&self, band: &Band, run: &Run, mut each: impl FnMut(&[f32], usize)) {
        for (k, &(dx, dy)) in AFTER.iter().enumerate() {
            let own = &band.rows[run.row].pixels;
            let start = own.start * AFTER.len() + k * own.len() + (run.at[2] - own.start);
            each(&self.weights[start..start + run.len], shifted(run.at[(2 + dy) as usize], dx));
            let before = &band.rows[run.row - dy as usize].pixels;
            let place = shifted(run.at[(2 - dy) as usize], -dx);
            let start = before.start * AFTER.len() + k * before.len() + (place - before.start);
            each(&self.weights[start..start + run.len], place);
        }
    }

    /// The Laplacian of `values` (packed) at the pixels of a run.
    #[inline]
    pub fn apply(&self, band: &Band, run: &Run, values: &[f32], out: &mut [f32]) {
        out.fill(0.0);
        let here = &values[run.at[2]..run.at[2] + run.len];
        self.neighbours(band, run, |weights, place| {
            let there = &values[place..place + run.len];
            for (((o, w), a), b) in out.iter_mut().zip(weights).zip(here).zip(there) {
                *o += w * (a - b);
            }
        });
    }
}

#[inline]
fn shifted(place: usize, by: i32) -> usize {
    place.wrapping_add_signed(by as isize)
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

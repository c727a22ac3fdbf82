//! The matting Laplacian of A. Levin, D. Lischinski and Y. Weiss ("A Closed-Form Solution to Natural
//! Image Matting", PAMI 2008) on windows of 3x3 pixels, of the band alone.
//!
//! In each window alpha is taken as an affine function of the colour; what it costs that alpha is not is
//! a sum over pairs of pixels of `weight * (difference of alpha)²`. The weights of all windows that hold a
//! pair are added. A matrix of these weights has a diagonal that makes its rows sum to 0; applied to
//! differences, as here, it needs none, and a constant alpha costs exactly 0 also in 32 bits.

use super::band::{Band, Chunk, LANES, Run};
use crate::raster::Frame;
use rayon::prelude::*;

/// The half of a pixel's neighbours in windows of 3x3 that come after it: columns to the right, rows
/// below, those of one row next to each other.
const AFTER: [(i32, i32); 12] =
    [(1, 0), (2, 0), (-2, 1), (-1, 1), (0, 1), (1, 1), (2, 1), (-2, 2), (-1, 2), (0, 2), (1, 2), (2, 2)];

/// Neighbours of a pixel that shares windows of 3x3 with those within two of it.
const WINDOW: usize = 24;
/// Neighbours of a pixel in a grid of half the size: the next ones.
const NEXT: usize = 8;

/// The neighbours within `reach` of a pixel, row by row, as they are counted: columns to the right, rows
/// below.
fn near(reach: i32) -> impl Iterator<Item = (i32, i32)> {
    let all = (-reach..=reach).flat_map(move |dy| (-reach..=reach).map(move |dx| (dx, dy)));
    all.filter(|&at| at != (0, 0))
}

/// The Laplacian of `frame`, of whose size the band is. `own` is how much each unknown pixel weighs by
/// itself.
pub fn of_frame(frame: &Frame, band: &Band, epsilon: f64, own: f32) -> Operator {
    let size = (frame.width() as usize, frame.height() as usize);
    // For each row a row of weights for each neighbour after a pixel.
    let mut half = vec![0.0_f32; band.len * AFTER.len()];
    let windows = centres(band, size);
    let parts = band.split(&mut half, AFTER.len());
    band.chunks.par_iter().zip(parts).for_each(|(chunk, part)| {
        let first = chunk.rows.start;
        let rows = first.saturating_sub(1)..(chunk.rows.end + 1).min(band.rows.len());
        let mut white = [[[0.0; WIDE]; 3]; 9];
        for (row, spans) in rows.clone().zip(&windows[rows]) {
            let y = band.rows[row].y as usize;
            for &(a, b) in spans {
                for x in (a..b).step_by(WIDE) {
                    let count = ((b - x) as usize).min(WIDE);
                    whitened(&colours(frame, (x as usize, y), count), epsilon, &mut white);
                    add(band, chunk, part, (row, x), count, &white);
                }
            }
        }
    });
    let mut weights = vec![[0.0_f32; LANES]; band.blocks * WINDOW];
    let mut loads = band.vector();
    for run in &band.runs {
        loads[run.at[2]..run.at[2] + run.len].fill(own);
    }
    let parts = band.split_blocks(&mut weights, WINDOW);
    band.chunks.par_iter().zip(parts).for_each(|(chunk, part)| {
        for run in &band.runs[chunk.runs.clone()] {
            let blocks = &mut part[(run.block - chunk.blocks.start) * WINDOW..];
            for (k, (dx, dy)) in near(2).enumerate() {
                let place = run.at[(2 + dy) as usize].wrapping_add_signed(dx as isize);
                // A pair is known by the one of it that comes first.
                let (row, pixel, index) = match AFTER.iter().position(|&after| after == (dx, dy)) {
                    Some(index) => (run.row, run.at[2], index),
                    None => {
                        let index = AFTER.iter().position(|&after| after == (-dx, -dy)).unwrap_or(0);
                        (run.row.wrapping_add_signed(dy as isize), place, index)
                    }
                };
                let pixels = &band.rows[row].pixels;
                let start = pixels.start * AFTER.len() + index * pixels.len() + (pixel - pixels.start);
                let (full, rest) = half[start..start + run.len].as_chunks::<LANES>();
                let mut to = blocks.iter_mut().skip(k).step_by(WINDOW);
                to.by_ref().zip(full).for_each(|(to, from)| *to = *from);
                if let (Some(to), false) = (to.next(), rest.is_empty()) {
                    to[..rest.len()].copy_from_slice(rest);
                }
            }
        }
    });
    Operator::new(band, 2, weights, loads)
}

/// A symmetric matrix over the unknown pixels of a band: weights between pixels near each other, and what
/// each weighs by itself.
pub struct Operator {
    /// How far the neighbours of a pixel are: 2 or 1.
    reach: i32,
    /// For each block of the band the weights of each neighbour.
    weights: Vec<[f32; LANES]>,
    /// What each packed pixel weighs by itself.
    own: Vec<f32>,
    /// One over the diagonal; 0 where nothing is unknown.
    pub inverse: Vec<f32>,
}

impl Operator {
    fn new(band: &Band, reach: i32, weights: Vec<[f32; LANES]>, own: Vec<f32>) -> Self {
        let mut inverse = band.vector();
        let count = if reach == 2 { WINDOW } else { NEXT };
        let parts = band.split(&mut inverse, 1);
        band.chunks.par_iter().zip(parts).for_each(|(chunk, part)| {
            for run in &band.runs[chunk.runs.clone()] {
                let blocks = weights[run.block * count..].chunks_exact(count);
                let out = &mut part[run.at[2] - chunk.pixels.start..][..run.len];
                let lanes = out.chunks_mut(LANES).zip(own[run.at[2]..].chunks(LANES));
                for ((out, own), block) in lanes.zip(blocks) {
                    let mut sums = [0.0_f32; LANES];
                    block.iter().for_each(|w| (0..LANES).for_each(|l| sums[l] += w[l]));
                    for ((out, own), sum) in out.iter_mut().zip(own).zip(sums) {
                        // A pixel without neighbours has nothing to be solved for.
                        *out = if own + sum > 1e-9 { 1.0 / (own + sum) } else { 0.0 };
                    }
                }
            }
        });
        Self { reach, weights, own, inverse }
    }

    /// The matrix times `values` (packed, a [`Band::vector`]) at the pixels of a run.
    #[inline]
    pub fn apply(&self, run: &Run, values: &[f32], out: &mut [f32]) {
        if self.reach == 2 {
            self.times::<2, WINDOW>(run, values, out);
        } else {
            self.times::<1, NEXT>(run, values, out);
        }
    }

    #[inline]
    fn times<const REACH: usize, const COUNT: usize>(&self, run: &Run, values: &[f32], out: &mut [f32]) {
        let blocks = self.weights[run.block * COUNT..].as_chunks::<COUNT>().0;
        for ((i, out), weights) in (0..).step_by(LANES).zip(out.chunks_mut(LANES)).zip(blocks) {
            let line = |d: usize| lanes::<{ LANES + 4 }>(values, run.at[d] + i - 2);
            let here = lanes::<LANES>(values, run.at[2] + i);
            let own = lanes::<LANES>(&self.own, run.at[2] + i);
            let mut sum = [0.0_f32; LANES];
            for l in 0..LANES {
                sum[l] = own[l] * here[l];
            }
            let mut k = 0;
            for d in 0..=2 * REACH {
                let line = line(2 - REACH + d);
                for x in 0..=2 * REACH {
                    if (x, d) == (REACH, REACH) {
                        continue;
                    }
                    let w = &weights[k];
                    for l in 0..LANES {
                        sum[l] += w[l] * (here[l] - line[2 - REACH + x + l]);
                    }
                    k += 1;
                }
            }
            match out.as_chunks_mut::<LANES>().0 {
                [whole] => *whole = sum,
                _ => out.iter_mut().zip(sum).for_each(|(o, s)| *o = s),
            }
        }
    }

    /// The matrix that four pixels in a square see as one, `coarse` being the band of those squares and
    /// `parents` the square of each packed pixel.
    pub fn coarser(&self, band: &Band, coarse: &Band, parents: &[u32]) -> Self {
        let mut weights = vec![[0.0_f32; LANES]; coarse.blocks * NEXT];
        let mut own = coarse.vector();
        let count = if self.reach == 2 { WINDOW } else { NEXT };
        // For a pixel of an odd or even column and row: which neighbour of its square each of its own is in.
        let slots = [0, 1, 2, 3].map(|odd| {
            let mut slots = [None; WINDOW];
            for (slot, (dx, dy)) in slots.iter_mut().zip(near(self.reach)) {
                let square = ((dx + (odd & 1)).div_euclid(2), (dy + (odd >> 1)).div_euclid(2));
                *slot = near(1).position(|at| at == square);
            }
            slots
        });
        let parts = coarse.split_blocks(&mut weights, NEXT).into_par_iter().zip(coarse.split(&mut own, 1));
        coarse.chunks.par_iter().zip(parts).for_each(|(chunk, (weights, own))| {
            let below = |y: i32| band.runs.partition_point(|r| band.rows[r.row].y < y);
            let (first, last) = (coarse.rows[chunk.rows.start].y, coarse.rows[chunk.rows.end - 1].y);
            for run in &band.runs[below(2 * first)..below(2 * last + 2)] {
                let y = band.rows[run.row].y;
                let mine = &parents[run.at[2]..run.at[2] + run.len];
                // The squares of a run are next to each other, in one run.
                let squares = &coarse.runs[chunk.runs.clone()];
                let home = mine.first().map_or(0, |p| *p as usize);
                let index = squares.partition_point(|r| r.at[2] + r.len <= home);
                let Some(squares) = squares.get(index) else { continue };
                let mut places = [0; WINDOW];
                for (place, (dx, dy)) in places.iter_mut().zip(near(self.reach)) {
                    *place = run.at[(2 + dy) as usize].wrapping_add_signed(dx as isize);
                }
                for (i, &parent) in mine.iter().enumerate() {
                    let parent = parent as usize;
                    let odd = ((run.x as usize + i) & 1) | (y as usize & 1) << 1;
                    let lane = parent - squares.at[2];
                    let block = (squares.block - chunk.blocks.start + lane / LANES) * NEXT;
                    let block = &mut weights[block..block + NEXT];
                    let fine = &self.weights[(run.block + i / LANES) * count..][..count];
                    let mut load = self.own[run.at[2] + i];
                    for ((w, place), slot) in fine.iter().zip(&places).zip(&slots[odd]) {
                        let w = w[i % LANES];
                        if parents[place + i] == NONE {
                            load += w;
                        } else if let Some(slot) = slot {
                            block[*slot][lane % LANES] += w;
                        }
                    }
                    own[parent - chunk.pixels.start] += load;
                }
            }
        });
        Self::new(coarse, 1, weights, own)
    }
}

/// The parent of a pixel that is not unknown.
pub const NONE: u32 = u32::MAX;

/// So many values from `at`.
#[inline]
fn lanes<const N: usize>(values: &[f32], at: usize) -> &[f32; N] {
    static NOTHING: [f32; 16] = [0.0; 16];
    let found = values[at..].first_chunk::<N>();
    found.or_else(|| NOTHING.first_chunk()).unwrap_or(&[0.0; N])
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

/// Windows that are worked on at a time.
const WIDE: usize = 32;

/// Red, green and blue, 0 to 1, of three rows of the windows around so many pixels of a row.
type Lines = [[[f32; WIDE + 2]; 3]; 3];

/// The colours of the windows around `count` pixels from column `x` of row `y`.
fn colours(frame: &Frame, (x, y): (usize, usize), count: usize) -> Lines {
    let mut out = [[[0.0; WIDE + 2]; 3]; 3];
    let stride = frame.width() as usize;
    for (d, line) in out.iter_mut().enumerate() {
        let pixels = &frame.data()[3 * ((y + d - 1) * stride + x - 1)..][..3 * (count + 2)];
        for (i, p) in pixels.as_chunks::<3>().0.iter().enumerate() {
            for c in 0..3 {
                line[c][i] = f32::from(p[c]) * (1.0 / 255.0);
            }
        }
    }
    out
}

/// The colours of windows, less their mean, in coordinates in which their covariance (with `epsilon` on
/// its diagonal) is 1: the scalar product of two says what they have in common. For each of the nine
/// pixels of a window three numbers.
fn whitened(lines: &Lines, epsilon: f64, white: &mut [[[f32; WIDE]; 3]; 9]) {
    // Of the three pixels of a column, in 64 bits: a grey picture's covariance is singular but for epsilon.
    let mut sums = [[0.0_f64; WIDE + 2]; 9];
    for [r, g, b] in lines {
        for i in 0..WIDE + 2 {
            let (r, g, b) = (f64::from(r[i]), f64::from(g[i]), f64::from(b[i]));
            let all = [r, g, b, r * r, r * g, r * b, g * g, g * b, b * b];
            for m in 0..9 {
                sums[m][i] += all[m];
            }
        }
    }
    let own = epsilon / 9.0;
    let mut means = [[0.0_f32; WIDE]; 3];
    let (mut lower, mut scale) = ([[0.0_f32; WIDE]; 3], [[0.0_f32; WIDE]; 3]);
    for i in 0..WIDE {
        let mut m = [0.0; 9];
        for (m, sums) in m.iter_mut().zip(&sums) {
            *m = (sums[i] + sums[i + 1] + sums[i + 2]) * (1.0 / 9.0);
        }
        let [r, g, b, rr, rg, rb, gg, gb, bb] = m;
        // The covariance as L D Lᵀ; with D^-½ L^-1 colours become white.
        let d0 = (rr - r * r).max(0.0) + own;
        let (cov_rg, cov_rb) = (rg - r * g, rb - r * b);
        let (l10, l20) = (cov_rg / d0, cov_rb / d0);
        let d1 = (gg - g * g + own - l10 * cov_rg).max(own * 1e-3);
        let l21 = (gb - g * b - l20 * cov_rg) / d1;
        let d2 = (bb - b * b + own - l20 * cov_rb - l21 * l21 * d1).max(own * 1e-3);
        for (to, from) in means.iter_mut().zip([r, g, b]) {
            to[i] = from as f32;
        }
        for (to, from) in lower.iter_mut().zip([l10, l20, l21]) {
            to[i] = from as f32;
        }
        for (to, from) in scale.iter_mut().zip([d0, d1, d2]) {
            // A third here, so that products of two are ninths.
            to[i] = (1.0 / (3.0 * from.sqrt())) as f32;
        }
    }
    for (p, white) in white.iter_mut().enumerate() {
        let [r, g, b] = &lines[p / 3];
        let column = p % 3;
        for i in 0..WIDE {
            let r = r[i + column] - means[0][i];
            let g = g[i + column] - means[1][i] - lower[0][i] * r;
            let b = b[i + column] - means[2][i] - lower[1][i] * r - lower[2][i] * g;
            white[0][i] = r * scale[0][i];
            white[1][i] = g * scale[1][i];
            white[2][i] = b * scale[2][i];
        }
    }
}

/// Adds the weights of the pairs of `count` windows next to each other, the first around column `x` of a
/// row, as far as their first pixel is of the chunk.
fn add(
    band: &Band,
    chunk: &Chunk,
    part: &mut [f32],
    (row, x): (usize, i32),
    count: usize,
    white: &[[[f32; WIDE]; 3]; 9],
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
            let a = &white[3 * line + column];
            for (k, &(dx, dy)) in AFTER.iter().enumerate() {
                let (c, l) = (column as i32 + dx, line as i32 + dy);
                if !(0..3).contains(&c) || l > 2 {
                    continue;
                }
                let b = &white[(3 * l + c) as usize];
                let out = &mut part[start + column + k * pixels.len()..][..count];
                for (i, out) in out.iter_mut().enumerate() {
                    *out += 1.0 / 9.0 + a[0][i] * b[0][i] + a[1][i] * b[1][i] + a[2][i] * b[2][i];
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::multigrid::Multigrid;
    use super::super::trimap::Zone;
    use super::*;

    /// Every element of the matrix, by the packed places of its unknown pixels.
    fn dense(band: &Band, operator: &Operator) -> (Vec<usize>, Vec<Vec<f32>>) {
        let places: Vec<usize> = band.runs.iter().flat_map(|r| r.at[2]..r.at[2] + r.len).collect();
        let column = |place: &usize| {
            let mut unit = band.vector();
            unit[*place] = 1.0;
            let mut out = band.vector();
            for run in &band.runs {
                operator.apply(run, &unit, &mut out[run.at[2]..run.at[2] + run.len]);
            }
            places.iter().map(|p| out[*p]).collect()
        };
        let columns = places.iter().map(column).collect();
        (places, columns)
    }

    #[test]
    fn the_matrix_is_symmetric_and_costs_colour_nothing() {
        let mut random = fastrand::Rng::with_seed(2);
        let (w, h) = (29_usize, 17_usize);
        let mut frame = Frame::filled(w as u32, h as u32, [0; 3]);
        frame.data_mut().iter_mut().for_each(|v| *v = random.u8(..));
        let zones: Vec<Zone> = (0..w * h)
            .map(|i| if i % w > 3 && random.f32() < 0.6 { Zone::Unknown } else { Zone::Inside })
            .collect();
        let band = Band::new(&zones, w);
        let operator = of_frame(&frame, &band, 1e-7, 0.25);
        let (places, matrix) = dense(&band, &operator);
        for (i, row) in matrix.iter().enumerate() {
            for (j, v) in row.iter().enumerate() {
                assert!((v - matrix[j][i]).abs() < 1e-4, "{i} {j}: {v} {}", matrix[j][i]);
            }
            assert!((operator.inverse[places[i]] * row[i] - 1.0).abs() < 1e-4, "{i}");
        }
        // An alpha that is an affine function of the colour costs what the pixels weigh by themselves.
        let mut alpha = band.vector();
        for (row, s) in
            band.rows.iter().flat_map(|r| band.segments[r.segments.clone()].iter().map(move |s| (r, s)))
        {
            for x in s.x0.max(0)..s.x1.min(w as i32) {
                let Some(c) = frame.data().get(3 * (row.y.max(0) as usize * w + x as usize)..) else {
                    continue;
                };
                alpha[s.base + (x - s.x0) as usize] = 0.001 * f32::from(c[0]) + 0.002 * f32::from(c[2]) + 0.1;
            }
        }
        for run in band.runs.iter().filter(|r| (2..h as i32 - 2).contains(&band.rows[r.row].y)) {
            let mut out = vec![0.0; run.len];
            operator.apply(run, &alpha, &mut out);
            for (x, (found, alpha)) in (run.x..).zip(out.iter().zip(&alpha[run.at[2]..])) {
                if x < w as i32 - 2 {
                    assert!((found - 0.25 * alpha).abs() < 1e-3, "{x}: {found} {alpha}");
                }
            }
        }
    }

    #[test]
    fn a_coarser_matrix_is_the_finer_one_on_squares() {
        let mut random = fastrand::Rng::with_seed(4);
        let (w, h) = (40_usize, 22_usize);
        let mut frame = Frame::filled(w as u32, h as u32, [0; 3]);
        frame.data_mut().iter_mut().for_each(|v| *v = random.u8(..));
        let zones: Vec<Zone> =
            (0..w * h).map(|_| if random.f32() < 0.5 { Zone::Unknown } else { Zone::Inside }).collect();
        let band = Band::new(&zones, w);
        let operator = of_frame(&frame, &band, 1e-7, 0.5);
        let grids = Multigrid::new(&band, &operator, (w, h));
        let (coarse, below, parents) = grids.first().expect("a coarser grid");
        let (_, fine) = dense(&band, &operator);
        let (squares, found) = dense(coarse, below);
        let parents: Vec<usize> = band
            .runs
            .iter()
            .flat_map(|r| parents[r.at[2]..r.at[2] + r.len].iter().map(|p| *p as usize))
            .collect();
        for (i, a) in squares.iter().enumerate() {
            for (j, b) in squares.iter().enumerate() {
                let mut sum = 0.0;
                for (row, _) in fine.iter().zip(&parents).filter(|(_, p)| *p == a) {
                    sum += row.iter().zip(&parents).filter(|(_, p)| *p == b).map(|(v, _)| v).sum::<f32>();
                }
                assert!((found[i][j] - sum).abs() < 1e-3, "{i} {j}: {} {sum}", found[i][j]);
            }
        }
    }
}

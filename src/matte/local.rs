//! Alpha of a frame from that of one of half the size, by what colours say.
//!
//! Around each pixel of the small frame alpha is fitted as an affine function of the colour in a window of
//! 3x3, as closed-form matting takes it. These functions are blended over the large frame and read at its
//! own colours, so that its details are there before anything is solved (A. Levin, D. Lischinski,
//! Y. Weiss 2008, section 5: coarse to fine).

use super::band::{Band, Row, Run};
use crate::raster::Frame;
use rayon::prelude::*;

/// Colour variance (of values in 0 to 1) below which a window's alpha is taken as constant. Larger than
/// that of the solver: what is fitted to noise would be seen in pixels that the window does not hold.
const FLAT: f64 = 1e-5;

/// For each packed pixel of a band the factors of red, green and blue, each less one half, and an offset.
pub struct Models {
    size: (usize, usize),
    band: Band,
    functions: Vec<[f32; 4]>,
}

impl Models {
    /// Those of `alpha`, packed, of the unknown pixels of a frame and those next to them.
    pub fn new(frame: &Frame, band: Band, alpha: &[f32]) -> Self {
        let size = (frame.width() as usize, frame.height() as usize);
        let mut functions = vec![[0.0_f32; 4]; band.len];
        let parts = band.split(&mut functions, 1);
        band.chunks.par_iter().zip(parts).for_each(|(chunk, part)| {
            for (r, row) in chunk.rows.clone().zip(&band.rows[chunk.rows.clone()]) {
                for s in &band.segments[row.segments.clone()] {
                    let part = &mut part[s.base - chunk.pixels.start..];
                    for (x, function) in (s.x0..s.x1).zip(part) {
                        *function = window(frame, &band, alpha, (r, x));
                    }
                }
            }
        });
        Self { size, band, functions }
    }

    /// Alpha of the pixels of a run in row `y` of a frame of twice the size.
    pub fn predict(&self, frame: &Frame, run: &Run, y: usize, out: &mut [f32]) {
        let Some(Row { y: top, .. }) = self.band.rows.first() else { return };
        let first = (run.x / 2 - 1).max(0);
        let line = |y: usize| {
            let place = self.band.place((y as i32 - top) as usize, first);
            place.map_or(&[][..], |place| &self.functions[place..])
        };
        let (near, far) = beside(y, self.size.1);
        let (near, far) = (line(near), line(far));
        let colours = &frame.data()[3 * (y * frame.width() as usize + run.x as usize)..];
        for ((x, out), colour) in (run.x as usize..).zip(out).zip(colours.as_chunks::<3>().0) {
            let (a, b) = beside(x, self.size.0);
            let (a, b) = (a - first as usize, b - first as usize);
            let four = (near.get(a), near.get(b), far.get(a), far.get(b));
            let (Some(near_a), Some(near_b), Some(far_a), Some(far_b)) = four else { continue };
            let mut f = [0.0; 4];
            for (i, f) in f.iter_mut().enumerate() {
                let (near, far) = (0.75 * near_a[i] + 0.25 * near_b[i], 0.75 * far_a[i] + 0.25 * far_b[i]);
                *f = 0.75 * near + 0.25 * far;
            }
            let [r, g, b] = number(*colour);
            *out = (f[0] * r + f[1] * g + f[2] * b + f[3]).clamp(0.0, 1.0);
        }
    }
}

/// The pixels of half the size on either side of one, of `count`: the nearer one, by three quarters, first.
fn beside(v: usize, count: usize) -> (usize, usize) {
    (v / 2, if v % 2 == 1 { (v / 2 + 1).min(count.saturating_sub(1)) } else { (v / 2).saturating_sub(1) })
}

/// Red, green and blue, less one half.
fn number(colour: [u8; 3]) -> [f32; 3] {
    colour.map(|v| f32::from(v) * (1.0 / 255.0) - 0.5)
}

/// The affine function of the window around a pixel of a row of the band, as far as it is packed and in the
/// picture.
fn window(frame: &Frame, band: &Band, alpha: &[f32], (row, x): (usize, i32)) -> [f32; 4] {
    let (w, h) = (frame.width() as i32, frame.height() as i32);
    let (mut count, mut sums) = (0.0_f64, [0.0_f32; 13]);
    for row in row.saturating_sub(1)..(row + 2).min(band.rows.len()) {
        let y = band.rows[row].y;
        if !(0..h).contains(&y) {
            continue;
        }
        for x in (x - 1).max(0)..(x + 2).min(w) {
            let Some(place) = band.place(row, x) else { continue };
            let at = 3 * (y as usize * w as usize + x as usize);
            let Some(colour) = frame.data()[at..].first_chunk::<3>() else { continue };
            let ([r, g, b], p) = (number(*colour), alpha[place].clamp(0.0, 1.0));
            let all = [r, g, b, p, r * r, r * g, r * b, g * g, g * b, b * b, r * p, g * p, b * p];
            sums.iter_mut().zip(all).for_each(|(sum, v)| *sum += v);
            count += 1.0;
        }
    }
    if count == 0.0 {
        return [0.0; 4];
    }
    let [r, g, b, p, rr, rg, rb, gg, gb, bb, rp, gp, bp] = sums.map(|v| f64::from(v) / count);
    let (xx, xy, xz) = (rr - r * r + FLAT, rg - r * g, rb - r * b);
    let (yy, yz, zz) = (gg - g * g + FLAT, gb - g * b, bb - b * b + FLAT);
    let (cr, cg, cb) = (rp - r * p, gp - g * p, bp - b * p);
    // The inverse of the symmetric matrix by its cofactors.
    let (ixx, ixy, ixz) = (yy * zz - yz * yz, xz * yz - xy * zz, xy * yz - xz * yy);
    let (iyy, iyz, izz) = (xx * zz - xz * xz, xy * xz - xx * yz, xx * yy - xy * xy);
    let det = xx * ixx + xy * ixy + xz * ixz;
    // Positive but for rounding, as FLAT is on the diagonal.
    if det <= FLAT * FLAT * FLAT * 0.1 {
        return [0.0, 0.0, 0.0, p as f32];
    }
    let factors = [
        (ixx * cr + ixy * cg + ixz * cb) / det,
        (ixy * cr + iyy * cg + iyz * cb) / det,
        (ixz * cr + iyz * cg + izz * cb) / det,
    ];
    let offset = p - factors[0] * r - factors[1] * g - factors[2] * b;
    [factors[0] as f32, factors[1] as f32, factors[2] as f32, offset as f32]
}

#[cfg(test)]
mod tests {
    use super::super::trimap::Zone;
    use super::*;

    #[test]
    fn what_colours_say_is_found_at_twice_the_size() {
        let mut random = fastrand::Rng::with_seed(9);
        let (w, h) = (21_usize, 13_usize);
        let mut small = Frame::filled(w as u32, h as u32, [0; 3]);
        let mut large = Frame::filled(2 * w as u32, 2 * h as u32, [0; 3]);
        small.data_mut().iter_mut().for_each(|v| *v = random.u8(..));
        large.data_mut().iter_mut().for_each(|v| *v = random.u8(..));
        let truth = |c: &[u8]| 0.2 + 0.002 * f32::from(c[0]) + 0.001 * f32::from(c[1]);
        let zones = |count: usize| vec![Zone::Unknown; count];
        let band = Band::new(&zones(w * h), w);
        let mut alpha = band.vector();
        for run in &band.runs {
            let y = band.rows[run.row].y as usize;
            for i in 0..run.len {
                alpha[run.at[2] + i] = truth(&small.data()[3 * (y * w + i)..]);
            }
        }
        let models = Models::new(&small, band, &alpha);
        let fine = Band::new(&zones(4 * w * h), 2 * w);
        for run in &fine.runs {
            let y = fine.rows[run.row].y as usize;
            let mut out = vec![-1.0; run.len];
            models.predict(&large, run, y, &mut out);
            for (x, found) in out.iter().enumerate() {
                let expected = truth(&large.data()[3 * (y * 2 * w + x)..]);
                assert!((found - expected).abs() < 0.01, "{x} {y}: {found}, expected {expected}");
            }
        }
    }
}

//! What an artist does to the edge of a matte by hand: grow, blur, gain and gamma, crop. Each is exactly
//! off at its identity.

use crate::raster::{Matte, RectI};
use rayon::prelude::*;

/// Settings of [`apply`], in the order in which they are done. [`Default`] changes nothing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Edges {
    /// Pixels by which the matte grows, a part of a pixel too; below 0 it shrinks. 0 is off.
    pub grow: f32,
    /// Standard deviation of a Gaussian blur, in pixels. 0 is off.
    pub blur: f32,
    /// Factor on what is neither 0 nor 1. 1 is off.
    pub gain: f32,
    /// Exponent 1 over this on what is neither 0 nor 1: above 1 edges get thicker. 1 is off.
    pub gamma: f32,
    /// Nothing is left outside of this rectangle (rows down). None is off.
    pub crop: Option<RectI>,
}

impl Default for Edges {
    fn default() -> Self {
        Self { grow: 0.0, blur: 0.0, gain: 1.0, gamma: 1.0, crop: None }
    }
}

/// Widest growth and blur, in pixels.
const WIDEST: f32 = 500.0;
/// Growth is done in disks of at most this radius, so that its cost grows with it and not with its square.
const DISK: f32 = 3.0;

/// The matte with its edge worked on. What is not a number counts as off.
#[must_use]
pub fn apply(matte: Matte, edges: &Edges) -> Matte {
    let mut out = matte;
    let grow = if edges.grow.is_finite() { edges.grow.clamp(-WIDEST, WIDEST) } else { 0.0 };
    if grow != 0.0 {
        let invert = |m: &mut Matte| m.data_mut().par_iter_mut().for_each(|v| *v = 1.0 - *v);
        if grow < 0.0 {
            invert(&mut out);
        }
        let mut left = grow.abs();
        while left > 0.0 {
            dilate(&mut out, left.min(DISK));
            left -= DISK;
        }
        if grow < 0.0 {
            invert(&mut out);
        }
    }
    if edges.blur.is_finite() && edges.blur > 0.0 {
        blur(&mut out, edges.blur.min(WIDEST));
    }
    let good = |v: f32| if v.is_finite() { v.max(0.0) } else { 1.0 };
    let (gain, gamma) = (good(edges.gain), good(edges.gamma).max(0.01));
    if gain != 1.0 || gamma != 1.0 {
        out.data_mut().par_iter_mut().filter(|v| **v > 0.0 && **v < 1.0).for_each(|v| {
            *v = (v.powf(1.0 / gamma) * gain).clamp(0.0, 1.0);
        });
    }
    if let Some(crop) = edges.crop {
        let w = out.width() as usize;
        let columns = crop.x0.clamp(0, w as i32) as usize..crop.x1.clamp(0, w as i32) as usize;
        for (y, row) in (0..).zip(out.data_mut().chunks_exact_mut(w.max(1))) {
            if y < crop.y0 || y >= crop.y1 || columns.is_empty() {
                row.fill(0.0);
            } else {
                row[..columns.start].fill(0.0);
                row[columns.end..].fill(0.0);
            }
        }
    }
    out
}

/// Grows what is above 0 by a disk of `radius`: each pixel becomes the largest of its neighbours, those that
/// the disk covers in part counting by that part. A hard edge moves by exactly the radius.
fn dilate(matte: &mut Matte, radius: f32) {
    let (w, h) = (matte.width() as usize, matte.height() as usize);
    let reach = radius.ceil() as i64;
    let mut taps = Vec::new();
    for dy in -reach..=reach {
        for dx in -reach..=reach {
            let part = (radius + 1.0 - (dx as f32).hypot(dy as f32)).min(1.0);
            if part > 0.0 && (dx, dy) != (0, 0) {
                taps.push((dx, dy, part));
            }
        }
    }
    let source = matte.data().to_vec();
    let spans: Vec<Option<(usize, usize)>> = source
        .chunks_exact(w.max(1))
        .map(|row| Some((row.iter().position(|&v| v > 0.0)?, row.iter().rposition(|&v| v > 0.0)?)))
        .collect();
    let reach = reach as usize;
    matte.data_mut().par_chunks_exact_mut(w.max(1)).enumerate().for_each(|(y, row)| {
        let near = &spans[y.saturating_sub(reach)..(y + reach + 1).min(h)];
        let Some(first) = near.iter().flatten().map(|s| s.0).min() else { return };
        let last = near.iter().flatten().map(|s| s.1).max().unwrap_or(first);
        let (start, end) = (first.saturating_sub(reach), (last + reach + 1).min(w));
        for (x, value) in (start..).zip(&mut row[start..end]) {
            let mut best = *value;
            for &(dx, dy, part) in &taps {
                if best >= 1.0 {
                    break;
                }
                let (x, y) = (x as i64 + dx, y as i64 + dy);
                if (0..w as i64).contains(&x) && (0..h as i64).contains(&y) {
                    best = best.max(source[y as usize * w + x as usize] * part);
                }
            }
            *value = best;
        }
    });
}

/// A Gaussian blur; the border of the picture goes on outside. What is 0 or 1 all around stays exactly so.
fn blur(matte: &mut Matte, sigma: f32) {
    let (w, h) = (matte.width() as usize, matte.height() as usize);
    if w == 0 || h == 0 {
        return;
    }
    let half = (3.0 * sigma).ceil() as usize;
    let mut kernel: Vec<f32> =
        (0..=2 * half).map(|i| (-(i as f32 - half as f32).powi(2) / (2.0 * sigma * sigma)).exp()).collect();
    let sum: f32 = kernel.iter().sum();
    kernel.iter_mut().for_each(|k| *k /= sum);
    let mixed = |a: &[f32]| a.iter().any(|v| *v != a[0]);
    let mut across = matte.data().to_vec();
    across.par_chunks_exact_mut(w).zip(matte.data().par_chunks_exact(w)).for_each(|(out, row)| {
        let Some(first) = row.iter().position(|v| *v != row[0]) else { return };
        let last = row.iter().rposition(|v| *v != row[w - 1]).unwrap_or(first);
        let (start, end) = (first.saturating_sub(half), (last + half + 1).min(w));
        for (x, value) in (start..).zip(&mut out[start..end]) {
            let (a, b) = (x.saturating_sub(half), (x + half).min(w - 1));
            if !mixed(&row[a..=b]) {
                continue;
            }
            let taps = kernel.iter().zip(x as i64 - half as i64..);
            *value = taps.map(|(k, x)| k * row[x.clamp(0, w as i64 - 1) as usize]).sum();
        }
    });
    matte.data_mut().par_chunks_exact_mut(w).enumerate().for_each(|(y, out)| {
        let rows: Vec<&[f32]> = (y as i64 - half as i64..=y as i64 + half as i64)
            .map(|y| &across[y.clamp(0, h as i64 - 1) as usize * w..][..w])
            .collect();
        // Constant columns keep their value to the bit.
        let mut same = vec![true; w];
        for row in &rows {
            same.iter_mut().zip(*row).zip(rows[0]).for_each(|((s, a), b)| *s &= a == b);
        }
        out.copy_from_slice(rows[0]);
        if same.iter().all(|s| *s) {
            return;
        }
        let mut sums = vec![0.0_f32; w];
        for (row, k) in rows.iter().zip(&kernel) {
            sums.iter_mut().zip(*row).for_each(|(s, v)| *s += k * v);
        }
        for ((o, s), _) in out.iter_mut().zip(sums).zip(same).filter(|v| !v.1) {
            *o = s.clamp(0.0, 1.0);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square() -> Matte {
        let mut matte = Matte::filled(40, 30, 0.0);
        for y in 10..20 {
            matte.data_mut()[y * 40 + 10..y * 40 + 30].fill(1.0);
        }
        matte.data_mut()[15 * 40 + 30] = 0.3;
        matte
    }

    #[test]
    fn off_is_exactly_off() {
        assert_eq!(apply(square(), &Edges::default()), square());
        let odd = Edges { grow: f32::NAN, blur: -1.0, gain: f32::NAN, gamma: f32::INFINITY, crop: None };
        assert_eq!(apply(square(), &odd), square());
        let empty = Matte::filled(0, 0, 0.0);
        let all = Edges { grow: 2.0, blur: 2.0, gain: 2.0, gamma: 2.0, crop: Some(RectI::new(0, 0, 1, 1)) };
        assert!(apply(empty, &all).data().is_empty());
    }

    #[test]
    fn a_hard_edge_moves_by_parts_of_pixels() {
        // Row 12, whose edge is hard: what is covered right of column 30 is how far it moved.
        for grow in [0.25_f32, 1.0, 1.75, 2.5, 4.5, 7.25] {
            let grown = apply(square(), &Edges { grow, ..Edges::default() });
            let covered: f32 = (30..40).map(|x| grown.value(x, 12)).sum();
            let at_left: f32 = (0..10).map(|x| grown.value(x, 12)).sum();
            assert!((at_left - grow).abs() < 1e-4, "left {at_left}, not {grow}");
            assert!(covered >= grow - 1e-4, "right {covered}, not {grow}");
            let shrunk = apply(square(), &Edges { grow: -grow.min(4.0), ..Edges::default() });
            let lost: f32 = (10..20).map(|x| 1.0 - shrunk.value(x, 14)).sum();
            assert!((lost - grow.min(4.0)).abs() < 1e-4, "lost {lost}, not {grow}");
        }
    }

    #[test]
    fn blur_keeps_the_sum_and_what_is_far_from_the_edge() {
        let blurred = apply(square(), &Edges { blur: 1.2, ..Edges::default() });
        let sum = |m: &Matte| m.data().iter().sum::<f32>();
        assert!((sum(&blurred) - sum(&square())).abs() < 0.01);
        assert_eq!((blurred.value(15, 15), blurred.value(2, 2)), (1.0, 0.0));
        // A straight edge is half way at its border: the pixels on either side sum to 1.
        assert!((blurred.value(9, 14) + blurred.value(10, 14) - 1.0).abs() < 1e-5);
        assert!(blurred.value(9, 14) > 0.2);
    }

    #[test]
    fn gain_and_gamma_work_on_the_band_alone() {
        let found = apply(square(), &Edges { gain: 2.0, gamma: 0.5, ..Edges::default() });
        assert!((found.value(30, 15) - 0.18).abs() < 1e-6);
        assert_eq!((found.value(15, 15), found.value(2, 2)), (1.0, 0.0));
    }

    #[test]
    fn crop_leaves_nothing_outside() {
        let crop = Some(RectI::new(12, 11, 25, 100));
        let found = apply(square(), &Edges { crop, ..Edges::default() });
        assert_eq!(found.area(), 13 * 9);
        let gone = Edges { crop: Some(RectI::new(5, 5, 5, 9)), ..Edges::default() };
        assert!(apply(square(), &gone).data().iter().all(|v| *v == 0.0));
    }
}

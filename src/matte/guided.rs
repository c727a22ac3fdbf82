//! The guided filter with a colour guide (K. He, J. Sun, X. Tang, "Guided Image Filtering", PAMI
//! 2013), at a fraction of the guide's size as in their "Fast Guided Filter" (2015).
//!
//! In each window the matte is taken as an affine function of the colour, so edges of the result
//! lie where the frame has them, and their softness follows that of the frame.

use rayon::prelude::*;

use crate::raster::{Frame, Matte, RectI, resize};

/// Settings of [`refine`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Guided {
    /// Half the side of a window, in pixels of the grid on which the filter works.
    pub radius: usize,
    /// Colour variance (of values in 0 to 1) below which a window counts as flat.
    pub epsilon: f32,
}

/// Refines `matte` along the edges of `frame`. The filter works on the grid of `matte`, which may be
/// smaller than the frame; the result has the size of the frame.
///
/// Values stay within 0 to 1. A picture without pixels gives one without pixels.
#[must_use]
pub fn refine(frame: &Frame, matte: &Matte, settings: Guided) -> Matte {
    let (w, h) = (matte.width() as usize, matte.height() as usize);
    let mut out = Matte::filled(frame.width(), frame.height(), 0.0);
    if w == 0 || h == 0 || out.data().is_empty() {
        return out;
    }
    // Windows without any of the matte give nothing.
    let object = matte.tight();
    if object.is_empty() {
        return out;
    }
    let margin = 2 * settings.radius as i32 + 2;
    let part = object.grown(margin).intersect(&RectI::of_size(matte.width(), matte.height()));
    let (cw, ch) = (part.width() as usize, part.height() as usize);
    let (x0, y0) = (part.x0 as usize, part.y0 as usize);
    let (x1, y1) = (x0 + cw, y0 + ch);
    let small = resize::frame_part(frame, (matte.width(), matte.height()), part);
    let (colours, values) = (small.data(), matte.cut(part));
    let planes = coefficients(colours, &values, cw, ch, settings);
    let (fw, fh) = (frame.width() as usize, frame.height() as usize);
    let (sx, sy) = (w as f32 / fw as f32, h as f32 / fh as f32);
    let columns = x0 * fw / w..(x1 * fw).div_ceil(w);
    let rows = y0 * fh / h..(y1 * fh).div_ceil(h);
    let target = RectI::new(columns.start as i32, rows.start as i32, columns.end as i32, rows.end as i32);
    let guide = frame.data().par_chunks(3 * fw).skip(rows.start);
    out.par_rows_mut(target).zip(guide).enumerate().for_each(|(y, (row, rgb))| {
        let place = ((y + rows.start) as f32 + 0.5) * sy;
        if place < y0 as f32 || place > y1 as f32 {
            return;
        }
        let (top, bottom, fy) = taps(place - 0.5 - y0 as f32, ch);
        for x in columns.clone() {
            let (left, right, fx) = taps((x as f32 + 0.5) * sx - 0.5 - x0 as f32, cw);
            let (a, b) = (&planes[top * cw + left], &planes[top * cw + right]);
            let (c, d) = (&planes[bottom * cw + left], &planes[bottom * cw + right]);
            let weights = [(1.0 - fx) * (1.0 - fy), fx * (1.0 - fy), (1.0 - fx) * fy, fx * fy];
            let mut k = [0.0_f32; 4];
            for (i, v) in k.iter_mut().enumerate() {
                *v = weights[0] * a[i] + weights[1] * b[i] + weights[2] * c[i] + weights[3] * d[i];
            }
            let c = &rgb[3 * x..3 * x + 3];
            let value = k[0] * f32::from(c[0]) + k[1] * f32::from(c[1]) + k[2] * f32::from(c[2]);
            row[x - columns.start] = (value / 255.0 + k[3]).clamp(0.0, 1.0);
        }
    });
    out
}

/// The two pixels between which position `p` lies, of `length`, and how far it is to the second.
fn taps(p: f32, length: usize) -> (usize, usize, f32) {
    let p = p.clamp(0.0, (length - 1) as f32);
    let low = p as usize;
    (low, (low + 1).min(length - 1), p - low as f32)
}

/// For each pixel the mean, over the windows that hold it, of the affine function that predicts the
/// matte from R, G, B: three factors and an offset.
fn coefficients(colours: &[u8], matte: &[f32], w: usize, h: usize, settings: Guided) -> Vec<[f32; 4]> {
    // Means of r g b, p, rr rg rb gg gb bb, rp gp bp.
    let mut m: Vec<[f32; 13]> = colours
        .par_chunks_exact(3)
        .zip(matte)
        .map(|(c, &p)| {
            let [r, g, b] = [c[0], c[1], c[2]].map(|v| f32::from(v) / 255.0);
            [r, g, b, p, r * r, r * g, r * b, g * g, g * b, b * b, r * p, g * p, b * p]
        })
        .collect();
    mean(&mut m, w, h, settings.radius);
    let mut k: Vec<[f32; 4]> = m.par_iter().map(|m| fit(m, settings.epsilon)).collect();
    mean(&mut k, w, h, settings.radius);
    k
}

/// The affine function of one window.
fn fit(m: &[f32; 13], epsilon: f32) -> [f32; 4] {
    let [r, g, b, p, rr, rg, rb, gg, gb, bb, rp, gp, bp] = *m;
    let (xx, xy, xz) = (rr - r * r + epsilon, rg - r * g, rb - r * b);
    let (yy, yz, zz) = (gg - g * g + epsilon, gb - g * b, bb - b * b + epsilon);
    let (cr, cg, cb) = (rp - r * p, gp - g * p, bp - b * p);
    // The inverse of the symmetric matrix by its cofactors.
    let (ixx, ixy, ixz) = (yy * zz - yz * yz, xz * yz - xy * zz, xy * yz - xz * yy);
    let (iyy, iyz, izz) = (xx * zz - xz * xz, xy * xz - xx * yz, xx * yy - xy * xy);
    let det = xx * ixx + xy * ixy + xz * ixz;
    // Positive but for rounding, as epsilon is on the diagonal.
    if det <= epsilon * epsilon * epsilon * 0.1 {
        return [0.0, 0.0, 0.0, p];
    }
    let a = [
        (ixx * cr + ixy * cg + ixz * cb) / det,
        (ixy * cr + iyy * cg + iyz * cb) / det,
        (ixz * cr + iyz * cg + izz * cb) / det,
    ];
    [a[0], a[1], a[2], p - a[0] * r - a[1] * g - a[2] * b]
}

/// Replaces each pixel by the mean of the window of `radius` around it, cut at the edges.
fn mean<const N: usize>(data: &mut [[f32; N]], w: usize, h: usize, radius: usize) {
    let mut across = vec![[0.0_f32; N]; data.len()];
    across.par_chunks_mut(w).zip(data.par_chunks(w)).for_each(|(out, row)| {
        let mut sum = [0.0_f32; N];
        let mut end = 0;
        for x in 0..w {
            while end < (x + radius + 1).min(w) {
                add(&mut sum, &row[end], 1.0);
                end += 1;
            }
            if x > radius {
                add(&mut sum, &row[x - radius - 1], -1.0);
            }
            let count = (end - x.saturating_sub(radius)) as f32;
            out[x] = sum.map(|v| v / count);
        }
    });
    // Each row sums its window anew: no state runs down the picture, so rows are free to go in any
    // order, and rounding errors do not add up.
    data.par_chunks_mut(w).enumerate().for_each(|(y, out)| {
        let (first, last) = (y.saturating_sub(radius), (y + radius).min(h - 1));
        out.copy_from_slice(&across[first * w..(first + 1) * w]);
        for other in first + 1..=last {
            for (o, v) in out.iter_mut().zip(&across[other * w..(other + 1) * w]) {
                add(o, v, 1.0);
            }
        }
        let scale = 1.0 / (last - first + 1) as f32;
        out.iter_mut().for_each(|o| o.iter_mut().for_each(|v| *v *= scale));
    });
}

#[inline]
fn add<const N: usize>(sum: &mut [f32; N], v: &[f32; N], sign: f32) {
    for i in 0..N {
        sum[i] += sign * v[i];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SETTINGS: Guided = Guided { radius: 4, epsilon: 1e-4 };

    /// A frame that is dark left of column `edge` and bright right of it.
    fn split(w: u32, h: u32, edge: u32) -> Frame {
        let mut frame = Frame::filled(w, h, [20, 60, 30]);
        for y in 0..h {
            for x in edge..w {
                let i = ((y * w + x) * 3) as usize;
                frame.data_mut()[i..i + 3].copy_from_slice(&[200, 180, 90]);
            }
        }
        frame
    }

    #[test]
    fn the_edge_moves_to_where_the_frame_has_it() {
        let frame = split(48, 24, 20);
        let mut rough = Matte::filled(48, 24, 0.0);
        for y in 0..24 {
            for x in 22..48 {
                rough.data_mut()[y * 48 + x] = 1.0;
            }
        }
        let fine = refine(&frame, &rough, SETTINGS);
        for y in 0..24 {
            assert!(fine.value(18, y) < 0.1 && fine.value(21, y) > 0.5, "row {y}");
            assert!(fine.value(2, y) < 0.01 && fine.value(45, y) > 0.99, "row {y}");
        }
    }

    #[test]
    fn a_matte_of_a_coarser_grid_comes_out_at_the_size_of_the_frame() {
        let frame = split(96, 48, 41);
        let mut coarse = Matte::filled(24, 12, 0.0);
        for y in 0..12 {
            for x in 10..24 {
                coarse.data_mut()[y * 24 + x] = 1.0;
            }
        }
        let fine = refine(&frame, &coarse, Guided { radius: 2, epsilon: 1e-4 });
        assert_eq!((fine.width(), fine.height()), (96, 48));
        let mut truth = Matte::filled(96, 48, 0.0);
        for y in 0..48 {
            for x in 41..96 {
                truth.data_mut()[y * 96 + x] = 1.0;
            }
        }
        assert!(fine.iou(&truth) > 0.98, "{}", fine.iou(&truth));
    }

    #[test]
    fn a_flat_frame_gives_the_mean_and_nothing_that_is_not_a_number() {
        for (w, h) in [(1, 1), (1, 9), (30, 2)] {
            let fine = refine(&Frame::filled(w, h, [0; 3]), &Matte::filled(w, h, 1.0), SETTINGS);
            assert!(fine.data().iter().all(|v| (v - 1.0).abs() < 1e-5));
        }
        assert!(refine(&Frame::filled(0, 0, [0; 3]), &Matte::filled(3, 3, 1.0), SETTINGS).data().is_empty());
    }
}

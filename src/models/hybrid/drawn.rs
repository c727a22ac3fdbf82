//! From signed distances to a matte.

use rayon::prelude::*;

use super::carried::FARTHEST;
use crate::raster::{Matte, RectI};

/// The matte of `size` whose outline is where the distances on a grid are 0. Its edge is one pixel wide, and wider by
/// the softness there.
///
/// Distances are in pixels of the grid, row by row; so is `softness`, which is asked for the index of a pixel of the
/// grid near the outline.
#[must_use]
pub fn drawn(
    size: (u32, u32),
    grid: (u32, u32),
    distances: &[f32],
    softness: impl Fn(usize) -> f32 + Sync,
) -> Matte {
    let mut out = Matte::filled(size.0, size.1, 0.0);
    let (w, h) = (grid.0 as usize, grid.1 as usize);
    if distances.len() != w * h || size.0 == 0 || size.1 == 0 {
        return out;
    }
    let scale = (f64::from(size.0) / w as f64, f64::from(size.1) / h as f64);
    let finer = ((scale.0 * scale.1).sqrt() as f32).max(1.0);
    // One over the width of the edge, in pixels of the matte.
    let slopes: Vec<f32> = distances
        .par_iter()
        .enumerate()
        .map(|(i, d)| if d.abs() < FARTHEST { 1.0 / (1.0 + softness(i) * finer) } else { 1.0 })
        .collect();
    let taps = |at: usize, scale: f64, n: usize| {
        let p = ((at as f64 + 0.5) / scale - 0.5).clamp(0.0, (n - 1) as f64);
        (p as usize, (p as usize + 1).min(n - 1), (p - p.floor()) as f32)
    };
    let all = RectI::of_size(size.0, size.1);
    out.par_rows_mut(all).enumerate().for_each(|(y, row)| {
        let (y0, y1, fy) = taps(y, scale.1, h);
        for (x, v) in row.iter_mut().enumerate() {
            let (x0, x1, fx) = taps(x, scale.0, w);
            let at = |plane: &[f32]| {
                let top = plane[y0 * w + x0] * (1.0 - fx) + plane[y0 * w + x1] * fx;
                let bottom = plane[y1 * w + x0] * (1.0 - fx) + plane[y1 * w + x1] * fx;
                top * (1.0 - fy) + bottom * fy
            };
            *v = (at(distances) * finer * at(&slopes) + 0.5).clamp(0.0, 1.0);
        }
    });
    out.tighten();
    out
}

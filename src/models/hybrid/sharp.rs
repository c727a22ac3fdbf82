//! From signed distances to a matte.

use rayon::prelude::*;

use crate::raster::{Matte, RectI};

/// The matte of `size` whose outline is where the distances on a grid are 0; its edge is one pixel wide.
///
/// Distances are in pixels of the grid, row by row.
#[must_use]
pub fn sharp(size: (u32, u32), grid: (u32, u32), distances: &[f32]) -> Matte {
    let mut out = Matte::filled(size.0, size.1, 0.0);
    let (w, h) = (grid.0 as usize, grid.1 as usize);
    if distances.len() != w * h || size.0 == 0 || size.1 == 0 {
        return out;
    }
    let scale = (f64::from(size.0) / w as f64, f64::from(size.1) / h as f64);
    let finer = ((scale.0 * scale.1).sqrt() as f32).max(1.0);
    let taps = |at: usize, scale: f64, n: usize| {
        let p = ((at as f64 + 0.5) / scale - 0.5).clamp(0.0, (n - 1) as f64);
        (p as usize, (p as usize + 1).min(n - 1), (p - p.floor()) as f32)
    };
    let all = RectI::of_size(size.0, size.1);
    out.par_rows_mut(all).enumerate().for_each(|(y, row)| {
        let (y0, y1, fy) = taps(y, scale.1, h);
        for (x, v) in row.iter_mut().enumerate() {
            let (x0, x1, fx) = taps(x, scale.0, w);
            let top = distances[y0 * w + x0] * (1.0 - fx) + distances[y0 * w + x1] * fx;
            let bottom = distances[y1 * w + x0] * (1.0 - fx) + distances[y1 * w + x1] * fx;
            *v = ((top * (1.0 - fy) + bottom * fy) * finer + 0.5).clamp(0.0, 1.0);
        }
    });
    out.tighten();
    out
}

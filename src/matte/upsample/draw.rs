//! Alpha of every pixel by its distance to the edge.

use rayon::prelude::*;

use super::contour::Contour;
use super::fit::Edge;
use crate::raster::{Matte, RectI};

/// The matte of `size` whose edge was found.
pub(super) fn alpha(contour: &Contour, edge: &Edge, labels: &Matte, size: (u32, u32)) -> Matte {
    let (w, h) = (contour.width, contour.height);
    let [sx, sy] = contour.cell;
    // Distance to the edge itself and one over its width.
    let fields: Vec<[f32; 2]> = contour
        .stepped
        .par_iter()
        .zip(&edge.cells)
        .map(|(d, e)| if e[2] > 1e-6 { [d - e[0] / e[2], e[1] / e[2]] } else { [*d, 0.7] })
        .collect();
    let mut out = Matte::filled(size.0, size.1, 0.0);
    let part = labels.bounds(|v| *v > 0.5).unwrap_or(RectI::new(0, 0, 0, 0)).grown(3);
    let part = RectI::new(
        (part.x0 as f32 * sx) as i32,
        (part.y0 as f32 * sy) as i32,
        (part.x1 as f32 * sx).ceil() as i32,
        (part.y1 as f32 * sy).ceil() as i32,
    )
    .intersect(&RectI::of_size(size.0, size.1));
    if part.is_empty() {
        return out;
    }
    let mixed: Vec<u8> = (0..w * h)
        .into_par_iter()
        .map(|i| {
            let (x, y) = (i % w, i / w);
            let mut kinds = 0;
            for y in y.saturating_sub(2)..(y + 3).min(h) {
                for x in x.saturating_sub(2)..(x + 3).min(w) {
                    let [d, k] = fields[y * w + x];
                    kinds |= match d * k {
                        v if v <= -0.5 => 1,
                        v if v >= 0.5 => 2,
                        _ => 3,
                    };
                }
            }
            kinds
        })
        .collect();
    out.par_rows_mut(part).enumerate().for_each(|(row, values)| {
        let y = (part.y0 as usize + row) as f32 + 0.5;
        let v = y / sy - 0.5;
        let (ty, wy) = taps(v, h);
        let cy = ((y / sy) as usize).min(h - 1);
        for (x, value) in (part.x0..).zip(values) {
            let x = x as f32 + 0.5;
            let cx = ((x / sx) as usize).min(w - 1);
            match mixed[cy * w + cx] {
                1 => continue,
                2 => *value = 1.0,
                _ => {
                    let (tx, wx) = taps(x / sx - 0.5, w);
                    let (mut d, mut k) = (0.0, 0.0);
                    for (iy, by) in ty.iter().zip(wy) {
                        for (ix, bx) in tx.iter().zip(wx) {
                            let f = fields[iy * w + ix];
                            d += by * bx * f[0];
                            k += by * bx * f[1];
                        }
                    }
                    *value = (d * k + 0.5).clamp(0.0, 1.0);
                }
            }
        }
    });
    out
}

/// The four places about `p` on a line of `length`, and their weights of the cubic B-spline.
fn taps(p: f32, length: usize) -> ([usize; 4], [f32; 4]) {
    let base = p.floor();
    let t = p - base;
    let place = |d: i32| (base as i32 + d).clamp(0, length as i32 - 1) as usize;
    let u = 1.0 - t;
    let weights = [
        u * u * u / 6.0,
        (3.0 * t * t * t - 6.0 * t * t + 4.0) / 6.0,
        (3.0 * u * u * u - 6.0 * u * u + 4.0) / 6.0,
        t * t * t / 6.0,
    ];
    ([place(-1), place(0), place(1), place(2)], weights)
}

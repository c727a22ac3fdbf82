//! The cheapest labelling of a region: evidence for each pixel, and a price on edges that the
//! picture does not have.

use super::cut::{Grid, NEIGHBOURS};
use super::features::Features;
use super::region::Region;

/// Units of the integer cut in one unit of log odds.
const UNITS: f32 = 256.0;

/// Cuts `region`: `evidence` holds the log odds of its pixels, row by row; `price` is that of an
/// edge a pixel long where the picture is flat. Pixels beyond the region pull nowhere.
///
/// Contrast is weighed against its mean in the region, as in C. Rother, V. Kolmogorov, A. Blake,
/// "GrabCut", SIGGRAPH 2004.
pub(super) fn label(features: &Features, region: Region, evidence: &[f32], price: f32) -> Vec<bool> {
    let (w, h, width) = (region.width(), region.height(), features.width());
    let at = |x: usize, y: usize| (region.y0 + y) * width + region.x0 + x;
    let contrast = |a: usize, b: usize| {
        let (a, b) = (features.colour_at(a), features.colour_at(b));
        // Chroma varies less than luma and is blurred by most codecs.
        (a[0] - b[0]).powi(2) + 4.0 * ((a[1] - b[1]).powi(2) + (a[2] - b[2]).powi(2))
    };
    let forward = |x: usize, y: usize, d: usize| {
        let (nx, ny) = (x.wrapping_add_signed(NEIGHBOURS[d].0), y.wrapping_add_signed(NEIGHBOURS[d].1));
        (nx < w && ny < h).then_some((nx, ny))
    };
    let (mut total, mut count) = (0.0_f64, 0.0_f64);
    for y in 0..h {
        for x in 0..w {
            for d in [0, 2] {
                if let Some((nx, ny)) = forward(x, y, d) {
                    total += f64::from(contrast(at(x, y), at(nx, ny)));
                    count += 1.0;
                }
            }
        }
    }
    let beta = if total > 0.0 { (count / (2.0 * total)) as f32 } else { 0.0 };
    let mut grid = Grid::new(w, h);
    for y in 0..h {
        for x in 0..w {
            grid.add_terminal(x, y, (evidence[y * w + x].clamp(-1e4, 1e4) * UNITS) as i32);
            for d in [0, 2, 4, 6] {
                if let Some((nx, ny)) = forward(x, y, d) {
                    let length = if d < 4 { 1.0 } else { std::f32::consts::FRAC_1_SQRT_2 };
                    let edge = price * length * (-beta * contrast(at(x, y), at(nx, ny))).exp();
                    grid.set_arc(x, y, d, (edge * UNITS) as i32);
                }
            }
        }
    }
    grid.cut()
}

//! Which colours the object has *here*: labels of an earlier frame, moved to where its pixels went,
//! collected in cells of position and colour.
//!
//! A colour that is both the object's and the background's on the whole is often one side's only
//! within a small neighbourhood. The cells form a coarse bilateral grid as in N. Maerki et al.,
//! "Bilateral Space Video Segmentation", CVPR 2016: labels are dropped into cells, the cells are
//! smoothed along all five axes, and read between cells.

use super::features::Features;
use super::region::Region;

/// Side of a cell: x and y in pixels of the label grid, luma, chroma, chroma.
const CELL: [f32; 5] = [16.0, 16.0, 14.0, 10.0, 10.0];
/// Weight of evidence, in pixels a cell, at which the odds are taken as they are.
const PRIOR: f32 = 1.0;

/// Labels by position and colour.
pub(super) struct Local {
    low: [f32; 5],
    dims: [usize; 5],
    cells: Vec<[f32; 2]>,
}

/// One pixel of evidence.
pub(super) struct Evidence {
    pub x: f32,
    pub y: f32,
    pub colour: [f32; 3],
    /// How far it belongs to the object, 0 to 1.
    pub label: f32,
    pub weight: f32,
}

impl Local {
    /// An empty grid for positions in `region` and the colours that `features` has there.
    pub fn new(region: Region, features: &Features) -> Self {
        let mut low = [region.x0 as f32, region.y0 as f32, f32::INFINITY, f32::INFINITY, f32::INFINITY];
        let mut high =
            [region.x1 as f32, region.y1 as f32, f32::NEG_INFINITY, f32::NEG_INFINITY, f32::NEG_INFINITY];
        for i in region.indices(features.width()) {
            for (k, c) in features.colour_at(i).into_iter().enumerate() {
                low[k + 2] = low[k + 2].min(c);
                high[k + 2] = high[k + 2].max(c);
            }
        }
        let mut dims = [1; 5];
        for k in 0..5 {
            // One cell beyond either end, so that reading between cells stays inside.
            low[k] -= CELL[k];
            dims[k] = ((high[k] - low[k]).max(0.0) / CELL[k]) as usize + 3;
        }
        Self { low, dims, cells: vec![[0.0; 2]; dims.iter().product()] }
    }

    /// Adds evidence; what lies outside the grid is left out.
    pub fn add(&mut self, e: &Evidence) {
        let values = [e.x, e.y, e.colour[0], e.colour[1], e.colour[2]];
        let mut at = 0;
        for k in 0..5 {
            let p = (values[k] - self.low[k]) / CELL[k] + 0.5;
            if !(p >= 0.0 && p < self.dims[k] as f32) {
                return;
            }
            at = at * self.dims[k] + p as usize;
        }
        self.cells[at][0] += e.weight * e.label;
        self.cells[at][1] += e.weight * (1.0 - e.label);
    }

    /// Spreads the evidence over neighbouring cells.
    pub fn smooth(&mut self) {
        let mut step = 1;
        for k in (0..5).rev() {
            let n = self.dims[k];
            let mut before = vec![[0.0_f32; 2]; step];
            for block in self.cells.chunks_exact_mut(n * step) {
                before.fill([0.0; 2]);
                for j in 0..n {
                    for i in 0..step {
                        let here = block[j * step + i];
                        let after = if j + 1 < n { block[(j + 1) * step + i] } else { [0.0; 2] };
                        for c in 0..2 {
                            block[j * step + i][c] = 0.5 * here[c] + 0.25 * (before[i][c] + after[c]);
                        }
                        before[i] = here;
                    }
                }
            }
            step *= n;
        }
    }

    /// The log odds of a colour at a place, near 0 where there is no evidence.
    pub fn odds(&self, x: f32, y: f32, colour: [f32; 3]) -> f32 {
        let values = [x, y, colour[0], colour[1], colour[2]];
        let mut low = [0_usize; 5];
        let mut part = [0.0_f32; 5];
        for k in 0..5 {
            let p = ((values[k] - self.low[k]) / CELL[k]).clamp(0.0, (self.dims[k] - 2) as f32 + 0.999);
            low[k] = p as usize;
            part[k] = p - low[k] as f32;
        }
        let (d3, d4) = (self.dims[3], self.dims[4]);
        let mut sum = [0.0_f32; 2];
        for corner in 0..8_usize {
            let mut at = 0;
            let mut weight = 1.0;
            for k in 0..3 {
                let up = corner >> k & 1;
                at = at * self.dims[k] + low[k] + up;
                weight *= if up == 1 { part[k] } else { 1.0 - part[k] };
            }
            let at = (at * d3 + low[3]) * d4 + low[4];
            let c = [self.cells[at], self.cells[at + 1], self.cells[at + d4], self.cells[at + d4 + 1]];
            let (p, q) = (part[3], part[4]);
            let w = [(1.0 - p) * (1.0 - q), (1.0 - p) * q, p * (1.0 - q), p * q];
            for s in 0..2 {
                sum[s] += weight * (w[0] * c[0][s] + w[1] * c[1][s] + w[2] * c[2][s] + w[3] * c[3][s]);
            }
        }
        ((sum[0] + PRIOR * 0.05) / (sum[1] + PRIOR * 0.05)).ln()
    }
}

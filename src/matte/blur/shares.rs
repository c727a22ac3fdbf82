//! How much of the blur counts where: that of the sections of the edge that are near.

use super::profiles::Section;
use crate::raster::Flow;

/// Side of a cell in pixels, at least.
const CELL: f32 = 8.0;
/// And the picture has at most so many columns and rows.
const MOST: f32 = 240.0;
/// How many places of the edge the surroundings of a cell count for.
const TRUST: f32 = 0.5;

/// A share, 0 to 1, for each place of a picture.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Shares(Flow);

impl Shares {
    /// Each place has the share of the section nearest to it that has one.
    pub fn new(size: (u32, u32), sections: &[Section], shares: &[Option<f32>]) -> Self {
        let side = CELL.max(size.0.max(size.1) as f32 / MOST);
        let [columns, rows] = [size.0, size.1].map(|v| (v as f32 / side).ceil() as usize);
        let mut cells = vec![[0.0_f32; 2]; columns * rows];
        for (section, share) in sections.iter().zip(shares) {
            let Some(share) = share else { continue };
            for edge in &section.edges {
                let column = ((edge.at[0] / size.0 as f32 * columns as f32) as usize).min(columns - 1);
                let row = ((edge.at[1] / size.1 as f32 * rows as f32) as usize).min(rows - 1);
                let cell = &mut cells[row * columns + column];
                cell[0] += share;
                cell[1] += 1.0;
            }
        }
        let vectors = fill(columns, &cells).into_iter().map(|share| [share, 0.0]).collect();
        Self(Flow::from_cells(size, (columns as u32, rows as u32), vectors))
    }

    /// That at (`x`, `y`) in pixels from the picture's corner.
    pub fn at(&self, x: f32, y: f32) -> f32 {
        self.0.at(x, y)[0].clamp(0.0, 1.0)
    }
}

/// The mean of each cell of a grid of sums and counts, where it has any, else that of ever larger
/// surroundings.
fn fill(columns: usize, cells: &[[f32; 2]]) -> Vec<f32> {
    let rows = cells.len() / columns.max(1);
    if cells.len() <= 1 {
        return cells.iter().map(|c| if c[1] > 0.0 { c[0] / c[1] } else { 0.0 }).collect();
    }
    let (wide, high) = (columns.div_ceil(2), rows.div_ceil(2));
    let mut halved = vec![[0.0_f32; 2]; wide * high];
    for (i, cell) in cells.iter().enumerate() {
        let sum = &mut halved[i / columns / 2 * wide + i % columns / 2];
        sum[0] += cell[0];
        sum[1] += cell[1];
    }
    let coarse = fill(wide, &halved).into_iter().map(|share| [share, 0.0]).collect();
    let coarse = Flow::from_cells((2 * wide as u32, 2 * high as u32), (wide as u32, high as u32), coarse);
    let around = |i: usize| coarse.at((i % columns) as f32 + 0.5, (i / columns) as f32 + 0.5)[0];
    cells.iter().enumerate().map(|(i, c)| (c[0] + TRUST * around(i)) / (c[1] + TRUST)).collect()
}

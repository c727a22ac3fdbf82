//! Where an edge looks like hair: gradients along the edge just outside it, as strands make that cross
//! it, and fewer of them farther out. A clean edge has a gradient across it alone.

use crate::raster::Frame;
use rayon::prelude::*;

/// Gradient (of luma in 0 to 1, a pixel) along the edge below which there is no structure: grain of 8-bit
/// footage stays under it.
const FLOOR: f32 = 0.012;
/// How much more than that is hair for sure.
const SPAN: f32 = 0.03;

/// How much each cell of a grid looks like hair.
pub struct Hair {
    columns: usize,
    rows: usize,
    cell: usize,
    values: Vec<f32>,
}

/// A part of a frame, and the signed distance of each of its pixels to the edge (positive outside).
pub struct Surroundings<'a> {
    /// The whole frame.
    pub frame: &'a Frame,
    /// The first column and row of the part.
    pub corner: (usize, usize),
    /// Columns of the part.
    pub width: usize,
    /// Signed distances of the part's pixels, in pixels.
    pub distance: &'a [f32],
}

impl Hair {
    /// Looks at cells of `cell` pixels as far as `reach` pixels from the edge, and at the ground beyond.
    pub fn find(part: &Surroundings, cell: usize, reach: f32) -> Self {
        let cell = cell.max(2);
        let height = part.distance.len().checked_div(part.width).unwrap_or(0);
        let (columns, rows) = (part.width.div_ceil(cell), height.div_ceil(cell));
        let beyond = reach + 3.0 * cell as f32;
        // Distance of each cell's centre, and its structure.
        let cells: Vec<(f32, f32)> = (0..columns * rows)
            .into_par_iter()
            .with_min_len(64)
            .map(|i| {
                let (x, y) = (i % columns * cell, i / columns * cell);
                let centre = ((y + cell / 2).min(height - 1), (x + cell / 2).min(part.width - 1));
                let d = part.distance[centre.0 * part.width + centre.1];
                let wanted = d > -(cell as f32) && d < beyond;
                (d, if wanted { structure(part, (x, y), cell, height) } else { 0.0 })
            })
            .collect();
        let around = |i: usize, radius: usize| {
            let (x, y) = (i % columns, i / columns);
            let across = x.saturating_sub(radius)..(x + radius + 1).min(columns);
            (y.saturating_sub(radius)..(y + radius + 1).min(rows))
                .flat_map(move |y| across.clone().map(move |x| y * columns + x))
        };
        let ring = (reach / cell as f32).ceil() as usize + 1;
        let at_edge: Vec<f32> = (0..columns * rows)
            .into_par_iter()
            .with_min_len(64)
            .map(|i| {
                if cells[i].0.abs() > cell as f32 {
                    return 0.0;
                }
                let near = around(i, 1).filter(|&j| cells[j].0 > 0.0 && cells[j].0 <= reach);
                let near = near.map(|j| cells[j].1).fold(0.0, f32::max);
                let (mut far, mut count) = (0.0, 0.0);
                for j in around(i, ring + 2).filter(|&j| cells[j].0 > reach && cells[j].0 < beyond) {
                    far += cells[j].1;
                    count += 1.0;
                }
                let far = if count > 0.0 { far / count } else { 0.0 };
                ((near - far - FLOOR) / SPAN).clamp(0.0, 1.0)
            })
            .collect();
        // The edge speaks for what lies within reach of it.
        let values = (0..columns * rows)
            .into_par_iter()
            .with_min_len(64)
            .map(|i| {
                let wanted = cells[i].0.abs() <= reach + 2.0 * cell as f32;
                if wanted { around(i, ring).map(|j| at_edge[j]).fold(0.0, f32::max) } else { 0.0 }
            })
            .collect();
        Self { columns, rows, cell, values }
    }

    /// From 0, none, to 1, for sure, at column `x` of row `y` of the part; bilinear between cells.
    pub fn at(&self, x: usize, y: usize) -> f32 {
        let (x, y) = (self.place(x, self.columns), self.place(y, self.rows));
        let value = |x: usize, y: usize| self.values[y * self.columns + x];
        let top = value(x.0, y.0) * (1.0 - x.2) + value(x.1, y.0) * x.2;
        let bottom = value(x.0, y.1) * (1.0 - x.2) + value(x.1, y.1) * x.2;
        top * (1.0 - y.2) + bottom * y.2
    }

    /// The two cells around a pixel, and how far it is to the second.
    fn place(&self, pixel: usize, count: usize) -> (usize, usize, f32) {
        let p = ((pixel as f32 + 0.5) / self.cell as f32 - 0.5).clamp(0.0, (count - 1) as f32);
        (p as usize, (p as usize + 1).min(count - 1), p.fract())
    }
}

/// How much stronger the gradient along the edge is than half of that across it, as a root of the mean
/// square over a cell. Half, as a stair of pixels along a clean slanting edge has some of both.
fn structure(part: &Surroundings, (x, y): (usize, usize), cell: usize, height: usize) -> f32 {
    let (fw, fh) = (part.frame.width() as usize, part.frame.height() as usize);
    let luma = |x: usize, y: usize| {
        let i = 3 * (y * fw + x);
        let c = &part.frame.data()[i..i + 3];
        i32::from(c[0]) + 2 * i32::from(c[1]) + i32::from(c[2])
    };
    let (right, bottom) = ((x + cell).min(part.width), (y + cell).min(height));
    let (mut xx, mut xy, mut yy) = (0_i64, 0_i64, 0_i64);
    for row in y..bottom {
        let row = row + part.corner.1;
        let (above, below) = (row.saturating_sub(1), (row + 1).min(fh - 1));
        for column in x..right {
            let column = column + part.corner.0;
            let (left, right) = (column.saturating_sub(1), (column + 1).min(fw - 1));
            let gx = i64::from(luma(right, row) - luma(left, row));
            let gy = i64::from(luma(column, below) - luma(column, above));
            xx += gx * gx;
            xy += gx * gy;
            yy += gy * gy;
        }
    }
    // Away from the edge, by the distances at the corners of the cell.
    let at = |x: usize, y: usize| part.distance[y * part.width + x].clamp(-1e6, 1e6);
    let corners = [at(x, y), at(right - 1, y), at(x, bottom - 1), at(right - 1, bottom - 1)];
    let nx = corners[1] + corners[3] - corners[0] - corners[2];
    let ny = corners[2] + corners[3] - corners[0] - corners[1];
    let length = f64::from(nx.hypot(ny)).max(1e-6);
    let (nx, ny) = (f64::from(nx) / length, f64::from(ny) / length);
    // Luma is four times 255, differences span two pixels.
    let count = ((right - x) * (bottom - y)).max(1);
    let scale = 1.0 / (count as f64 * (2.0 * 4.0 * 255.0_f64).powi(2));
    let (xx, xy, yy) = (xx as f64 * scale, xy as f64 * scale, yy as f64 * scale);
    let across = nx * nx * xx + 2.0 * nx * ny * xy + ny * ny * yy;
    let along = (xx + yy - across).max(0.0);
    (along.sqrt() - 0.5 * across.max(0.0).sqrt()).max(0.0) as f32
}

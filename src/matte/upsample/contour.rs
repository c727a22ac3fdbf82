//! The line where labels are one half, and the distance to it.

use rayon::prelude::*;

use crate::raster::Matte;

/// Distances are known up to this many cells from the line; of what is farther only the side is.
pub(super) const REACH: usize = 4;

/// Signed distances of a grid's cells to the line, in pixels of the frame.
pub(super) struct Contour {
    pub width: usize,
    pub height: usize,
    /// Sides of a cell in pixels.
    pub cell: [f32; 2],
    /// Positive inside.
    pub distance: Vec<f32>,
    /// The same with the steps of the cells.
    pub stepped: Vec<f32>,
    /// Cells that are the nearest to the line, in order.
    pub near: Vec<usize>,
}

impl Contour {
    pub fn new(labels: &Matte, size: (u32, u32)) -> Self {
        let (width, height) = (labels.width() as usize, labels.height() as usize);
        let cell = [size.0 as f32 / width as f32, size.1 as f32 / height as f32];
        let data = labels.data();
        let inside: Vec<bool> = data.par_iter().map(|v| *v > 0.5).collect();
        // Where the line leaves a cell to the right and down, as a part of the way to the next.
        let part = |i: usize, other: usize| {
            let (a, b) = (data[i], data[other]);
            (inside[i] != inside[other]).then(|| ((a - 0.5) / (a - b)).clamp(0.0, 1.0))
        };
        let leaves: Vec<[Option<f32>; 2]> = (0..width * height)
            .into_par_iter()
            .map(|i| {
                let right = (i % width + 1 < width).then(|| part(i, i + 1)).flatten();
                let down = (i / width + 1 < height).then(|| part(i, i + width)).flatten();
                [right, down]
            })
            .collect();
        let rows: Vec<(usize, usize)> = leaves
            .par_chunks(width)
            .map(|row| {
                let first = row.iter().position(|l| *l != [None; 2]);
                let last = row.iter().rposition(|l| *l != [None; 2]);
                first.zip(last).map_or((1, 0), |(a, b)| (a, b))
            })
            .collect();
        let far = REACH as f32 * cell[0].max(cell[1]);
        let mut distance: Vec<f32> = inside.par_iter().map(|&i| if i { far } else { -far }).collect();
        distance.par_chunks_mut(width).enumerate().for_each(|(y, row)| {
            let mut squares = vec![far * far; width];
            for other in y.saturating_sub(REACH)..(y + REACH + 1).min(height) {
                let (first, last) = rows[other];
                let found = (first..last + 1).flat_map(|x| {
                    let [right, down] = leaves[other * width + x];
                    let right = right.map(|t| [x as f32 + t, other as f32]);
                    let down = down.map(|t| [x as f32, other as f32 + t]);
                    [right, down].into_iter().flatten()
                });
                for [px, py] in found {
                    let dy = (py - y as f32) * cell[1];
                    let low = (px.ceil() as usize).saturating_sub(REACH);
                    for (x, s) in (low..).zip(&mut squares[low..(px as usize + REACH + 1).min(width)]) {
                        let dx = (px - x as f32) * cell[0];
                        *s = s.min(dx * dx + dy * dy);
                    }
                }
            }
            for (v, s) in row.iter_mut().zip(&squares) {
                *v = v.signum() * s.sqrt().min(far);
            }
        });
        let smooth = smoothed(&distance, width, height, far);
        let reach = 0.75 * cell[0].max(cell[1]);
        let near = (0..width * height).filter(|&i| smooth[i].abs() < reach).collect();
        Self { width, height, cell, distance: smooth, stepped: distance, near }
    }

    /// The larger side of a cell in pixels.
    pub fn side(&self) -> f32 {
        self.cell[0].max(self.cell[1])
    }

    /// The centre of a cell in pixels.
    pub fn centre(&self, i: usize) -> [f32; 2] {
        let (x, y) = (i % self.width, i / self.width);
        [(x as f32 + 0.5) * self.cell[0], (y as f32 + 0.5) * self.cell[1]]
    }

    /// The distance at (`x`, `y`) in pixels, blended between centres.
    pub fn at(&self, x: f32, y: f32) -> f32 {
        let (w, h) = (self.width, self.height);
        let x = (x / self.cell[0] - 0.5).clamp(0.0, (w - 1) as f32);
        let y = (y / self.cell[1] - 0.5).clamp(0.0, (h - 1) as f32);
        let (x0, y0) = (x as usize, y as usize);
        let (x1, y1) = ((x0 + 1).min(w - 1), (y0 + 1).min(h - 1));
        let (fx, fy) = (x - x0 as f32, y - y0 as f32);
        let d = &self.distance;
        let top = d[y0 * w + x0] * (1.0 - fx) + d[y0 * w + x1] * fx;
        let low = d[y1 * w + x0] * (1.0 - fx) + d[y1 * w + x1] * fx;
        top * (1.0 - fy) + low * fy
    }

    /// The direction into the object at a cell, of length 1; none where there is none.
    pub fn normal(&self, i: usize) -> Option<[f32; 2]> {
        let (w, h) = (self.width, self.height);
        let (x, y) = (i % w, i / w);
        let d = &self.distance;
        let (left, right) = (x.saturating_sub(1), (x + 1).min(w - 1));
        let (above, below) = (y.saturating_sub(1), (y + 1).min(h - 1));
        let dx = (d[y * w + right] - d[y * w + left]) / ((right - left).max(1) as f32 * self.cell[0]);
        let dy = (d[below * w + x] - d[above * w + x]) / ((below - above).max(1) as f32 * self.cell[1]);
        let length = dx.hypot(dy);
        (length > 0.3).then(|| [dx / length, dy / length])
    }
}

/// Distances without the steps of the cells.
fn smoothed(distance: &[f32], w: usize, h: usize, far: f32) -> Vec<f32> {
    let mut out = distance.to_vec();
    out.par_chunks_mut(w).enumerate().for_each(|(y, row)| {
        let rows = [y.saturating_sub(1), y, (y + 1).min(h - 1)].map(|y| &distance[y * w..(y + 1) * w]);
        for (x, v) in row.iter_mut().enumerate() {
            if v.abs() >= far {
                continue;
            }
            let columns = [x.saturating_sub(1), x, (x + 1).min(w - 1)];
            let mut sum = 0.0;
            for (row, a) in rows.iter().zip([1.0, 2.0, 1.0]) {
                for (c, b) in columns.iter().zip([1.0, 2.0, 1.0]) {
                    sum += a * b * row[*c];
                }
            }
            *v = sum / 16.0;
        }
    });
    out
}

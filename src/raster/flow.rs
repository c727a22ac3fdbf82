//! Motion between two frames.

/// Where things go from one frame to another: a displacement for each cell of a grid that is laid
/// over the picture, stretched to its size. A grid may be much coarser than the picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Flow {
    size: (u32, u32),
    grid: (u32, u32),
    vectors: Vec<[f32; 2]>,
}

impl Flow {
    /// A flow over a picture of `size` pixels whose grid has `grid` columns and rows: `of(x, y)` is
    /// the displacement, right and down in pixels of the picture, of what is at (x, y), the centre
    /// of a cell in pixels. What is not finite counts as no motion.
    #[must_use]
    pub fn from_fn(size: (u32, u32), grid: (u32, u32), of: impl Fn(f32, f32) -> [f32; 2]) -> Self {
        Self::from_cells(size, grid, Vec::new()).map(|at, _| of(at[0], at[1]))
    }

    /// A flow over a picture of `size` pixels from the displacements of the cells of a grid of `grid`
    /// columns and rows, top row first; what is missing is no motion, what is too much is not used.
    #[must_use]
    pub fn from_cells(size: (u32, u32), grid: (u32, u32), mut vectors: Vec<[f32; 2]>) -> Self {
        vectors.resize(grid.0 as usize * grid.1 as usize, [0.0; 2]);
        Self { size, grid, vectors }.map(|_, v| v)
    }

    /// The flow whose cells are `of(centre, vector)`; what is not finite counts as no motion.
    #[must_use]
    pub fn map(&self, of: impl Fn([f32; 2], [f32; 2]) -> [f32; 2]) -> Self {
        let columns = (self.grid.0 as usize).max(1);
        let step = [self.size.0 as f32 / self.grid.0 as f32, self.size.1 as f32 / self.grid.1 as f32];
        let vectors = self.vectors.iter().enumerate().map(|(i, &v)| {
            let v = of([((i % columns) as f32 + 0.5) * step[0], ((i / columns) as f32 + 0.5) * step[1]], v);
            if v[0].is_finite() && v[1].is_finite() { v } else { [0.0; 2] }
        });
        Self { size: self.size, grid: self.grid, vectors: vectors.collect() }
    }

    /// One displacement for the whole of a picture of `size` pixels.
    #[must_use]
    pub fn uniform(size: (u32, u32), vector: [f32; 2]) -> Self {
        Self::from_fn(size, (1, 1), |_, _| vector)
    }

    /// Width and height in pixels of the picture that it is of.
    #[must_use]
    pub fn size(&self) -> (u32, u32) {
        self.size
    }

    /// Columns and rows of the grid.
    #[must_use]
    pub fn grid(&self) -> (u32, u32) {
        self.grid
    }

    /// The displacements of the cells, right and down in pixels, top row first.
    #[must_use]
    pub fn vectors(&self) -> &[[f32; 2]] {
        &self.vectors
    }

    /// The displacement of what is at (`x`, `y`) in pixels, where (0, 0) is the picture's upper left
    /// corner, blended between cells; beyond the outermost centres it stays what it is there. No
    /// motion where the grid has no cells.
    #[must_use]
    pub fn at(&self, x: f32, y: f32) -> [f32; 2] {
        let (w, h) = (self.grid.0 as usize, self.grid.1 as usize);
        if self.vectors.is_empty() {
            return [0.0; 2];
        }
        let place = |p: f32, cells: usize, size: u32| {
            // Unlike `clamp` these take what is not a number for the first cell.
            let p = (p * cells as f32 / size as f32 - 0.5).max(0.0).min((cells - 1) as f32);
            let low = p as usize;
            (low, (low + 1).min(cells - 1), p - low as f32)
        };
        let (x0, x1, fx) = place(x, w, self.size.0);
        let (y0, y1, fy) = place(y, h, self.size.1);
        let [a, b] = [y0 * w, y1 * w].map(|row| {
            let (l, r) = (self.vectors[row + x0], self.vectors[row + x1]);
            [l[0] + (r[0] - l[0]) * fx, l[1] + (r[1] - l[1]) * fx]
        });
        [a[0] + (b[0] - a[0]) * fy, a[1] + (b[1] - a[1]) * fy]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_coarse_grid_is_blended_and_goes_on_at_the_edge() {
        let flow = Flow::from_fn((40, 20), (4, 2), |x, y| [x, -y]);
        assert_eq!(flow.at(20.0, 10.0), [20.0, -10.0]);
        assert_eq!(flow.at(12.0, 7.5), [12.0, -7.5]);
        assert_eq!(flow.at(-3.0, 90.0), [5.0, -15.0]);
    }

    #[test]
    fn nothing_is_no_motion() {
        assert_eq!(Flow::from_fn((0, 0), (0, 0), |_, _| [1.0; 2]).at(1.0, 1.0), [0.0; 2]);
        assert_eq!(Flow::uniform((4, 4), [f32::NAN, 1.0]).at(2.0, 2.0), [0.0; 2]);
        assert_eq!(Flow::uniform((0, 0), [2.0, 1.0]).at(0.0, f32::INFINITY), [2.0, 1.0]);
    }
}

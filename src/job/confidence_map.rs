//! How far a matte is to be trusted in each part of the frame.

use std::sync::Arc;

use crate::raster::SizeError;

/// How far a matte is to be trusted in each cell of a grid over the frame, 0 (not at all) to 255.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfidenceMap {
    columns: u32,
    rows: u32,
    cells: Arc<[u8]>,
}

impl ConfidenceMap {
    /// Of a grid, row by row from the top.
    ///
    /// # Errors
    /// [`SizeError`] when there are not as many cells.
    pub fn new(columns: u32, rows: u32, cells: &[u8]) -> Result<Self, SizeError> {
        let expected = columns as usize * rows as usize;
        if cells.len() != expected || cells.is_empty() {
            let what = "a confidence map";
            return Err(SizeError { what, width: columns, height: rows, expected, found: cells.len() });
        }
        Ok(Self { columns, rows, cells: cells.into() })
    }

    /// Columns and rows of its grid.
    #[must_use]
    pub fn size(&self) -> (u32, u32) {
        (self.columns, self.rows)
    }

    /// Its cells, row by row from the top.
    #[must_use]
    pub fn cells(&self) -> &[u8] {
        &self.cells
    }

    /// For each pixel of a frame of `size` how far the matte is to be trusted there, 0 to 1, row by row: between the
    /// middles of cells it changes evenly.
    #[must_use]
    pub fn pixels(&self, size: (u32, u32)) -> Vec<f32> {
        let (across, down) = (taps(size.0, self.columns), taps(size.1, self.rows));
        let cell = |x: usize, y: usize| f32::from(self.cells[y * self.columns as usize + x]) / 255.0;
        let mut out = Vec::with_capacity(across.len() * down.len());
        for &(y0, y1, fy) in &down {
            out.extend(across.iter().map(|&(x0, x1, fx)| {
                let top = cell(x0, y0) * (1.0 - fx) + cell(x1, y0) * fx;
                let bottom = cell(x0, y1) * (1.0 - fx) + cell(x1, y1) * fx;
                top * (1.0 - fy) + bottom * fy
            }));
        }
        out
    }
}

/// For each of so many pixels the cells on both sides of it, and how far it is from the one to the other.
fn taps(pixels: u32, cells: u32) -> Vec<(usize, usize, f32)> {
    let last = cells as usize - 1;
    let tap = |at: u32| {
        let place = (f64::from(at) + 0.5) * f64::from(cells) / f64::from(pixels) - 0.5;
        let place = place.clamp(0.0, last as f64);
        (place as usize, (place as usize + 1).min(last), place.fract() as f32)
    };
    (0..pixels).map(tap).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_is_stretched_over_the_frame() {
        let map = ConfidenceMap::new(2, 1, &[0, 255]).expect("two cells");
        let row = map.pixels((8, 3));
        assert_eq!(row[..8], row[16..]);
        assert_eq!((row[0], row[1], row[6], row[7]), (0.0, 0.0, 1.0, 1.0));
        assert!(row[..8].windows(2).all(|pair| pair[0] <= pair[1]), "{row:?}");
        assert!((row[3] + row[4] - 1.0).abs() < 1e-6, "{row:?}");
        assert_eq!(ConfidenceMap::new(1, 1, &[51]).expect("a cell").pixels((2, 1)), [0.2, 0.2]);
    }

    #[test]
    fn what_does_not_fit_is_no_map() {
        assert!(ConfidenceMap::new(2, 2, &[0; 3]).is_err());
        assert!(ConfidenceMap::new(0, 0, &[]).is_err());
    }
}

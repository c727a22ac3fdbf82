//! A matte in the pixels of a render.

use crate::raster::{Matte, RectI, resize};

/// A matte of the full frame in the pixels of a render.
#[derive(Debug, Clone, PartialEq)]
pub struct PlacedMatte {
    window: RectI,
    matte: Matte,
}

impl PlacedMatte {
    /// `matte` stretched to `window`, the full frame in the pixels of the render, y up.
    #[must_use]
    pub fn new(matte: Matte, window: RectI) -> Self {
        Self { window, matte: resize::to_matte_size(matte, (window.width(), window.height())) }
    }

    /// The full frame in the pixels of the render, y up.
    #[must_use]
    pub fn window(&self) -> RectI {
        self.window
    }

    /// The smallest rectangle, in the pixels of the render, that holds all alphas that are `wanted`; 0 is
    /// not. None where there is none.
    pub fn bounds(&self, wanted: impl Fn(&f32) -> bool + Sync) -> Option<RectI> {
        let found = self.matte.bounds(wanted)?;
        let (x, y) = (self.window.x0, self.window.y1);
        Some(RectI::new(x + found.x0, y - found.y1, x + found.x1, y - found.y0))
    }

    /// Alphas of the row at `y` from `x0` on, 0 outside the frame, into `out`.
    pub fn row(&self, x0: i32, y: i32, out: &mut [f32]) {
        out.fill(0.0);
        let w = self.window;
        if y < w.y0 || y >= w.y1 {
            return;
        }
        let support = self.matte.support();
        let line = w.y1 - 1 - y;
        let part = RectI::new(support.x0, line, support.x1, line + 1).intersect(&support);
        let Some(row) = self.matte.rows(part).next() else { return };
        let offset = i64::from(x0) - (i64::from(w.x0) + i64::from(part.x0));
        let skip = |n: i64| usize::try_from(n).unwrap_or(0);
        let out = out.iter_mut().skip(skip(-offset));
        out.zip(row.iter().skip(skip(offset))).for_each(|(out, v)| *out = *v);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_matte_lies_where_the_frame_lies() {
        let mut matte = Matte::filled(4, 3, 0.0);
        matte.data_mut()[0] = 1.0;
        let placed = PlacedMatte::new(matte, RectI::new(2, 1, 6, 4));
        let row = |x0: i32, y: i32| {
            let mut row = [9.0; 3];
            placed.row(x0, y, &mut row);
            row
        };
        assert_eq!(row(1, 3), [0.0, 1.0, 0.0]);
        assert_eq!(row(2, 3), [1.0, 0.0, 0.0]);
        assert_eq!(row(2, 1), [0.0; 3]);
        assert_eq!((row(100, 3), row(-100, 3), row(2, 100)), ([0.0; 3], [0.0; 3], [0.0; 3]));
    }
}

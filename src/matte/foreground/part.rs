//! A rectangle of the picture in which colours are sought.

use crate::raster::{Matte, RectI};

/// Whether a pixel belongs to the band.
pub(super) fn soft(alpha: f32) -> bool {
    alpha > 0.0 && alpha < 1.0
}

/// Alpha as it is computed with.
pub(super) fn sane(alpha: f32) -> f32 {
    if alpha.is_finite() { alpha.clamp(0.0, 1.0) } else { 0.0 }
}

/// A rectangle of the picture.
pub(super) struct Part<'a> {
    pub(super) colours: &'a [[f32; 3]],
    pub(super) alpha: &'a Matte,
    pub(super) area: RectI,
}

impl Part<'_> {
    pub(super) fn width(&self) -> usize {
        self.area.width() as usize
    }

    pub(super) fn height(&self) -> usize {
        self.area.height() as usize
    }

    /// Where a pixel of the part is in the picture.
    pub(super) fn place(&self, x: usize, y: usize) -> usize {
        (self.area.y0 as usize + y) * self.alpha.width() as usize + self.area.x0 as usize + x
    }

    /// Alphas of a row of the part.
    pub(super) fn row(&self, y: usize) -> &[f32] {
        &self.alpha.data()[self.place(0, y)..][..self.width()]
    }

    /// A colour of the picture, as it is computed with.
    pub(super) fn colour(&self, at: usize) -> [f32; 3] {
        self.colours[at].map(|v| if v.is_finite() { v } else { 0.0 })
    }
}

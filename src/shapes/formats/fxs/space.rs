//! The coordinates of Silhouette.

use kurbo::Point;

/// Where a point of the footage lies in shape units.
#[derive(Debug, Clone, Copy)]
pub(super) struct Space {
    width: f64,
    height: f64,
    aspect: f64,
}

impl Space {
    pub(super) fn new(width: u32, height: u32, aspect: f64) -> Self {
        Self { width: f64::from(width), height: f64::from(height), aspect }
    }

    /// From pixels, origin top left, to shape units.
    pub(super) fn to_shape(self, p: Point) -> Point {
        Point::new(
            (p.x - self.width / 2.0) / self.height * self.aspect,
            (p.y - self.height / 2.0) / self.height,
        )
    }

    /// From shape units to pixels, origin top left.
    pub(super) fn to_pixel(self, p: Point) -> Point {
        Point::new(p.x * self.height / self.aspect + self.width / 2.0, p.y * self.height + self.height / 2.0)
    }
}

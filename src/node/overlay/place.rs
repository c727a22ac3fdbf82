//! Where a frame lies in the viewer.

use crate::raster::{CanonicalPoint, PixelPoint, RectI};

/// Where a frame lies in the host's canonical coordinates.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    /// The frame in pixels at full size, y up.
    pub window: RectI,
    /// Width of a pixel over its height.
    pub aspect: f64,
}

impl Place {
    /// From canonical to the frame's pixels, y down.
    pub fn to_pixel(self, at: CanonicalPoint) -> PixelPoint {
        let x = at.x / self.aspect - f64::from(self.window.x0);
        PixelPoint { x, y: f64::from(self.window.y1) - at.y }
    }

    /// And back.
    pub fn to_canonical(self, at: PixelPoint) -> CanonicalPoint {
        let x = (at.x + f64::from(self.window.x0)) * self.aspect;
        CanonicalPoint { x, y: f64::from(self.window.y1) - at.y }
    }

    /// The nearest place within the frame: clicks outside of it are on its border.
    pub fn within(self, at: PixelPoint) -> PixelPoint {
        let (w, h) = (f64::from(self.window.width()), f64::from(self.window.height()));
        // The last place that lies in a pixel.
        PixelPoint { x: at.x.clamp(0.0, w - 0.01), y: at.y.clamp(0.0, h - 0.01) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixel_aspect_and_origin_are_respected() {
        let place = Place { window: RectI::new(-10, 20, 710, 596), aspect: 1.5 };
        let at = place.to_pixel(CanonicalPoint { x: 0.0, y: 596.0 });
        assert_eq!(at, PixelPoint { x: 10.0, y: 0.0 });
        let back = place.to_canonical(PixelPoint { x: 33.0, y: 44.0 });
        assert_eq!(place.to_pixel(back), PixelPoint { x: 33.0, y: 44.0 });
        let far = place.within(PixelPoint { x: -5.0, y: 9e9 });
        assert!((far.x, far.y) == (0.0, 575.99), "{far:?}");
    }
}

//! Where the full frame lies in the pixels of a render.

use crate::ofx::OfxError;
use crate::raster::{RectI, room};

/// Where the full frame lies, and how large it is at full size and at the scale of the render.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Geometry {
    /// Columns and rows of the full frame at render scale 1.
    pub size: (u32, u32),
    /// The full frame in the pixels of the render, y up.
    pub window: RectI,
    /// Width of a pixel over its height.
    pub pixel_aspect: f64,
}

/// Largest side of a frame, in pixels: a limit on what a host can make us allocate.
const MAX_SIDE: f64 = 65_536.0;
/// Bytes that a pixel of the full frame takes while it is rendered: three as the model sees it and as many on the way
/// to the worker, four of a matte as it comes back and four of it in the pixels of the render.
const BYTES_A_PIXEL: u64 = 14;

impl Geometry {
    /// From a canonical region and the render scale.
    ///
    /// # Errors
    /// [`OfxError::Broken`] for a region that is no picture, [`OfxError::Memory`] for one that there is no memory for.
    pub fn new(region: [f64; 4], pixel_aspect: f64, scale: (f64, f64)) -> Result<Self, OfxError> {
        let pixels = |v: f64| v / pixel_aspect;
        let (width, height) =
            ((pixels(region[2]) - pixels(region[0])).round(), (region[3] - region[1]).round());
        if !(1.0..=MAX_SIDE).contains(&width) || !(1.0..=MAX_SIDE).contains(&height) {
            return Err(OfxError::Broken(format!(
                "the plate has {width}x{height} pixels, expected 1 to {MAX_SIDE} on each side"
            )));
        }
        let x = |v: f64| (pixels(v) * scale.0).round() as i32;
        let y = |v: f64| (v * scale.1).round() as i32;
        let (x0, y0) = (x(region[0]), y(region[1]));
        let one = |v: i32| v.saturating_add(1);
        let window = RectI::new(x0, y0, x(region[2]).max(one(x0)), y(region[3]).max(one(y0)));
        // A proxy is smaller than the full frame, but a host may also ask for a larger one.
        let area = |w: u32, h: u32| u64::from(w).saturating_mul(h.into());
        let pixels = area(width as u32, height as u32).max(area(window.width(), window.height()));
        room::enough(pixels.saturating_mul(BYTES_A_PIXEL))
            .map_err(|room| OfxError::Memory(format!("a plate of {width}x{height} pixels: {room}")))?;
        Ok(Self { size: (width as u32, height as u32), window, pixel_aspect })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_has_the_size_of_the_full_frame() {
        let g = Geometry::new([0.0, 0.0, 1920.0, 1080.0], 1.0, (0.5, 0.5)).expect("a picture");
        assert_eq!(g.size, (1920, 1080));
        assert_eq!(g.window, RectI::new(0, 0, 960, 540));
    }

    #[test]
    fn canonical_width_is_in_square_pixels() {
        let g = Geometry::new([0.0, 0.0, 1440.0, 576.0], 2.0, (1.0, 1.0)).expect("a picture");
        assert_eq!((g.size, g.window), ((720, 576), RectI::new(0, 0, 720, 576)));
    }

    #[test]
    fn an_impossible_region_is_refused() {
        assert!(Geometry::new([0.0, 0.0, 1e8, 10.0], 1.0, (1.0, 1.0)).is_err());
        assert!(Geometry::new([0.0, 0.0, 0.0, 10.0], 1.0, (1.0, 1.0)).is_err());
        // All pixels that there can be, by a scale that no host has.
        let error = Geometry::new([0.0, 0.0, 100.0, 100.0], 1.0, (1e9, 1e9)).expect_err("no memory");
        assert!(matches!(error, OfxError::Memory(_)), "{error}");
    }
}

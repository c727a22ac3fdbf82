//! Points whose type says which space they are in. OpenFX is y-up, tensors are y-down.

/// A point in OpenFX canonical coordinates: square pixels at render scale 1, y up.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CanonicalPoint {
    /// To the right.
    pub x: f64,
    /// Up.
    pub y: f64,
}

/// A point in the pixels of a picture: continuous, origin at the top left corner, y down; the
/// centre of the first pixel is (0.5, 0.5).
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct PixelPoint {
    /// To the right, in pixels.
    pub x: f64,
    /// Down, in pixels.
    pub y: f64,
}

/// A point in the pixels of a model's input: continuous, origin top left, y down.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ModelPoint {
    /// To the right, in pixels of the model's input.
    pub x: f64,
    /// Down, in pixels of the model's input.
    pub y: f64,
}

impl CanonicalPoint {
    /// To the pixels of a picture of `height` rows whose lower left corner is the canonical origin.
    ///
    /// `aspect` is the pixel aspect ratio (width of a pixel over its height), `scale` the render
    /// scale in x and y.
    #[must_use]
    pub fn to_pixel(self, height: u32, aspect: f64, scale: (f64, f64)) -> PixelPoint {
        PixelPoint { x: self.x * scale.0 / aspect, y: f64::from(height) - self.y * scale.1 }
    }
}

impl PixelPoint {
    /// The inverse of [`CanonicalPoint::to_pixel`].
    #[must_use]
    pub fn to_canonical(self, height: u32, aspect: f64, scale: (f64, f64)) -> CanonicalPoint {
        CanonicalPoint { x: self.x * aspect / scale.0, y: (f64::from(height) - self.y) / scale.1 }
    }

    /// From a picture of size `from` to a model input of size `to`, by a stretched resize.
    #[must_use]
    pub fn to_model(self, from: (u32, u32), to: (u32, u32)) -> ModelPoint {
        ModelPoint {
            x: self.x * f64::from(to.0) / f64::from(from.0),
            y: self.y * f64::from(to.1) / f64::from(from.1),
        }
    }
}

impl ModelPoint {
    /// The inverse of [`PixelPoint::to_model`], with the same order of arguments.
    #[must_use]
    pub fn to_pixel(self, from: (u32, u32), to: (u32, u32)) -> PixelPoint {
        PixelPoint {
            x: self.x * f64::from(from.0) / f64::from(to.0),
            y: self.y * f64::from(from.1) / f64::from(to.1),
        }
    }
}

/// A box in the pixels of a picture, corners in order: `x0 <= x1`, `y0 <= y1`.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct PixelBox {
    /// Left.
    pub x0: f64,
    /// Top.
    pub y0: f64,
    /// Right.
    pub x1: f64,
    /// Bottom.
    pub y1: f64,
}

impl PixelBox {
    /// A box from two opposite corners in any order.
    #[must_use]
    pub fn from_corners(a: PixelPoint, b: PixelPoint) -> Self {
        Self { x0: a.x.min(b.x), y0: a.y.min(b.y), x1: a.x.max(b.x), y1: a.y.max(b.y) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn canonical_round_trip(x in -1e4..1e4, y in -1e4..1e4, h in 1_u32..9000, pa in 0.5..2.5, s in 0.1..1.0) {
            let p = CanonicalPoint { x, y };
            let back = p.to_pixel(h, pa, (s, s)).to_canonical(h, pa, (s, s));
            prop_assert!((back.x - x).abs() < 1e-6 && (back.y - y).abs() < 1e-6);
        }

        #[test]
        fn model_round_trip(x in -1e4..1e4, y in -1e4..1e4, w in 1_u32..9000, h in 1_u32..9000) {
            let p = PixelPoint { x, y };
            let back = p.to_model((w, h), (512, 288)).to_pixel((w, h), (512, 288));
            prop_assert!((back.x - x).abs() < 1e-6 && (back.y - y).abs() < 1e-6);
        }
    }

    #[test]
    fn the_top_of_the_picture_is_canonically_high() {
        let p = CanonicalPoint { x: 0.0, y: 1080.0 }.to_pixel(1080, 1.0, (1.0, 1.0));
        assert_eq!(p, PixelPoint { x: 0.0, y: 0.0 });
    }
}

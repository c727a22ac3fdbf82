//! From the host's picture to the frame that the model sees.
//!
//! A track lives in the pixels of the full frame: the region of definition of the plate at render scale 1 on the
//! frame of the first prompt, so that a bounding box that changes from frame to frame moves nothing. A proxy is
//! stretched to that size, and the matte back to the proxy's.

use half::f16;
use once_cell::sync::Lazy;

use crate::raster::{Frame, Matte, RectI, resize, transfer};

/// How the plate's numbers are encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InputColour {
    /// Display-referred sRGB.
    Srgb,
    /// Scene linear, with the primaries of sRGB.
    Linear,
}

/// 8-bit sRGB of every half-precision linear value: finer than 8 bits can show, and far faster than a power.
static FROM_LINEAR: Lazy<Vec<u8>> = Lazy::new(|| {
    (0..=u16::MAX)
        .map(|bits| transfer::to_u8(transfer::linear_to_srgb(f16::from_bits(bits).to_f32())))
        .collect()
});

impl InputColour {
    /// One channel, as the model sees it.
    #[must_use]
    pub fn to_display(self, v: f32) -> u8 {
        match self {
            Self::Srgb => transfer::to_u8(v),
            Self::Linear => FROM_LINEAR[f16::from_f32(v).to_bits() as usize],
        }
    }
}

/// A picture of the host as numbers: R G B A, **bottom row first**, as OpenFX has it.
#[derive(Debug, Clone, PartialEq)]
pub struct Plate {
    /// The pixels that it covers, y up.
    pub bounds: RectI,
    /// `bounds.width() * bounds.height()` pixels.
    pub pixels: Vec<[f32; 4]>,
}

impl Plate {
    /// The row at `y`, empty outside the bounds.
    #[must_use]
    pub fn row(&self, y: i32) -> &[[f32; 4]] {
        if y < self.bounds.y0 || y >= self.bounds.y1 {
            return &[];
        }
        let width = self.bounds.width() as usize;
        let start = (i64::from(y) - i64::from(self.bounds.y0)) as usize * width;
        &self.pixels[start..start + width]
    }

    /// The pixel at `x`, `y`; black and clear outside the bounds.
    #[must_use]
    pub fn pixel(&self, x: i32, y: i32) -> [f32; 4] {
        let column = i64::from(x) - i64::from(self.bounds.x0);
        usize::try_from(column).ok().and_then(|c| self.row(y).get(c)).copied().unwrap_or_default()
    }

    /// What the model sees: `window` of this picture (what it does not cover is black), stretched to `size`.
    #[must_use]
    pub fn to_frame(&self, window: RectI, size: (u32, u32), colour: InputColour) -> Frame {
        let mut frame = Frame::filled(window.width(), window.height(), [0; 3]);
        let width = window.width() as usize * 3;
        if width > 0 {
            for (line, out) in frame.data_mut().chunks_exact_mut(width).enumerate() {
                let y = window.y1 - 1 - line as i32;
                for (out, pixel) in out.chunks_exact_mut(3).zip(self.columns(window, y)) {
                    for (out, v) in out.iter_mut().zip(pixel) {
                        *out = colour.to_display(v);
                    }
                }
            }
        }
        resize::frame(&frame, size.0, size.1)
    }

    /// A mask as the host gives it: alpha where there is one, else the largest of R G B; stretched as
    /// [`Plate::to_frame`] does.
    #[must_use]
    pub fn to_matte(&self, window: RectI, size: (u32, u32), has_alpha: bool) -> Matte {
        let mut matte = Matte::filled(window.width(), window.height(), 0.0);
        let width = window.width() as usize;
        if width > 0 {
            for (line, out) in matte.data_mut().chunks_exact_mut(width).enumerate() {
                let y = window.y1 - 1 - line as i32;
                for (out, p) in out.iter_mut().zip(self.columns(window, y)) {
                    let v = if has_alpha { p[3] } else { p[0].max(p[1]).max(p[2]) };
                    *out = v.clamp(0.0, 1.0);
                }
            }
        }
        resize::matte(&matte, size.0, size.1)
    }

    fn columns(&self, window: RectI, y: i32) -> impl Iterator<Item = [f32; 4]> + '_ {
        (window.x0..window.x1).map(move |x| self.pixel(x, y))
    }
}

/// A matte of the full frame in the pixels of a render.
#[derive(Debug, Clone, PartialEq)]
pub struct PlacedMatte {
    window: RectI,
    matte: Matte,
}

impl PlacedMatte {
    /// `matte` stretched to `window`, the full frame in the pixels of the render, y up.
    #[must_use]
    pub fn new(matte: &Matte, window: RectI) -> Self {
        Self { window, matte: resize::matte(matte, window.width(), window.height()) }
    }

    /// The alpha at `x`, `y`; 0 outside the frame.
    #[must_use]
    pub fn alpha(&self, x: i32, y: i32) -> f32 {
        let w = self.window;
        if x < w.x0 || x >= w.x1 || y < w.y0 || y >= w.y1 {
            return 0.0;
        }
        self.matte.value((x - w.x0) as u32, (w.y1 - 1 - y) as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plate() -> Plate {
        let pixels = (0..12).map(|i| [i as f32 / 12.0, 0.0, 0.0, 1.0]).collect();
        Plate { bounds: RectI::new(2, 1, 6, 4), pixels }
    }

    #[test]
    fn the_top_row_of_the_host_is_the_first_of_the_frame() {
        let frame = plate().to_frame(RectI::new(2, 1, 6, 4), (4, 3), InputColour::Srgb);
        assert_eq!(frame.pixel(0, 0)[0], transfer::to_u8(8.0 / 12.0));
        assert_eq!(frame.pixel(3, 2)[0], transfer::to_u8(3.0 / 12.0));
    }

    #[test]
    fn what_the_host_does_not_give_is_black() {
        let frame = plate().to_frame(RectI::new(0, 0, 8, 8), (8, 8), InputColour::Srgb);
        assert_eq!(frame.pixel(0, 0), [0; 3]);
        assert_eq!(frame.pixel(2, 4)[0], transfer::to_u8(8.0 / 12.0));
    }

    #[test]
    fn linear_and_encoded_plates_look_the_same_to_the_model() {
        for i in 0..=255_u8 {
            let encoded = f32::from(i) / 255.0;
            let linear = InputColour::Linear.to_display(transfer::srgb_to_linear(encoded));
            assert!(linear.abs_diff(InputColour::Srgb.to_display(encoded)) <= 1, "{i}");
        }
        assert_eq!(InputColour::Linear.to_display(1e9), 255);
        assert_eq!(InputColour::Linear.to_display(-4.0), 0);
    }

    #[test]
    fn a_matte_lies_where_the_frame_lies() {
        let mut matte = Matte::filled(4, 3, 0.0);
        matte.data_mut()[0] = 1.0;
        let placed = PlacedMatte::new(&matte, RectI::new(2, 1, 6, 4));
        assert_eq!(placed.alpha(2, 3), 1.0);
        assert_eq!(placed.alpha(2, 1), 0.0);
        assert_eq!(placed.alpha(100, 100), 0.0);
    }
}

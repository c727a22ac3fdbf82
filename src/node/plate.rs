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
    #[inline(always)]
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

    /// The pixels of the row at `y` from `x0` on, black and clear outside the bounds, into `out`.
    pub fn columns(&self, x0: i32, y: i32, out: &mut [[f32; 4]]) {
        out.fill([0.0; 4]);
        let offset = i64::from(x0) - i64::from(self.bounds.x0);
        let skip = |n: i64| usize::try_from(n).unwrap_or(0);
        let out = out.iter_mut().skip(skip(-offset));
        out.zip(self.row(y).iter().skip(skip(offset))).for_each(|(out, p)| *out = *p);
    }

    /// What the model sees: `window` of this picture (what it does not cover is black), stretched to `size`.
    #[must_use]
    pub fn to_frame(&self, window: RectI, size: (u32, u32), colour: InputColour) -> Frame {
        let mut frame = Frame::filled(window.width(), window.height(), [0; 3]);
        let width = window.width() as usize;
        if width > 0 {
            let lines = frame.data_mut().as_chunks_mut::<3>().0.chunks_exact_mut(width);
            for (out, (first, row)) in lines.zip(self.lines(window)) {
                let out = out[first..].iter_mut().zip(row);
                // The colour is known outside of the loop, which is what makes it fast.
                let display = |colour: InputColour, p: &[f32; 4]| {
                    [colour.to_display(p[0]), colour.to_display(p[1]), colour.to_display(p[2])]
                };
                match colour {
                    InputColour::Srgb => out.for_each(|(out, p)| *out = display(InputColour::Srgb, p)),
                    InputColour::Linear => out.for_each(|(out, p)| *out = display(InputColour::Linear, p)),
                }
            }
        }
        resize::to_frame_size(frame, size)
    }

    /// A mask as the host gives it: alpha where there is one, else the largest of R G B; stretched as
    /// [`Plate::to_frame`] does.
    #[must_use]
    pub fn to_matte(&self, window: RectI, size: (u32, u32), has_alpha: bool) -> Matte {
        let mut matte = Matte::filled(window.width(), window.height(), 0.0);
        let width = window.width() as usize;
        if width > 0 {
            for (out, (first, row)) in matte.data_mut().chunks_exact_mut(width).zip(self.lines(window)) {
                for (out, p) in out[first..].iter_mut().zip(row) {
                    let v = if has_alpha { p[3] } else { p[0].max(p[1]).max(p[2]) };
                    *out = v.clamp(0.0, 1.0);
                }
            }
        }
        resize::to_matte_size(matte, size)
    }

    /// The rows of `window`, top row first: of each the column in the window at which this picture
    /// begins, and its pixels from there on.
    fn lines(&self, window: RectI) -> impl Iterator<Item = (usize, &[[f32; 4]])> {
        let both = self.bounds.intersect(&window);
        let (from, to) = if both.is_empty() { (0, 0) } else { (both.x0, both.x1) };
        let column = |x: i32, of: i32| (i64::from(x) - i64::from(of)).max(0) as usize;
        let (first, start) = (column(from, window.x0), column(from, self.bounds.x0));
        let count = column(to, from);
        (window.y0..window.y1).rev().map(move |y| match self.row(y) {
            row if row.is_empty() || count == 0 => (0, &row[..0]),
            row => (first, &row[start..start + count]),
        })
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
    pub fn new(matte: Matte, window: RectI) -> Self {
        Self { window, matte: resize::to_matte_size(matte, (window.width(), window.height())) }
    }

    /// Alphas of the row at `y` from `x0` on, 0 outside the frame, into `out`.
    pub fn row(&self, x0: i32, y: i32, out: &mut [f32]) {
        out.fill(0.0);
        let w = self.window;
        if y < w.y0 || y >= w.y1 {
            return;
        }
        let width = w.width() as usize;
        let line = (w.y1 - 1 - y) as usize * width;
        let row = &self.matte.data()[line..line + width];
        let offset = i64::from(x0) - i64::from(w.x0);
        let skip = |n: i64| usize::try_from(n).unwrap_or(0);
        let out = out.iter_mut().skip(skip(-offset));
        out.zip(row.iter().skip(skip(offset))).for_each(|(out, v)| *out = *v);
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

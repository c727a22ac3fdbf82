//! From the host's picture to the frame that the model sees.
//!
//! A track lives in the pixels of the full frame: the region of definition of the plate at render scale 1 on the
//! frame of the first prompt, so that a bounding box that changes from frame to frame moves nothing. A proxy is
//! stretched to that size, and the matte back to the proxy's.

use std::cell::Cell;

use half::f16;

use super::pixels::read_row;
use crate::ofx::Image;
use crate::raster::{Encoding, Frame, Matte, RectI, resize, transfer};

/// Where the rows of a picture come from.
pub trait Rows {
    /// The pixels that it covers, y up.
    fn bounds(&self) -> RectI;

    /// Puts the row at `y`, which is within the bounds, into `out` as R G B A. Sets `cleaned` when a
    /// number was not finite and is read as another.
    fn read(&self, y: i32, out: &mut Vec<[f32; 4]>, cleaned: &mut bool);
}

impl Rows for Image<'_> {
    fn bounds(&self) -> RectI {
        Image::bounds(self)
    }

    fn read(&self, y: i32, out: &mut Vec<[f32; 4]>, cleaned: &mut bool) {
        out.clear();
        read_row(self.row(y), self.components(), self.depth(), out, cleaned);
    }
}

/// A picture of the host as numbers, **y up**, as OpenFX has it. Rows are read when they are used: a
/// copy of a whole picture as numbers would cost more than all else that is done with it.
#[derive(Debug)]
pub struct Plate<R> {
    rows: R,
    cleaned: Cell<bool>,
}

impl<R: Rows> Plate<R> {
    /// Of a picture.
    pub fn new(rows: R) -> Self {
        Self { rows, cleaned: Cell::new(false) }
    }

    /// The picture.
    pub fn rows(&self) -> &R {
        &self.rows
    }

    /// Whether a number that was read so far was not finite, and is taken to be another.
    pub fn cleaned(&self) -> bool {
        self.cleaned.get()
    }

    /// Reads the row at `y` into `line`; nothing outside the bounds.
    fn read(&self, y: i32, line: &mut Vec<[f32; 4]>) {
        line.clear();
        let bounds = self.rows.bounds();
        if (bounds.y0..bounds.y1).contains(&y) {
            let mut cleaned = self.cleaned.get();
            self.rows.read(y, line, &mut cleaned);
            self.cleaned.set(cleaned);
        }
    }

    /// The pixels of the row at `y` from `x0` on, black and clear outside the bounds, into `out`; `line`
    /// is room for a row.
    pub fn columns(&self, x0: i32, y: i32, out: &mut [[f32; 4]], line: &mut Vec<[f32; 4]>) {
        self.read(y, line);
        out.fill([0.0; 4]);
        let offset = i64::from(x0) - i64::from(self.rows.bounds().x0);
        let skip = |n: i64| usize::try_from(n).unwrap_or(0);
        let out = out.iter_mut().skip(skip(-offset));
        out.zip(line.iter().skip(skip(offset))).for_each(|(out, p)| *out = *p);
    }

    /// What the model sees: `window` of this picture (what it does not cover is black), stretched to `size`.
    #[must_use]
    pub fn to_frame(&self, window: RectI, size: (u32, u32), encoding: Encoding) -> Frame {
        let mut frame = Frame::filled(window.width(), window.height(), [0; 3]);
        let width = window.width() as usize;
        let out = frame.data_mut().as_chunks_mut::<3>().0;
        self.each_row(window, |row, first, pixels| {
            let out = out[row * width + first..].iter_mut().zip(pixels);
            if encoding == Encoding::Srgb {
                out.for_each(|(out, p)| *out = [p[0], p[1], p[2]].map(transfer::to_u8));
            } else {
                let table = encoding.table();
                let display = |v: f32| table[usize::from(f16::from_f32(v).to_bits())];
                out.for_each(|(out, p)| *out = [p[0], p[1], p[2]].map(display));
            }
        });
        resize::to_frame_size(frame, size)
    }

    /// A mask as the host gives it: alpha where there is one, else the largest of R G B; stretched as
    /// [`Plate::to_frame`] does.
    #[must_use]
    pub fn to_matte(&self, window: RectI, size: (u32, u32), has_alpha: bool) -> Matte {
        let mut matte = Matte::filled(window.width(), window.height(), 0.0);
        let width = window.width() as usize;
        let out = matte.data_mut();
        self.each_row(window, |row, first, pixels| {
            for (out, p) in out[row * width + first..].iter_mut().zip(pixels) {
                let v = if has_alpha { p[3] } else { p[0].max(p[1]).max(p[2]) };
                *out = v.clamp(0.0, 1.0);
            }
        });
        resize::to_matte_size(matte, size)
    }

    /// Gives `done` what lies in `window` of each row, top row first: the row of the window, the column
    /// in it at which this picture begins, and its pixels from there on.
    fn each_row(&self, window: RectI, mut done: impl FnMut(usize, usize, &[[f32; 4]])) {
        let bounds = self.rows.bounds();
        let both = bounds.intersect(&window);
        if both.is_empty() {
            return;
        }
        let (first, start) = (both.x0.abs_diff(window.x0) as usize, both.x0.abs_diff(bounds.x0) as usize);
        let mut line = Vec::with_capacity(bounds.width() as usize);
        for y in both.y0..both.y1 {
            self.read(y, &mut line);
            let row = (window.y1 - 1).abs_diff(y) as usize;
            done(row, first, &line[start..start + both.width() as usize]);
        }
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

    /// Twelve pixels in three rows from (2, 1) on.
    struct Twelve([[f32; 4]; 12]);

    impl Rows for Twelve {
        fn bounds(&self) -> RectI {
            RectI::new(2, 1, 6, 4)
        }

        fn read(&self, y: i32, out: &mut Vec<[f32; 4]>, cleaned: &mut bool) {
            let row = &self.0.as_chunks::<4>().0[y as usize - 1];
            *cleaned |= row.as_flattened().iter().any(|v| !v.is_finite());
            *out = row.map(|p| p.map(|v| if v.is_finite() { v } else { 0.0 })).to_vec();
        }
    }

    fn plate() -> Plate<Twelve> {
        Plate::new(Twelve(std::array::from_fn(|i| [i as f32 / 12.0, 0.0, 0.0, 1.0])))
    }

    #[test]
    fn columns_outside_are_black_and_clear() {
        let (mut out, mut line) = ([[9.0; 4]; 3], Vec::new());
        plate().columns(1, 3, &mut out, &mut line);
        assert_eq!(out, [[0.0; 4], [8.0 / 12.0, 0.0, 0.0, 1.0], [9.0 / 12.0, 0.0, 0.0, 1.0]]);
        plate().columns(5, 3, &mut out, &mut line);
        assert_eq!(out, [[11.0 / 12.0, 0.0, 0.0, 1.0], [0.0; 4], [0.0; 4]]);
        for (x, y) in [(-9, 3), (99, 3), (2, 0), (2, 4)] {
            plate().columns(x, y, &mut out, &mut line);
            assert_eq!(out, [[0.0; 4]; 3]);
        }
    }

    #[test]
    fn what_was_cleaned_is_known_once_it_was_read() {
        let mut twelve = plate().rows.0;
        twelve[7][1] = f32::NAN;
        let plate = Plate::new(Twelve(twelve));
        let _ = plate.to_frame(RectI::new(2, 1, 6, 2), (4, 1), Encoding::Srgb);
        assert!(!plate.cleaned());
        let frame = plate.to_frame(RectI::new(2, 1, 6, 4), (4, 3), Encoding::Srgb);
        assert!(plate.cleaned() && frame.pixel(3, 1)[1] == 0);
    }

    #[test]
    fn the_top_row_of_the_host_is_the_first_of_the_frame() {
        let frame = plate().to_frame(RectI::new(2, 1, 6, 4), (4, 3), Encoding::Srgb);
        assert_eq!(frame.pixel(0, 0)[0], transfer::to_u8(8.0 / 12.0));
        assert_eq!(frame.pixel(3, 2)[0], transfer::to_u8(3.0 / 12.0));
    }

    #[test]
    fn what_the_host_does_not_give_is_black() {
        let frame = plate().to_frame(RectI::new(0, 0, 8, 8), (8, 8), Encoding::Srgb);
        assert_eq!(frame.pixel(0, 0), [0; 3]);
        assert_eq!(frame.pixel(2, 4)[0], transfer::to_u8(8.0 / 12.0));
    }

    #[test]
    fn linear_and_encoded_plates_look_the_same_to_the_model() {
        let seen = |encoding, value: fn(f32) -> f32| {
            let row: Vec<[f32; 4]> = (0..12).map(|i| [value(i as f32 / 11.0); 4]).collect();
            let plate = Plate::new(Twelve(std::array::from_fn(|i| row[i])));
            plate.to_frame(RectI::new(2, 1, 6, 4), (4, 3), encoding)
        };
        let encoded = seen(Encoding::Srgb, |v| v);
        let linear = seen(Encoding::Linear, transfer::srgb_to_linear);
        let apart = encoded.data().iter().zip(linear.data()).map(|(a, b)| a.abs_diff(*b)).max();
        assert!(apart <= Some(1), "{apart:?}");
        assert_ne!(encoded.data(), seen(Encoding::Linear, |v| v).data());
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

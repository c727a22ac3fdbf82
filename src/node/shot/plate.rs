//! From the host's picture to the frame that the model sees.
//!
//! A track lives in the pixels of the full frame: the region of definition of the plate at render scale 1 on the
//! frame of the first prompt, so that a bounding box that changes from frame to frame moves nothing. A proxy is
//! stretched to that size, and the matte back to the proxy's.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use half::f16;
use half::slice::HalfFloatSliceExt;
use rayon::prelude::*;

use super::geometry::Geometry;
use super::notes::Notes;
use super::pixels::{PixelFormat, read_row};
use crate::ofx::{Clip, Components, Image, OfxError};
use crate::raster::{Encoding, Frame, Matte, RectI, resize, transfer};

/// Where the rows of a picture come from.
pub trait Rows {
    /// The pixels that it covers, y up.
    fn bounds(&self) -> RectI;

    /// Its channels, and how they are stored.
    fn format(&self) -> PixelFormat;

    /// The bytes of all rows within the bounds, from the lowest up.
    fn rows(&self) -> Vec<&[u8]>;
}

impl Rows for Image<'_> {
    fn bounds(&self) -> RectI {
        Image::bounds(self)
    }

    fn format(&self) -> PixelFormat {
        PixelFormat { components: self.components(), depth: self.depth() }
    }

    fn rows(&self) -> Vec<&[u8]> {
        Image::rows(self)
    }
}

/// A picture of the host as numbers, **y up**, as OpenFX has it. Rows are read when they are used: a
/// copy of a whole picture as numbers would cost more than all else that is visit with it.
#[derive(Debug)]
pub struct Plate<R> {
    picture: R,
}

/// A picture that the host holds until it is dropped.
pub type HostPlate<'a> = Plate<Image<'a>>;

/// Colours that differ by no more than this, of 1, are grey: two levels of 8 bits.
const GREY: f32 = 2.0 / 255.0;

/// The alpha of a picture.
struct Alpha {
    matte: Matte,
    /// Whether it is not the same everywhere, or all that the picture has.
    varies: bool,
    /// Whether it is 0 everywhere.
    clear: bool,
    /// Whether any pixel is not grey.
    coloured: bool,
}

/// The rows of a plate, for several threads at once.
#[derive(Debug)]
pub struct Lines<'p> {
    bounds: RectI,
    format: PixelFormat,
    rows: Vec<&'p [u8]>,
    notes: &'p Notes,
}

impl<'c> HostPlate<'c> {
    /// The picture of a clip at `time`; none where the host gives none.
    ///
    /// # Errors
    /// [`OfxError`] when what the host gives is no picture.
    pub fn fetch(clip: &Clip<'c>, time: f64) -> Result<Option<Self>, OfxError> {
        Ok(clip.image(time)?.map(Self::new))
    }
}

impl<R: Rows> Plate<R> {
    /// Of a picture.
    pub fn new(picture: R) -> Self {
        Self { picture }
    }

    /// The picture.
    pub fn picture(&self) -> &R {
        &self.picture
    }

    /// Its rows. What is not finite in them when they are read is told to `notes`.
    pub fn lines<'p>(&'p self, notes: &'p Notes) -> Lines<'p> {
        let picture = &self.picture;
        Lines { bounds: picture.bounds(), format: picture.format(), rows: picture.rows(), notes }
    }

    /// What the model sees: the window of the full frame in this picture (what it does not cover is black), stretched
    /// to full size.
    #[must_use]
    pub fn to_frame(&self, geometry: &Geometry, encoding: Encoding, notes: &Notes) -> Frame {
        let window = geometry.window;
        let mut frame = Frame::filled(window.width(), window.height(), [0; 3]);
        let table = (encoding != Encoding::Srgb).then(|| encoding.table());
        let rows = frame.data_mut().par_chunks_exact_mut(3 * (window.width() as usize).max(1));
        self.lines(notes).each_row(window, rows, |out, first, pixels, halves| {
            let out = out.as_chunks_mut::<3>().0[first..].iter_mut();
            if let Some(table) = &table {
                halves.resize(4 * pixels.len(), f16::ZERO);
                halves.convert_from_f32_slice(pixels.as_flattened());
                let display = |v: &f16| table[usize::from(v.to_bits())];
                let colours = halves.as_chunks::<4>().0.iter();
                out.zip(colours).for_each(|(out, [r, g, b, _])| *out = [r, g, b].map(display));
            } else {
                out.zip(pixels).for_each(|(out, p)| *out = [p[0], p[1], p[2]].map(transfer::to_u8));
            }
        });
        resize::to_frame_size(frame, geometry.size)
    }

    /// A mask as the host gives it: alpha where it varies, else the largest of R G B, as an opaque alpha is what
    /// paint programs add to a grey picture; stretched as [`Plate::to_frame`] does. A coloured picture whose alpha is
    /// 0 everywhere is a plate on which nothing is drawn: its mask is empty.
    #[must_use]
    pub fn to_matte(&self, geometry: &Geometry, notes: &Notes) -> Matte {
        let largest = |&[r, g, b, _]: &[f32; 4]| r.max(g).max(b);
        match self.alpha(geometry, notes) {
            Some(alpha) if alpha.varies || (alpha.clear && alpha.coloured) => alpha.matte,
            _ => self.matte_of(geometry, notes, largest),
        }
    }

    /// A painted trimap as the host gives it: alpha where it varies, else luminance; see [`Plate::to_matte`].
    #[must_use]
    pub fn to_trimap(&self, geometry: &Geometry, notes: &Notes) -> Matte {
        match self.alpha(geometry, notes) {
            Some(alpha) if alpha.varies => alpha.matte,
            // Weights of Rec. 709.
            _ => self.matte_of(geometry, notes, |&[r, g, b, _]| 0.2126 * r + 0.7152 * g + 0.0722 * b),
        }
    }

    /// The alpha, where the picture has one.
    fn alpha(&self, geometry: &Geometry, notes: &Notes) -> Option<Alpha> {
        let components = self.picture.format().components;
        if components == Components::Rgb {
            return None;
        }
        // Numbers from 0 on have the order of their bits.
        let (least, most) = (AtomicU32::new(u32::MAX), AtomicU32::new(0));
        let coloured = AtomicBool::new(false);
        let matte = self.matte_of(geometry, notes, |&[r, g, b, a]| {
            let bits = a.max(0.0).to_bits();
            least.fetch_min(bits, Ordering::Relaxed);
            most.fetch_max(bits, Ordering::Relaxed);
            if r.max(g).max(b) - r.min(g).min(b) > GREY {
                coloured.store(true, Ordering::Relaxed);
            }
            a
        });
        let (least, most) = (least.into_inner(), most.into_inner());
        let varies = least < most || components == Components::Alpha;
        Some(Alpha { matte, varies, clear: most == 0, coloured: coloured.into_inner() })
    }

    /// `value` of each pixel.
    fn matte_of(&self, geometry: &Geometry, notes: &Notes, value: impl Fn(&[f32; 4]) -> f32 + Sync) -> Matte {
        let window = geometry.window;
        let mut matte = Matte::filled(window.width(), window.height(), 0.0);
        let rows = matte.data_mut().par_chunks_exact_mut((window.width() as usize).max(1));
        self.lines(notes).each_row(window, rows, |out, first, pixels, _| {
            for (out, p) in out[first..].iter_mut().zip(pixels) {
                *out = value(p).clamp(0.0, 1.0);
            }
        });
        matte.tighten();
        resize::to_matte_size(matte, geometry.size)
    }
}

impl Lines<'_> {
    /// Reads the row at `y` into `line`; nothing outside the bounds.
    fn read(&self, y: i32, line: &mut Vec<[f32; 4]>) {
        line.clear();
        let row = usize::try_from(i64::from(y) - i64::from(self.bounds.y0)).ok();
        if let Some(row) = row.and_then(|row| self.rows.get(row)) {
            self.notes.record_not_finite(read_row(row, self.format, line));
        }
    }

    /// The pixels of the row at `y` from `x0` on, black and clear outside the bounds, into `out`; `line`
    /// is room for a row.
    pub fn columns(&self, x0: i32, y: i32, out: &mut [[f32; 4]], line: &mut Vec<[f32; 4]>) {
        self.read(y, line);
        if x0 == self.bounds.x0 && line.len() == out.len() {
            out.copy_from_slice(line);
            return;
        }
        out.fill([0.0; 4]);
        let offset = i64::from(x0) - i64::from(self.bounds.x0);
        let skip = |n: i64| usize::try_from(n).unwrap_or(0);
        let out = out.iter_mut().skip(skip(-offset));
        out.zip(line.iter().skip(skip(offset))).for_each(|(out, p)| *out = *p);
    }

    /// Gives `visit` each of `rows`, those of `window` from its top row down, on which there is anything of this
    /// picture: the column in it at which it begins, its pixels from there on, and room for as many numbers.
    fn each_row<'o, T: Send + 'o>(
        &self,
        window: RectI,
        rows: impl IndexedParallelIterator<Item = &'o mut [T]>,
        visit: impl Fn(&mut [T], usize, &[[f32; 4]], &mut Vec<f16>) + Sync,
    ) {
        let both = self.bounds.intersect(&window);
        if both.is_empty() {
            return;
        }
        let (first, start) =
            (both.x0.abs_diff(window.x0) as usize, both.x0.abs_diff(self.bounds.x0) as usize);
        let pixels = start..start + both.width() as usize;
        let rows = rows.enumerate().skip(window.y1.abs_diff(both.y1) as usize).take(both.height() as usize);
        rows.for_each_init(
            || (Vec::new(), Vec::new()),
            |(line, halves), (row, out)| {
                self.read(window.y1 - 1 - row as i32, line);
                // A row is shorter where the host gave less than it said.
                if let Some(pixels) = line.get(pixels.clone()) {
                    visit(out, first, pixels, halves);
                }
            },
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ofx::Depth;

    /// Twelve pixels in three rows from (2, 1) on.
    struct Twelve([[f32; 4]; 12]);

    impl Rows for Twelve {
        fn bounds(&self) -> RectI {
            RectI::new(2, 1, 6, 4)
        }

        fn format(&self) -> PixelFormat {
            PixelFormat { components: Components::Rgba, depth: Depth::Float }
        }

        fn rows(&self) -> Vec<&[u8]> {
            self.0.chunks(4).map(bytemuck::cast_slice).collect()
        }
    }

    fn plate() -> Plate<Twelve> {
        Plate::new(Twelve(std::array::from_fn(|i| [i as f32 / 12.0, 0.0, 0.0, 1.0])))
    }

    /// A full frame of which no pixel is scaled.
    fn at(window: RectI) -> Geometry {
        Geometry { size: (window.width(), window.height()), window, pixel_aspect: 1.0 }
    }

    #[test]
    fn columns_outside_are_black_and_clear() {
        let (mut out, mut line) = ([[9.0; 4]; 3], Vec::new());
        plate().lines(&Notes::default()).columns(1, 3, &mut out, &mut line);
        assert_eq!(out, [[0.0; 4], [8.0 / 12.0, 0.0, 0.0, 1.0], [9.0 / 12.0, 0.0, 0.0, 1.0]]);
        plate().lines(&Notes::default()).columns(5, 3, &mut out, &mut line);
        assert_eq!(out, [[11.0 / 12.0, 0.0, 0.0, 1.0], [0.0; 4], [0.0; 4]]);
        for (x, y) in [(-9, 3), (99, 3), (2, 0), (2, 4)] {
            plate().lines(&Notes::default()).columns(x, y, &mut out, &mut line);
            assert_eq!(out, [[0.0; 4]; 3]);
        }
    }

    #[test]
    fn what_is_not_finite_is_told_once_it_was_read() {
        let mut twelve = plate().picture.0;
        twelve[7][1] = f32::NAN;
        let (plate, notes) = (Plate::new(Twelve(twelve)), Notes::default());
        let _ = plate.to_frame(&at(RectI::new(2, 1, 6, 2)), Encoding::Srgb, &notes);
        assert!(!notes.has_not_finite());
        let frame = plate.to_frame(&at(RectI::new(2, 1, 6, 4)), Encoding::Srgb, &notes);
        assert!(notes.has_not_finite() && frame.pixel(3, 1)[1] == 0);
    }

    #[test]
    fn the_top_row_of_the_host_is_the_first_of_the_frame() {
        let frame = plate().to_frame(&at(RectI::new(2, 1, 6, 4)), Encoding::Srgb, &Notes::default());
        assert_eq!(frame.pixel(0, 0)[0], transfer::to_u8(8.0 / 12.0));
        assert_eq!(frame.pixel(3, 2)[0], transfer::to_u8(3.0 / 12.0));
    }

    #[test]
    fn what_the_host_does_not_give_is_black() {
        let frame = plate().to_frame(&at(RectI::new(0, 0, 8, 8)), Encoding::Srgb, &Notes::default());
        assert_eq!(frame.pixel(0, 0), [0; 3]);
        assert_eq!(frame.pixel(2, 4)[0], transfer::to_u8(8.0 / 12.0));
    }

    #[test]
    fn a_mask_is_read_by_alpha_only_where_alpha_varies() {
        let mask = |pixel: fn(usize) -> [f32; 4]| {
            let matte = Plate::new(Twelve(std::array::from_fn(pixel)))
                .to_matte(&at(RectI::new(2, 1, 6, 4)), &Notes::default());
            // The host's first row is the lowest.
            [matte.value(0, 2), matte.value(1, 2)]
        };
        assert_eq!(mask(|i| [0.5, 0.5, 0.5, f32::from(u8::from(i == 0))]), [1.0, 0.0], "alpha varies");
        assert_eq!(
            mask(|i| [[0.0, 0.0, 0.0, 1.0], [1.0; 4]][usize::from(i == 0)]),
            [1.0, 0.0],
            "opaque, grey"
        );
        assert_eq!(
            mask(|i| [[0.0; 4], [1.0, 1.0, 1.0, 0.0]][usize::from(i == 0)]),
            [1.0, 0.0],
            "clear, grey"
        );
        assert_eq!(mask(|_| [0.0; 4]), [0.0; 2], "clear and black");
        assert_eq!(mask(|_| [0.7, 0.2, 0.1, 0.0]), [0.0; 2], "a plate without any drawing");
        assert_eq!(mask(|_| [0.0, 0.0, 0.0, 1.0]), [0.0; 2], "opaque and black");
    }

    #[test]
    fn linear_and_encoded_plates_look_the_same_to_the_model() {
        let seen = |encoding, value: fn(f32) -> f32| {
            let row: Vec<[f32; 4]> = (0..12).map(|i| [value(i as f32 / 11.0); 4]).collect();
            let plate = Plate::new(Twelve(std::array::from_fn(|i| row[i])));
            plate.to_frame(&at(RectI::new(2, 1, 6, 4)), encoding, &Notes::default())
        };
        let encoded = seen(Encoding::Srgb, |v| v);
        let linear = seen(Encoding::Linear, transfer::srgb_to_linear);
        let apart = encoded.data().iter().zip(linear.data()).map(|(a, b)| a.abs_diff(*b)).max();
        assert!(apart <= Some(1), "{apart:?}");
        assert_ne!(encoded.data(), seen(Encoding::Linear, |v| v).data());
    }
}

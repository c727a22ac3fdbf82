//! Where the pixels of a file go while it is decoded: row by row into the form in which they are wanted, so that
//! no second picture is in memory.

use std::path::Path;

use super::{Budget, Depth, IoError, Picture};
use crate::raster::room::{NoRoom, zeros};
use crate::raster::{Encoding, Matte, RectI};

/// What a file says of its picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct About {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Whether the file holds alpha.
    pub has_alpha: bool,
    /// How the file stores its samples.
    pub depth: Depth,
    /// How the values are encoded, by what the file says and what is custom in its format.
    pub encoding: Encoding,
    /// Width of a pixel over its height.
    pub pixel_aspect: f64,
}

/// Takes the pixels of a picture. Integers are scaled to 0 to 1; alpha is 1 where the file has none.
pub trait Sink {
    /// Bytes that it takes for the picture.
    fn bytes(&self, about: &About) -> u64;

    /// Takes memory for the picture, all of it `ground`.
    ///
    /// # Errors
    /// [`NoRoom`] where there is not so much.
    fn begin(&mut self, about: &About, ground: [f32; 4]) -> Result<(), NoRoom>;

    /// Takes a row of pixels R G B A, or a part of one, from column `x` of row `y` on, rows down. Each pixel of the
    /// picture is given at most once, in any order of rows; what is not given stays ground.
    fn row(&mut self, x: u32, y: u32, pixels: &[[f32; 4]]);
}

/// Pixels of a picture of this size.
pub(super) fn area(about: &About) -> u64 {
    u64::from(about.width) * u64::from(about.height)
}

/// The picture as it is.
#[derive(Debug, Default)]
pub(super) struct Pixels {
    width: usize,
    rgba: Vec<f32>,
}

impl Pixels {
    pub fn picture(self, about: About) -> Picture {
        let About { width, height, has_alpha, depth, encoding, pixel_aspect } = about;
        Picture { width, height, rgba: self.rgba, has_alpha, depth, encoding, pixel_aspect }
    }
}

impl Sink for Pixels {
    fn bytes(&self, about: &About) -> u64 {
        area(about) * size_of::<[f32; 4]>() as u64
    }

    fn begin(&mut self, about: &About, ground: [f32; 4]) -> Result<(), NoRoom> {
        self.width = about.width as usize;
        self.rgba = zeros(self.width * about.height as usize * 4)?;
        if ground != [0.0; 4] {
            self.rgba.as_chunks_mut::<4>().0.fill(ground);
        }
        Ok(())
    }

    fn row(&mut self, x: u32, y: u32, pixels: &[[f32; 4]]) {
        let start = (y as usize * self.width + x as usize) * 4;
        let values = pixels.as_flattened();
        if let Some(row) = self.rgba.get_mut(start..start + values.len()) {
            row.copy_from_slice(values);
        }
    }
}

/// A matte: the alpha of the picture where it says anything, else its luminance. Which of them it is turns out at
/// the end.
#[derive(Debug, Default)]
pub(super) struct Values {
    width: usize,
    size: (u32, u32),
    luminance: Vec<f32>,
    /// Where the file has alpha.
    alpha: Vec<f32>,
    /// What was given.
    part: RectI,
    given: u64,
    ground: f32,
    coloured: bool,
    transparent: bool,
}

impl Values {
    /// The matte. Where colours are `numbered`, as by a palette, and there are any, all that is not black is inside.
    pub fn matte(self, numbered: bool) -> Matte {
        let ((width, height), part) = (self.size, self.part);
        let all = u64::from(width) * u64::from(height);
        // Alpha that is 1 everywhere is what paint programs add to a black and white picture.
        let transparent = self.transparent || self.given < all && self.ground < 1.0;
        let mut data = self.luminance;
        if numbered && self.coloured {
            data.iter_mut().for_each(|v| *v = f32::from(u8::from(*v > 0.0)));
        } else if transparent && !self.alpha.is_empty() {
            data = self.alpha;
        }
        Matte::supported(width, height, data, part)
    }
}

/// Of a colour; weights of Rec. 709.
fn luminance(&[r, g, b, _]: &[f32; 4]) -> f32 {
    // Grey exactly: weights that are rounded sum up to a little less than 1.
    if r == g && g == b { r } else { r.mul_add(0.2126, g.mul_add(0.7152, b * 0.0722)) }
}

fn bounded(v: f32) -> f32 {
    if v.is_nan() { 0.0 } else { v.clamp(0.0, 1.0) }
}

impl Sink for Values {
    fn bytes(&self, about: &About) -> u64 {
        area(about) * if about.has_alpha { 8 } else { 4 }
    }

    fn begin(&mut self, about: &About, ground: [f32; 4]) -> Result<(), NoRoom> {
        (self.width, self.size) = (about.width as usize, (about.width, about.height));
        let count = self.width * about.height as usize;
        self.luminance = zeros(count)?;
        if about.has_alpha {
            self.alpha = zeros(count)?;
        }
        // What is not given is black everywhere, and clear where there is alpha.
        self.ground = ground[3];
        Ok(())
    }

    fn row(&mut self, x: u32, y: u32, pixels: &[[f32; 4]]) {
        let start = y as usize * self.width + x as usize;
        let Some(row) = self.luminance.get_mut(start..start + pixels.len()) else { return };
        for (out, pixel) in row.iter_mut().zip(pixels) {
            *out = bounded(luminance(pixel));
            self.coloured |= pixel[0] != pixel[1] || pixel[1] != pixel[2];
            self.transparent |= pixel[3] < 1.0;
        }
        if let Some(row) = self.alpha.get_mut(start..start + pixels.len()) {
            row.iter_mut().zip(pixels).for_each(|(out, pixel)| *out = bounded(pixel[3]));
        }
        self.given += pixels.len() as u64;
        let (x, y) = (x as i32, y as i32);
        self.part = self.part.join(&RectI::new(x, y, x + pixels.len() as i32, y + 1));
    }
}

/// Takes memory for a picture that is about to be decoded, once the file was found to be within the budget:
/// `besides` is what it is decoded from, in bytes.
pub(super) fn begin(
    (path, budget): (&Path, &Budget),
    about: &About,
    ground: [f32; 4],
    besides: u64,
    sink: &mut dyn Sink,
) -> Result<(), IoError> {
    budget.picture(path, about.width, about.height)?;
    budget.memory(path, sink.bytes(about).saturating_add(besides))?;
    sink.begin(about, ground).map_err(|room| IoError::no_room(path, room))
}

/// Interleaved samples of `channels` (1 grey, 2 grey and alpha, 3 RGB, 4 or more RGBA) as pixels in `out`.
pub(super) fn widen<T: Copy>(
    samples: &[T],
    channels: usize,
    value: impl Fn(T) -> f32,
    out: &mut Vec<[f32; 4]>,
) {
    out.clear();
    out.extend(samples.chunks_exact(channels.max(1)).map(|p| match *p {
        [v] => {
            let v = value(v);
            [v, v, v, 1.0]
        }
        [v, a] => {
            let v = value(v);
            [v, v, v, value(a)]
        }
        [r, g, b] => [value(r), value(g), value(b), 1.0],
        [r, g, b, a, ..] => [value(r), value(g), value(b), value(a)],
        [] => [0.0; 4],
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn about(has_alpha: bool) -> About {
        let (depth, encoding) = (Depth::Byte, Encoding::Srgb);
        About { width: 3, height: 2, has_alpha, depth, encoding, pixel_aspect: 1.0 }
    }

    fn matte(has_alpha: bool, ground: [f32; 4], rows: &[(u32, u32, &[[f32; 4]])], numbered: bool) -> Matte {
        let mut values = Values::default();
        values.begin(&about(has_alpha), ground).expect("room");
        rows.iter().for_each(|(x, y, pixels)| values.row(*x, *y, pixels));
        values.matte(numbered)
    }

    #[test]
    fn a_picture_is_its_ground_and_its_rows() {
        let mut pixels = Pixels::default();
        pixels.begin(&about(false), [0.0, 0.0, 0.0, 1.0]).expect("room");
        pixels.row(1, 1, &[[0.1, 0.2, 0.3, 1.0], [0.4, 0.5, 0.6, 1.0]]);
        // A row that does not fit is none of the picture.
        pixels.row(2, 1, &[[9.0; 4]; 2]);
        let picture = pixels.picture(about(false));
        let (start, end) = picture.rgba.split_at(16);
        assert_eq!(start, [0.0, 0.0, 0.0, 1.0].repeat(4));
        assert_eq!(end, [0.1, 0.2, 0.3, 1.0, 0.4, 0.5, 0.6, 1.0]);
    }

    #[test]
    fn what_is_not_given_counts_as_clear() {
        let clear = [0.0; 4];
        let given: (u32, u32, &[[f32; 4]]) = (1, 0, &[[0.5, 0.5, 0.5, 1.0]]);
        let found = matte(true, clear, &[given], false);
        assert_eq!(found.data(), [0.0, 1.0, 0.0, 0.0, 0.0, 0.0], "its alpha");
        assert_eq!(found.support(), RectI::new(1, 0, 2, 1));
        let whole: &[[f32; 4]] = &[[0.5, 0.5, 0.5, 1.0]; 3];
        assert_eq!(
            matte(true, clear, &[(0, 0, whole), (0, 1, whole)], false).data(),
            [0.5; 6],
            "its luminance"
        );
        assert_eq!(matte(false, [0.0, 0.0, 0.0, 1.0], &[given], false).data()[1], 0.5);
    }

    #[test]
    fn numbers_of_a_palette_are_inside_where_they_are_not_black() {
        let colours: &[[f32; 4]] = &[[0.5, 0.0, 0.0, 1.0], [0.0, 0.0, 0.0, 1.0], [1.0, 1.0, 1.0, 1.0]];
        assert_eq!(matte(false, [0.0; 4], &[(0, 0, colours)], true).data()[..3], [1.0, 0.0, 1.0]);
        assert_eq!(matte(false, [0.0; 4], &[(0, 0, colours)], false).data()[..3], [0.5 * 0.2126, 0.0, 1.0]);
        let greys: &[[f32; 4]] = &[[0.5, 0.5, 0.5, 1.0]];
        assert_eq!(matte(false, [0.0; 4], &[(0, 0, greys)], true).data()[0], 0.5);
    }
}

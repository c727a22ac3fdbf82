//! PNG files as 8-bit RGB, for looking at and for scoring.

use crate::error::{At, Error, Result};
use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::path::Path;

/// The largest picture that is read, in pixels; ours are far smaller.
const MOST_PIXELS: usize = 1 << 28;

/// A picture, top row first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Red, green, blue of each pixel.
    pub rgb: Vec<[u8; 3]>,
}

impl Picture {
    /// A picture of one colour.
    pub fn filled(width: usize, height: usize, colour: [u8; 3]) -> Self {
        Self { width, height, rgb: vec![colour; width * height] }
    }

    /// Reads a PNG of any kind; alpha is dropped.
    pub fn read(path: &Path) -> Result<Self> {
        let bad = |words: String| Error::program(format!("{}: {words}", path.display()));
        let file = File::open(path).at("opening", path)?;
        let mut decoder = png::Decoder::new(BufReader::new(file));
        decoder.set_transformations(png::Transformations::EXPAND | png::Transformations::STRIP_16);
        let mut reader = decoder.read_info().map_err(|error| bad(error.to_string()))?;
        let size = reader.output_buffer_size().filter(|size| *size <= 4 * MOST_PIXELS);
        let mut bytes = vec![0; size.ok_or_else(|| bad("it is too large".to_owned()))?];
        let info = reader.next_frame(&mut bytes).map_err(|error| bad(error.to_string()))?;
        let channels = info.color_type.samples();
        let rgb = bytes[..info.buffer_size()]
            .chunks_exact(channels)
            .map(|pixel| match pixel {
                [grey] | [grey, _] => [*grey; 3],
                [red, green, blue, ..] => [*red, *green, *blue],
                [] => [0; 3],
            })
            .collect();
        Ok(Self { width: info.width as usize, height: info.height as usize, rgb })
    }

    /// Writes a PNG.
    pub fn write(&self, path: &Path) -> Result<()> {
        let bad = |error: png::EncodingError| Error::program(format!("{}: {error}", path.display()));
        let file = File::create(path).at("writing", path)?;
        let (width, height) = (self.width as u32, self.height as u32);
        let mut encoder = png::Encoder::new(BufWriter::new(file), width, height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_compression(png::Compression::High);
        let mut writer = encoder.write_header().map_err(bad)?;
        writer.write_image_data(self.rgb.as_flattened()).map_err(bad)?;
        writer.finish().map_err(bad)
    }

    /// Made `times` smaller by averaging squares of pixels; what is left over at the edges goes.
    pub fn smaller(&self, times: usize) -> Self {
        let (width, height) = (self.width / times, self.height / times);
        let mut small = Self::filled(width, height, [0; 3]);
        for y in 0..height {
            for x in 0..width {
                let mut sum = [0usize; 3];
                for inside in 0..times * times {
                    let (dx, dy) = (inside % times, inside / times);
                    let pixel = self.rgb[(y * times + dy) * self.width + x * times + dx];
                    for (sum, value) in sum.iter_mut().zip(pixel) {
                        *sum += usize::from(value);
                    }
                }
                let mean = sum.map(|sum| (sum / (times * times)) as u8);
                small.rgb[y * width + x] = mean;
            }
        }
        small
    }

    /// Lays another picture on this one; what would lie outside is left away.
    pub fn lay(&mut self, other: &Self, left: usize, top: usize) {
        for y in 0..other.height.min(self.height.saturating_sub(top)) {
            for x in 0..other.width.min(self.width.saturating_sub(left)) {
                self.rgb[(top + y) * self.width + left + x] = other.rgb[y * other.width + x];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let place = tempfile::tempdir().expect("a folder can be made");
        let path = place.path().join("a.png");
        let mut picture = Picture::filled(3, 2, [1, 2, 3]);
        picture.rgb[4] = [250, 0, 7];
        picture.write(&path).expect("it can be written");
        assert_eq!(Picture::read(&path).expect("it can be read"), picture);
        std::fs::write(&path, "no picture").expect("it can be written");
        assert!(Picture::read(&path).is_err());
    }

    #[test]
    fn smaller_is_the_mean_and_laying_stays_inside() {
        let mut picture = Picture::filled(5, 4, [0; 3]);
        picture.rgb[0] = [200, 100, 40];
        let small = picture.smaller(2);
        assert_eq!((small.width, small.height), (2, 2));
        assert_eq!(small.rgb[0], [50, 25, 10]);
        let mut sheet = Picture::filled(2, 2, [9; 3]);
        sheet.lay(&small, 1, 1);
        assert_eq!(sheet.rgb, [[9; 3], [9; 3], [9; 3], [50, 25, 10]]);
        sheet.lay(&small, 7, 7);
    }
}

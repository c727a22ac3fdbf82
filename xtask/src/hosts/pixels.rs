//! Pictures with the depth that they were written in, and how far two sequences of them differ.

use crate::error::{At, Error, Result};
use crate::picture::Picture;
use std::fs::File;
use std::io::{BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

/// The largest side of a picture that is read, in pixels; ours are far smaller.
const MOST_SIDE: usize = 1 << 14;

/// A picture in whole numbers, top row first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pixels {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// The number that stands for 1: 255 or 65535.
    pub most: u16,
    /// Red, green, blue of each pixel.
    pub rgb: Vec<[u16; 3]>,
}

/// How far two sequences differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The largest difference of a sample, in steps.
    pub steps: u16,
    /// The steps from 0 to 1.
    pub of: u16,
    /// The pixels that differ at all.
    pub pixels: usize,
    /// The pixels that were compared.
    pub all: usize,
}

impl Difference {
    /// For a table: "0", or "1/255 in 12 of 40000 pixels".
    pub fn words(&self) -> String {
        if self.steps == 0 {
            return "0".to_owned();
        }
        format!("{}/{} in {} of {} pixels", self.steps, self.of, self.pixels, self.all)
    }
}

impl Pixels {
    /// Reads a PNG or a PPM (P6), by the end of its name.
    pub fn read(path: &Path) -> Result<Self> {
        let bad = |words: String| Error::program(format!("{}: {words}", path.display()));
        if path.extension().is_some_and(|end| end == "ppm") {
            let bytes = std::fs::read(path).at("reading", path)?;
            return Self::of_ppm(&bytes).map_err(|words| bad(words.to_owned()));
        }
        let file = File::open(path).at("opening", path)?;
        let mut decoder = png::Decoder::new(BufReader::new(file));
        decoder.set_transformations(png::Transformations::EXPAND);
        let mut reader = decoder.read_info().map_err(|error| bad(error.to_string()))?;
        let size = reader.output_buffer_size().filter(|size| *size <= 8 * MOST_SIDE * MOST_SIDE);
        let mut bytes = vec![0; size.ok_or_else(|| bad("it is too large".to_owned()))?];
        let info = reader.next_frame(&mut bytes).map_err(|error| bad(error.to_string()))?;
        let deep = info.bit_depth == png::BitDepth::Sixteen;
        let samples = samples(&bytes[..info.buffer_size()], deep);
        let rgb = samples.chunks_exact(info.color_type.samples()).map(|pixel| match pixel {
            [red, green, blue, ..] => [*red, *green, *blue],
            [grey, ..] => [*grey; 3],
            [] => [0; 3],
        });
        let most = if deep { 65535 } else { 255 };
        Ok(Self { width: info.width as usize, height: info.height as usize, most, rgb: rgb.collect() })
    }

    /// A binary PPM of 8 or 16 bits, the larger byte first.
    fn of_ppm(bytes: &[u8]) -> std::result::Result<Self, &'static str> {
        const KIND: &str = "it is not a PPM file of the kind P6 with a maximum of 255 or 65535";
        let mut rest = bytes.strip_prefix(b"P6").ok_or(KIND)?;
        let mut header = [0; 3];
        for number in &mut header {
            rest = rest.trim_ascii_start();
            while let Some(comment) = rest.strip_prefix(b"#") {
                let end = comment.iter().position(|byte| *byte == b'\n').ok_or(KIND)?;
                rest = comment[end..].trim_ascii_start();
            }
            let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
            let text = std::str::from_utf8(&rest[..digits]).map_err(|_| KIND)?;
            *number = text.parse::<usize>().map_err(|_| KIND)?;
            rest = &rest[digits..];
        }
        // One blank ends the header; what follows may look like another.
        let (_, data) = rest.split_first().ok_or(KIND)?;
        let [width, height, most] = header;
        if !(1..=MOST_SIDE).contains(&width) || !(1..=MOST_SIDE).contains(&height) {
            return Err("its sides are not between 1 and 16384 pixels");
        }
        let most = u16::try_from(most).ok().filter(|most| matches!(most, 255 | 65535)).ok_or(KIND)?;
        let deep = most == 65535;
        if data.len() != width * height * if deep { 6 } else { 3 } {
            return Err("it is not as long as its header says");
        }
        let rgb = samples(data, deep).as_chunks().0.to_vec();
        Ok(Self { width, height, most, rgb })
    }

    /// The same with 8 bits a sample, to be looked at.
    pub fn picture(&self) -> Picture {
        let eight = |value: u16| (u32::from(value) * 255 / u32::from(self.most.max(1))).min(255) as u8;
        let rgb = self.rgb.iter().map(|pixel| pixel.map(eight)).collect();
        Picture { width: self.width, height: self.height, rgb }
    }

    /// The share of pixels that are at least half white, 0 to 1.
    fn covered(&self) -> f64 {
        let inside = self.rgb.iter().filter(|pixel| pixel[0] > self.most / 2).count();
        inside as f64 / self.rgb.len().max(1) as f64
    }
}

fn samples(bytes: &[u8], deep: bool) -> Vec<u16> {
    if deep {
        bytes.as_chunks().0.iter().map(|pair| u16::from_be_bytes(*pair)).collect()
    } else {
        bytes.iter().map(|byte| u16::from(*byte)).collect()
    }
}

/// Writes a picture as PPM (P6), which our host on HostSupport reads.
pub fn write_ppm(picture: &Picture, path: &Path) -> Result<()> {
    let file = File::create(path).at("writing", path)?;
    let mut file = BufWriter::new(file);
    write!(file, "P6\n{} {}\n255\n", picture.width, picture.height).at("writing", path)?;
    file.write_all(picture.rgb.as_flattened()).and_then(|()| file.flush()).at("writing", path)
}

/// How far the pictures differ, each from the one at the same place; both sequences must be of one size and depth.
pub fn compare(found: &[PathBuf], wanted: &[PathBuf]) -> Result<Difference> {
    if found.len() != wanted.len() {
        return Err(Error::program(format!("{} pictures, expected {}", found.len(), wanted.len())));
    }
    let mut sum: Option<Difference> = None;
    for (found_path, wanted_path) in found.iter().zip(wanted) {
        let (found, wanted) = (Pixels::read(found_path)?, Pixels::read(wanted_path)?);
        if (found.width, found.height, found.most) != (wanted.width, wanted.height, wanted.most) {
            return Err(Error::program(format!(
                "{} is {}x{} pixels of 0 to {}, expected {}x{} of 0 to {}",
                found_path.display(),
                found.width,
                found.height,
                found.most,
                wanted.width,
                wanted.height,
                wanted.most
            )));
        }
        let sum = sum.get_or_insert(Difference { steps: 0, of: found.most, pixels: 0, all: 0 });
        for (a, b) in found.rgb.iter().zip(&wanted.rgb) {
            let steps = a.iter().zip(b).map(|(a, b)| a.abs_diff(*b)).max().unwrap_or(0);
            sum.steps = sum.steps.max(steps);
            sum.pixels += usize::from(steps > 0);
        }
        sum.all += found.rgb.len();
    }
    sum.ok_or_else(|| Error::program("there are no pictures to compare"))
}

/// An error if a matte shows nothing or everything: two black pictures agree, which says nothing.
pub fn show_something(mattes: &[PathBuf]) -> Result<()> {
    for path in mattes {
        let covered = Pixels::read(path)?.covered();
        if !(0.001..=0.999).contains(&covered) {
            return Err(Error::program(format!(
                "{} covers {:.2} % of the picture, expected an object: there is nothing to compare",
                path.display(),
                100.0 * covered
            )));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ppm_is_read_in_both_depths() {
        let eight = Pixels::of_ppm(b"P6 2 # wide\n1\n255\n\x01\x02\x03\n\n\n").expect("it is whole");
        assert_eq!((eight.width, eight.height, eight.most), (2, 1, 255));
        // Three line feeds are a pixel here, not blanks.
        assert_eq!(eight.rgb, [[1, 2, 3], [10, 10, 10]]);
        let sixteen = Pixels::of_ppm(b"P6\n1 1\n65535\n\x01\x00\xff\xff\x00\x02").expect("it is whole");
        assert_eq!(sixteen.rgb, [[256, 65535, 2]]);
        assert_eq!((eight.picture().rgb[0], sixteen.picture().rgb[0]), ([1, 2, 3], [0, 255, 0]));
    }

    #[test]
    fn bad_ppm_files_are_refused() {
        for bytes in [
            &b""[..],
            b"P6",
            b"P5 1 1 255\n\x01",
            b"P6 1 1 100\n\x01\x02\x03",
            b"P6 1 1 255\n\x01\x02",
            b"P6 1 1 255\n\x01\x02\x03\x04",
            b"P6 0 1 255\n",
            b"P6 99999999999999999999 1 255\n",
            b"P6 20000 20000 255\n",
            b"P6 # no end",
        ] {
            assert!(Pixels::of_ppm(bytes).is_err(), "{bytes:?}");
        }
    }

    #[test]
    fn what_is_written_as_ppm_or_png_is_read_the_same() {
        let place = tempfile::tempdir().expect("a folder can be made");
        let mut picture = Picture::filled(3, 2, [1, 2, 3]);
        picture.rgb[4] = [250, 0, 7];
        let (ppm, png) = (place.path().join("a.ppm"), place.path().join("a.png"));
        write_ppm(&picture, &ppm).expect("it can be written");
        picture.write(&png).expect("it can be written");
        let read = Pixels::read(&ppm).expect("it can be read");
        assert_eq!(read.rgb[4], [250, 0, 7]);
        assert_eq!(read, Pixels::read(&png).expect("it can be read"));
    }

    #[test]
    fn the_largest_difference_counts_and_sizes_must_agree() {
        let place = tempfile::tempdir().expect("a folder can be made");
        let file = |name: &str, picture: &Picture| {
            let path = place.path().join(name);
            write_ppm(picture, &path).expect("it can be written");
            path
        };
        let black = Picture::filled(2, 2, [0; 3]);
        let mut other = black.clone();
        other.rgb[1] = [0, 3, 1];
        other.rgb[2] = [1, 0, 0];
        let (a, b) = (file("a.ppm", &black), file("b.ppm", &other));
        let difference =
            compare(&[a.clone(), b.clone()], &[a.clone(), a.clone()]).expect("they are of one size");
        assert_eq!(difference, Difference { steps: 3, of: 255, pixels: 2, all: 8 });
        assert_eq!(difference.words(), "3/255 in 2 of 8 pixels");
        let alone = std::slice::from_ref(&a);
        let same = compare(alone, alone).expect("they are of one size");
        assert_eq!((same.steps, same.words().as_str()), (0, "0"));
        let narrow = file("c.ppm", &Picture::filled(1, 2, [0; 3]));
        assert!(compare(alone, &[narrow]).is_err());
        assert!(compare(&[a.clone(), b], alone).is_err());
        assert!(compare(&[], &[]).is_err());
    }

    #[test]
    fn mattes_that_show_nothing_are_no_proof() {
        let place = tempfile::tempdir().expect("a folder can be made");
        let path = place.path().join("a.ppm");
        for (inside, good) in [(0, false), (1, true), (100, false)] {
            let mut picture = Picture::filled(10, 10, [0; 3]);
            picture.rgb[..inside].fill([255; 3]);
            write_ppm(&picture, &path).expect("it can be written");
            assert_eq!(show_something(std::slice::from_ref(&path)).is_ok(), good, "{inside}");
        }
    }
}

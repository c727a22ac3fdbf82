//! JPEG, by the `image` crate.

use std::io::{BufRead, BufReader, Cursor, Read as _, Seek as _};
use std::path::Path;

use image::codecs::jpeg::JpegDecoder;
use image::{ImageDecoder as _, ImageError};

use super::sink::{About, Sink, begin, widen};
use super::{Budget, Depth, IoError, open};
use crate::raster::Encoding;
use crate::raster::room::zeros;

/// Pixels that a byte can stand for at most: a block of 64 has a bit at least in each scan of its brightness.
const PIXELS_A_BYTE: u64 = 8 * 64;

/// What the header of a frame says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub width: u32,
    pub height: u32,
    channels: u64,
    progressive: bool,
}

/// Reads a JPEG file.
pub(super) fn read(path: &Path, budget: &Budget, sink: &mut dyn Sink) -> Result<About, IoError> {
    let failed = |e: std::io::Error| IoError::read(path, &e);
    let mut file = open(path).map_err(failed)?;
    let length = file.metadata().map_err(failed)?.len();
    let found = header(&mut BufReader::new(&mut file)).map_err(|e| read_reason(path, &e))?;
    let (width, height) = (found.width, found.height);
    budget.picture(path, width, height)?;
    let pixels = u64::from(width) * u64::from(height);
    if pixels > length.saturating_mul(PIXELS_A_BYTE) {
        return Err(IoError::damaged(
            path,
            format!("its {length} bytes cannot hold {width}x{height} pixels"),
        ));
    }
    // The decoder has a copy of the file, a byte for each sample, and in progressive files all coefficients.
    let coefficients = if found.progressive { 2 } else { 0 };
    let besides =
        pixels.saturating_mul(found.channels * (1 + coefficients)).saturating_add(length.saturating_mul(2));
    budget.memory(path, besides)?;
    let mut bytes = zeros::<u8>(usize::try_from(length).unwrap_or(usize::MAX))
        .map_err(|room| IoError::no_room(path, room))?;
    file.rewind().and_then(|()| file.read_exact(&mut bytes)).map_err(|e| read_reason(path, &e))?;
    // The decoder fills a truncated file up with grey.
    if !has_end_of_image(&bytes) {
        return Err(IoError::damaged(path, "it ends too early"));
    }
    let decoder = JpegDecoder::new(Cursor::new(&bytes)).map_err(|e| tell(path, &e))?;
    let color = decoder.color_type();
    if decoder.dimensions() != (width, height) || color.bytes_per_pixel() != color.channel_count() {
        let (w, h) = decoder.dimensions();
        return Err(IoError::damaged(
            path,
            format!("its header has {width}x{height} pixels, its picture {w}x{h}"),
        ));
    }
    let about = About {
        width,
        height,
        has_alpha: color.has_alpha(),
        depth: Depth::Byte,
        encoding: Encoding::Srgb,
        pixel_aspect: 1.0,
    };
    begin((path, budget), &about, [0.0; 4], besides, sink)?;
    let channels = usize::from(color.channel_count());
    let row = width as usize * channels;
    let mut samples = zeros::<u8>(row * height as usize).map_err(|room| IoError::no_room(path, room))?;
    decoder.read_image(&mut samples).map_err(|e| tell(path, &e))?;
    let mut line = Vec::with_capacity(width as usize);
    for (y, row) in (0..height).zip(samples.chunks_exact(row)) {
        widen(row, channels, |v| f32::from(v) / 255.0, &mut line);
        sink.row(0, y, &line);
    }
    Ok(about)
}

/// The size in the header.
pub(super) fn size(path: &Path) -> Result<(u32, u32), IoError> {
    let file = open(path).map_err(|e| IoError::read(path, &e))?;
    let found = header(&mut BufReader::new(file)).map_err(|e| read_reason(path, &e))?;
    Ok((found.width, found.height))
}

/// The first header of a frame.
pub(super) fn header(reader: &mut impl BufRead) -> std::io::Result<Header> {
    let wrong = |text: &str| std::io::Error::new(std::io::ErrorKind::InvalidData, text.to_owned());
    let mut byte = || -> std::io::Result<u8> {
        let mut byte = [0];
        reader.read_exact(&mut byte)?;
        Ok(byte[0])
    };
    if (byte()?, byte()?) != (0xff, 0xd8) {
        return Err(wrong("it does not start like a JPEG file"));
    }
    loop {
        // A marker, after any number of bytes that fill up.
        while byte()? != 0xff {}
        let mut marker = byte()?;
        while marker == 0xff {
            marker = byte()?;
        }
        match marker {
            // These have no length: filling, restarts, and a second start.
            0x00 | 0x01 | 0xd0..=0xd8 => continue,
            0xd9 | 0xda => return Err(wrong("it has no frame header")),
            _ => {}
        }
        let length = u16::from_be_bytes([byte()?, byte()?]);
        let Some(rest) = length.checked_sub(2) else {
            return Err(wrong("a segment of its header has no length"));
        };
        // Start of a frame, of whatever kind; 0xc4, 0xc8 and 0xcc are tables.
        if matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc) {
            let mut start = [0; 6];
            for out in &mut start {
                *out = byte()?;
            }
            let [_, h0, h1, w0, w1, channels] = start;
            return Ok(Header {
                width: u16::from_be_bytes([w0, w1]).into(),
                height: u16::from_be_bytes([h0, h1]).into(),
                channels: channels.into(),
                progressive: matches!(marker & 0xf, 2 | 6 | 10 | 14),
            });
        }
        for _ in 0..rest {
            byte()?;
        }
    }
}

/// Whether the last scan of a JPEG file is closed by the marker for the end of the image. Within a
/// scan the two bytes cannot occur, since every 0xff there is followed by 0 or a restart marker.
fn has_end_of_image(bytes: &[u8]) -> bool {
    let last = |marker: [u8; 2]| bytes.windows(2).rposition(|w| w == marker);
    match (last([0xff, 0xda]), last([0xff, 0xd9])) {
        (Some(scan), Some(end)) => end > scan,
        // Not a JPEG at all: the decoder says what is wrong.
        (None, _) => true,
        _ => false,
    }
}

fn read_reason(path: &Path, error: &std::io::Error) -> IoError {
    match error.kind() {
        std::io::ErrorKind::UnexpectedEof => IoError::damaged(path, "it ends too early"),
        std::io::ErrorKind::InvalidData => IoError::damaged(path, error),
        _ => IoError::read(path, error),
    }
}

fn tell(path: &Path, error: &ImageError) -> IoError {
    match error {
        ImageError::IoError(e) => read_reason(path, e),
        ImageError::Unsupported(e) => IoError::unsupported(path, e),
        other => IoError::damaged(path, other),
    }
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::*;

    fn noise() -> image::RgbImage {
        let mut noise = image::RgbImage::new(64, 48);
        noise.pixels_mut().enumerate().for_each(|(i, p)| p.0 = [(i * 7) as u8, (i * 31) as u8, i as u8]);
        noise
    }

    #[test]
    fn a_truncated_file_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["a.png", "a.jpg"] {
            let path = folder.path().join(name);
            noise().save(&path).expect("saved");
            let whole = std::fs::read(&path).expect("read");
            std::fs::write(&path, &whole[..whole.len() / 2]).expect("cut");
            let error = read(&path).expect_err("it is cut in half").to_string();
            assert!(error.contains(name) && error.contains("ends too early"), "{error}");
        }
    }

    #[test]
    fn colours_and_grey_are_read_as_by_others() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.jpg");
        let grey = image::DynamicImage::from(noise()).to_luma8();
        let pictures = [image::DynamicImage::from(noise()), image::DynamicImage::from(grey)];
        for picture in pictures {
            picture.save(&path).expect("saved");
            assert_eq!(size(&path), Ok((64, 48)));
            let bytes = image::open(&path).expect("read").to_rgba8().into_raw();
            let found: Vec<u8> =
                read(&path).expect("read").rgba.iter().map(|v| (v * 255.0).round() as u8).collect();
            assert!(found == bytes);
        }
    }

    #[test]
    fn a_header_is_found_behind_other_parts() {
        let mut bytes = vec![0xff, 0xd8, 0xff, 0xe0, 0, 4, 0xff, 0xc0];
        bytes.extend([0xff, 0xff, 0xc2, 0, 11, 8, 1, 2, 3, 4, 3]);
        let found = header(&mut bytes.as_slice()).expect("a header");
        assert_eq!(found, Header { width: 0x304, height: 0x102, channels: 3, progressive: true });
        for length in 0..bytes.len() {
            assert!(header(&mut &bytes[..length]).is_err(), "{length} bytes");
        }
        assert!(header(&mut &b"\x89PNG"[..]).is_err());
    }
}

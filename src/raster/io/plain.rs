//! PNG and JPEG, by the `image` crate.

use std::fs::File;
use std::io::{BufReader, Cursor, Read as _};
use std::path::Path;

use image::{ColorType, DynamicImage, ImageError, ImageFormat, ImageReader};

use super::{Depth, Encoding, IoError, Picture, check_size, to_rgba};

/// Reads a PNG or JPEG file.
pub(super) fn read(path: &Path, format: ImageFormat) -> Result<Picture, IoError> {
    let bytes = std::fs::read(path).map_err(|e| IoError::read(path, &e))?;
    // The decoder fills a truncated JPEG up with grey.
    if format == ImageFormat::Jpeg && !has_end_of_image(&bytes) {
        return Err(IoError::damaged(path, "it ends too early"));
    }
    let (width, height) = ImageReader::with_format(Cursor::new(&bytes), format)
        .into_dimensions()
        .map_err(|e| tell(path, &e))?;
    check_size(path, width, height)?;
    let mut reader = ImageReader::with_format(Cursor::new(&bytes), format);
    // The size has been checked; 16 Ki x 16 Ki of 16 bit RGBA is more than the default limit.
    reader.no_limits();
    let decoded = reader.decode().map_err(|e| tell(path, &e))?;
    let color = decoded.color();
    let channels = usize::from(color.channel_count());
    let (samples, depth) = samples(decoded);
    Ok(Picture {
        width,
        height,
        rgba: to_rgba(&samples, channels),
        has_alpha: color.has_alpha(),
        depth,
        encoding: Encoding::Srgb,
        pixel_aspect: 1.0,
    })
}

/// The size in the header.
pub(super) fn size(path: &Path, format: ImageFormat) -> Result<(u32, u32), IoError> {
    let file = File::open(path).map_err(|e| IoError::read(path, &e))?;
    let (width, height) = ImageReader::with_format(BufReader::new(file), format)
        .into_dimensions()
        .map_err(|e| tell(path, &e))?;
    check_size(path, width, height)?;
    Ok((width, height))
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

/// Whether a PNG file numbers its colours, as segmentation data sets do with their objects.
pub(super) fn has_palette(path: &Path) -> Result<bool, IoError> {
    // Signature (8), length and name of the first chunk (8), width, height, bits; then the colour
    // type, of which 3 is a palette.
    let mut start = [0_u8; 26];
    let mut file = File::open(path).map_err(|e| IoError::read(path, &e))?;
    Ok(file.read_exact(&mut start).is_ok() && start.starts_with(b"\x89PNG") && start[25] == 3)
}

/// The samples as they are interleaved in the file, scaled to 0 to 1.
fn samples(decoded: DynamicImage) -> (Vec<f32>, Depth) {
    let byte = |v: &[u8]| v.iter().map(|&v| f32::from(v) / 255.0).collect();
    let short = |v: &[u16]| v.iter().map(|&v| f32::from(v) / 65535.0).collect();
    match decoded {
        DynamicImage::ImageLuma8(i) => (byte(i.as_raw()), Depth::Byte),
        DynamicImage::ImageLumaA8(i) => (byte(i.as_raw()), Depth::Byte),
        DynamicImage::ImageRgb8(i) => (byte(i.as_raw()), Depth::Byte),
        DynamicImage::ImageRgba8(i) => (byte(i.as_raw()), Depth::Byte),
        DynamicImage::ImageLuma16(i) => (short(i.as_raw()), Depth::Short),
        DynamicImage::ImageLumaA16(i) => (short(i.as_raw()), Depth::Short),
        DynamicImage::ImageRgb16(i) => (short(i.as_raw()), Depth::Short),
        DynamicImage::ImageRgba16(i) => (short(i.as_raw()), Depth::Short),
        // No PNG or JPEG decodes to anything else today; should one, RGBA of floats holds it. The
        // caller took the count of channels from the colour type, which is kept.
        other => match other.color() {
            ColorType::Rgb32F => (other.into_rgb32f().into_raw(), Depth::Float),
            _ => (other.into_rgba32f().into_raw(), Depth::Float),
        },
    }
}

fn tell(path: &Path, error: &ImageError) -> IoError {
    match error {
        ImageError::IoError(e) => {
            if e.kind() == std::io::ErrorKind::UnexpectedEof {
                IoError::damaged(path, "it ends too early")
            } else {
                IoError::read(path, e)
            }
        }
        ImageError::Unsupported(e) => IoError::unsupported(path, e),
        other => IoError::damaged(path, other),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{read, read_matte};
    use super::*;

    #[test]
    fn sixteen_bits_stay_sixteen_bits() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.png");
        let values = vec![0_u16, 1, 2, 30000, 65535, 257];
        let picture: image::ImageBuffer<image::Rgb<u16>, _> =
            image::ImageBuffer::from_raw(2, 1, values.clone()).expect("two pixels");
        picture.save(&path).expect("saved");
        let back = read(&path).expect("read");
        assert_eq!((back.width, back.height, back.depth, back.has_alpha), (2, 1, Depth::Short, false));
        let rgb: Vec<u16> = back
            .rgba
            .chunks_exact(4)
            .flat_map(|p| [p[0], p[1], p[2]])
            .map(|v| (v * 65535.0).round() as u16)
            .collect();
        assert_eq!(rgb, values);
    }

    #[test]
    fn a_truncated_file_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["a.png", "a.jpg"] {
            let path = folder.path().join(name);
            let mut noise = image::RgbImage::new(64, 64);
            noise.pixels_mut().enumerate().for_each(|(i, p)| p.0 = [(i * 7) as u8, (i * 31) as u8, i as u8]);
            noise.save(&path).expect("saved");
            let whole = std::fs::read(&path).expect("read");
            std::fs::write(&path, &whole[..whole.len() / 2]).expect("cut");
            let error = read(&path).expect_err("it is cut in half").to_string();
            assert!(error.contains(name), "{error}");
        }
    }

    #[test]
    fn a_matte_is_alpha_or_luminance() {
        let folder = tempfile::tempdir().expect("a folder");
        let grey = folder.path().join("grey.png");
        image::GrayImage::from_raw(2, 1, vec![0, 255]).expect("two").save(&grey).expect("saved");
        assert_eq!(read_matte(&grey).expect("read").data(), [0.0, 1.0]);
        let alpha = folder.path().join("alpha.png");
        let pixels = vec![255, 255, 255, 0, 0, 0, 0, 255];
        image::RgbaImage::from_raw(2, 1, pixels).expect("two").save(&alpha).expect("saved");
        assert_eq!(read_matte(&alpha).expect("read").data(), [0.0, 1.0]);
        let opaque = folder.path().join("opaque.png");
        let pixels = vec![255, 255, 255, 255, 0, 0, 0, 255];
        image::RgbaImage::from_raw(2, 1, pixels).expect("two").save(&opaque).expect("saved");
        assert_eq!(read_matte(&opaque).expect("read").data(), [1.0, 0.0]);
    }
}

//! TIFF, by the `tiff` crate: the `image` crate in front of it knows no grey floats, the form in
//! which mattes are kept.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use tiff::ColorType;
use tiff::decoder::{Decoder, DecodingResult};
use tiff::tags::{PlanarConfiguration, Tag};

use super::{Depth, Encoding, IoError, Picture, check_size, to_rgba};

/// Reads the first picture of a TIFF file.
pub(super) fn read(path: &Path) -> Result<Picture, IoError> {
    let tell = |e| tell(path, e);
    let file = File::open(path).map_err(|e| IoError::read(path, &e))?;
    let mut decoder = Decoder::new(BufReader::new(file)).map_err(tell)?;
    let (width, height) = decoder.dimensions().map_err(tell)?;
    check_size(path, width, height)?;
    // The size is bounded by now; the default limits stop short of large float pictures.
    decoder = decoder.with_limits(tiff::decoder::Limits::unlimited());
    let color = decoder.colortype().map_err(tell)?;
    let (channels, has_alpha) = match color {
        ColorType::Gray(_) => (1, false),
        ColorType::GrayA(_) => (2, true),
        ColorType::RGB(_) => (3, false),
        ColorType::RGBA(_) => (4, true),
        other => {
            return Err(IoError::unsupported(
                path,
                format!("its pixels are {other:?}, expected grey or RGB, with or without alpha"),
            ));
        }
    };
    let planar = decoder.find_tag_unsigned::<u16>(Tag::PlanarConfiguration).map_err(tell)?;
    if channels > 1 && planar.and_then(PlanarConfiguration::from_u16) == Some(PlanarConfiguration::Planar) {
        return Err(IoError::unsupported(path, "its channels lie in separate planes, expected interleaved"));
    }
    let (mut samples, depth): (Vec<f32>, Depth) = match decoder.read_image().map_err(tell)? {
        // Fewer than 8 bits a sample come packed.
        DecodingResult::U8(v) => match color.bit_depth() {
            8 => (v.iter().map(|&v| f32::from(v) / 255.0).collect(), Depth::Byte),
            bits @ (1 | 2 | 4) if channels == 1 => (unpack(&v, width, height, bits), Depth::Byte),
            bits => {
                return Err(IoError::unsupported(path, format!("its samples have {bits} bits")));
            }
        },
        DecodingResult::U16(v) => (v.iter().map(|&v| f32::from(v) / 65535.0).collect(), Depth::Short),
        DecodingResult::U32(v) => {
            (v.iter().map(|&v| (f64::from(v) / f64::from(u32::MAX)) as f32).collect(), Depth::Float)
        }
        DecodingResult::F16(v) => (v.iter().map(|v| v.to_f32()).collect(), Depth::Half),
        DecodingResult::F32(v) => (v, Depth::Float),
        DecodingResult::F64(v) => (v.iter().map(|&v| v as f32).collect(), Depth::Float),
        _ => return Err(IoError::unsupported(path, "its samples are signed integers or of 64 bits")),
    };
    let expected = width as usize * height as usize * channels;
    if samples.len() < expected {
        return Err(IoError::damaged(path, format!("it holds {} of {expected} samples", samples.len())));
    }
    samples.truncate(expected);
    Ok(Picture {
        width,
        height,
        rgba: to_rgba(&samples, channels),
        has_alpha,
        depth,
        encoding: Encoding::Srgb,
        pixel_aspect: 1.0,
    })
}

/// The size in the header.
pub(super) fn size(path: &Path) -> Result<(u32, u32), IoError> {
    let file = File::open(path).map_err(|e| IoError::read(path, &e))?;
    let mut decoder = Decoder::new(BufReader::new(file)).map_err(|e| tell(path, e))?;
    let (width, height) = decoder.dimensions().map_err(|e| tell(path, e))?;
    check_size(path, width, height)?;
    Ok((width, height))
}

/// Samples of 1, 2 or 4 bits, each row filled up to whole bytes.
fn unpack(packed: &[u8], width: u32, height: u32, bits: u8) -> Vec<f32> {
    let (width, bits) = (width as usize, usize::from(bits));
    let row = (width * bits).div_ceil(8);
    let most = (1_u8 << bits) - 1;
    (0..height as usize)
        .flat_map(|y| (0..width).map(move |x| (y, x)))
        .map_while(|(y, x)| {
            let byte = *packed.get(y * row + x * bits / 8)?;
            let shift = 8 - bits - x * bits % 8;
            Some(f32::from(byte >> shift & most) / f32::from(most))
        })
        .collect()
}

fn tell(path: &Path, error: tiff::TiffError) -> IoError {
    match error {
        tiff::TiffError::IoError(e) if e.kind() == std::io::ErrorKind::UnexpectedEof => {
            IoError::damaged(path, "it ends too early")
        }
        tiff::TiffError::IoError(e) => IoError::read(path, &e),
        tiff::TiffError::UnsupportedError(e) => IoError::unsupported(path, e),
        other => IoError::damaged(path, other),
    }
}

//! Writing mattes and colour, in the format that the extension says.

use std::collections::BTreeSet;
use std::error::Error;
use std::path::Path;

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder as _};
use tiff::encoder::{TiffEncoder, colortype};

use super::{Channel, Depth, Format, IoError, WriteOptions, WriteSeek, dpx, exr_write, write_atomically};
use crate::raster::Matte;

/// Writes a matte: channel `A` of an EXR file, grey in any other.
///
/// # Errors
/// [`IoError::Write`].
pub fn write_matte(path: &Path, matte: &Matte, options: &WriteOptions) -> Result<(), IoError> {
    write(path, (matte.width(), matte.height()), 1, matte.data(), options)
}

/// Longest name of a channel of an EXR file, in bytes.
const LONGEST_NAME: usize = 255;

/// Writes an EXR file of any channels, each as large as the picture.
///
/// # Errors
/// [`IoError::Write`], also for another format, and for channels without a name, of one name, or of a size that is
/// not the picture's.
pub fn write_channels(
    path: &Path,
    size: (u32, u32),
    channels: &[Channel<'_>],
    options: &WriteOptions,
) -> Result<(), IoError> {
    let refuse = |reason: String| Err(IoError::Write { path: path.to_owned(), reason });
    if Format::of(path)? != Format::Exr {
        return refuse("only EXR files have named channels, expected the extension exr".to_owned());
    }
    let expected = size.0 as usize * size.1 as usize;
    if channels.is_empty() || expected == 0 {
        return refuse(format!("it has {} channels of {}x{} pixels", channels.len(), size.0, size.1));
    }
    let mut names = BTreeSet::new();
    for Channel { name, samples, .. } in channels {
        if name.is_empty() || name.len() > LONGEST_NAME || name.contains('\0') {
            return refuse(format!(
                "the name {name:?} of a channel has {} bytes, expected 1 to {LONGEST_NAME}",
                name.len()
            ));
        }
        if !names.insert(name) {
            return refuse(format!("two channels are named {name:?}"));
        }
        if samples.len() != expected {
            return refuse(format!(
                "{} samples are given for channel {name}, expected {expected}",
                samples.len()
            ));
        }
    }
    write_atomically(path, |out| Ok(exr_write::write(out, size, channels, options)?))
}

/// Writes interleaved samples of `channels`: 1 a matte, 3 RGB, 4 RGBA, in the colours that the file
/// is to hold.
///
/// # Errors
/// [`IoError::Write`].
pub fn write(
    path: &Path,
    size: (u32, u32),
    channels: usize,
    samples: &[f32],
    options: &WriteOptions,
) -> Result<(), IoError> {
    let format = Format::of(path)?;
    let expected = size.0 as usize * size.1 as usize * channels;
    if expected == 0 || samples.len() != expected || !matches!(channels, 1 | 3 | 4) {
        return Err(IoError::Write {
            path: path.to_owned(),
            reason: format!(
                "{} samples are given for {}x{} pixels of {channels} channels",
                samples.len(),
                size.0,
                size.1
            ),
        });
    }
    write_atomically(path, |out| match format {
        Format::Exr => {
            let names: &[&str] = match channels {
                1 => &["A"],
                3 => &["R", "G", "B"],
                _ => &["R", "G", "B", "A"],
            };
            let plane =
                |c: usize| -> Vec<f32> { samples.iter().skip(c).step_by(channels).copied().collect() };
            let planes: Vec<_> =
                names.iter().enumerate().map(|(c, name)| Channel::new(*name, plane(c))).collect();
            Ok(exr_write::write(out, size, &planes, options)?)
        }
        Format::Png => png(out, size, channels, samples, options.depth),
        Format::Tiff => Ok(tiff(out, size, channels, samples, options.depth)?),
        Format::Dpx => {
            let bits = if matches!(options.depth, None | Some(Depth::Byte)) { 10 } else { 16 };
            if channels == 1 {
                let grey: Vec<f32> = samples.iter().flat_map(|&v| [v; 3]).collect();
                Ok(dpx::write(out, size, 3, &grey, bits)?)
            } else {
                Ok(dpx::write(out, size, channels, samples, bits)?)
            }
        }
        Format::Jpeg => {
            let kept: Vec<u8> =
                samples.chunks_exact(channels).flat_map(|p| &p[..channels.min(3)]).map(byte).collect();
            let color = if channels == 1 { ExtendedColorType::L8 } else { ExtendedColorType::Rgb8 };
            Ok(JpegEncoder::new_with_quality(out, 92).write_image(&kept, size.0, size.1, color)?)
        }
    })
}

fn byte(v: &f32) -> u8 {
    // `as` saturates and sends NaN to 0.
    (v * 255.0 + 0.5) as u8
}

fn short(v: &f32) -> u16 {
    (v * 65535.0 + 0.5) as u16
}

fn png(
    out: &mut dyn WriteSeek,
    (width, height): (u32, u32),
    channels: usize,
    samples: &[f32],
    depth: Option<Depth>,
) -> Result<(), Box<dyn Error + Send + Sync>> {
    use ExtendedColorType as C;
    let encoder = PngEncoder::new_with_quality(out, CompressionType::Default, FilterType::Adaptive);
    if depth == Some(Depth::Byte) {
        let color = [C::L8, C::Rgb8, C::Rgba8][channels.saturating_sub(2)];
        let bytes: Vec<u8> = samples.iter().map(byte).collect();
        encoder.write_image(&bytes, width, height, color)?;
    } else {
        let color = [C::L16, C::Rgb16, C::Rgba16][channels.saturating_sub(2)];
        // The encoder takes the machine's byte order.
        let bytes: Vec<u8> = samples.iter().flat_map(|v| short(v).to_ne_bytes()).collect();
        encoder.write_image(&bytes, width, height, color)?;
    }
    Ok(())
}

fn tiff(
    out: &mut dyn WriteSeek,
    (w, h): (u32, u32),
    channels: usize,
    samples: &[f32],
    depth: Option<Depth>,
) -> Result<(), tiff::TiffError> {
    let mut encoder = TiffEncoder::new(out)?.with_compression(tiff::encoder::Compression::Lzw);
    match depth {
        Some(Depth::Byte) => {
            let data: Vec<u8> = samples.iter().map(byte).collect();
            match channels {
                1 => encoder.write_image::<colortype::Gray8>(w, h, &data),
                3 => encoder.write_image::<colortype::RGB8>(w, h, &data),
                _ => encoder.write_image::<colortype::RGBA8>(w, h, &data),
            }
        }
        None | Some(Depth::Short) => {
            let data: Vec<u16> = samples.iter().map(short).collect();
            match channels {
                1 => encoder.write_image::<colortype::Gray16>(w, h, &data),
                3 => encoder.write_image::<colortype::RGB16>(w, h, &data),
                _ => encoder.write_image::<colortype::RGBA16>(w, h, &data),
            }
        }
        Some(Depth::Half | Depth::Float) => match channels {
            1 => encoder.write_image::<colortype::Gray32Float>(w, h, samples),
            3 => encoder.write_image::<colortype::RGB32Float>(w, h, samples),
            _ => encoder.write_image::<colortype::RGBA32Float>(w, h, samples),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::super::{read, read_matte};
    use super::*;
    use crate::raster::Encoding;

    #[test]
    fn every_format_comes_back() {
        let folder = tempfile::tempdir().expect("a folder");
        let matte = Matte::new(7, 3, (0..21).map(|i| i as f32 / 20.0).collect()).expect("21 values");
        let rgba: Vec<f32> = (0..84).map(|i| (i * 37 % 84) as f32 / 83.0).collect();
        let cases = [
            ("exr", None, Depth::Half, 1e-3),
            ("exr", Some(Depth::Float), Depth::Float, 0.0),
            ("png", None, Depth::Short, 1e-5),
            ("png", Some(Depth::Byte), Depth::Byte, 2e-3),
            ("tif", None, Depth::Short, 1e-5),
            ("tif", Some(Depth::Byte), Depth::Byte, 2e-3),
            ("tif", Some(Depth::Float), Depth::Float, 0.0),
            ("dpx", None, Depth::Short, 6e-4),
            ("dpx", Some(Depth::Short), Depth::Short, 1e-5),
        ];
        for (extension, depth, found, tolerance) in cases {
            let path = folder.path().join(format!("a.{extension}"));
            let options = WriteOptions { depth, ..WriteOptions::default() };
            write_matte(&path, &matte, &options).expect("written");
            let back = read_matte(&path).expect("read");
            let worst = back.data().iter().zip(matte.data()).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(worst <= tolerance + 1e-6, "{extension} {depth:?}: {worst}");
            write(&path, (7, 3), 4, &rgba, &options).expect("written");
            let back = read(&path).expect("read");
            assert!(back.has_alpha);
            assert_eq!(back.depth, found, "{extension}");
            let worst = back.rgba.iter().zip(&rgba).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(worst <= tolerance, "{extension} {depth:?}: {worst}");
            assert_eq!(back.encoding == Encoding::Linear, extension == "exr");
        }
    }

    #[test]
    fn an_unknown_extension_is_named() {
        let error = Format::of(Path::new("out.gif")).expect_err("gif").to_string();
        assert_eq!(
            error,
            "cannot write out.gif: its extension is \"gif\", expected exr, png, tif, dpx or jpg"
        );
    }

    #[test]
    fn channels_that_make_no_file_are_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let refused = |name: &str, channels: &[Channel<'_>]| {
            let path = folder.path().join(name);
            let error =
                write_channels(&path, (2, 1), channels, &WriteOptions::default()).expect_err("refused");
            assert!(!path.exists());
            error.to_string()
        };
        let channel = |name: &str| Channel::new(name, vec![0.5; 2]);
        assert!(refused("a.png", &[channel("A")]).contains("expected the extension exr"));
        assert!(refused("a.exr", &[]).contains("0 channels of 2x1 pixels"));
        assert!(refused("a.exr", &[channel("A"), channel("A")]).contains("two channels are named \"A\""));
        assert!(refused("a.exr", &[channel("")]).contains("0 bytes, expected 1 to 255"));
        assert!(refused("a.exr", &[channel(&"n".repeat(256))]).contains("256 bytes"));
        let short = [Channel::new("A", vec![0.5])];
        assert!(refused("a.exr", &short).contains("1 samples are given for channel A, expected 2"));
    }
}

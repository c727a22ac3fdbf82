//! PNG, by the `png` crate, row by row. Texts and colour profiles are skipped: no caller needs them, and
//! they may be packed to a thousandth of their size.

use std::fs::File;
use std::io::{BufReader, Read as _};
use std::path::Path;

use png::{BitDepth, ColorType, Decoder, DecodingError, Info, Limits, Transformations};

use super::sink::{About, Sink, begin, widen};
use super::{Budget, Depth, IoError, open};
use crate::raster::Encoding;
use crate::raster::room::zeros;

/// What the decoder may take for a row and for chunks that it keeps, such as EXIF data.
const BESIDES: usize = 64 << 20;
/// No byte of a deflated stream stands for more than this many.
const DEFLATE_MOST: u64 = 1032;
/// Bytes that are no pixels in any file: slack for the check of its length.
const OVERHEAD: u64 = 4096;

/// Reads a PNG file.
pub(super) fn read(path: &Path, budget: &Budget, sink: &mut dyn Sink) -> Result<About, IoError> {
    let tell = |e| tell(path, e);
    let file = open(path).map_err(|e| IoError::read(path, &e))?;
    let length = file.metadata().map_err(|e| IoError::read(path, &e))?.len();
    let mut decoder = decoder(file);
    let info = decoder.read_header_info().map_err(tell)?;
    let (width, height) = (info.width, info.height);
    budget.picture(path, width, height)?;
    let packed = raw_bytes(info);
    if packed > length.saturating_mul(DEFLATE_MOST).saturating_add(OVERHEAD) {
        return Err(IoError::damaged(
            path,
            format!("its {length} bytes cannot hold {width}x{height} pixels"),
        ));
    }
    let mut reader = decoder.read_info().map_err(tell)?;
    let info = reader.info();
    // An animation may say for its first picture what the header says for all.
    if info.frame_control.is_some_and(|f| (f.width, f.height) != (width, height)) {
        return Err(IoError::damaged(path, "its first frame has another size than its header says"));
    }
    let interlaced = info.interlaced;
    let (color, bits) = reader.output_color_type();
    let channels = color.samples();
    let about = About {
        width,
        height,
        has_alpha: matches!(color, ColorType::GrayscaleAlpha | ColorType::Rgba),
        depth: if bits == BitDepth::Sixteen { Depth::Short } else { Depth::Byte },
        encoding: Encoding::Srgb,
        pixel_aspect: 1.0,
    };
    let mut line = Vec::with_capacity(width as usize);
    let mut give = |y: u32, row: &[u8], sink: &mut dyn Sink| {
        if bits == BitDepth::Sixteen {
            let (values, _) = row.as_chunks::<2>();
            widen(values, channels, |b| f32::from(u16::from_be_bytes(b)) / 65535.0, &mut line);
        } else {
            widen(row, channels, |b| f32::from(b) / 255.0, &mut line);
        }
        sink.row(0, y, &line);
    };
    if interlaced {
        // Its rows come seven times, each time with more pixels.
        let count = reader.output_buffer_size().unwrap_or(usize::MAX);
        begin((path, budget), &about, [0.0; 4], count as u64, sink)?;
        let mut whole = zeros::<u8>(count).map_err(|room| IoError::no_room(path, room))?;
        let line_size = reader.next_frame(&mut whole).map_err(tell)?.line_size;
        for (y, row) in (0..height).zip(whole.chunks_exact(line_size)) {
            give(y, row, sink);
        }
        return Ok(about);
    }
    begin((path, budget), &about, [0.0; 4], 0, sink)?;
    for y in 0..height {
        let row = reader.next_row().map_err(tell)?;
        let row = row.ok_or_else(|| IoError::damaged(path, "it ends too early"))?;
        give(y, row.data(), sink);
    }
    // What comes after the last row is checked as well: a sum of all before it.
    reader.next_row().map_err(tell)?;
    Ok(about)
}

/// The size in the header.
pub(super) fn size(path: &Path) -> Result<(u32, u32), IoError> {
    let file = open(path).map_err(|e| IoError::read(path, &e))?;
    let mut decoder = decoder(file);
    let info = decoder.read_header_info().map_err(|e| tell(path, e))?;
    Ok((info.width, info.height))
}

/// Whether a PNG file numbers its colours, as segmentation data sets do with their objects.
pub(super) fn has_palette(path: &Path) -> Result<bool, IoError> {
    // Signature (8), length and name of the first chunk (8), width, height, bits; then the colour
    // type, of which 3 is a palette.
    let mut start = [0_u8; 26];
    let mut file = open(path).map_err(|e| IoError::read(path, &e))?;
    Ok(file.read_exact(&mut start).is_ok() && start.starts_with(b"\x89PNG") && start[25] == 3)
}

fn decoder(file: File) -> Decoder<BufReader<File>> {
    let reader = BufReader::with_capacity(1 << 16, file);
    let mut decoder = Decoder::new_with_limits(reader, Limits { bytes: BESIDES });
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    // Palettes become colours, fewer than 8 bits become 8, and a transparent colour becomes alpha.
    decoder.set_transformations(Transformations::EXPAND);
    decoder
}

/// Bytes of all rows before they are deflated, about.
fn raw_bytes(info: &Info<'_>) -> u64 {
    let bits = u64::from(info.width) * info.color_type.samples() as u64 * info.bit_depth as u64;
    (bits / 8 + 1) * u64::from(info.height)
}

fn tell(path: &Path, error: DecodingError) -> IoError {
    match error {
        DecodingError::IoError(e) if e.kind() == std::io::ErrorKind::UnexpectedEof => {
            IoError::damaged(path, "it ends too early")
        }
        DecodingError::IoError(e) => IoError::read(path, &e),
        DecodingError::LimitsExceeded => IoError::too_large(
            path,
            format!("it holds more than {} MB besides its pixels", BESIDES / 1_000_000),
        ),
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

    /// What the `image` crate makes of a file, as RGBA of 16 bits.
    fn reference(path: &Path) -> Vec<u16> {
        image::open(path).expect("read").to_rgba16().into_raw()
    }

    #[test]
    fn every_colour_type_is_read_as_by_others() {
        use png::{BitDepth as B, ColorType as C};
        let folder = tempfile::tempdir().expect("a folder");
        let cases = [
            (C::Grayscale, B::One),
            (C::Grayscale, B::Two),
            (C::Grayscale, B::Four),
            (C::Grayscale, B::Eight),
            (C::Grayscale, B::Sixteen),
            (C::GrayscaleAlpha, B::Eight),
            (C::GrayscaleAlpha, B::Sixteen),
            (C::Indexed, B::Two),
            (C::Indexed, B::Eight),
            (C::Rgb, B::Eight),
            (C::Rgb, B::Sixteen),
            (C::Rgba, B::Eight),
            (C::Rgba, B::Sixteen),
        ];
        for (color, bits) in cases {
            for transparent in [false, true] {
                let path = folder.path().join("a.png");
                let file = File::create(&path).expect("made");
                let mut encoder = png::Encoder::new(file, 5, 3);
                encoder.set_color(color);
                encoder.set_depth(bits);
                encoder.set_palette((0..3 * 4).map(|i| (i * 19) as u8).collect::<Vec<_>>());
                if transparent && color == C::Indexed {
                    encoder.set_trns(vec![0, 128, 255]);
                }
                let row = (5 * color.samples() * bits as usize).div_ceil(8);
                let most = if color == C::Indexed && bits == B::Eight { 4 } else { 256 };
                let bytes: Vec<u8> = (0..3 * row).map(|i| (i * 37 % most) as u8).collect();
                let mut writer = encoder.write_header().expect("a header");
                writer.write_image_data(&bytes).expect("written");
                writer.finish().expect("whole");
                let found = read(&path).expect("read");
                let found: Vec<u16> = found.rgba.iter().map(|v| (v * 65535.0).round() as u16).collect();
                assert_eq!(found, reference(&path), "{color:?} {bits:?} {transparent}");
            }
        }
    }
}

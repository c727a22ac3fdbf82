//! DPX (SMPTE ST 268), read by ourselves: no crate does.
//!
//! Read are RGB, RGBA, ABGR and luminance of 8, 10, 12, 16 bits and floats, in both byte orders,
//! packed or filled, not run-length encoded. What the header calls logarithmic or a printing density is
//! said to be [`Encoding::Cineon`], as film scans are; cameras write their own curves under that name too.

use std::io::{BufReader, Read, Seek as _, SeekFrom};
use std::path::Path;

use super::sink::{About, Sink, begin};
use super::{Budget, Depth, IoError, WriteSeek, open};
use crate::raster::Encoding;

/// Bytes of the generic and the film and television headers.
const HEADER: usize = 2048;

/// What the header says of the first picture element that is a picture.
struct Header {
    big: bool,
    width: u32,
    height: u32,
    bottom_up: bool,
    descriptor: u8,
    transfer: u8,
    bits: u8,
    packing: u16,
    start: u64,
    end_of_line: u32,
    pixel_aspect: f64,
    by_ffmpeg: bool,
}

/// Bytes of a file in its own byte order; what lies beyond its end reads as `None`.
#[derive(Clone, Copy)]
struct Bytes<'a> {
    data: &'a [u8],
    big: bool,
}

impl Bytes<'_> {
    fn u16(self, at: usize) -> Option<u16> {
        let b = self.data.get(at..at + 2)?.try_into().ok()?;
        Some(if self.big { u16::from_be_bytes(b) } else { u16::from_le_bytes(b) })
    }

    fn u32(self, at: usize) -> Option<u32> {
        let b = self.data.get(at..at + 4)?.try_into().ok()?;
        Some(if self.big { u32::from_be_bytes(b) } else { u32::from_le_bytes(b) })
    }
}

/// Reads a DPX file.
pub(super) fn read(path: &Path, budget: &Budget, sink: &mut dyn Sink) -> Result<About, IoError> {
    let failed = |e: std::io::Error| IoError::read(path, &e);
    let mut file = open(path).map_err(failed)?;
    let length = file.metadata().map_err(failed)?.len();
    let header = header(path, &start(&mut file).map_err(failed)?)?;
    let channels = match header.descriptor {
        6 => 1,
        50 => 3,
        _ => 4,
    };
    let about = About {
        width: header.width,
        height: header.height,
        has_alpha: channels == 4,
        depth: match header.bits {
            8 => Depth::Byte,
            32 => Depth::Float,
            _ => Depth::Short,
        },
        encoding: match header.transfer {
            1 | 3 => Encoding::Cineon,
            // FFmpeg says so of everything that it writes, display-referred video included.
            2 if !header.by_ffmpeg => Encoding::Linear,
            _ => Encoding::Srgb,
        },
        pixel_aspect: header.pixel_aspect,
    };
    budget.picture(path, about.width, about.height)?;
    let (line, stride) = lines(path, length, &header, channels)?;
    begin((path, budget), &about, [0.0; 4], 0, sink)?;
    file.seek(SeekFrom::Start(header.start)).map_err(failed)?;
    let mut reader = BufReader::with_capacity(1 << 16, file);
    let (mut bytes, mut samples) = (vec![0; line], vec![0.0; header.width as usize * channels]);
    let mut pixels = Vec::with_capacity(header.width as usize);
    for row in 0..header.height {
        reader.read_exact(&mut bytes).map_err(failed)?;
        reader.seek_relative((stride - line) as i64).map_err(failed)?;
        let row_bytes = Bytes { data: &bytes, big: header.big };
        unpack(row_bytes, &header, channels, &mut samples)
            .ok_or_else(|| IoError::damaged(path, "it ends too early"))?;
        pixels.clear();
        pixels.extend(samples.chunks_exact(channels).map(|pixel| match (pixel, header.descriptor) {
            (&[a, b, g, r], 52) | (&[r, g, b, a], _) => [r, g, b, a],
            (&[r, g, b], _) => [r, g, b, 1.0],
            (&[v, ..], _) => [v, v, v, 1.0],
            ([], _) => [0.0; 4],
        }));
        sink.row(0, if header.bottom_up { header.height - 1 - row } else { row }, &pixels);
    }
    Ok(about)
}

/// The size in the header.
pub(super) fn size(path: &Path) -> Result<(u32, u32), IoError> {
    let mut file = open(path).map_err(|e| IoError::read(path, &e))?;
    let data = start(&mut file).map_err(|e| IoError::read(path, &e))?;
    header(path, &data).map(|h| (h.width, h.height))
}

/// The bytes in which a header is, as far as the file goes.
fn start(file: &mut impl Read) -> std::io::Result<Vec<u8>> {
    let mut data = Vec::with_capacity(HEADER);
    file.take(HEADER as u64).read_to_end(&mut data)?;
    Ok(data)
}

fn header(path: &Path, data: &[u8]) -> Result<Header, IoError> {
    let big = match data.get(..4) {
        Some(b"SDPX") => true,
        Some(b"XPDS") => false,
        _ => return Err(IoError::damaged(path, "it does not start with SDPX or XPDS")),
    };
    let bytes = Bytes { data, big };
    let ends = || IoError::damaged(path, "it ends within its header");
    let u16_at = |at| bytes.u16(at).ok_or_else(ends);
    let u32_at = |at| bytes.u32(at).ok_or_else(ends);
    if data.len() < HEADER - 384 {
        return Err(ends());
    }
    let (width, height) = (u32_at(772)?, u32_at(776)?);
    let bottom_up = match u16_at(768)? {
        0 | 0xffff => false,
        2 => true,
        other => {
            return Err(IoError::unsupported(path, format!("its orientation is {other}, expected 0 or 2")));
        }
    };
    let count = usize::from(u16_at(770)?).clamp(1, 8);
    let element = (0..count).map(|i| 780 + i * 72).find(|at| matches!(data.get(at + 20), Some(6 | 50..=52)));
    let Some(at) = element else {
        let found = data.get(800).copied().unwrap_or_default();
        return Err(IoError::unsupported(
            path,
            format!("its pixels are of kind {found}, expected grey or RGB"),
        ));
    };
    if u16_at(at + 26)? == 1 {
        return Err(IoError::unsupported(path, "it is run-length encoded"));
    }
    let offset = match u32_at(at + 28)? {
        0 | u32::MAX => u32_at(4)?,
        offset => offset,
    };
    let end_of_line = match u32_at(at + 32)? {
        u32::MAX => 0,
        n => n,
    };
    let pixel_aspect = match (bytes.u32(1628), bytes.u32(1632)) {
        (Some(x), Some(y)) if x != 0 && y != 0 && x != u32::MAX && y != u32::MAX => {
            f64::from(x) / f64::from(y)
        }
        _ => 1.0,
    };
    Ok(Header {
        big,
        width,
        height,
        bottom_up,
        descriptor: data[at + 20],
        transfer: data[at + 21],
        bits: data[at + 23],
        packing: u16_at(at + 24)?,
        start: offset.into(),
        end_of_line,
        pixel_aspect: if (0.1..10.0).contains(&pixel_aspect) { pixel_aspect } else { 1.0 },
        by_ffmpeg: data.get(160..164) == Some(b"Lavc"),
    })
}

/// Bytes of the pixels of a line, and from the start of a line to that of the next.
fn lines(path: &Path, length: u64, header: &Header, channels: usize) -> Result<(usize, usize), IoError> {
    let width = header.width as usize * channels;
    let filled = header.packing == 1 || header.packing == 2;
    // Bytes of a line before it is filled up to whole words of 32 bits.
    let line = match (header.bits, filled) {
        (8, _) => width,
        (10, true) => width.div_ceil(3) * 4,
        (12, true) | (16, _) => width * 2,
        (10 | 12, false) => (width * usize::from(header.bits)).div_ceil(32) * 4,
        (32, _) => width * 4,
        (bits, _) => {
            return Err(IoError::unsupported(
                path,
                format!("its samples have {bits} bits, expected 8, 10, 12, 16 or 32"),
            ));
        }
    };
    let pixels = length.saturating_sub(header.start);
    let needed = |stride: u64| stride * u64::from(header.height.saturating_sub(1)) + line as u64;
    let padded = line.next_multiple_of(4) as u64 + u64::from(header.end_of_line);
    // Some writers forget to fill the lines up.
    let stride = if pixels >= needed(padded) { padded } else { line as u64 };
    if pixels < needed(stride) {
        let whole = line as u64 * u64::from(header.height);
        return Err(IoError::damaged(
            path,
            format!("it ends too early: {pixels} of {whole} bytes of pixels"),
        ));
    }
    Ok((line, usize::try_from(stride).unwrap_or(line)))
}

/// The samples of a line, scaled to 0 to 1, as they are interleaved; none where it is too short.
fn unpack(row: Bytes<'_>, header: &Header, channels: usize, out: &mut [f32]) -> Option<()> {
    let most = ((1_u64 << header.bits) - 1) as f32;
    for (i, out) in out.iter_mut().enumerate() {
        *out = match (header.bits, header.packing) {
            (8, _) => f32::from(*row.data.get(i)?) / most,
            (16, _) => f32::from(row.u16(i * 2)?) / most,
            (32, _) => f32::from_bits(row.u32(i * 4)?),
            (12, 1) => f32::from(row.u16(i * 2)? >> 4) / most,
            (12, 2) => f32::from(row.u16(i * 2)? & 0xfff) / most,
            (10, 1 | 2) => {
                let low = if header.packing == 1 { 2 } else { 0 };
                // Three samples a word, the first highest; grey pictures have it lowest.
                let place = if channels == 1 { i % 3 } else { 2 - i % 3 };
                f32::from((row.u32(i / 3 * 4)? >> (low + 10 * place) & 0x3ff) as u16) / most
            }
            (bits, _) => f32::from(packed(row, i, usize::from(bits))?) / most,
        };
    }
    Some(())
}

/// Sample `i` of a stream of bits that fills words of 32 bits from their low end.
fn packed(row: Bytes<'_>, i: usize, bits: usize) -> Option<u16> {
    let at = i * bits;
    let (word, shift) = (at / 32, at % 32);
    let mut value = u64::from(row.u32(word * 4)?) >> shift;
    if shift + bits > 32 {
        value |= u64::from(row.u32(word * 4 + 4)?) << (32 - shift);
    }
    Some((value & ((1 << bits) - 1)) as u16)
}

/// Writes RGB (`channels` 3) or RGBA (4) of 10 bits, filled, or of 16 bits, display-referred.
pub(super) fn write(
    out: &mut dyn WriteSeek,
    (width, height): (u32, u32),
    channels: usize,
    samples: &[f32],
    bits: u8,
) -> std::io::Result<()> {
    let mut header = vec![0_u8; HEADER];
    let line = width as usize * channels;
    let row_bytes = if bits == 10 { line.div_ceil(3) * 4 } else { (line * 2).next_multiple_of(4) };
    let total = HEADER + row_bytes * height as usize;
    let mut put = |at: usize, bytes: &[u8]| header[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, b"SDPX");
    put(4, &(HEADER as u32).to_be_bytes());
    put(8, b"V2.0");
    put(16, &u32::try_from(total).unwrap_or(u32::MAX).to_be_bytes());
    put(20, &1_u32.to_be_bytes());
    put(24, &1664_u32.to_be_bytes());
    put(28, &384_u32.to_be_bytes());
    put(160, concat!("AI Roto ", env!("CARGO_PKG_VERSION")).as_bytes());
    put(660, &u32::MAX.to_be_bytes());
    put(770, &1_u16.to_be_bytes());
    put(772, &width.to_be_bytes());
    put(776, &height.to_be_bytes());
    put(788, &((1_u32 << bits) - 1).to_be_bytes());
    // Colorimetric and transfer: Rec. 709, which is what viewers take display-referred RGB for.
    put(800, &[if channels == 4 { 51 } else { 50 }, 6, 6, bits]);
    put(804, &u16::from(bits == 10).to_be_bytes());
    put(808, &(HEADER as u32).to_be_bytes());
    put(1628, &1_u32.to_be_bytes());
    put(1632, &1_u32.to_be_bytes());
    out.write_all(&header)?;
    let most = ((1_u32 << bits) - 1) as f32;
    let code = |v: f32| (v * most + 0.5).clamp(0.0, most) as u32;
    for row in samples.chunks_exact(line) {
        let mut bytes = Vec::with_capacity(row_bytes);
        if bits == 10 {
            for three in row.chunks(3) {
                let word = three.iter().enumerate().fold(0, |w, (i, &v)| w | code(v) << (22 - 10 * i));
                bytes.extend(word.to_be_bytes());
            }
        } else {
            row.iter().for_each(|&v| bytes.extend((code(v) as u16).to_be_bytes()));
            bytes.resize(row_bytes, 0);
        }
        out.write_all(&bytes)?;
    }
    Ok(())
}

#[cfg(test)]
#[path = "dpx_tests.rs"]
mod tests;

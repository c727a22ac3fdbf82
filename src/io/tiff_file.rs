//! TIFF, by the `tiff` crate: the `image` crate in front of it knows no grey floats, the form in
//! which mattes are kept. Strips and tiles are decoded one at a time.

use std::fs::File;
use std::io::{BufReader, Seek as _, SeekFrom};
use std::path::Path;

use tiff::ColorType;
use tiff::decoder::{ChunkType, Decoder, DecodingResult, Limits};
use tiff::tags::{CompressionMethod, PlanarConfiguration, Tag};

use super::sink::{About, Sink, begin, widen};
use super::{Budget, Depth, IoError, jpeg, open};
use crate::raster::Encoding;

/// No way of packing makes more of a byte: LZW comes to two thousand and deflate to one.
const PACKED_MOST: u64 = 4096;

/// Reads the first picture of a TIFF file.
pub(super) fn read(path: &Path, budget: &Budget, sink: &mut dyn Sink) -> Result<About, IoError> {
    let tell = |e| tell(path, e);
    let mut decoder = decoder(path)?;
    let (width, height) = decoder.dimensions().map_err(tell)?;
    budget.picture(path, width, height)?;
    let Form { channels, has_alpha, bits } = Form::of(path, &mut decoder)?;
    let pieces = Pieces::new(path, &mut decoder)?;
    let samples =
        u64::from(decoder.find_tag_unsigned::<u16>(Tag::SamplesPerPixel).map_err(tell)?.unwrap_or(1));
    let bytes =
        |columns: u32| u64::from(columns).saturating_mul(u64::from(bits).saturating_mul(samples)).div_ceil(8);
    let piece = bytes(pieces.size.0.min(width)).saturating_mul(u64::from(pieces.size.1.min(height)));
    let length = decoder.inner().get_ref().metadata().map_err(|e| IoError::read(path, &e))?.len();
    if piece > length.saturating_mul(pieces.ratio) {
        return Err(IoError::damaged(
            path,
            format!("it ends too early: its {length} bytes cannot hold {width}x{height} pixels"),
        ));
    }
    let about = About {
        width,
        height,
        has_alpha,
        depth: depth(&mut decoder, bits).map_err(tell)?,
        encoding: Encoding::Srgb,
        pixel_aspect: 1.0,
    };
    // A row of a piece is as wide as the piece, also where it lies beyond the picture.
    let row = bytes(pieces.size.0);
    let packed = pieces.longest(path, &mut decoder)?;
    // What is packed otherwise is unpacked while it is read.
    let whole = if pieces.whole { piece.saturating_add(packed) } else { 0 };
    let besides = piece.saturating_add(row).saturating_add(whole);
    begin((path, budget), &about, [0.0; 4], besides, sink)?;
    let most = |bytes: u64| usize::try_from(bytes).unwrap_or(usize::MAX);
    decoder = decoder.with_limits({
        let mut limits = Limits::default();
        limits.decoding_buffer_size = most(piece);
        limits.intermediate_buffer_size = most(packed);
        limits
    });
    for index in 0..pieces.count() {
        let size = decoder.chunk_data_dimensions(index);
        let samples = decoder.read_chunk(index).map_err(tell)?;
        let piece = Piece { path, at: pieces.place(index), size, channels, bits };
        piece.give(samples, (width, height), sink)?;
    }
    Ok(about)
}

/// How a file stores its pixels.
struct Form {
    /// Samples of a pixel that are read: 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA.
    channels: usize,
    /// Whether the last of them is alpha.
    has_alpha: bool,
    /// Bits of a sample.
    bits: u8,
}

impl Form {
    fn of(path: &Path, decoder: &mut Decoder<BufReader<File>>) -> Result<Self, IoError> {
        let tell = |e| tell(path, e);
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
        if channels > 1 && planar.and_then(PlanarConfiguration::from_u16) == Some(PlanarConfiguration::Planar)
        {
            return Err(IoError::unsupported(
                path,
                "its channels are in separate planes, expected interleaved channels",
            ));
        }
        let bits = color.bit_depth();
        if bits < 8 && !(matches!(bits, 1 | 2 | 4) && channels == 1) {
            return Err(IoError::unsupported(path, format!("its samples have {bits} bits")));
        }
        Ok(Self { channels, has_alpha, bits })
    }
}

/// A strip or a tile.
struct Piece<'a> {
    path: &'a Path,
    /// Its left column and top row in the picture.
    at: (u32, u32),
    /// Its columns and rows.
    size: (u32, u32),
    channels: usize,
    bits: u8,
}

impl Piece<'_> {
    /// Gives its pixels to `sink`, as far as they lie within the picture of `(width, height)`.
    fn give(&self, samples: DecodingResult, picture: (u32, u32), sink: &mut dyn Sink) -> Result<(), IoError> {
        let (w, h) = self.size;
        let mut line = Vec::new();
        let mut row = |y: u32, line: &[[f32; 4]]| {
            let seen = line.len().min(picture.0.saturating_sub(self.at.0) as usize);
            if self.at.1 + y < picture.1 {
                sink.row(self.at.0, self.at.1 + y, &line[..seen]);
            }
        };
        match samples {
            // Fewer than 8 bits a sample come packed, each row filled up to whole bytes.
            DecodingResult::U8(v) if self.bits < 8 => {
                let packed = (w as usize * usize::from(self.bits)).div_ceil(8);
                for (y, bytes) in (0..h).zip(v.chunks_exact(packed.max(1))) {
                    widen(&unpack(bytes, w, self.bits), 1, |v| v, &mut line);
                    row(y, &line);
                }
                Ok(())
            }
            DecodingResult::U8(v) => self.rows(&v, |v| f32::from(v) / 255.0, &mut row),
            DecodingResult::U16(v) => self.rows(&v, |v| f32::from(v) / 65535.0, &mut row),
            DecodingResult::U32(v) => {
                self.rows(&v, |v| (f64::from(v) / f64::from(u32::MAX)) as f32, &mut row)
            }
            DecodingResult::F16(v) => self.rows(&v, |v| v.to_f32(), &mut row),
            DecodingResult::F32(v) => self.rows(&v, |v| v, &mut row),
            DecodingResult::F64(v) => self.rows(&v, |v| v as f32, &mut row),
            _ => Err(IoError::unsupported(self.path, "its samples are signed integers or of 64 bits")),
        }
    }

    /// Gives each row of `samples`, made numbers by `value`, to `row`.
    fn rows<T: Copy>(
        &self,
        samples: &[T],
        value: impl Fn(T) -> f32,
        row: &mut dyn FnMut(u32, &[[f32; 4]]),
    ) -> Result<(), IoError> {
        let width = self.size.0 as usize * self.channels;
        let expected = width * self.size.1 as usize;
        if samples.len() < expected {
            let held = samples.len();
            return Err(IoError::damaged(
                self.path,
                format!("a strip or tile has {held} of {expected} samples"),
            ));
        }
        let mut line = Vec::new();
        for (y, samples) in (0..self.size.1).zip(samples.chunks_exact(width.max(1))) {
            widen(samples, self.channels, &value, &mut line);
            row(y, &line);
        }
        Ok(())
    }
}

/// The size in the header.
pub(super) fn size(path: &Path) -> Result<(u32, u32), IoError> {
    decoder(path)?.dimensions().map_err(|e| tell(path, e))
}

fn decoder(path: &Path) -> Result<Decoder<BufReader<File>>, IoError> {
    let file = open(path).map_err(|e| IoError::read(path, &e))?;
    Decoder::new(BufReader::new(file)).map_err(|e| tell(path, e))
}

fn depth(decoder: &mut Decoder<BufReader<File>>, bits: u8) -> tiff::TiffResult<Depth> {
    /// Floating point, as the tag for the format of samples numbers it.
    const FLOAT: u16 = 3;
    let formats = decoder.find_tag_unsigned_vec::<u16>(Tag::SampleFormat)?.unwrap_or_default();
    Ok(match (bits, formats.first() == Some(&FLOAT)) {
        (0..=8, _) => Depth::Byte,
        (_, false) if bits <= 16 => Depth::Short,
        (_, true) if bits <= 16 => Depth::Half,
        _ => Depth::Float,
    })
}

/// The strips or tiles of a picture.
struct Pieces {
    /// Width and height of one.
    size: (u32, u32),
    across: u32,
    down: u32,
    places: Tag,
    lengths: Tag,
    /// Whether each is a JPEG file of its own.
    jpeg: bool,
    /// Whether each is unpacked as a whole.
    whole: bool,
    /// How many bytes a byte of the file can stand for at most.
    ratio: u64,
}

impl Pieces {
    fn new(path: &Path, decoder: &mut Decoder<BufReader<File>>) -> Result<Self, IoError> {
        let (width, height) = decoder.dimensions().map_err(|e| tell(path, e))?;
        let size = decoder.chunk_dimensions();
        if size.0 == 0 || size.1 == 0 {
            return Err(IoError::damaged(path, "its strips or tiles have no pixels"));
        }
        let (places, lengths) = match decoder.get_chunk_type() {
            ChunkType::Strip => (Tag::StripOffsets, Tag::StripByteCounts),
            ChunkType::Tile => (Tag::TileOffsets, Tag::TileByteCounts),
        };
        let method = decoder.find_tag_unsigned::<u16>(Tag::Compression).map_err(|e| tell(path, e))?;
        let method = method.map(CompressionMethod::from_u16_exhaustive);
        let jpeg = method == Some(CompressionMethod::ModernJPEG);
        let whole = jpeg || method == Some(CompressionMethod::Fax4);
        let (across, down) = (width.div_ceil(size.0), height.div_ceil(size.1));
        let ratio = match method {
            None | Some(CompressionMethod::None) => 1,
            // A white line of any length has one bit.
            Some(CompressionMethod::Fax4) => u64::MAX,
            Some(_) => PACKED_MOST,
        };
        Ok(Self { size, across, down, places, lengths, jpeg, whole, ratio })
    }

    fn count(&self) -> u32 {
        self.across.saturating_mul(self.down)
    }

    /// The pixel at which a piece begins.
    fn place(&self, index: u32) -> (u32, u32) {
        (index % self.across * self.size.0, index / self.across * self.size.1)
    }

    /// Bytes of the longest, as it is in the file. Pieces that are JPEG files of their own are looked into: each says
    /// for itself how large it is.
    fn longest(&self, path: &Path, decoder: &mut Decoder<BufReader<File>>) -> Result<u64, IoError> {
        let tell = |e| tell(path, e);
        let lengths = decoder.find_tag_unsigned_vec::<u64>(self.lengths).map_err(tell)?.unwrap_or_default();
        if self.jpeg {
            let places = decoder.find_tag_unsigned_vec::<u64>(self.places).map_err(tell)?.unwrap_or_default();
            for place in places.into_iter().take(self.count() as usize) {
                let reader = decoder.inner();
                let found = reader.seek(SeekFrom::Start(place)).and_then(|_| jpeg::header(reader));
                let found = found.map_err(|e| IoError::damaged(path, e))?;
                if found.width > self.size.0 || found.height > self.size.1 {
                    return Err(IoError::damaged(
                        path,
                        format!(
                            "a strip or tile of {}x{} pixels declares {}x{}",
                            self.size.0, self.size.1, found.width, found.height
                        ),
                    ));
                }
            }
        }
        Ok(lengths.into_iter().max().unwrap_or(0))
    }
}

/// Samples of 1, 2 or 4 bits in a row.
fn unpack(packed: &[u8], width: u32, bits: u8) -> Vec<f32> {
    let bits = usize::from(bits);
    let most = (1_u8 << bits) - 1;
    (0..width as usize)
        .map_while(|x| {
            let byte = *packed.get(x * bits / 8)?;
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

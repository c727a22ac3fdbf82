//! Picture files: reading them into one form, and writing them whole or not at all.
//!
//! | file | read | written |
//! |---|---|---|
//! | PNG, JPEG | 8 and 16 bits | PNG of 8 and 16 bits, JPEG |
//! | TIFF | 1 to 32 bits, half and float | 8 and 16 bits, float |
//! | EXR | half, float, layers | half, float, any channels |
//! | DPX | 8 to 16 bits, float | 10 and 16 bits |
//! | movies | what the system's ffmpeg reads | |
//!
//! A [`Picture`] says how its values are encoded, as far as its file tells; nothing is converted on reading.

mod atomic;
mod dpx;
mod exr_file;
mod exr_write;
mod movie;
mod plain;
mod sequence;
mod tiff_file;
mod unfinished;
mod write;

use std::path::{Path, PathBuf};

pub use atomic::{WriteSeek, tidy, write_atomically};
pub use movie::{Movie, is_movie};
pub use sequence::{Pattern, Sequence, SequenceError, parse_range};
pub use unfinished::{FOLDERS, PARTS, Unfinished};
pub use write::{Channel, Compression, Format, WriteOptions, write, write_channels, write_matte};

use super::{Encoding, Matte};

/// No side of a picture may be longer, in pixels: a header that claims more is damaged.
const LONGEST_SIDE: u32 = 65_535;
/// No picture may hold more pixels (16 Ki x 16 Ki), so that a damaged header cannot eat the memory.
const MOST_PIXELS: u64 = 1 << 28;

/// How the samples of a file are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Depth {
    /// Integers of up to 8 bits.
    Byte,
    /// Integers of 9 to 16 bits.
    Short,
    /// 16 bit floats.
    Half,
    /// 32 bit floats, or integers that need them.
    Float,
}

/// A picture out of a file: RGBA, `f32`, top row first, integers scaled to 0 to 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Picture {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// R G B A interleaved, `width * height * 4` values; alpha is 1 where the file has none.
    pub rgba: Vec<f32>,
    /// Whether the file holds alpha.
    pub has_alpha: bool,
    /// How the file stores its samples.
    pub depth: Depth,
    /// How the values are encoded, by what the file says and what is custom in its format.
    pub encoding: Encoding,
    /// Width of a pixel over its height.
    pub pixel_aspect: f64,
}

/// What can go wrong with a picture file. Each message is complete: it names the file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IoError {
    /// The file cannot be opened or read.
    #[error("cannot read {}: {reason}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// The file is truncated or not what its name says.
    #[error("{} is damaged or incomplete: {reason}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What was found.
        reason: String,
    },
    /// A form of the format that is not read.
    #[error("{} cannot be used: {reason}", path.display())]
    Unsupported {
        /// The file.
        path: PathBuf,
        /// What was found and what is read.
        reason: String,
    },
    /// The file cannot be written.
    #[error("cannot write {}: {reason}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system or the encoder says.
        reason: String,
    },
}

impl IoError {
    fn read(path: &Path, error: &std::io::Error) -> Self {
        Self::Read { path: path.to_owned(), reason: plain_reason(error) }
    }

    fn damaged(path: &Path, reason: impl ToString) -> Self {
        Self::Damaged { path: path.to_owned(), reason: reason.to_string() }
    }

    fn unsupported(path: &Path, reason: impl ToString) -> Self {
        Self::Unsupported { path: path.to_owned(), reason: reason.to_string() }
    }
}

/// What the system says, without its error number.
fn plain_reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file or folder".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        std::io::ErrorKind::UnexpectedEof => "it ends too early".to_owned(),
        _ => error.to_string(),
    }
}

/// Reads the picture in `path`, whose format its extension says.
///
/// # Errors
/// [`IoError`] when the file cannot be read, is damaged, or is of a form that is not read.
pub fn read(path: &Path) -> Result<Picture, IoError> {
    read_layer(path, None)
}

/// Reads the layer `layer` of an EXR file, or as [`read`] where none is named; other files have no
/// layers, and the name is not looked at.
///
/// # Errors
/// As [`read`]; also when there is no such layer.
pub fn read_layer(path: &Path, layer: Option<&str>) -> Result<Picture, IoError> {
    match kind(path)? {
        Kind::Plain(format) => plain::read(path, format),
        Kind::Tiff => tiff_file::read(path),
        Kind::Exr => exr_file::read(path, layer),
        Kind::Dpx => dpx::read(path),
    }
}

/// Width and height of the picture in `path`, from its header.
///
/// # Errors
/// As [`read`].
pub fn size(path: &Path) -> Result<(u32, u32), IoError> {
    match kind(path)? {
        Kind::Plain(format) => plain::size(path, format),
        Kind::Tiff => tiff_file::size(path),
        Kind::Exr => exr_file::size(path),
        Kind::Dpx => dpx::size(path),
    }
}

/// Who reads a file.
enum Kind {
    Plain(image::ImageFormat),
    Tiff,
    Exr,
    Dpx,
}

fn kind(path: &Path) -> Result<Kind, IoError> {
    let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase();
    match extension.as_str() {
        "png" => Ok(Kind::Plain(image::ImageFormat::Png)),
        "jpg" | "jpeg" => Ok(Kind::Plain(image::ImageFormat::Jpeg)),
        "tif" | "tiff" => Ok(Kind::Tiff),
        "exr" => Ok(Kind::Exr),
        "dpx" => Ok(Kind::Dpx),
        _ => Err(IoError::unsupported(
            path,
            format!("its extension is {extension:?}, expected png, jpg, tif, exr or dpx"),
        )),
    }
}

/// Reads the matte in `path`: its alpha where it has one that says anything, else its luminance.
///
/// In a PNG file with a palette of colours, as DAVIS numbers its objects, all that is not black is
/// inside.
///
/// # Errors
/// As [`read`].
pub fn read_matte(path: &Path) -> Result<Matte, IoError> {
    let picture = read(path)?;
    let pixels = || picture.rgba.chunks_exact(4);
    let numbered = plain::has_palette(path)? && pixels().any(|p| p[0] != p[1] || p[1] != p[2]);
    // Alpha that is 1 everywhere is what paint programs add to a black and white picture.
    let from_alpha = picture.has_alpha && pixels().any(|p| p[3] < 1.0);
    let data = pixels()
        .map(|p| {
            let v = if numbered {
                f32::from(u8::from(p[..3].iter().any(|&c| c > 0.0)))
            } else if from_alpha {
                p[3]
            } else if p[0] == p[1] && p[1] == p[2] {
                // Exactly: weights that are rounded sum up to a little less than 1.
                p[0]
            } else {
                // Rec. 709.
                p[0].mul_add(0.2126, p[1].mul_add(0.7152, p[2] * 0.0722))
            };
            if v.is_nan() { 0.0 } else { v.clamp(0.0, 1.0) }
        })
        .collect();
    Matte::new(picture.width, picture.height, data).map_err(|e| IoError::damaged(path, e))
}

/// Whether a file may claim this size.
fn check_size(path: &Path, width: u32, height: u32) -> Result<(), IoError> {
    if width == 0 || height == 0 {
        return Err(IoError::damaged(path, format!("it is {width}x{height} pixels")));
    }
    if width > LONGEST_SIDE || height > LONGEST_SIDE || u64::from(width) * u64::from(height) > MOST_PIXELS {
        return Err(IoError::unsupported(
            path,
            format!("it says that it is {width}x{height} pixels, at most {MOST_PIXELS} pixels are read"),
        ));
    }
    Ok(())
}

/// Interleaved samples of `channels` (1 grey, 2 grey and alpha, 3 RGB, 4 or more RGBA) to RGBA.
fn to_rgba(samples: &[f32], channels: usize) -> Vec<f32> {
    samples
        .chunks_exact(channels)
        .flat_map(|p| match *p {
            [v] => [v, v, v, 1.0],
            [v, a] => [v, v, v, a],
            [r, g, b] => [r, g, b, 1.0],
            [r, g, b, a, ..] => [r, g, b, a],
            [] => [0.0; 4],
        })
        .collect()
}

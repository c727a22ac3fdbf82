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
//! What a file claims is held against a [`Budget`] before it is decoded, and nothing but files is opened.

mod atomic;
mod budget;
mod dpx;
mod exr_blocks;
mod exr_file;
mod exr_write;
mod jpeg;
mod movie;
mod open;
mod png;
mod sequence;
mod sink;
mod tiff_file;
mod unfinished;
mod write;

use std::path::{Path, PathBuf};

pub use atomic::{WriteSeek, tidy, write_atomically};
pub use budget::{Budget, MEMORY_VARIABLE, PIXELS_VARIABLE, millions};
pub use movie::{Movie, is_movie};
pub use open::{open, read_text};
pub use sequence::{Pattern, Sequence, SequenceError, parse_range};
pub use sink::{About, Sink};
pub use unfinished::{FOLDERS, PARTS, Unfinished};
pub use write::{Channel, Compression, Format, WriteOptions, write, write_channels, write_matte};

use self::sink::{Pixels, Values};
use super::room::NoRoom;
use super::{Encoding, Matte};

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
    /// It claims more than the [`Budget`] allows.
    #[error("{} is too large: {reason}", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// What was found, and the limit.
        reason: String,
    },
    /// It is within the budget, but this process cannot have so much memory.
    #[error("there is not enough memory to read {}: {room}", path.display())]
    NoRoom {
        /// The file.
        path: PathBuf,
        /// How much it takes.
        room: NoRoom,
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

    fn too_large(path: &Path, reason: impl ToString) -> Self {
        Self::TooLarge { path: path.to_owned(), reason: reason.to_string() }
    }

    fn no_room(path: &Path, room: NoRoom) -> Self {
        Self::NoRoom { path: path.to_owned(), room }
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
/// [`IoError`] when the file cannot be read, is damaged, is of a form that is not read, or exceeds the budget of the
/// process.
pub fn read(path: &Path) -> Result<Picture, IoError> {
    read_layer(path, None)
}

/// Reads the layer `layer` of an EXR file, or as [`read`] where none is named; other files have no
/// layers, and the name is not looked at.
///
/// # Errors
/// As [`read`]; also when there is no such layer.
pub fn read_layer(path: &Path, layer: Option<&str>) -> Result<Picture, IoError> {
    let mut pixels = Pixels::default();
    let about = read_into(path, layer, &Budget::of_process(), &mut pixels)?;
    Ok(pixels.picture(about))
}

/// Reads a picture as [`read_layer`] does, within `budget`, and gives its pixels to `sink` while it is decoded.
///
/// # Errors
/// As [`read_layer`]. Then `sink` may hold a part of the picture.
pub fn read_into(
    path: &Path,
    layer: Option<&str>,
    budget: &Budget,
    sink: &mut dyn Sink,
) -> Result<About, IoError> {
    match kind(path)? {
        Kind::Png => png::read(path, budget, sink),
        Kind::Jpeg => jpeg::read(path, budget, sink),
        Kind::Tiff => tiff_file::read(path, budget, sink),
        Kind::Exr => exr_file::read(path, layer, budget, sink),
        Kind::Dpx => dpx::read(path, budget, sink),
    }
}

/// Width and height of the picture in `path`, from its header.
///
/// # Errors
/// As [`read`].
pub fn size(path: &Path) -> Result<(u32, u32), IoError> {
    size_within(path, &Budget::of_process())
}

/// As [`size`], within another budget.
///
/// # Errors
/// As [`read`].
pub fn size_within(path: &Path, budget: &Budget) -> Result<(u32, u32), IoError> {
    let (width, height) = match kind(path)? {
        Kind::Png => png::size(path),
        Kind::Jpeg => jpeg::size(path),
        Kind::Tiff => tiff_file::size(path),
        Kind::Exr => exr_file::size(path),
        Kind::Dpx => dpx::size(path),
    }?;
    budget.picture(path, width, height)?;
    Ok((width, height))
}

/// Who reads a file.
#[derive(PartialEq)]
enum Kind {
    Png,
    Jpeg,
    Tiff,
    Exr,
    Dpx,
}

fn kind(path: &Path) -> Result<Kind, IoError> {
    let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase();
    match extension.as_str() {
        "png" => Ok(Kind::Png),
        "jpg" | "jpeg" => Ok(Kind::Jpeg),
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
    read_matte_within(path, &Budget::of_process())
}

/// As [`read_matte`], within another budget.
///
/// # Errors
/// As [`read`].
pub fn read_matte_within(path: &Path, budget: &Budget) -> Result<Matte, IoError> {
    let mut values = Values::default();
    read_into(path, None, budget, &mut values)?;
    let numbered = kind(path)? == Kind::Png && png::has_palette(path)?;
    Ok(values.matte(numbered))
}

/// Takes memory for a picture that is about to be decoded, once the file was found to be within the budget:
/// `besides` is what it is decoded from, in bytes.
fn begin(
    (path, budget): (&Path, &Budget),
    about: &About,
    ground: [f32; 4],
    besides: u64,
    sink: &mut dyn Sink,
) -> Result<(), IoError> {
    budget.picture(path, about.width, about.height)?;
    budget.memory(path, sink.bytes(about).saturating_add(besides))?;
    sink.begin(about, ground).map_err(|room| IoError::no_room(path, room))
}

/// Interleaved samples of `channels` (1 grey, 2 grey and alpha, 3 RGB, 4 or more RGBA) as pixels in `out`.
fn widen<T: Copy>(samples: &[T], channels: usize, value: impl Fn(T) -> f32, out: &mut Vec<[f32; 4]>) {
    out.clear();
    out.extend(samples.chunks_exact(channels.max(1)).map(|p| match *p {
        [v] => {
            let v = value(v);
            [v, v, v, 1.0]
        }
        [v, a] => {
            let v = value(v);
            [v, v, v, value(a)]
        }
        [r, g, b] => [value(r), value(g), value(b), 1.0],
        [r, g, b, a, ..] => [value(r), value(g), value(b), value(a)],
        [] => [0.0; 4],
    }));
}

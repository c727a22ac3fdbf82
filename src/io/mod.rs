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
mod error;
mod exr_blocks;
mod exr_file;
mod exr_write;
mod jpeg;
mod movie;
mod open;
mod options;
mod picture;
mod png;
mod read;
mod sequence;
mod sink;
mod tiff_file;
mod unfinished;
mod write;

pub use atomic::{WriteSeek, tidy, write_atomically};
pub use budget::{Budget, MEMORY_VARIABLE, NotMillions, PIXELS_VARIABLE, VariableError, millions};
pub use error::IoError;
pub use movie::{Movie, is_movie};
pub use open::{open, read_text};
pub use options::{Channel, Compression, Format, WriteOptions};
pub use picture::{Depth, Picture};
pub use read::{read, read_into, read_layer, read_matte, read_matte_within, size, size_within};
pub use sequence::{Pattern, Sequence, SequenceError, parse_range};
pub use sink::{About, Sink};
pub use unfinished::{FOLDERS, PARTS, Unfinished};
pub use write::{write, write_channels, write_matte};

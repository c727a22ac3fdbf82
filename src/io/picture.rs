//! A picture as it is out of a file.

use crate::raster::Encoding;

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

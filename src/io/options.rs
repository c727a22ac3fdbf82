//! How pictures are written.

use std::borrow::Cow;
use std::path::Path;

use super::{Depth, IoError};

/// How pictures are written.
#[derive(Debug, Clone, PartialEq)]
pub struct WriteOptions {
    /// Depth of the samples, or what suits the format: half for EXR, 16 bits for PNG and TIFF, 10
    /// for DPX, 8 for JPEG. Where the format has no such depth, the next better one.
    pub depth: Option<Depth>,
    /// Keys and texts, written as attributes of an EXR file.
    pub metadata: Vec<(String, String)>,
    /// Width of a pixel over its height, kept by EXR.
    pub pixel_aspect: f64,
    /// How EXR files are compressed.
    pub compression: Compression,
    /// Whether the data window of an EXR file is the smallest one that holds all that is not 0. Its display window
    /// is the whole picture, as without it.
    pub crop: bool,
}

/// How an EXR file is compressed; nothing is lost by any.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Compression {
    /// Not at all.
    None,
    /// Runs of equal bytes.
    Rle,
    /// Deflate, line by line: what Nuke reads fastest.
    Zips,
    /// Deflate, 16 lines at a time.
    #[default]
    Zip,
    /// Wavelets, for grain.
    Piz,
}

impl Compression {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::None, Self::Rle, Self::Zips, Self::Zip, Self::Piz];
}

/// A channel of an EXR file.
#[derive(Debug, Clone, PartialEq)]
pub struct Channel<'a> {
    /// Its whole name: that of its layer, a dot, and its own (`dog.alpha`); that of the main layer has no dot (`A`).
    pub name: String,
    /// Its samples, top row first.
    pub samples: Cow<'a, [f32]>,
    /// Half or float where it is not that of the file.
    pub depth: Option<Depth>,
}

impl<'a> Channel<'a> {
    /// A channel of the file's depth.
    pub fn new(name: impl Into<String>, samples: impl Into<Cow<'a, [f32]>>) -> Self {
        Self { name: name.into(), samples: samples.into(), depth: None }
    }
}

impl Default for WriteOptions {
    fn default() -> Self {
        Self {
            depth: None,
            metadata: Vec::new(),
            pixel_aspect: 1.0,
            compression: Compression::default(),
            crop: false,
        }
    }
}

/// A format that is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// OpenEXR.
    Exr,
    /// PNG.
    Png,
    /// TIFF.
    Tiff,
    /// DPX.
    Dpx,
    /// JPEG, which has no alpha.
    Jpeg,
}

impl Format {
    /// The format of `path`, by its extension.
    ///
    /// # Errors
    /// [`IoError::Write`] when nothing is written under that extension.
    pub fn of(path: &Path) -> Result<Self, IoError> {
        let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default();
        match extension.to_ascii_lowercase().as_str() {
            "exr" => Ok(Self::Exr),
            "png" => Ok(Self::Png),
            "tif" | "tiff" => Ok(Self::Tiff),
            "dpx" => Ok(Self::Dpx),
            "jpg" | "jpeg" => Ok(Self::Jpeg),
            _ => Err(IoError::Write {
                path: path.to_owned(),
                reason: format!("its extension is {extension:?}, expected exr, png, tif, dpx or jpg"),
            }),
        }
    }

    /// Whether its colour is scene linear by custom.
    #[must_use]
    pub fn is_linear(self) -> bool {
        self == Self::Exr
    }
}

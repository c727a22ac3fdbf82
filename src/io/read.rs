//! Reading pictures and mattes, by the extension of their files.

use std::path::Path;

use super::sink::{About, Pixels, Sink, Values};
use super::{Budget, IoError, Picture, dpx, exr_file, jpeg, png, tiff_file};
use crate::raster::Matte;

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

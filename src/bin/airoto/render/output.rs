//! The files that a render writes.

use std::path::{Path, PathBuf};

use airoto::host::HostImage;
use airoto::raster::io::{self, Depth, Format, Pattern, WriteOptions};
use airoto::raster::{Matte, transfer};

use crate::Failure;
use crate::footage::Footage;

/// Where and how frames are written.
pub struct Output {
    text: String,
    pattern: Pattern,
    format: Format,
    view: View,
    /// Whether what the plugin gives is scene linear, as its input is.
    linear: bool,
    options: WriteOptions,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum View {
    Alpha,
    Matte,
    Premultiplied,
    Overlay,
    /// Numbers that are no colours.
    Data,
}

impl Output {
    /// Files named by the pattern `text`.
    pub fn new(
        text: &str,
        view: &str,
        depth: Option<Depth>,
        linear: bool,
        tracker: &str,
        footage: &Footage,
    ) -> Result<Self, Failure> {
        let pattern = Pattern::parse(text);
        let format = Format::of(&pattern.path(0))?;
        let view = match view {
            "matte" => View::Matte,
            "premult" => View::Premultiplied,
            "overlay" => View::Overlay,
            "trimap" => View::Data,
            "blur" if format != Format::Exr => {
                return Err(Failure::new(format!(
                    "{text} cannot hold the length of motion blur, expected exr"
                )));
            }
            "blur" => View::Data,
            _ => View::Alpha,
        };
        if view == View::Premultiplied && format == Format::Jpeg {
            return Err(Failure::new(format!("{text} cannot hold alpha, expected exr, png, tif or dpx")));
        }
        let metadata = vec![("airoto/tracker".to_owned(), tracker.to_owned())];
        let options = WriteOptions { depth, metadata, pixel_aspect: footage.pixel_aspect() };
        Ok(Self { text: text.to_owned(), pattern, format, view, linear, options })
    }

    /// As it was given.
    pub fn name(&self) -> &str {
        &self.text
    }

    /// Whether file names carry a number.
    pub fn is_numbered(&self) -> bool {
        self.pattern.is_numbered()
    }

    /// The same with a number.
    pub fn suggestion(&self) -> String {
        let path = Path::new(&self.text);
        let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default();
        path.with_extension(format!("%04d.{extension}")).display().to_string()
    }

    /// The folder of all files.
    pub fn folder(&self) -> PathBuf {
        self.pattern.folder()
    }

    /// The file of `frame`.
    pub fn path(&self, frame: i64) -> PathBuf {
        self.pattern.path(frame)
    }

    /// Writes a frame and gives its path.
    pub fn write(&self, frame: i64, image: &HostImage) -> Result<PathBuf, Failure> {
        let path = self.path(frame);
        let size = (image.width(), image.height());
        match self.view {
            View::Alpha => {
                let matte = Matte::new(size.0, size.1, image.to_alpha())?;
                io::write_matte(&path, &matte, &self.options)?;
            }
            // The matte is no colour: it is the same number in every file.
            View::Matte => {
                let grey: Vec<f32> = image.to_alpha().into_iter().flat_map(|v| [v; 3]).collect();
                io::write(&path, size, 3, &grey, &self.options)?;
            }
            View::Premultiplied => {
                let mut rgba = image.to_rgba();
                for p in rgba.chunks_exact_mut(4) {
                    let alpha = p[3];
                    // The transfer function is that of the colour before alpha was multiplied in.
                    p[..3].iter_mut().for_each(|v| *v = self.converted(*v / alpha.max(1e-6)) * alpha);
                }
                io::write(&path, size, 4, &rgba, &self.options)?;
            }
            View::Data => {
                let rgb: Vec<f32> =
                    image.to_rgba().chunks_exact(4).flat_map(|p| [p[0], p[1], p[2]]).collect();
                io::write(&path, size, 3, &rgb, &self.options)?;
            }
            View::Overlay => {
                let rgb: Vec<f32> = image
                    .to_rgba()
                    .chunks_exact(4)
                    .flat_map(|p| [p[0], p[1], p[2]])
                    .map(|v| self.converted(v))
                    .collect();
                io::write(&path, size, 3, &rgb, &self.options)?;
            }
        }
        Ok(path)
    }

    /// A colour value as the file is to hold it.
    fn converted(&self, v: f32) -> f32 {
        match (self.linear, self.format.is_linear()) {
            (true, false) => transfer::linear_to_srgb(v),
            (false, true) => transfer::srgb_to_linear(v),
            _ => v,
        }
    }
}

//! The files that a render writes.

use std::path::{Path, PathBuf};

use airoto::host::HostImage;
use airoto::io::{self, Channel, Compression, Depth, Format, Pattern, WriteOptions};
use airoto::raster::{Encoding, transfer};

use super::channels::ObjectChannel;
use crate::Failure;
use crate::input::InputSequence;

/// What files are to look like, as it was asked for.
pub struct Look<'a> {
    /// The view that is written.
    pub view: &'a str,
    /// Whether the alpha is written alone, because no view was asked for.
    pub alone: bool,
    /// How the plugin's pictures are encoded, as its input is.
    pub encoding: Encoding,
    /// Depth of the samples.
    pub depth: Option<Depth>,
    /// Compression of EXR files.
    pub compression: Option<Compression>,
    /// Whether the data window of EXR files is cut to what is in it.
    pub crop: Option<bool>,
    /// Whether objects are layers.
    pub layers: bool,
}

impl Look<'_> {
    /// Whether files of this format can look like that.
    fn check(&self, text: &str, format: Format) -> Result<(), Failure> {
        let wrong = |what: &str, expected: &str| {
            Err(Failure::new(format!("{text} cannot hold {what}, expected {expected}")))
        };
        if format != Format::Exr {
            let only = [
                (self.layers, "layers of objects"),
                (self.compression.is_some(), "a compression"),
                (self.crop.is_some(), "a data window"),
            ];
            if let Some((_, what)) = only.iter().find(|(asked, _)| *asked) {
                return wrong(what, "exr");
            }
        }
        if matches!(self.view, "alpha" | "premult" | "straight") && !self.alone && format == Format::Jpeg {
            return wrong("alpha", "exr, png, tif or dpx");
        }
        match (format, self.depth) {
            (Format::Exr, Some(Depth::Byte | Depth::Short)) => {
                wrong("whole numbers", "--depth half or float")
            }
            (Format::Png | Format::Dpx, Some(Depth::Half | Depth::Float)) => {
                wrong("floats", "--depth 8 or 16")
            }
            (Format::Jpeg, Some(Depth::Short | Depth::Half | Depth::Float)) => {
                wrong("more than 8 bits", "--depth 8")
            }
            (Format::Tiff, Some(Depth::Half)) => wrong("half floats", "--depth 8, 16 or float"),
            _ => Ok(()),
        }
    }
}

/// Where and how frames are written.
pub struct Output {
    text: String,
    pattern: Pattern,
    format: Format,
    view: View,
    encoding: Encoding,
    options: WriteOptions,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum View {
    Alpha,
    Matte,
    Straight,
    Premultiplied,
    /// A picture to be looked at.
    Picture,
    /// Numbers that are no colours.
    Data,
}

impl View {
    /// What colour in such a file has to do with alpha.
    fn premultiplication(self) -> &'static str {
        match self {
            Self::Alpha => "none: alpha without colour",
            Self::Matte => "none: the matte as a picture",
            Self::Straight => "straight",
            Self::Premultiplied => "premultiplied",
            Self::Picture => "none: a picture without alpha",
            Self::Data => "none: numbers that are no colours",
        }
    }
}

impl Output {
    /// Files named by the pattern `text`.
    pub fn new(text: &str, look: &Look, footage: &InputSequence) -> Result<Self, Failure> {
        let pattern = Pattern::parse(text);
        let format = Format::of(&pattern.path(0))?;
        look.check(text, format)?;
        let view = match look.view {
            "alpha" if look.alone => View::Alpha,
            "matte" => View::Matte,
            "premult" => View::Premultiplied,
            "overlay" | "colour" | "checker" | "source" | "confidence" | "wipe" => View::Picture,
            "trimap" | "difference" | "idmatte" => View::Data,
            "blur" if format != Format::Exr => {
                return Err(Failure::new(format!(
                    "{text} cannot hold the length of motion blur, expected exr"
                )));
            }
            "blur" => View::Data,
            _ => View::Straight,
        };
        let note = |key: &str, value: &str| (format!("airoto/{key}"), value.to_owned());
        let colour = match view {
            View::Alpha | View::Matte | View::Data => "none",
            View::Straight | View::Premultiplied | View::Picture => "scene linear, primaries of the footage",
        };
        let options = WriteOptions {
            depth: look.depth,
            metadata: vec![
                note("version", env!("CARGO_PKG_VERSION")),
                note("view", look.view),
                note("premultiplication", view.premultiplication()),
                note("colour", colour),
            ],
            pixel_aspect: footage.pixel_aspect(),
            compression: look.compression.unwrap_or_default(),
            crop: look.crop.unwrap_or(true),
        };
        Ok(Self { text: text.to_owned(), pattern, format, view, encoding: look.encoding, options })
    }

    /// As it was given.
    pub fn name(&self) -> &str {
        &self.text
    }

    /// Whether the length of motion blur goes beside what is in the files, as channels of their own.
    pub fn holds_vectors(&self) -> bool {
        self.format == Format::Exr && self.view != View::Data
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

    /// Writes a frame, which `tracker` tracked, and gives its path; `more` are the channels of `layers`.
    pub fn write(
        &self,
        frame: i64,
        image: &HostImage,
        tracker: &str,
        more: Vec<Channel<'_>>,
        layers: &[ObjectChannel],
    ) -> Result<PathBuf, Failure> {
        let path = self.path(frame);
        let size = (image.width(), image.height());
        let (names, samples): (&[&str], Vec<f32>) = match self.view {
            View::Alpha => (&["A"], image.to_alpha()),
            // The matte is no colour: it is the same number in every file.
            View::Matte => (&["R", "G", "B"], image.to_alpha().into_iter().flat_map(|v| [v; 3]).collect()),
            View::Straight => {
                let mut rgba = image.to_rgba();
                let colours = rgba.as_chunks_mut::<4>().0.iter_mut().flat_map(|p| &mut p[..3]);
                colours.for_each(|v| *v = self.converted(*v));
                (&["R", "G", "B", "A"], rgba)
            }
            View::Premultiplied => {
                let mut rgba = image.to_rgba();
                for p in rgba.chunks_exact_mut(4) {
                    let alpha = p[3];
                    // The transfer function is that of the colour before alpha was multiplied in.
                    p[..3].iter_mut().for_each(|v| *v = self.converted(*v / alpha.max(1e-6)) * alpha);
                }
                (&["R", "G", "B", "A"], rgba)
            }
            View::Data => {
                (&["R", "G", "B"], image.to_rgba().chunks_exact(4).flat_map(|p| [p[0], p[1], p[2]]).collect())
            }
            View::Picture => {
                let rgba = image.to_rgba();
                let rgb = rgba.chunks_exact(4).flat_map(|p| [p[0], p[1], p[2]]);
                (&["R", "G", "B"], rgb.map(|v| self.converted(v)).collect())
            }
        };
        let options = self.notes(frame, tracker, layers);
        if self.format == Format::Exr {
            let plane = |c: usize| samples.iter().skip(c).step_by(names.len()).copied().collect::<Vec<f32>>();
            let main = names.iter().enumerate().map(|(c, name)| Channel::new(*name, plane(c)));
            io::write_channels(&path, size, &main.chain(more).collect::<Vec<_>>(), &options)?;
        } else {
            io::write(&path, size, names.len(), &samples, &options)?;
        }
        Ok(path)
    }

    /// The options with what is known of one frame.
    fn notes(&self, frame: i64, tracker: &str, layers: &[ObjectChannel]) -> WriteOptions {
        let mut options = self.options.clone();
        // Of a pack its name, not where it lies.
        let tracker = Path::new(tracker).file_name().map_or(tracker.into(), |name| name.to_string_lossy());
        let notes = [("tracker".to_owned(), tracker.into_owned()), ("frame".to_owned(), frame.to_string())];
        let named = layers.iter().map(|l| (format!("object/{}", l.channel), l.name.clone()));
        options
            .metadata
            .extend(notes.into_iter().chain(named).map(|(key, value)| (format!("airoto/{key}"), value)));
        options
    }

    /// A colour value as the file is to hold it.
    fn converted(&self, v: f32) -> f32 {
        match (self.encoding, self.format.is_linear()) {
            (Encoding::Srgb, false) => v,
            (encoding, true) => encoding.to_linear(v),
            (encoding, false) => transfer::linear_to_srgb(encoding.to_linear(v)),
        }
    }
}

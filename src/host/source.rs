//! Where the images of a clip come from.

use super::image::HostImage;
use super::kinds::{Components, Depth, Field, Premultiplication, RectD};
use crate::raster::RectI;

/// What is known of a clip's footage before a frame of it is read.
#[derive(Debug, Clone, PartialEq)]
pub struct ClipInfo {
    /// Channels of its images.
    pub components: Components,
    /// Depth of its images.
    pub depth: Depth,
    /// What its alpha means.
    pub premultiplication: Premultiplication,
    /// Width of a pixel over its height.
    pub pixel_aspect: f64,
    /// Frames a second.
    pub frame_rate: f64,
    /// First frame that there is.
    pub first: i64,
    /// Last frame that there is.
    pub last: i64,
    /// Bounds of the images in pixels, y up.
    pub bounds: RectI,
    /// Whether images exist between whole frames.
    pub continuous: bool,
    /// Fields of the footage.
    pub field: Field,
    /// Name of the colour space of its images, as the plugin is told it where colour is managed.
    pub colourspace: Option<String>,
}

impl ClipInfo {
    /// Progressive footage of square pixels with its lower left corner at the origin, unpremultiplied, 24
    /// frames a second.
    #[must_use]
    pub fn new(width: u32, height: u32, first: i64, last: i64, components: Components, depth: Depth) -> Self {
        let edge = |v: u32| i32::try_from(v).unwrap_or(i32::MAX);
        Self {
            components,
            depth,
            premultiplication: if components == Components::Rgb {
                Premultiplication::Opaque
            } else {
                Premultiplication::Unpremultiplied
            },
            pixel_aspect: 1.0,
            frame_rate: 24.0,
            first,
            last,
            bounds: RectI::new(0, 0, edge(width), edge(height)),
            continuous: false,
            field: Field::None,
            colourspace: None,
        }
    }
}

/// What tells whether a frame is as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameStamp {
    /// It never can be told of this source.
    Never,
    /// It cannot be told now.
    NotNow,
    /// The same bytes another time mean the same pixels.
    Is([u8; 32]),
}

/// Why there is no image: one sentence that names the file or thing that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ImageError(pub String);

/// Frames that a clip of an instance is connected to. Asked from any number of threads.
pub trait ClipSource: Send + Sync {
    /// What the footage is.
    fn info(&self) -> ClipInfo;

    /// The image of a time at scale 1, in any components, depth and layout; the host converts it
    /// to what the plugin was promised. `None` when there is no image at that time.
    ///
    /// # Errors
    /// [`ImageError`] when the image cannot be had.
    fn image(&self, time: f64) -> Result<Option<HostImage>, ImageError>;

    /// A name under which the same pixels always come, across instances and connections; the host
    /// invents one for the connection where there is none.
    fn identity(&self) -> Option<String> {
        None
    }

    /// What tells whether the frame at that time is as it was, without its being read: of the image that
    /// [`ClipSource::image`] would give now.
    fn stamp(&self, _time: f64) -> FrameStamp {
        FrameStamp::Never
    }

    /// Where there are pixels at that time, in canonical coordinates.
    fn region_of_definition(&self, _time: f64) -> RectD {
        let info = self.info();
        let b = info.bounds;
        RectD::new(
            f64::from(b.x0) * info.pixel_aspect,
            f64::from(b.y0),
            f64::from(b.x1) * info.pixel_aspect,
            f64::from(b.y1),
        )
    }
}

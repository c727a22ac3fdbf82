//! What a render is asked for.

use crate::host::image::RowBytes;
use crate::host::kinds::Field;
use crate::raster::RectI;

/// A frame to be rendered.
#[derive(Debug, Clone, PartialEq)]
pub struct RenderCall {
    /// Which frame.
    pub time: f64,
    /// Which pixels at `scale`, y up; the whole region of definition when there is none.
    pub window: Option<RectI>,
    /// Scale of the images, 1 is full size.
    pub scale: (f64, f64),
    /// Layout of the output; the profile's when there is none.
    pub rows: Option<RowBytes>,
    /// Somebody waits for it in front of the screen.
    pub interactive: bool,
    /// It may be less exact than it could be.
    pub draft: bool,
    /// Which field.
    pub field: Field,
    /// What is said of the order of frames.
    pub sequential: bool,
}

impl RenderCall {
    /// The whole frame at full size.
    #[must_use]
    pub fn new(time: f64) -> Self {
        Self {
            time,
            window: None,
            scale: (1.0, 1.0),
            rows: None,
            interactive: false,
            draft: false,
            field: Field::None,
            sequential: false,
        }
    }
}

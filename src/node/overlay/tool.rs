//! What the pen draws with.

use crate::params::{self, Reader, Values};

/// What a pen draws with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Tool {
    /// Clicks and boxes.
    Points,
    /// A line about an area.
    Lasso,
    /// A round brush of this radius, in pixels of the frame.
    Brush(f64),
}

impl Tool {
    /// The one that the panel names.
    pub fn read(values: &dyn Values) -> Self {
        let read = Reader(values);
        match read.option(params::VIEWER_TOOL) {
            "lasso" => Self::Lasso,
            "brush" => Self::Brush(read.number(params::BRUSH_RADIUS)),
            _ => Self::Points,
        }
    }
}

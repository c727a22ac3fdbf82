//! What an artist says about one object in one frame.

use crate::raster::{Matte, PixelBox, PixelPoint};

/// Whether a point lies on the object or off it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Label {
    /// On the object.
    Positive,
    /// On something else.
    Negative,
}

/// A click.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PointPrompt {
    /// Where, in pixels of the frame.
    pub at: PixelPoint,
    /// On the object or off it.
    pub label: Label,
}

/// All prompts for one object in one frame.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FramePrompt {
    /// Clicks, in the order in which they were given.
    pub points: Vec<PointPrompt>,
    /// A box around the object.
    pub bounds: Option<PixelBox>,
    /// The matte of the object, at the size of the frame. It is taken as it is: an empty one says
    /// that the object is not in the frame.
    pub mask: Option<Matte>,
}

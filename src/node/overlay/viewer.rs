//! What the pen is about to do in a viewer.

use super::strokes::HeldStroke;
use crate::job::prompts::edit::points::Handle;
use crate::raster::PixelPoint;

/// What a viewer is about.
#[derive(Debug, Clone, Default)]
pub struct Viewer {
    /// What Delete takes away.
    pub selected: Option<Handle>,
    /// Whether Alt or Control is held: a click is negative.
    pub negative: bool,
    /// What the pen does that is down.
    pub action: Option<Action>,
    /// What the pen draws that is down.
    pub stroke: Option<HeldStroke>,
}

/// What a pen does from down to up.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Action {
    /// It is to become a click, or a box once it has moved far enough.
    New { from: PixelPoint, to: PixelPoint, is_box: bool, negative: bool },
    /// It moves a point.
    Move { handle: Handle, to: PixelPoint, far: bool },
}

//! What the decoder is told of a prompt.

use crate::job::prompts::{FramePrompt, Label};
use crate::raster::PixelPoint;

/// Points and labels of clicks and a box, for an input of `side` pixels of a `frame` of so many pixels across and
/// down: the box first, as the reference has it.
pub(super) fn hints_of(prompt: &FramePrompt, frame: (u32, u32), side: usize) -> (Vec<[f32; 2]>, Vec<i64>) {
    let side = side as u32;
    let place = |at: PixelPoint| {
        let at = at.to_model(frame, (side, side));
        [at.x as f32, at.y as f32]
    };
    let corners = prompt
        .bounds
        .iter()
        .flat_map(|b| [(PixelPoint { x: b.x0, y: b.y0 }, 2), (PixelPoint { x: b.x1, y: b.y1 }, 3)]);
    let clicks = prompt.points.iter().map(|p| (p.at, i64::from(p.label == Label::Positive)));
    corners.chain(clicks).map(|(at, label)| (place(at), label)).unzip()
}

//! What is kept of a frame: colours on the label grid and a pyramid for the flow.

use std::sync::Arc;

use super::dis::{self, Level};
use super::plane::Plane;
use crate::raster::{Frame, Matte, PixelPoint, resize};

/// The label grid has at most this many pixels: 854x480 at half size.
const LABEL_AREA: f64 = 427.0 * 240.0;
/// Nor is it longer than this, however thin the picture.
const LABEL_SIDE: f64 = 1024.0;

/// A frame as the flow tracker sees it. Labels live on a grid that is as fine as the frame's or
/// coarser; the frame itself is needed to refine the edge.
pub(super) struct Embedded {
    pub frame: Arc<Frame>,
    pub features: Arc<Features>,
}

/// What memory keeps of a frame.
pub(super) struct Features {
    /// The frame at the size of the label grid: all else follows from it.
    pub small: Frame,
    /// Luma and two chroma planes on the label grid, 0 to 255 and about -128 to 128.
    pub colour: [Plane; 3],
    /// Luma at falling scales, the label grid first.
    pub levels: Vec<Level>,
}

impl Features {
    /// A place in `frame`, of which these are, in pixels of the grid.
    pub fn place(&self, at: PixelPoint, frame: &Frame) -> (f32, f32) {
        let scale = |v: f64, cells: usize, pixels: u32| (v * cells as f64 / f64::from(pixels.max(1))) as f32;
        (scale(at.x, self.width(), frame.width()), scale(at.y, self.height(), frame.height()))
    }

    /// Of `frame`; one without pixels counts as a single black one.
    pub fn new(frame: &Frame) -> Self {
        if frame.data().is_empty() {
            return Self::new(&Frame::filled(1, 1, [0; 3]));
        }
        let (w, h) = label_size(frame.width(), frame.height());
        Self::of_small(resize::frame(frame, w, h))
    }

    /// Of a frame that has the size of the label grid and at least one pixel.
    pub fn of_small(small: Frame) -> Self {
        let mut features = Self::colours_of(small);
        features.levels = dis::pyramid(&features.colour[0]);
        features
    }

    /// The same without the scales for the flow, of a frame at which no flow begins or ends any more.
    pub fn colours_of(small: Frame) -> Self {
        let (w, h) = (small.width() as usize, small.height() as usize);
        let mut colour = [(); 3].map(|()| Plane::filled(w, h, 0.0));
        for (i, rgb) in small.data().chunks_exact(3).enumerate() {
            let ycc = luma_chroma([rgb[0], rgb[1], rgb[2]]);
            for (plane, v) in colour.iter_mut().zip(ycc) {
                plane.data[i] = v;
            }
        }
        Self { small, colour, levels: Vec::new() }
    }

    /// Width of the label grid.
    pub fn width(&self) -> usize {
        self.colour[0].width
    }

    /// Height of the label grid.
    pub fn height(&self) -> usize {
        self.colour[0].height
    }

    /// The colour of the label pixel with index `i`.
    pub fn colour_at(&self, i: usize) -> [f32; 3] {
        [self.colour[0].data[i], self.colour[1].data[i], self.colour[2].data[i]]
    }

    /// `matte` on the label grid.
    pub fn labels(&self, matte: &Matte) -> Plane {
        let (w, h) = (self.width(), self.height());
        let small = resize::matte(matte, w as u32, h as u32);
        Plane { width: w, height: h, data: small.into_data() }
    }

    /// Bytes that it holds.
    pub fn bytes(&self) -> usize {
        let levels = self.levels.iter().map(|l| l.grey.bytes() + l.gx.bytes() + l.gy.bytes());
        self.small.data().len() + self.colour.iter().map(Plane::bytes).sum::<usize>() + levels.sum::<usize>()
    }
}

/// Luma and chroma of BT.601, chroma as differences around 0.
pub(super) fn luma_chroma([r, g, b]: [u8; 3]) -> [f32; 3] {
    let (r, g, b) = (f32::from(r), f32::from(g), f32::from(b));
    let y = 0.299 * r + 0.587 * g + 0.114 * b;
    [y, 0.713 * (r - y), 0.564 * (b - y)]
}

/// The label grid of a frame of `width` x `height` pixels, both at least 1.
pub(super) fn label_size(width: u32, height: u32) -> (u32, u32) {
    let (w, h) = (f64::from(width), f64::from(height));
    let scale = (LABEL_AREA / (w * h)).sqrt().min(LABEL_SIDE / w.max(h)).min(1.0);
    let side = |v: f64| ((v * scale).round() as u32).max(1);
    (side(w), side(h))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_label_grid_is_bounded_and_never_empty() {
        assert_eq!(label_size(1, 1), (1, 1));
        assert_eq!(label_size(320, 240), (320, 240));
        assert_eq!(label_size(854, 480), (427, 240));
        assert_eq!(label_size(8192, 1), (1024, 1));
        let (w, h) = label_size(8192, 4320);
        assert!(w * h <= 103_000 && w > 400, "{w}x{h}");
    }
}

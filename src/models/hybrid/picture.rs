//! A frame on the grid on which drawings are carried.

use crate::models::flow::dis::{self, Level};
use crate::models::flow::plane::Plane;
use crate::raster::{Frame, RectI, resize};

/// The grid has at most this many pixels: those of 854x480. At half of it, thin limbs are lost (EXPERIMENTS.md 8).
const AREA: f64 = 854.0 * 480.0;
/// Nor is it longer than this, however thin the picture.
const SIDE: f64 = 2048.0;

/// A frame on the grid, 8-bit colour.
pub(super) struct Picture {
    /// The frame, no larger than the grid.
    pub small: Frame,
}

impl Picture {
    /// Of `frame`; one without pixels counts as a single black one.
    pub fn new(frame: &Frame) -> Self {
        let (w, h) = grid(frame.width(), frame.height());
        match () {
            () if frame.data().is_empty() => Self { small: Frame::filled(1, 1, [0; 3]) },
            () if (w, h) == (frame.width(), frame.height()) => Self { small: frame.clone() },
            () => Self { small: resize::frame(frame, w, h) },
        }
    }

    /// Width and height of the grid in pixels.
    pub fn size(&self) -> (u32, u32) {
        (self.small.width(), self.small.height())
    }

    /// Luma of a part of the grid at falling scales, ready for flow.
    pub fn levels(&self, part: RectI) -> Vec<Level> {
        let (width, data) = (self.small.width() as usize, self.small.data());
        let luma = |x: usize, y: usize| {
            let at = 3 * ((part.y0 as usize + y) * width + part.x0 as usize + x);
            let [r, g, b] = [data[at], data[at + 1], data[at + 2]].map(f32::from);
            0.299 * r + 0.587 * g + 0.114 * b
        };
        dis::pyramid(&Plane::from_fn(part.width() as usize, part.height() as usize, luma))
    }

    /// The sum over R, G and B of the differences, 0 to 765, between the pixel at column `x` of row `y` and the
    /// place (`u`, `v`) of `other`, between its pixels.
    pub fn difference(&self, (x, y): (usize, usize), other: &Self, (u, v): (f32, f32)) -> f32 {
        let (w, h) = (other.small.width() as usize, other.small.height() as usize);
        let (u, v) = (u.clamp(0.0, (w - 1) as f32), v.clamp(0.0, (h - 1) as f32));
        let (x0, y0) = (u as usize, v as usize);
        let (x1, y1) = ((x0 + 1).min(w - 1), (y0 + 1).min(h - 1));
        let (fx, fy) = (u - x0 as f32, v - y0 as f32);
        let data = other.small.data();
        let here = &self.small.data()[3 * (y * self.small.width() as usize + x)..][..3];
        (0..3)
            .map(|c| {
                let of = |x: usize, y: usize| f32::from(data[3 * (y * w + x) + c]);
                let top = of(x0, y0) * (1.0 - fx) + of(x1, y0) * fx;
                let bottom = of(x0, y1) * (1.0 - fx) + of(x1, y1) * fx;
                (top * (1.0 - fy) + bottom * fy - f32::from(here[c])).abs()
            })
            .sum()
    }

    /// Bytes that it holds.
    pub fn bytes(&self) -> usize {
        self.small.data().len()
    }
}

/// The grid's size for a frame of `width` x `height` pixels.
pub(super) fn grid(width: u32, height: u32) -> (u32, u32) {
    let (w, h) = (f64::from(width.max(1)), f64::from(height.max(1)));
    let scale = (AREA / (w * h)).sqrt().min(SIDE / w.max(h)).min(1.0);
    let side = |v: f64| ((v * scale).round() as u32).max(1);
    if scale >= 1.0 { (width.max(1), height.max(1)) } else { (side(w), side(h)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grid_is_as_fine_as_the_frame_up_to_854_by_480() {
        assert_eq!(grid(854, 480), (854, 480));
        assert_eq!(grid(320, 240), (320, 240));
        assert_eq!(grid(3840, 2160), (854, 480));
        assert_eq!(grid(1_000_000, 1), (2048, 1));
        assert_eq!(grid(0, 0), (1, 1));
    }

    #[test]
    fn differences_are_read_between_pixels() {
        let mut frame = Frame::filled(4, 2, [0; 3]);
        frame.data_mut()[3..6].copy_from_slice(&[10, 20, 30]);
        let (other, here) = (Picture::new(&frame), Picture::new(&Frame::filled(4, 2, [0; 3])));
        assert_eq!(here.difference((0, 0), &other, (1.0, 0.0)), 60.0);
        assert_eq!(here.difference((0, 0), &other, (0.5, 0.0)), 30.0);
        assert_eq!(here.difference((3, 1), &other, (-7.0, 99.0)), 0.0);
    }
}

//! Clicks and a box as the maps that the prompter sees.

use crate::job::prompts::{Label, PointPrompt};
use crate::raster::PixelBox;

/// A click is a disc of this squared radius, in cells of stride 2, as in training.
const SPOT: i64 = 6;

/// Four maps at stride 2: positive clicks, negative clicks, inside of the box, whether there is one.
pub(super) struct Hints {
    frame: (u32, u32),
    width: usize,
    height: usize,
    data: Vec<f32>,
}

impl Hints {
    /// Maps for a frame of size `frame` that the graphs see at `seen`.
    pub fn new(frame: (u32, u32), seen: (usize, usize), bounds: Option<PixelBox>) -> Self {
        let (width, height) = (seen.0 / 2, seen.1 / 2);
        let mut hints = Self { frame, width, height, data: vec![0.0; 4 * width * height] };
        if let Some(b) = bounds {
            let (x0, y0) = hints.cell(b.x0, b.y0);
            let (x1, y1) = hints.cell(b.x1, b.y1);
            let within = |v: f64, side: usize| v.round().clamp(0.0, side as f64) as usize;
            let (x0, x1) = (within(x0, width), within(x1, width));
            for y in within(y0, height)..within(y1, height) {
                let row = (2 * height + y) * width;
                hints.data[row + x0..row + x1.max(x0)].fill(1.0);
            }
            hints.data[3 * width * height..].fill(1.0);
        }
        hints
    }

    /// Adds a click; one outside the frame counts at its edge.
    pub fn click(&mut self, point: &PointPrompt) {
        let (x, y) = self.cell(point.at.x, point.at.y);
        let on = |v: f64, side: usize| (v.floor().max(0.0) as usize).min(side.saturating_sub(1)) as i64;
        let (x, y) = (on(x, self.width), on(y, self.height));
        let map = match point.label {
            Label::Positive => 0,
            Label::Negative => self.width * self.height,
        };
        for (row, cells) in self.data[map..map + self.width * self.height].chunks_mut(self.width).enumerate()
        {
            for (column, cell) in cells.iter_mut().enumerate() {
                if (row as i64 - y).pow(2) + (column as i64 - x).pow(2) <= SPOT {
                    *cell = 1.0;
                }
            }
        }
    }

    /// All four maps, one after another.
    pub fn data(&self) -> &[f32] {
        &self.data
    }

    /// A place in the frame in cells of stride 2.
    fn cell(&self, x: f64, y: f64) -> (f64, f64) {
        let scale = |v: f64, cells: usize, pixels: u32| v * cells as f64 / f64::from(pixels.max(1));
        (scale(x, self.width, self.frame.0), scale(y, self.height, self.frame.1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raster::PixelPoint;

    fn map(hints: &Hints, number: usize) -> &[f32] {
        let size = hints.width * hints.height;
        &hints.data()[number * size..(number + 1) * size]
    }

    #[test]
    fn a_click_is_a_disc_in_the_map_of_its_label() {
        let mut hints = Hints::new((640, 320), (64, 32), None);
        hints.click(&PointPrompt { at: PixelPoint { x: 205.0, y: 105.0 }, label: Label::Negative });
        assert!(map(&hints, 0).iter().all(|&v| v == 0.0));
        let negative = map(&hints, 1);
        assert_eq!((negative[5 * 32 + 10], negative[5 * 32 + 12], negative[5 * 32 + 13]), (1.0, 1.0, 0.0));
        assert_eq!(negative.iter().filter(|&&v| v > 0.0).count(), 21);
        // Far outside, and a number that is none: at an edge, and no panic.
        hints.click(&PointPrompt { at: PixelPoint { x: 1e12, y: -1e12 }, label: Label::Positive });
        hints.click(&PointPrompt { at: PixelPoint { x: f64::NAN, y: 1.0 }, label: Label::Positive });
        assert_eq!(map(&hints, 0)[31], 1.0);
    }

    #[test]
    fn a_box_fills_its_inside() {
        let bounds = PixelBox { x0: 100.0, y0: 40.0, x1: 200.0, y1: 9000.0 };
        let hints = Hints::new((640, 320), (64, 32), Some(bounds));
        assert_eq!(map(&hints, 2).iter().sum::<f32>(), 5.0 * 14.0);
        assert!(map(&hints, 3).iter().all(|&v| v == 1.0));
        let inverted = PixelBox { x0: 300.0, y0: 40.0, x1: 200.0, y1: 30.0 };
        assert_eq!(map(&Hints::new((640, 320), (64, 32), Some(inverted)), 2).iter().sum::<f32>(), 0.0);
    }
}

//! What the flow says of an object: its warped mask, and how well the warped colours fit.

use rayon::prelude::*;

use crate::models::flow::dis::{self, Flow, Level};
use crate::models::flow::plane::Plane;
use crate::raster::{Frame, Matte};

/// Factor of the colour distance, and the most that it may be: as in training.
const DISTANCE: (f32, f32) = (4.0, 2.0);

/// A frame at the size at which the graphs see it, ready for flow.
pub(super) struct Picture {
    pub small: Frame,
    pub levels: Vec<Level>,
}

impl Picture {
    pub fn new(small: Frame) -> Self {
        let (w, h) = (small.width() as usize, small.height() as usize);
        let grey = small.data().chunks_exact(3).map(|c| c.iter().map(|&v| f32::from(v)).sum::<f32>() / 3.0);
        let plane = Plane { width: w, height: h, data: grey.collect() };
        Self { levels: dis::pyramid(&plane), small }
    }

    /// Bytes that it holds.
    pub fn bytes(&self) -> usize {
        // A level has three planes of 4 bytes a pixel; all levels are a third more than the first.
        self.small.data().len() + self.levels.first().map_or(0, |l| l.grey.data.len() * 16)
    }
}

/// R, G and B of a frame from 0 to 1, one plane after another, as encoders take them.
pub(super) fn planes(frame: &Frame) -> Vec<f32> {
    let data = frame.data();
    (0..3).flat_map(|c| data.iter().skip(c).step_by(3).map(|&v| f32::from(v) / 255.0)).collect()
}

/// The tracker graph's inputs that come from the flow.
pub(super) struct Cues {
    /// The warped mask at stride 2.
    pub prior: Vec<f32>,
    /// The colour distance at stride 2.
    pub distance: Vec<f32>,
    /// The flow in cells of stride 8: all of x, then all of y.
    pub flow: Vec<f32>,
}

/// The cues for `now`, whose pixels were in `before` at their place plus `flow`. All are of one size.
pub(super) fn cues(now: &Picture, before: &Picture, mask: &Matte, flow: &Flow) -> Cues {
    let (w, h) = (now.small.width() as usize, now.small.height() as usize);
    let (rgb, old) = (now.small.data(), before.small.data());
    let (w2, h2) = (w / 2, h / 2);
    let mut both = vec![(0.0_f32, 0.0_f32); w2 * h2];
    both.par_chunks_mut(w2).enumerate().for_each(|(y2, row)| {
        for (x2, cell) in row.iter_mut().enumerate() {
            let (mut prior, mut distance) = (0.0, 0.0);
            for (x, y) in [(0, 0), (1, 0), (0, 1), (1, 1)].map(|(i, j)| (2 * x2 + i, 2 * y2 + j)) {
                let at = Tap::new(x as f32 + flow.u.at(x, y), y as f32 + flow.v.at(x, y), w, h);
                prior += at.read(|i| mask.data()[i]);
                let off = |c: usize| {
                    (at.read(|i| f32::from(old[3 * i + c])) - f32::from(rgb[3 * (y * w + x) + c])).abs()
                };
                distance += (off(0) + off(1) + off(2)) / (3.0 * 255.0);
            }
            *cell = (prior / 4.0, (distance / 4.0 * DISTANCE.0).min(DISTANCE.1));
        }
    });
    let (prior, distance) = both.into_iter().unzip();
    let mut coarse = pooled(&flow.u);
    coarse.extend(pooled(&flow.v));
    Cues { prior, distance, flow: coarse }
}

/// The mean over 8 x 8 pixels, in units of 8 pixels.
fn pooled(plane: &Plane) -> Vec<f32> {
    let (w8, h8) = (plane.width / 8, plane.height / 8);
    let cell = |i: usize| {
        let (x8, y8) = (i % w8 * 8, i / w8 * 8);
        let rows = (y8..y8 + 8).map(|y| (x8..x8 + 8).map(|x| plane.at(x, y)).sum::<f32>());
        rows.sum::<f32>() / (64.0 * 8.0)
    };
    (0..w8 * h8).map(cell).collect()
}

/// Four pixels and their weights; the edge goes on outside.
struct Tap {
    index: [usize; 4],
    weight: [f32; 4],
}

impl Tap {
    fn new(x: f32, y: f32, w: usize, h: usize) -> Self {
        let (x, y) = (x.clamp(0.0, (w - 1) as f32), y.clamp(0.0, (h - 1) as f32));
        let (x0, y0) = (x as usize, y as usize);
        let (x1, y1) = ((x0 + 1).min(w - 1), (y0 + 1).min(h - 1));
        let (fx, fy) = (x - x0 as f32, y - y0 as f32);
        Self {
            index: [y0 * w + x0, y0 * w + x1, y1 * w + x0, y1 * w + x1],
            weight: [(1.0 - fx) * (1.0 - fy), fx * (1.0 - fy), (1.0 - fx) * fy, fx * fy],
        }
    }

    fn read(&self, value: impl Fn(usize) -> f32) -> f32 {
        self.index.iter().zip(self.weight).map(|(&i, k)| value(i) * k).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_goes_where_the_flow_comes_from() {
        let (w, h) = (32, 16);
        let picture = Picture::new(Frame::filled(w, h, [90, 120, 40]));
        let mut mask = Matte::filled(w, h, 0.0);
        for y in 4..8 {
            mask.data_mut()[y * 32 + 8..y * 32 + 12].fill(1.0);
        }
        let mut flow = Flow::zero(w as usize, h as usize);
        flow.u.data.fill(-4.0);
        flow.v.data.fill(-2.0);
        let found = cues(&picture, &picture, &mask, &flow);
        let inside: Vec<usize> = (0..found.prior.len()).filter(|&i| found.prior[i] > 0.5).collect();
        // From columns 8 to 11 and rows 4 to 7 to 12 to 15 and 6 to 9, at half the size.
        assert_eq!(inside, [3 * 16 + 6, 3 * 16 + 7, 4 * 16 + 6, 4 * 16 + 7]);
        assert!(found.distance.iter().all(|&d| d.abs() < 1e-6));
        assert_eq!(found.flow, [[-0.5; 8], [-0.25; 8]].concat());
    }

    #[test]
    fn another_colour_is_a_distance() {
        let (before, now) =
            (Picture::new(Frame::filled(16, 16, [0; 3])), Picture::new(Frame::filled(16, 16, [51; 3])));
        let found = cues(&now, &before, &Matte::filled(16, 16, 0.0), &Flow::zero(16, 16));
        assert!(found.distance.iter().all(|&d| (d - 0.8).abs() < 1e-5), "{:?}", found.distance);
    }
}

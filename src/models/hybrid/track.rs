//! A tracker's own answer on the grid of the carried drawings.

use rayon::prelude::*;

use super::carried::{Answer, FARTHEST};
use super::drawing::distances;
use crate::models::flow::plane::Plane;
use crate::raster::{Matte, resize};

/// How far the answers of the trackers themselves are to be trusted: as far as a carried drawing whose doubt is 73
/// levels. Of .1, .03, .01 and .004 on made scenes and the masked video (EXPERIMENTS.md 8).
const OWN: f32 = 0.01;
/// An edge that is no wider than this is a hard one, in pixels of the grid: a line through pixels can look so.
const HARD: f32 = 2.0;
/// Half the side of the window in which the softness of an outline is that of one place.
const AROUND: i32 = 3;

/// A tracker's own answer on a grid: signed distances from its outline, trusted as far as trackers are, and how soft
/// its edge is.
pub struct Track {
    distances: Plane,
    /// Of the pixels that the outline crosses one over the width of the edge; 0 of all others.
    slopes: Plane,
}

impl Track {
    /// Of a matte of the frame, on a grid of so many columns and rows over it.
    #[must_use]
    pub fn new(matte: &Matte, grid: (u32, u32)) -> Self {
        let matte = resize::matte(matte, grid.0, grid.1);
        let distances = distances(&matte);
        let slopes = slopes(&matte);
        Self { distances, slopes }
    }

    /// The signed distances from its outline, row by row, positive inside.
    pub(super) fn distances(&self) -> &[f32] {
        &self.distances.data
    }

    /// What it says of pixel `i`, row by row.
    #[must_use]
    pub fn at(&self, i: usize) -> Answer {
        Answer { distance: self.distances.data[i], trust: OWN }
    }

    /// How much wider than a hard one its edge is where it is the nearest to pixel `i`, in pixels of the grid.
    #[must_use]
    pub fn softness(&self, i: usize) -> f32 {
        let Plane { width, height, data } = &self.distances;
        let (x, y) = (i % width, i / width);
        let d = data[i];
        if d.abs() >= FARTHEST {
            return 0.0;
        }
        let (left, right) = (x.saturating_sub(1), (x + 1).min(width - 1));
        let (above, below) = (y.saturating_sub(1), (y + 1).min(height - 1));
        let dx = (data[y * width + right] - data[y * width + left]) / (right - left).max(1) as f32;
        let dy = (data[below * width + x] - data[above * width + x]) / (below - above).max(1) as f32;
        let steep = dx.hypot(dy).max(0.3);
        let (cx, cy) = (x as f32 - dx / steep * d, y as f32 - dy / steep * d);
        let (cx, cy) = (cx.round() as i32, cy.round() as i32);
        let (mut sum, mut count) = (0.0, 0.0);
        for y in (cy - AROUND).max(0)..(cy + AROUND + 1).min(*height as i32) {
            for x in (cx - AROUND).max(0)..(cx + AROUND + 1).min(*width as i32) {
                let slope = self.slopes.data[y as usize * width + x as usize];
                if slope > 0.0 {
                    sum += slope;
                    count += 1.0;
                }
            }
        }
        if sum > 0.0 { (count / sum - HARD).max(0.0) } else { 0.0 }
    }
}

/// See [`Track::slopes`].
fn slopes(matte: &Matte) -> Plane {
    let (width, height) = (matte.width() as usize, matte.height() as usize);
    let data = matte.data();
    let inside = |x: usize, y: usize| data[y * width + x] >= 0.5;
    let mut out = Plane::filled(width, height, 0.0);
    out.data.par_chunks_mut(width.max(1)).enumerate().for_each(|(y, row)| {
        let (above, below) = (y.saturating_sub(1), (y + 1).min(height - 1));
        for (x, slope) in row.iter_mut().enumerate() {
            let (left, right) = (x.saturating_sub(1), (x + 1).min(width - 1));
            let here = inside(x, y);
            if [(left, y), (right, y), (x, above), (x, below)].iter().all(|(x, y)| inside(*x, *y) == here) {
                continue;
            }
            let at = |x: usize, y: usize| data[y * width + x];
            // The steeper side: between two pixels the edge of an object that fills one of them is whole.
            let side = |a: f32, b: f32| (a - at(x, y)).abs().max((b - at(x, y)).abs());
            *slope = side(at(left, y), at(right, y)).hypot(side(at(x, above), at(x, below))).min(1.0);
        }
    });
    out
}

#[cfg(test)]
mod tests {
    use super::super::drawn::drawn;
    use super::*;

    /// A disc whose edge is `width` pixels wide.
    fn disc(width: f32) -> Matte {
        let value = |i: u32| {
            let (x, y) = ((i % 96) as f32 - 47.5, (i / 96) as f32 - 47.5);
            ((25.0 - x.hypot(y)) / width + 0.5).clamp(0.0, 1.0)
        };
        Matte::new(96, 96, (0..96 * 96).map(value).collect()).expect("of this size")
    }

    #[test]
    fn an_edge_stays_as_soft_as_it_was() {
        for width in [1.0, 2.0, 5.0, 9.0, 14.0] {
            let matte = disc(width);
            let track = Track::new(&matte, (96, 96));
            let distances: Vec<f32> = (0..96 * 96).map(|i| track.at(i).distance).collect();
            let again = drawn((96, 96), (96, 96), &distances, |i| track.softness(i));
            let off: f32 = again.data().iter().zip(matte.data()).map(|(a, b)| (a - b).abs()).sum();
            let soft: f32 = matte.data().iter().map(|v| v.min(1.0 - v)).sum();
            assert!(off < 0.25 * soft + 60.0, "{width}: {off} of {soft}");
        }
    }

    #[test]
    fn an_edge_that_is_hard_stays_one_pixel_wide() {
        for matte in [disc(0.1), disc(1.0)] {
            let track = Track::new(&matte, (96, 96));
            assert!((0..96 * 96).all(|i| track.softness(i) < 0.3));
        }
        let nothing = Track::new(&Matte::filled(8, 4, 0.0), (8, 4));
        assert!((0..32).all(|i| nothing.softness(i) == 0.0));
    }
}

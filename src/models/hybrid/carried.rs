//! A drawing where it was carried to: signed distances from its outline, and how far they are to be trusted.

use std::sync::Arc;

use super::confidence::overlap;
use crate::raster::RectI;

/// Distances are kept up to this, in pixels of the grid.
pub const FARTHEST: f32 = 20.0;
/// Steps of a kept distance in a pixel.
const FINE: f32 = 6.0;
/// Steps of a kept trust in a factor of two.
const HALVINGS: f32 = 12.0;

/// A drawing in another frame, as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Carried {
    /// Columns and rows of the grid over the frame.
    grid: (u32, u32),
    /// The part of the grid of which it speaks.
    part: RectI,
    /// For each pixel of the part its distance from the outline, positive inside.
    distances: Arc<[i8]>,
    /// For each pixel of the part how often the trust is halved, in steps.
    trust: Arc<[u8]>,
    /// The same for all pixels beyond the part: the mean over the object.
    beyond: u8,
}

/// What a drawing or a tracker says of a pixel.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Answer {
    /// The signed distance from the outline in pixels of the grid, positive inside.
    pub distance: f32,
    /// How far it is to be trusted, above 0 to 1.
    pub trust: f32,
}

impl Carried {
    /// Of a part of a grid; `said` is asked for each pixel of the part, row by row.
    ///
    /// Beyond the part there is nothing of the object, which is to be trusted as far as the object is where it is.
    pub(super) fn new(grid: (u32, u32), part: RectI, said: impl Iterator<Item = Answer>) -> Self {
        let (mut distances, mut trust) = (Vec::new(), Vec::new());
        let (mut sum, mut count) = (0.0_f64, 0.0_f64);
        let halvings = |trust: f32| (-trust.max(1e-9).log2() * HALVINGS).round().clamp(0.0, 255.0) as u8;
        for said in said {
            distances.push((said.distance.clamp(-FARTHEST, FARTHEST) * FINE).round() as i8);
            trust.push(halvings(said.trust));
            if said.distance > 0.0 {
                sum += f64::from(said.trust);
                count += 1.0;
            }
        }
        let beyond = halvings(if count > 0.0 { (sum / count) as f32 } else { 0.0 });
        Self { grid, part, distances: distances.into(), trust: trust.into(), beyond }
    }

    /// From what was kept; none where the numbers do not fit each other.
    #[must_use]
    pub fn from_parts(grid: (u32, u32), part: RectI, distances: &[i8], trust: &[u8]) -> Option<Self> {
        let (beyond, trust) = trust.split_last()?;
        let whole = RectI::of_size(grid.0, grid.1);
        let count = part.width() as usize * part.height() as usize;
        let fits = grid.0 > 0 && grid.1 > 0 && (part.is_empty() || whole.contains(&part));
        (fits && distances.len() == count && trust.len() == count).then(|| Self {
            grid,
            part,
            distances: distances.into(),
            trust: trust.into(),
            beyond: *beyond,
        })
    }

    /// Columns and rows of the grid.
    #[must_use]
    pub fn grid(&self) -> (u32, u32) {
        self.grid
    }

    /// The part of the grid of which it speaks.
    #[must_use]
    pub fn part(&self) -> RectI {
        self.part
    }

    /// Distances and trust, as they are kept; the last trust is that beyond the part.
    #[must_use]
    pub fn kept(&self) -> (&[i8], Vec<u8>) {
        (&self.distances, self.trust.iter().copied().chain([self.beyond]).collect())
    }

    /// What is said of the pixel in column `x` of row `y` of the grid.
    #[must_use]
    pub fn at(&self, x: i32, y: i32) -> Answer {
        let part = self.part;
        if x < part.x0 || y < part.y0 || x >= part.x1 || y >= part.y1 {
            return Answer { distance: -FARTHEST, trust: trusted(self.beyond) };
        }
        let i = (y - part.y0) as usize * part.width() as usize + (x - part.x0) as usize;
        Answer { distance: f32::from(self.distances[i]) / FINE, trust: trusted(self.trust[i]) }
    }

    /// What is said of each pixel of the grid, row by row.
    pub fn pixels(&self) -> impl Iterator<Item = Answer> {
        let (columns, rows) = (self.grid.0 as i32, self.grid.1 as i32);
        (0..rows).flat_map(move |y| (0..columns).map(move |x| self.at(x, y)))
    }

    /// For each pixel of the grid whether it is inside, row by row.
    pub fn inside(&self) -> impl Iterator<Item = bool> {
        self.pixels().map(|said| said.distance > 0.0)
    }

    /// Intersection over union with another one on the same grid.
    #[must_use]
    pub fn overlap(&self, other: &Self) -> f32 {
        // Beyond the parts of both is nothing.
        let part = self.part.join(&other.part);
        let pixels = (part.y0..part.y1).flat_map(|y| (part.x0..part.x1).map(move |x| (x, y)));
        overlap(pixels.map(|(x, y)| (self.at(x, y).distance > 0.0, other.at(x, y).distance > 0.0)))
    }

    /// Bytes that it holds.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.distances.len() + self.trust.len()
    }
}

/// A trust as it is kept.
fn trusted(steps: u8) -> f32 {
    (-f32::from(steps) / HALVINGS).exp2()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_what_was_said() {
        let part = RectI::new(2, 1, 4, 2);
        let said = [Answer { distance: 3.5, trust: 1.0 }, Answer { distance: -90.0, trust: 0.25 }];
        let carried = Carried::new((8, 4), part, said.into_iter());
        assert_eq!(carried.at(2, 1), said[0]);
        assert_eq!(carried.at(3, 1), Answer { distance: -FARTHEST, trust: 0.25 });
        assert_eq!(carried.at(4, 1), Answer { distance: -FARTHEST, trust: 1.0 });
        let (distances, trust) = carried.kept();
        assert_eq!(Carried::from_parts((8, 4), part, distances, &trust), Some(carried.clone()));
        assert_eq!(Carried::from_parts((3, 4), part, distances, &trust), None);
        assert_eq!(Carried::from_parts((8, 4), part, &distances[1..], &trust), None);
    }
    #[test]
    fn parts_overlap_as_their_whole_grids_do() {
        let of = |part: RectI| {
            let count = (part.width() * part.height()) as usize;
            let said = (0..count).map(|i| Answer { distance: (i % 3) as f32 - 0.5, trust: 1.0 });
            Carried::new((9, 7), part, said)
        };
        let all =
            [RectI::new(1, 1, 6, 5), RectI::new(3, 0, 9, 7), RectI::new(7, 6, 8, 7), RectI::new(0, 0, 0, 0)];
        for (one, other) in all.iter().flat_map(|a| all.iter().map(move |b| (of(*a), of(*b)))) {
            assert_eq!(one.overlap(&other), overlap(one.inside().zip(other.inside())));
        }
    }
}

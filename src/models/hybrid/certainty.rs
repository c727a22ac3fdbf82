//! How far the answer is to be trusted in each part of the frame.
//!
//! Where the carried drawing and the trackers lay the outline at different places, or where the drawing itself is little
//! trusted, the outline may be off by that much: its *doubt*, in pixels of the grid. Away from the outline, farther than
//! it may be off, nothing is in doubt. How the doubt of a frame lies tells where it is wrong, not whether it is: that is
//! what its confidence was fitted to. So the map is scaled to the frame's confidence. Along the fifth of the outline that
//! is doubted most its mean (the geometric one) is the confidence of the frame; a frame that is sure is sure almost
//! everywhere, and in one that is not the map shows why.

use super::Answer;
use crate::job::ConfidenceMap;

/// Side of a cell of the map, in pixels of the grid: 854x480 becomes 214x120.
const CELL: u32 = 4;
/// The outline is never known better than this, in pixels of the grid.
const LEAST: f32 = 0.5;
/// From this distance on all answers agree where they have the same sign, in pixels of the grid.
const AGREED: f32 = 12.0;
/// Doubt falls to 1/e within so many times itself from the outline.
const REACH: f32 = 1.5;
/// Nearer than this a pixel is on the outline.
const OUTLINE: f32 = 1.0;
/// The share of the outline, from the most doubted on, that stands for the frame.
const WORST: f32 = 0.2;
/// A frame of less confidence has a map as one of this.
const LEAST_CONFIDENCE: f32 = 0.01;

/// How far the outline may be off where it is at `distance`, in pixels of the grid: 0 where nothing is in doubt. Each
/// answer counts its share.
fn doubt(answers: &[(Answer, f32)], distance: f32) -> f32 {
    let distances = answers.iter().map(|(said, _)| said.distance);
    if distances.clone().all(|d| d > AGREED) || distances.clone().all(|d| d < -AGREED) {
        return 0.0;
    }
    let (mut apart, mut voices, mut weight) = (0.0, 0.0, 0.0);
    for (said, share) in answers {
        // An answer that has little say in where the outline is tells as well that it is not sure there.
        let voice = (said.trust * share).cbrt();
        apart += voice * (said.distance - distance) * (said.distance - distance);
        voices += voice;
        weight += said.trust * share;
    }
    if voices <= 0.0 {
        return 0.0;
    }
    let blind = LEAST + (weight.cbrt().recip() - 1.0).clamp(0.0, AGREED);
    let off = (apart / voices + blind * blind).sqrt();
    let beyond = (distance.abs() - OUTLINE).max(0.0) / (REACH * off);
    off * (-beyond * beyond).exp()
}

/// The doubts in the pixels of a grid.
#[derive(Debug)]
pub struct Doubts {
    grid: (u32, u32),
    /// The largest in each cell.
    cells: Vec<f32>,
    /// Those on the outline.
    outline: Vec<f32>,
}

impl Doubts {
    /// None in a grid of so many columns and rows.
    #[must_use]
    pub fn new(grid: (u32, u32)) -> Self {
        let (columns, rows) = (grid.0.div_ceil(CELL), grid.1.div_ceil(CELL));
        Self { grid, cells: vec![0.0; columns as usize * rows as usize], outline: Vec::new() }
    }

    /// Adds that of the pixel `i`, row by row, for which `answers` were given, each with its share, and of which
    /// `distance` was made.
    pub fn add(&mut self, i: usize, distance: f32, answers: &[(Answer, f32)]) {
        let doubt = doubt(answers, distance);
        let (width, cell) = (self.grid.0 as usize, CELL as usize);
        let at = i / width / cell * width.div_ceil(cell) + i % width / cell;
        self.cells[at] = self.cells[at].max(doubt);
        if distance.abs() <= OUTLINE {
            self.outline.push(doubt);
        }
    }

    /// The map of a frame of this confidence; none where there is no outline.
    #[must_use]
    pub fn map(self, confidence: f32) -> Option<ConfidenceMap> {
        let worst = worst_of(self.outline)?;
        let confidence = confidence.clamp(LEAST_CONFIDENCE, 1.0);
        let sure = |doubt: &f32| (255.0 * confidence.powf(doubt / worst)).round() as u8;
        let cells: Vec<u8> = self.cells.iter().map(sure).collect();
        ConfidenceMap::new(self.grid.0.div_ceil(CELL), self.grid.1.div_ceil(CELL), &cells).ok()
    }
}

/// The mean of the largest of some doubts; none where there are none.
fn worst_of(mut doubts: Vec<f32>) -> Option<f32> {
    doubts.sort_unstable_by(|a, b| b.total_cmp(a));
    let count = (doubts.len() as f32 * WORST).ceil() as usize;
    let worst = doubts.get(..count).filter(|worst| !worst.is_empty())?;
    Some((worst.iter().sum::<f32>() / worst.len() as f32).max(LEAST))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GRID: (u32, u32) = (80, 40);

    /// The signed distances of a box of these columns and rows 8 to 32.
    fn boxed(left: i32, right: i32) -> Vec<f32> {
        let at = |x: i32, y: i32| {
            let across = (x - left).min(right - 1 - x) as f32 + 0.5;
            across.min((y - 8).min(31 - y) as f32 + 0.5).clamp(-20.0, 20.0)
        };
        (0..40).flat_map(|y| (0..80).map(move |x| at(x, y))).collect()
    }

    /// What the map says where a drawing of the columns 20 to 60 meets an answer of the columns 20 to `right`.
    fn met(right: i32, trust: f32, confidence: f32) -> impl Fn(usize, usize) -> f32 {
        let (drawn, answer) = (boxed(20, 60), boxed(20, right));
        let mut doubts = Doubts::new(GRID);
        for (i, (&one, &other)) in drawn.iter().zip(&answer).enumerate() {
            let said = |distance: f32, trust: f32| (Answer { distance, trust }, 1.0);
            doubts.add(i, one, &[said(one, trust), said(other, 0.01)]);
        }
        let map = doubts.map(confidence).expect("a map");
        assert_eq!(map.size(), (20, 10));
        let pixels = map.pixels(GRID);
        move |x, y| pixels[y * 80 + x]
    }

    #[test]
    fn where_answers_differ_the_map_is_in_doubt() {
        let found = met(50, 1.0, 0.6);
        let (agreed, differ, inside, outside) = (found(20, 20), found(58, 20), found(36, 20), found(4, 4));
        assert!(differ < 0.65 && agreed > 0.8 && agreed > differ + 0.2, "{differ} {agreed}");
        assert!(inside > 0.95 && outside > 0.95, "{inside} {outside}");
        // Between both outlines as well.
        assert!(found(54, 20) < 0.8, "{}", found(54, 20));
    }

    #[test]
    fn the_map_follows_the_confidence_of_the_frame() {
        for confidence in [0.02, 0.3, 0.6, 0.9, 0.99] {
            // Where all of the outline is as doubtful it has the confidence of the frame.
            let even = met(60, 1.0, confidence);
            assert!((even(20, 20) - confidence).abs() < 0.02, "{confidence}: {}", even(20, 20));
            let uneven = met(50, 1.0, confidence);
            assert!(uneven(58, 20) <= confidence + 0.1 && uneven(20, 20) >= confidence, "{confidence}");
        }
        let sure = met(50, 1.0, 1.0);
        assert!((0..40).all(|y| (0..80).all(|x| sure(x, y) == 1.0)));
    }

    #[test]
    fn a_drawing_that_is_little_trusted_is_in_doubt_farther_from_the_outline() {
        let (trusted, lost) = (met(60, 1.0, 0.5), met(60, 0.02, 0.5));
        assert!(lost(20 + 6, 20) < trusted(20 + 6, 20) - 0.05, "{} {}", lost(26, 20), trusted(26, 20));
    }

    #[test]
    fn without_an_outline_there_is_no_map() {
        let mut doubts = Doubts::new(GRID);
        (0..80 * 40).for_each(|i| doubts.add(i, -20.0, &[(Answer { distance: -20.0, trust: 1.0 }, 1.0)]));
        assert!(doubts.map(0.5).is_none());
    }
}

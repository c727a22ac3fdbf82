//! Which colours the object has and its surroundings have not: two smoothed histograms.
//!
//! A histogram with soft bins holds any number of modes, costs one look-up a pixel and has no start
//! to depend on, as a mixture of Gaussians has.

use super::features::Features;
use super::plane::Plane;

/// Bins along each of luma and the two chromas.
const BINS: usize = 32;
/// Bins of all colours.
pub(super) const BINS_IN_ALL: usize = BINS * BINS * BINS;
/// Width of a bin of luma and of chroma, in the units of [`Features::colour`]. Chroma beyond the
/// last bin falls into it.
const WIDTH: [f32; 3] = [8.0, 6.0, 6.0];
/// Pixels of either side that every bin is taken to hold, spread over its neighbours: below that a
/// colour says nothing.
const PRIOR: f32 = 0.5;

/// Counts of colours on the object and off it.
#[derive(Clone)]
pub(super) struct Counts {
    on: Vec<f32>,
    off: Vec<f32>,
}

impl Counts {
    pub fn new() -> Self {
        Self { on: vec![0.0; BINS_IN_ALL], off: vec![0.0; BINS_IN_ALL] }
    }

    /// What was counted on the object and off it.
    pub fn bins(&self) -> [&[f32]; 2] {
        [&self.on, &self.off]
    }

    /// From what [`Self::bins`] gave; none where they are no counts.
    pub fn of_bins([on, off]: [Vec<f32>; 2]) -> Option<Self> {
        let counts = |bins: &[f32]| bins.len() == BINS_IN_ALL && bins.iter().all(|v| *v >= 0.0);
        (counts(&on) && counts(&off)).then_some(Self { on, off })
    }

    /// Counts the pixels of a frame: `labels` says how far each belongs to the object, `weight` how
    /// much it counts.
    pub fn add(&mut self, features: &Features, labels: &Plane, weight: impl Fn(usize) -> f32) {
        for (i, &label) in labels.data.iter().enumerate() {
            let weight = weight(i);
            if weight > 0.0 {
                let bin = bin(features.colour_at(i));
                self.on[bin] += weight * label;
                self.off[bin] += weight * (1.0 - label);
            }
        }
    }

    /// What the counts say of each colour.
    pub fn odds(&self) -> Odds {
        let (mut on, mut off) = (self.on.clone(), self.off.clone());
        smooth(&mut on);
        smooth(&mut off);
        let (n_on, n_off) = (on.iter().sum::<f32>().max(1.0), off.iter().sum::<f32>().max(1.0));
        // Both sides count the same, whatever their areas.
        let scale = (n_on.min(n_off) / n_on, n_on.min(n_off) / n_off);
        let table = on.iter().zip(&off);
        Odds { table: table.map(|(a, b)| ((a * scale.0 + PRIOR) / (b * scale.1 + PRIOR)).ln()).collect() }
    }

    /// Bytes that it holds.
    pub fn bytes(&self) -> usize {
        (self.on.len() + self.off.len()) * size_of::<f32>()
    }
}

/// For each colour the logarithm of its odds to be the object's.
#[derive(Clone)]
pub(super) struct Odds {
    table: Vec<f32>,
}

impl Odds {
    /// The log odds of a colour, linear between bins.
    pub fn of(&self, colour: [f32; 3]) -> f32 {
        let mut low = [0_usize; 3];
        let mut part = [0.0_f32; 3];
        for (k, p) in position(colour).into_iter().enumerate() {
            let p = (p - 0.5).clamp(0.0, (BINS - 1) as f32 - 1e-3);
            low[k] = p as usize;
            part[k] = p - low[k] as f32;
        }
        let mut total = 0.0;
        for corner in 0..8_usize {
            let mut at = 0;
            let mut weight = 1.0;
            for k in 0..3 {
                let up = corner >> k & 1;
                at = at * BINS + low[k] + up;
                weight *= if up == 1 { part[k] } else { 1.0 - part[k] };
            }
            total += weight * self.table[at];
        }
        total
    }

    /// Bytes that it holds.
    pub fn bytes(&self) -> usize {
        self.table.len() * size_of::<f32>()
    }
}

fn position(colour: [f32; 3]) -> [f32; 3] {
    let middle = (BINS / 2) as f32;
    [colour[0] / WIDTH[0], colour[1] / WIDTH[1] + middle, colour[2] / WIDTH[2] + middle]
}

fn bin(colour: [f32; 3]) -> usize {
    position(colour).into_iter().fold(0, |at, p| at * BINS + (p.max(0.0) as usize).min(BINS - 1))
}

/// Smooths a histogram by [1 2 1] / 4 along each axis, twice.
fn smooth(bins: &mut [f32]) {
    for step in [1, BINS, BINS * BINS] {
        for block in bins.chunks_exact_mut(step * BINS) {
            for start in 0..step {
                let mut line = [0.0_f32; BINS];
                for _ in 0..2 {
                    for k in 0..BINS {
                        line[k] = block[start + k * step];
                    }
                    for k in 0..BINS {
                        let (before, after) = (line[k.saturating_sub(1)], line[(k + 1).min(BINS - 1)]);
                        block[start + k * step] = 0.25 * before + 0.5 * line[k] + 0.25 * after;
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raster::Frame;

    #[test]
    fn colours_of_the_object_have_high_odds_and_unseen_ones_even_odds() {
        let mut frame = Frame::filled(20, 20, [30, 90, 40]);
        let mut labels = Plane::filled(20, 20, 0.0);
        for i in 0..100 {
            frame.data_mut()[3 * i..3 * i + 3].copy_from_slice(&[200, 40, 30]);
            labels.data[i] = 1.0;
        }
        let features = Features::new(&frame);
        let mut counts = Counts::new();
        counts.add(&features, &labels, |_| 1.0);
        let odds = counts.odds();
        assert!(odds.of(features.colour_at(5)) > 1.0);
        assert!(odds.of(features.colour_at(300)) < -1.0);
        assert!(odds.of([250.0, 80.0, -80.0]).abs() < 1e-6);
    }
}

//! Whether a pixel came the object's way or the camera's.

use super::dis::Flow;
use super::motion::Similarity;

/// Steps of a histogram of leanings.
const WAYS: usize = 25;
/// Width of a step in pixels.
const WAY: f32 = 0.5;

/// How much a leaning towards the object's way says of a pixel, learned from the frame itself:
/// nothing where object and background move alike, or the background does not move as one.
pub(super) struct Ways {
    counts: [[f32; 2]; WAYS],
    odds: [f32; WAYS],
}

impl Ways {
    pub fn new() -> Self {
        Self { counts: [[0.0; 2]; WAYS], odds: [0.0; WAYS] }
    }

    fn slot(leaning: f32) -> f32 {
        (leaning / WAY + (WAYS / 2) as f32).clamp(0.0, (WAYS - 1) as f32)
    }

    /// Counts a pixel that is surely on the object or surely off it.
    pub fn add(&mut self, leaning: f32, on: bool, weight: f32) {
        self.counts[(Self::slot(leaning) + 0.5) as usize][usize::from(on)] += weight;
    }

    /// Turns the counts into odds.
    pub fn learn(&mut self) {
        let mut totals = [1.0_f32; 2];
        for c in &self.counts {
            totals[0] += c[0];
            totals[1] += c[1];
        }
        for k in 0..WAYS {
            let near = [k.saturating_sub(1), k, k, (k + 1).min(WAYS - 1)];
            let share =
                |s: usize| near.iter().map(|&n| self.counts[n][s]).sum::<f32>() / (4.0 * totals[s]) + 0.01;
            self.odds[k] = (share(1) / share(0)).ln().clamp(-2.0, 2.0);
        }
    }

    /// The log odds that a leaning gives, -2 to 2.
    pub fn odds(&self, leaning: f32) -> f32 {
        let p = Self::slot(leaning);
        let low = (p as usize).min(WAYS - 2);
        let part = p - low as f32;
        self.odds[low] * (1.0 - part) + self.odds[low + 1] * part
    }
}

/// What is needed to tell the two ways apart.
pub(super) struct Leanings<'a> {
    /// From the later frame to the earlier one.
    pub backward: &'a Flow,
    pub camera_back: Similarity,
    pub object_back: Similarity,
}

impl Leanings<'_> {
    /// How much nearer, in pixels, the way of pixel `i` is to the object's than to the camera's.
    pub fn of(&self, i: usize) -> f32 {
        let width = self.backward.u.width;
        let (x, y) = ((i % width) as f32, (i / width) as f32);
        let from = (x + self.backward.u.data[i], y + self.backward.v.data[i]);
        let (c, o) = (self.camera_back.apply(x, y), self.object_back.apply(x, y));
        (from.0 - c.0).hypot(from.1 - c.1) - (from.0 - o.0).hypot(from.1 - o.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_that_differ_speak_and_ways_that_do_not_are_silent() {
        let (mut apart, mut alike) = (Ways::new(), Ways::new());
        for k in 0..200 {
            let jitter = (k % 7) as f32 * 0.2 - 0.6;
            apart.add(4.0 + jitter, true, 1.0);
            apart.add(-4.0 + jitter, false, 1.0);
            alike.add(jitter, k % 2 == 0, 1.0);
        }
        apart.learn();
        alike.learn();
        assert!(apart.odds(4.0) > 1.5 && apart.odds(-4.0) < -1.5);
        assert!(alike.odds(0.0).abs() < 0.2 && alike.odds(9.0).abs() < 0.2);
    }
}

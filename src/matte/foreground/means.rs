//! The mean colours of the object and of what is behind it.

use super::part::{Part, sane, soft};
use rayon::prelude::*;

/// From where all starts, and where it must stay.
pub(super) struct Means {
    /// Of the object.
    pub front: [f32; 3],
    /// Of what is behind.
    pub back: [f32; 3],
    /// The lowest value of each channel, at most 0.
    pub low: [f32; 3],
    /// The highest value of each channel, at least 1.
    pub high: [f32; 3],
}

/// Sums of colours in which the object and what is behind it weigh, each with the sum of its weights.
#[derive(Clone, Copy, Default)]
struct Sums {
    solid: [[f64; 4]; 2],
    soft: [[f64; 4]; 2],
}

impl Means {
    /// Of nearly solid pixels (.9), as published; where there are none, of those of the band by alpha.
    pub fn new(part: &Part) -> Self {
        let rows = (0..part.height()).into_par_iter().map(|y| {
            let mut sums = Sums::default();
            let (mut low, mut high) = ([0.0_f32; 3], [1.0_f32; 3]);
            for (x, &alpha) in part.row(y).iter().enumerate() {
                let (alpha, colour) = (sane(alpha), part.colour(part.place(x, y)));
                let add = |to: &mut [f64; 4], weight: f32| {
                    let weight = f64::from(weight);
                    for c in 0..3 {
                        to[c] += weight * f64::from(colour[c]);
                    }
                    to[3] += weight;
                };
                if alpha > 0.9 {
                    add(&mut sums.solid[0], 1.0);
                } else if alpha < 0.1 {
                    add(&mut sums.solid[1], 1.0);
                }
                if soft(alpha) {
                    add(&mut sums.soft[0], alpha * alpha);
                    add(&mut sums.soft[1], (1.0 - alpha) * (1.0 - alpha));
                }
                for c in 0..3 {
                    low[c] = low[c].min(colour[c]);
                    high[c] = high[c].max(colour[c]);
                }
            }
            (sums, low, high)
        });
        let rows: Vec<_> = rows.collect();
        let (mut all, mut low, mut high) = (Sums::default(), [0.0_f32; 3], [1.0_f32; 3]);
        // One row after the other: the sum has one order.
        for (sums, row_low, row_high) in rows {
            for side in 0..2 {
                for c in 0..4 {
                    all.solid[side][c] += sums.solid[side][c];
                    all.soft[side][c] += sums.soft[side][c];
                }
            }
            for c in 0..3 {
                low[c] = low[c].min(row_low[c]);
                high[c] = high[c].max(row_high[c]);
            }
        }
        let mean = |side: usize| {
            let sum = if all.solid[side][3] > 0.0 { all.solid[side] } else { all.soft[side] };
            let weight = sum[3].max(f64::MIN_POSITIVE);
            [sum[0] / weight, sum[1] / weight, sum[2] / weight].map(|v| v as f32)
        };
        Self { front: mean(0), back: mean(1), low, high }
    }
}

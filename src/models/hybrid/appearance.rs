//! The colours of an object, and how well those of something else fit them.

use super::picture::Picture;

/// Bins along each of red, green and blue.
const BINS: usize = 8;

/// Shares of colours.
#[derive(Debug, Clone)]
pub(super) struct Appearance(Vec<f32>);

impl Appearance {
    /// Of the pixels of a picture that are inside. Each counts in the eight bins around it, by nearness.
    pub fn of(picture: &Picture, inside: impl Iterator<Item = bool>) -> Self {
        let mut bins = vec![0.0_f32; BINS * BINS * BINS];
        let mut sum = 0.0;
        for (pixel, _) in picture.small.data().as_chunks::<3>().0.iter().zip(inside).filter(|(_, on)| *on) {
            let place = |value: u8| {
                let at = (f32::from(value) * BINS as f32 / 256.0 - 0.5).clamp(0.0, (BINS - 1) as f32 - 1e-3);
                (at as usize, at.fract())
            };
            let places = pixel.map(place);
            for corner in 0..8_usize {
                let (mut at, mut weight) = (0, 1.0);
                for (c, (low, part)) in places.into_iter().enumerate() {
                    let up = corner >> c & 1;
                    at = at * BINS + low + up;
                    weight *= if up == 1 { part } else { 1.0 - part };
                }
                bins[at] += weight;
            }
            sum += 1.0;
        }
        bins.iter_mut().for_each(|bin| *bin /= f32::max(sum, 1.0));
        Self(bins)
    }

    /// The share of the colours that both have, 0 to 1.
    pub fn fit(&self, other: &Self) -> f32 {
        self.0.iter().zip(&other.0).map(|(a, b)| a.min(*b)).sum()
    }
}

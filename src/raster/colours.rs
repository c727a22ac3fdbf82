//! How the colours of a picture are spread over it, and how far two pictures are apart in that.

use super::{Frame, resize};

/// Size of the picture that is looked at, in pixels.
const SIZE: (u32, u32) = (160, 90);
/// Quarters of the picture, two by two, each with its own histograms.
const QUARTERS: usize = 4;
/// Bins of a histogram.
const BINS: usize = 32;

/// What is remembered of a frame's colours: 384 numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Colours(Vec<f32>);

impl Colours {
    /// Of a frame.
    #[must_use]
    pub fn of(frame: &Frame) -> Self {
        let small = resize::frame(frame, SIZE.0, SIZE.1);
        let mut counts = vec![0.0_f32; QUARTERS * 3 * BINS];
        for (i, pixel) in small.data().as_chunks::<3>().0.iter().enumerate() {
            let (x, y) = (i as u32 % SIZE.0, i as u32 / SIZE.0);
            let quarter = usize::from(2 * x >= SIZE.0) + 2 * usize::from(2 * y >= SIZE.1);
            for (c, value) in pixel.iter().enumerate() {
                counts[(quarter * 3 + c) * BINS + usize::from(value >> 3)] += 1.0;
            }
        }
        // Neighbouring bins share, so that a change of light by a few values is a small one.
        let each = (SIZE.0 * SIZE.1) as f32 / QUARTERS as f32;
        let smooth = counts.chunks_exact(BINS).flat_map(|bins| {
            let at = move |i: usize| bins.get(i).copied().unwrap_or(0.0);
            (0..BINS).map(move |i| {
                let ends = if i == 0 || i + 1 == BINS { 0.25 * at(i) } else { 0.0 };
                let before = if i == 0 { 0.0 } else { at(i - 1) };
                (0.5 * at(i) + 0.25 * (before + at(i + 1)) + ends) / each
            })
        });
        Self(smooth.collect())
    }

    /// The share of the pixels that would have to change their colour to make one the other, 0 to 1.
    #[must_use]
    pub fn apart(&self, other: &Self) -> f32 {
        let sum: f32 = self.0.iter().zip(&other.0).map(|(a, b)| (a - b).abs()).sum();
        sum / (2 * QUARTERS * 3) as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_as_far_apart_as_their_pixels() {
        let black = Colours::of(&Frame::filled(32, 18, [0; 3]));
        let white = Colours::of(&Frame::filled(32, 18, [255; 3]));
        assert!((black.apart(&white) - 1.0).abs() < 1e-6 && black.apart(&black) == 0.0);
        assert!(black.0.iter().sum::<f32>() > 11.999, "nothing is lost at the ends");
    }
}

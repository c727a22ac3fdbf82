//! Cuts between shots, by how the colours of neighbouring frames differ.

use std::cmp::Ordering;

use crate::raster::{Frame, resize};

/// Size of the picture that is looked at, in pixels.
const SIZE: (u32, u32) = (160, 90);
/// Quarters of the picture, two by two, each with its own histograms.
const QUARTERS: usize = 4;
/// Bins of a histogram.
const BINS: usize = 32;
/// Share of the pixels that change their bin at a cut, at the least. Within the eight clips of
/// `../shared/clips` it is .07 at the most, between any two of them .35 at the least.
const LEAST: f32 = 0.2;
/// How many times as much as around it a cut changes: a shaken or flashing shot changes all the time.
const TIMES: f32 = 3.0;
/// Neighbours on either side that are compared with.
const AROUND: usize = 3;

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

/// The frames of a sequence that begin another shot than the one before, by their place in `frames`.
#[must_use]
pub fn cuts(frames: &[Colours]) -> Vec<usize> {
    let steps: Vec<f32> = frames.windows(2).map(|pair| pair[0].apart(&pair[1])).collect();
    let is_cut = |i: &usize| {
        let before = steps[i.saturating_sub(AROUND)..*i].iter();
        let mut around: Vec<f32> = before.chain(steps.iter().skip(i + 1).take(AROUND)).copied().collect();
        around.sort_by(|a, b| a.partial_cmp(b).unwrap_or(Ordering::Equal));
        let usual = around.get(around.len() / 2).copied().unwrap_or(0.0);
        steps[*i] > LEAST && steps[*i] > TIMES * usual
    };
    (0..steps.len()).filter(is_cut).map(|i| i + 1).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Stripes of a colour that move.
    fn frame(colour: [u8; 3], time: u32, light: u8) -> Colours {
        let pixel = |i: u32| {
            let (x, y) = (i % 96, i / 96);
            let value = |c: u8| (c / 2).saturating_add(light).saturating_add(((x + 3 * time + y) % 24) as u8);
            colour.map(value)
        };
        Colours::of(&Frame::new(96, 54, (0..96 * 54).flat_map(pixel).collect()).expect("its size"))
    }

    #[test]
    fn cuts_are_found_and_movement_and_light_are_none() {
        let mut shots: Vec<Colours> = (0..6).map(|t| frame([200, 40, 30], t, 0)).collect();
        shots.extend((0..5).map(|t| frame([30, 180, 90], t, t as u8)));
        shots.extend((0..2).map(|t| frame([90, 60, 220], t, 0)));
        assert_eq!(cuts(&shots), [6, 11]);
        assert!(cuts(&shots[..6]).is_empty() && cuts(&shots[..1]).is_empty() && cuts(&[]).is_empty());
    }

    #[test]
    fn what_changes_all_the_time_is_no_cut() {
        let flashing: Vec<Colours> =
            (0..8).map(|t| frame([[250, 0, 0], [0, 0, 250]][t % 2], t as u32, 0)).collect();
        assert!(flashing[0].apart(&flashing[1]) > LEAST);
        assert!(cuts(&flashing).is_empty());
    }

    #[test]
    fn colours_are_as_far_apart_as_their_pixels() {
        let black = Colours::of(&Frame::filled(32, 18, [0; 3]));
        let white = Colours::of(&Frame::filled(32, 18, [255; 3]));
        assert!((black.apart(&white) - 1.0).abs() < 1e-6 && black.apart(&black) == 0.0);
        assert!(black.0.iter().sum::<f32>() > 11.999, "nothing is lost at the ends");
    }
}

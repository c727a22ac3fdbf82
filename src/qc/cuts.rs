//! Cuts between shots, by how the colours of neighbouring frames differ.

use std::cmp::Ordering;

use crate::raster::Colours;

/// Share of the pixels that change their bin at a cut, at the least. Within the eight clips of
/// `../shared/clips` it is .07 at the most, between any two of them .35 at the least.
const LEAST: f32 = 0.2;
/// How many times as much as around it a cut changes: a shaken or flashing shot changes all the time.
const TIMES: f32 = 3.0;
/// Neighbours on either side that are compared with.
const AROUND: usize = 3;

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
    use crate::raster::Frame;

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
}

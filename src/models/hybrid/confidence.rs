//! What the confidence in a frame is: the chance that its matte has an IoU of .85 or more with the true one.
//!
//! Logistic functions of what the answers have in common, fitted to made scenes and the masked video, none of them
//! used to measure the product: 2,043 frames tracked from one mask, 456 between two (EXPERIMENTS.md 11). With one scene
//! left out at a time, 3 % of the frames from [`SURE`](crate::job::SURE) on are below that IoU.

/// Along a track from a keyframe: a constant, by the overlap of the answer with the carried drawing, and by what the
/// trackers think of themselves.
const ALONG: (f32, f32, f32) = (-12.7, 6.7, 9.3);
/// Between two keyframes: a constant, and by the overlap of both carried drawings.
const BETWEEN: (f32, f32) = (-5.0, 9.7);

/// The confidence in an answer along a track. `overlap` is its IoU with the carried drawing, 0 where that is lost;
/// `own` is what the trackers think of themselves, 0 to 1.
pub(super) fn along(overlap: f32, own: f32) -> f32 {
    chance(ALONG.0 + ALONG.1 * overlap + ALONG.2 * own)
}

/// The confidence in a frame between two keyframes. `overlap` is the IoU of the drawings that are carried to it from
/// both sides.
#[must_use]
pub fn between(overlap: f32) -> f32 {
    chance(BETWEEN.0 + BETWEEN.1 * overlap)
}

fn chance(odds: f32) -> f32 {
    1.0 / (1.0 + (-odds).exp())
}

/// Intersection over union of two things of which each pair says whether a pixel is in them; 1 where both are empty.
#[must_use]
pub fn overlap(pixels: impl Iterator<Item = (bool, bool)>) -> f32 {
    let (mut both, mut any) = (0_u32, 0_u32);
    for (one, other) in pixels {
        both += u32::from(one && other);
        any += u32::from(one || other);
    }
    if any == 0 { 1.0 } else { both as f32 / any as f32 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_agrees_is_sure_and_what_is_lost_is_not() {
        assert!(along(0.98, 0.95) > 0.9 && along(0.98, 0.6) < 0.7 && along(0.5, 0.95) < 0.7);
        assert!(along(0.0, 1.0) < 0.05);
        assert!(between(0.95) > 0.9 && between(0.4) < 0.5);
    }

    #[test]
    fn overlap_is_of_pixels_in_both() {
        assert_eq!(
            overlap([(true, true), (true, false), (false, true), (false, false)].into_iter()),
            1.0 / 3.0
        );
        assert_eq!(overlap([(false, false)].into_iter()), 1.0);
    }
}

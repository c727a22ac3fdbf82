//! The colours of confidence, the same on the timeline and in the view: green where the tracker is sure, yellow where it
//! is worth a look, red where it is probably wrong.

use crate::job::{SURE, UNSURE};

/// Confidences and their colours. Blue is 0 in all of them.
const STOPS: [(f32, [f32; 3]); 4] = [
    (UNSURE / 2.0, [1.0, 0.05, 0.0]),
    (UNSURE, [1.0, 0.45, 0.0]),
    ((UNSURE + SURE) / 2.0, [1.0, 0.9, 0.0]),
    ((SURE + 1.0) / 2.0, [0.1, 0.85, 0.0]),
];

/// The colour of a confidence, 0 to 1.
#[must_use]
pub fn ramp(confidence: f32) -> [f32; 3] {
    let (first, last) = (STOPS[0], STOPS[STOPS.len() - 1]);
    let between = STOPS.windows(2).find(|pair| confidence < pair[1].0);
    match between {
        _ if confidence <= first.0 || confidence.is_nan() => first.1,
        Some(&[(low, from), (high, to)]) => {
            let share = (confidence - low) / (high - low);
            std::array::from_fn(|c| from[c] + share * (to[c] - from[c]))
        }
        _ => last.1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sure_is_green_doubt_is_yellow_and_wrong_is_red() {
        for (confidence, colour) in STOPS {
            assert!(ramp(confidence).iter().zip(colour).all(|(a, b)| (a - b).abs() < 1e-6), "{confidence}");
        }
        assert_eq!((ramp(0.0), ramp(1.0)), (STOPS[0].1, STOPS[3].1));
        assert_eq!(ramp(f32::NAN), ramp(0.0));
        // From red to green without a step back.
        let hue = |i: u16| ramp(f32::from(i) / 100.0);
        assert!((0..100).all(|i| hue(i)[1] - hue(i)[0] <= hue(i + 1)[1] - hue(i + 1)[0]));
    }
}

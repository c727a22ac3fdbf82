//! From the network's answer to candidates, as the reference chooses them: every box that agrees with
//! some word above a threshold, with all words that it agrees with above another. Boxes that overlap
//! are not thinned out; the network was trained to give one for each thing.

use super::network::Answer;
use crate::job::Thresholds;

/// A box that was chosen.
#[derive(Debug, PartialEq)]
pub(super) struct Chosen {
    /// Left, top, right and bottom in pixels of the frame, within it.
    pub bounds: [f64; 4],
    /// Its best agreement, 0 to 1.
    pub score: f32,
    /// The places of its words in the text.
    pub words: Vec<usize>,
}

/// The boxes of `answer` about `count` words, the best first, and in the network's order where they are
/// equal. The mark at the beginning, and the last of `most` words that the network can read, are never
/// of a box.
pub(super) fn choose(
    answer: &Answer,
    count: usize,
    most: usize,
    (width, height): (u32, u32),
    thresholds: Thresholds,
) -> Vec<Chosen> {
    let (wide, tall) = (f64::from(width), f64::from(height));
    let mut chosen = Vec::new();
    for (logits, place) in answer.logits.chunks_exact(count.max(1)).zip(&answer.boxes) {
        let score = logits.iter().copied().map(chance).fold(0.0, f32::max);
        if score <= thresholds.score {
            continue;
        }
        let agrees = |i: &usize| *i > 0 && i + 1 < most && chance(logits[*i]) > thresholds.text;
        let [x, y, w, h] = place.map(f64::from);
        let across = |v: f64| (v * wide).clamp(0.0, wide);
        let down = |v: f64| (v * tall).clamp(0.0, tall);
        chosen.push(Chosen {
            bounds: [across(x - w / 2.0), down(y - h / 2.0), across(x + w / 2.0), down(y + h / 2.0)],
            score,
            words: (0..count).filter(agrees).collect(),
        });
    }
    // A stable sort keeps the network's order.
    chosen.sort_by(|a, b| b.score.total_cmp(&a.score));
    chosen
}

/// Log odds as a chance, 0 to 1.
fn chance(logit: f32) -> f32 {
    1.0 / (1.0 + (-logit).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_are_chosen_by_their_best_word_and_sorted() {
        let answer = Answer {
            logits: [[-9.0, 0.0, 2.0, -9.0], [9.0, -9.0, -9.0, -9.0], [-2.0; 4], [-9.0, 3.0, 0.0, 9.0]]
                .concat(),
            boxes: vec![[0.5, 0.5, 0.2, 0.4], [0.0, 1.0, 0.5, 0.5], [0.5; 4], [0.25, 0.5, 0.5, 1.0]],
        };
        let found = choose(&answer, 4, 4, (200, 100), Thresholds { score: 0.3, text: 0.4 });
        let words: Vec<&[usize]> = found.iter().map(|c| c.words.as_slice()).collect();
        // The mark at the beginning and the last word that can be read are of no box.
        assert_eq!(words, [&[][..], &[1, 2], &[1, 2]]);
        assert_eq!(found[0].bounds, [0.0, 75.0, 50.0, 100.0], "within the frame");
        let close = |a: [f64; 4], b: [f64; 4]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-4);
        assert!(close(found[1].bounds, [0.0, 0.0, 100.0, 100.0]), "{:?}", found[1]);
        assert!(close(found[2].bounds, [80.0, 30.0, 120.0, 70.0]), "{:?}", found[2]);
        assert!((found[2].score - 0.880_797).abs() < 1e-5);
        assert!(choose(&answer, 4, 4, (200, 100), Thresholds { score: 1.0, text: 0.0 }).is_empty());
        let more = choose(&answer, 4, 256, (200, 100), Thresholds { score: 0.3, text: 0.4 });
        assert_eq!(more[1].words, [1, 2, 3]);
    }
}

//! Which of the decoder's masks is the answer.

use super::constants::Constants;

/// The decoder's mask and pointer that are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Choice {
    /// Index of the mask, 0 to 3.
    pub mask: usize,
    /// Index of the object pointer.
    pub pointer: usize,
}

/// Chooses among the masks for which `iou` is predicted: four of one size, one after another, or the
/// one that a graph has chosen. `points` counts corners of a box, but not the point that stands for none.
///
/// With few points, propagation included, the one of masks 1 to 3 with the best predicted overlap, with its own
/// pointer. Otherwise mask 0 while it is stable, else the best of 1 to 3 with the pointer of mask 0.
pub(super) fn choose(
    constants: &Constants,
    masks: &[f32],
    iou: &[f32],
    points: usize,
    prompted: bool,
) -> Choice {
    let best = best(iou);
    let few = (constants.multimask_min_points..=constants.multimask_max_points).contains(&points);
    if few && (prompted || constants.multimask_for_tracking) {
        return Choice { mask: best, pointer: best };
    }
    let single = &masks[..masks.len() / iou.len()];
    if best == 0
        || !constants.stability
        || stability(single, constants.stability_delta) >= constants.stability_threshold
    {
        Choice { mask: 0, pointer: 0 }
    } else {
        Choice { mask: best, pointer: 0 }
    }
}

/// Overlap of the mask cut a little above and a little below zero: 1 for a mask with clear edges, or none.
pub(super) fn stability(logits: &[f32], delta: f32) -> f32 {
    let inner = logits.iter().filter(|&&v| v > delta).count();
    let outer = logits.iter().filter(|&&v| v > -delta).count();
    if outer == 0 { 1.0 } else { inner as f32 / outer as f32 }
}

/// The mask of 1 to 3 with the best predicted overlap, the first of equals; 0 where the graph has chosen.
pub(super) fn best(iou: &[f32]) -> usize {
    let mut best = usize::from(iou.len() > 1);
    for (i, v) in iou.iter().enumerate().skip(best + 1) {
        if *v > iou[best] {
            best = i;
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    const IOU: [f32; 4] = [0.9, 0.2, 0.8, 0.8];

    fn masks(first: [f32; 4]) -> Vec<f32> {
        first.into_iter().chain([1.0; 12]).collect()
    }

    #[test]
    fn few_points_take_the_first_of_the_best_with_its_pointer() {
        let choice = choose(&Constants::of_pointer(2), &masks([5.0; 4]), &IOU, 1, true);
        assert_eq!(choice, Choice { mask: 2, pointer: 2 });
    }

    #[test]
    fn propagation_is_no_prompt() {
        let single = Constants { multimask_for_tracking: false, ..Constants::of_pointer(2) };
        assert_eq!(choose(&single, &masks([5.0; 4]), &IOU, 0, false).mask, 0);
        assert_eq!(choose(&single, &masks([5.0; 4]), &IOU, 1, true).mask, 2);
        assert_eq!(choose(&Constants::of_pointer(2), &masks([5.0; 4]), &IOU, 0, false).mask, 2);
    }

    #[test]
    fn a_mask_that_the_graph_chose_is_taken() {
        let choice = choose(&Constants::of_pointer(2), &[0.0; 4], &[0.5], 1, true);
        assert_eq!(choice, Choice { mask: 0, pointer: 0 });
    }

    #[test]
    fn many_points_take_a_stable_single_mask() {
        let choice = choose(&Constants::of_pointer(2), &masks([5.0, 5.0, -5.0, -5.0]), &IOU, 3, true);
        assert_eq!(choice, Choice { mask: 0, pointer: 0 });
    }

    #[test]
    fn an_unstable_single_mask_gives_way_but_for_its_pointer() {
        let choice = choose(&Constants::of_pointer(2), &masks([0.01, 5.0, -5.0, 0.02]), &IOU, 3, true);
        assert_eq!(choice, Choice { mask: 2, pointer: 0 });
    }
}

//! From the answers of the prompter graph, one after each click, to one that changes with each click only what
//! the click is on.

use crate::job::prompts::{Label, PointPrompt};

/// Log odds that a click gives its own place.
const STATED: f32 = 4.0;
/// Squared radius of that place, in cells of stride 2.
const PLACE: usize = 2;

/// Log odds of a matte's value.
pub(super) fn logit(value: f32) -> f32 {
    let v = value.clamp(0.02, 0.98);
    (v / (1.0 - v)).ln()
}

/// The cell of a click in a grid of `size` over a frame; one outside counts at the edge.
pub(super) fn cell(point: &PointPrompt, frame: (u32, u32), size: (usize, usize)) -> (usize, usize) {
    let place = |v: f64, cells: usize, pixels: u32| {
        let v = (v * cells as f64 / f64::from(pixels.max(1))).max(0.0) as usize;
        v.min(cells.saturating_sub(1))
    };
    (place(point.at.x, size.0, frame.0), place(point.at.y, size.1, frame.1))
}

/// What is known after a click: `answer` in the part of both that the click is on, `before` elsewhere. A positive
/// click only adds, a negative one only takes away, and never all.
pub(super) fn changed(
    before: Vec<f32>,
    answer: &[f32],
    width: usize,
    ((x, y), label): ((usize, usize), Label),
) -> Vec<f32> {
    let at = y * width + x;
    let on = label == Label::Positive;
    let in_place = |i: usize| (i % width).abs_diff(x).pow(2) + (i / width).abs_diff(y).pow(2) <= PLACE;
    // What is on before or after, and the place of the click, so that there is a part that it is on.
    let open: Vec<bool> = before
        .iter()
        .zip(answer)
        .enumerate()
        .map(|(i, (b, a))| *b > 0.0 || *a > 0.0 || in_place(i))
        .collect();
    let mut own = vec![false; open.len()];
    let mut stack = vec![at];
    while let Some(i) = stack.pop() {
        if !open.get(i).copied().unwrap_or(false) || std::mem::replace(&mut own[i], true) {
            continue;
        }
        stack.extend((i % width > 0).then(|| i - 1));
        stack.extend((i % width + 1 < width).then_some(i + 1));
        stack.extend(i.checked_sub(width));
        stack.push(i + width);
    }
    let mut after = before.clone();
    for (i, v) in after.iter_mut().enumerate().filter(|(i, _)| own[*i]) {
        *v = if on { v.max(answer[i]) } else { v.min(answer[i]) };
        if in_place(i) {
            *v = if on { v.max(STATED) } else { v.min(-STATED) };
        }
    }
    if after.iter().any(|v| *v > 0.0) { after } else { before }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raster::PixelPoint;

    const WIDTH: usize = 24;

    /// On in these columns, the last excluded.
    fn bars(columns: &[(usize, usize)]) -> Vec<f32> {
        (0..WIDTH * 8)
            .map(|i| if columns.iter().any(|c| (c.0..c.1).contains(&(i % WIDTH))) { 3.0 } else { -3.0 })
            .collect()
    }

    #[test]
    fn a_click_changes_the_part_that_it_is_on() {
        let before = bars(&[(2, 8), (14, 20)]);
        // The graph takes both parts away, and adds a third.
        let off = changed(before.clone(), &bars(&[(22, 24)]), WIDTH, ((16, 4), Label::Negative));
        let signs = |v: &[f32]| v.iter().map(|v| *v > 0.0).collect::<Vec<_>>();
        assert_eq!(signs(&off), signs(&bars(&[(2, 8)])));
        let on = changed(bars(&[(2, 8)]), &bars(&[(14, 20)]), WIDTH, ((16, 4), Label::Positive));
        assert_eq!(signs(&on), signs(&before));
    }

    #[test]
    fn a_click_is_true_at_its_place_and_takes_nothing_else_away() {
        let before = bars(&[(2, 8)]);
        let stubborn = changed(before.clone(), &before, WIDTH, ((16, 4), Label::Positive));
        assert_eq!(stubborn[4 * WIDTH + 16], STATED);
        assert_eq!(stubborn.iter().filter(|v| **v > 0.0).count(), 6 * 8 + 9);
        let nothing = bars(&[]);
        let cut = changed(before.clone(), &before, WIDTH, ((4, 4), Label::Negative));
        assert_eq!(cut.iter().filter(|v| **v > 0.0).count(), 6 * 8 - 9);
        assert_eq!(changed(before.clone(), &nothing, WIDTH, ((4, 4), Label::Negative)), before, "never all");
    }

    #[test]
    fn places_and_values_stay_within_their_bounds() {
        let point = |x: f64, y: f64| PointPrompt { at: PixelPoint { x, y }, label: Label::Positive };
        assert_eq!(cell(&point(50.0, 20.0), (100, 100), (10, 10)), (5, 2));
        assert_eq!(cell(&point(1e12, f64::NAN), (100, 100), (10, 10)), (9, 0));
        assert!(logit(0.0).is_finite() && (logit(1.0) + logit(0.0)).abs() < 1e-4);
    }
}

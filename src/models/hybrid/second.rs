//! Two trackers of one object: how far each is to be followed.
//!
//! A network knows things and loses them where they look like nothing that it was trained on; optical flow with
//! colours knows nothing and follows what moves as one. Their own confidences do not tell which of them is right. How
//! well an answer covers the carried drawing does: it is the best of the signs that were tried (EXPERIMENTS.md 10).

use super::carried::Carried;
use super::confidence::overlap;

/// Log odds that the second tracker is right rather than the first: a constant, and by the overlaps of both with the
/// carried drawing. Fitted to 1,362 frames of 26 made scenes and the masked video, weighted by how far the answers are
/// apart (EXPERIMENTS.md 10).
const ODDS: (f32, f32, f32) = (4.4, -29.0, 23.5);

/// How far the second answer is to be followed rather than the first, 0 to 1. Both are signed distances on the grid of
/// `carried`, positive inside.
pub(super) fn share(first: &[f32], second: &[f32], carried: &Carried) -> f32 {
    let (constant, one, other) = ODDS;
    let odds = constant + one * covers(first, carried) + other * covers(second, carried);
    1.0 / (1.0 + (-odds).exp())
}

/// How well an answer covers the carried drawing.
fn covers(answer: &[f32], carried: &Carried) -> f32 {
    overlap(answer.iter().map(|v| *v > 0.0).zip(carried.inside()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::hybrid::Answer;
    use crate::raster::RectI;

    #[test]
    fn the_answer_that_covers_the_drawing_is_followed() {
        let inside = |x: i32, left: i32| if (left..left + 10).contains(&x) { 3.0 } else { -3.0 };
        let row = |left: i32| (0..40).map(|x| inside(x, left)).collect::<Vec<f32>>();
        let said = row(10).into_iter().map(|distance| Answer { distance, trust: 1.0 });
        let carried = Carried::new((40, 1), RectI::new(0, 0, 40, 1), said);
        assert!(share(&row(10), &row(16), &carried) < 0.01);
        assert!(share(&row(16), &row(10), &carried) > 0.99);
        let equal = share(&row(11), &row(11), &carried);
        assert!((0.3..0.7).contains(&equal), "{equal}");
        assert_eq!(covers(&[-1.0; 40], &Carried::new((40, 1), RectI::new(0, 0, 0, 0), [].into_iter())), 1.0);
    }
}

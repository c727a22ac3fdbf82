//! One object in one frame, from clicks and a box.

use super::colour::Counts;
use super::energy;
use super::features::Features;
use super::plane::Plane;
use super::region::Region;

/// Rounds of colours from labels and labels from colours.
const ROUNDS: usize = 5;
/// Price of an edge, in log odds a pixel.
const PRICE: f32 = 12.0;
/// Log odds that nothing outweighs.
const FIXED: f32 = 1e3;
/// Radius of a click, as a part of the longer side of the grid.
const CLICK: f32 = 0.015;

/// What was said, on the label grid.
pub(super) struct Hints {
    /// Clicks on the object, in pixels of the grid.
    pub positive: Vec<(f32, f32)>,
    /// Clicks on something else.
    pub negative: Vec<(f32, f32)>,
    /// A region that holds the object.
    pub bounds: Option<Region>,
    /// What was known before, to be corrected.
    pub earlier: Option<Plane>,
}

/// The labels of the grid, 0 or 1.
pub(super) fn segment(features: &Features, hints: &Hints) -> Plane {
    let (w, h) = (features.width(), features.height());
    let all = Region { x0: 0, y0: 0, x1: w, y1: h };
    let radius = (CLICK * w.max(h) as f32).max(1.0);
    let near = |i: usize, points: &[(f32, f32)], radius: f32| {
        let (x, y) = ((i % w) as f32 + 0.5, (i / w) as f32 + 0.5);
        points.iter().any(|p| (p.0 - x).hypot(p.1 - y) <= radius)
    };
    let fixed: Vec<f32> = (0..w * h)
        .map(|i| {
            if near(i, &hints.negative, radius) {
                -FIXED
            } else if hints.bounds.is_some_and(|b| !b.contains(i % w, i / w)) {
                -FIXED
            } else if near(i, &hints.positive, radius) {
                FIXED
            } else {
                0.0
            }
        })
        .collect();
    let mut labels = match (&hints.earlier, hints.bounds) {
        (Some(earlier), _) => earlier.clone(),
        (None, Some(b)) => Plane::from_fn(w, h, |x, y| f32::from(u8::from(b.contains(x, y)))),
        (None, None) => {
            let reach = 6.0 * radius;
            Plane::from_fn(w, h, |x, y| f32::from(u8::from(near(y * w + x, &hints.positive, reach))))
        }
    };
    for (l, &f) in labels.data.iter_mut().zip(&fixed) {
        if f != 0.0 {
            *l = if f > 0.0 { 1.0 } else { 0.0 };
        }
    }
    let ring = hints.bounds.map(|b| b.grown((b.width().max(b.height()) / 3).max(4), w, h)).unwrap_or(all);
    for _ in 0..ROUNDS {
        let mut counts = Counts::new();
        counts.add(features, &labels, |i| if ring.contains(i % w, i / w) { 1.0 } else { 0.0 });
        let odds = counts.odds();
        let evidence: Vec<f32> = ring
            .indices(w)
            .map(|i| if fixed[i] == 0.0 { odds.of(features.colour_at(i)) } else { fixed[i] })
            .collect();
        let on = energy::label(features, ring, &evidence, PRICE);
        let mut next = Plane::filled(w, h, 0.0);
        for (i, on) in ring.indices(w).zip(on) {
            next.data[i] = f32::from(u8::from(on));
        }
        if next == labels {
            break;
        }
        labels = next;
    }
    labels
}

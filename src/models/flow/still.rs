//! One object in one frame of which nothing is known, from a click or a box. Further clicks are `clicks.rs`.
//!
//! A first guess comes from geodesic distances (X. Bai, G. Sapiro, ICCV 2007): what is nearer to
//! the clicks on the object than to those off it, or to what surely is off it. From there colours
//! are learned from labels and labels cut by colours in turn, as in GrabCut. What a model believes
//! takes part in the guess where there is one.

use super::colour::Counts;
use super::energy;
use super::features::Features;
use super::geodesic;
use super::plane::Plane;
use super::region::{Region, components};

/// Rounds of colours from labels and labels from colours.
const ROUNDS: usize = 5;
/// Price of an edge, in log odds a pixel.
const PRICE: f32 = 10.0;
/// Log odds that nothing outweighs.
const FIXED: f32 = 1e3;
/// Radius of a click, as a part of the longer side of the grid.
const CLICK: f32 = 0.012;
/// Log odds of the guess where it is surest.
const GUESS: f32 = 3.0;
/// The most that colour may say, in log odds.
const COLOUR: f32 = 4.0;
/// A part of the object that no click is on is kept when it has this share of the largest.
const PART: f32 = 0.1;
/// Leanings that are tried in a box, in log odds.
const LEANS: [f32; 6] = [-0.6, -0.3, 0.0, 0.3, 0.6, 1.0];
/// How near the object comes to each side of its box, as a part of the box's size.
const NEAR: f32 = 0.06;

/// How far a model's belief is followed.
struct Trust {
    /// Factor of its log odds.
    scale: f32,
    /// Factor of the guess by geodesic distances that is added.
    guess: f32,
    /// Price of an edge, as [`PRICE`].
    price: f32,
}

/// From clicks: they name a place and the belief an extent; neither is right alone. This and
/// [`BOXED`] were chosen on held-out photographs (`models/train/EXPERIMENTS.md`).
const CLICKED: Trust = Trust { scale: 0.5, guess: 1.0, price: 20.0 };
/// In a box.
const BOXED: Trust = Trust { scale: 1.0, guess: 0.0, price: PRICE };
/// The most that a belief may say, in log odds.
const BELIEF: f32 = 4.0;
/// What was said, on the label grid.
pub(super) struct Hints {
    /// Clicks on the object, in pixels of the grid.
    pub positive: Vec<(f32, f32)>,
    /// Clicks on something else.
    pub negative: Vec<(f32, f32)>,
    /// A region that holds the object.
    pub bounds: Option<Region>,
}

/// The labels of the grid, 0 or 1. `belief` holds log odds by another model.
pub(super) fn segment(features: &Features, hints: &Hints, belief: Option<&Plane>) -> Plane {
    let (w, h) = (features.width(), features.height());
    let fixed = fixed(features, hints);
    let trust = if hints.positive.is_empty() { BOXED } else { CLICKED };
    let (guess, price) = match belief {
        Some(odds) => (believed(features, hints, &fixed, odds, &trust), trust.price),
        None => (guess(features, hints, &fixed, false), PRICE),
    };
    let mut labels = match hints.bounds {
        // An object fills its box: of several leanings the least that reaches its sides is right.
        Some(b) => {
            let mut best: Option<(usize, Plane)> = None;
            for lean in LEANS {
                let labels = alternate(features, hints, &guess, lean, price);
                let sides = sides_reached(&labels, b);
                if best.as_ref().is_none_or(|(most, _)| sides > *most) {
                    best = Some((sides, labels));
                }
                if sides == 4 {
                    break;
                }
            }
            best.map_or_else(|| Plane::filled(w, h, 0.0), |(_, labels)| labels)
        }
        None => alternate(features, hints, &guess, 0.0, price),
    };
    keep_parts(&mut labels, |i| fixed[i] > 0.0);
    labels
}

/// Log odds of what was said to be on or off the object, 0 elsewhere.
fn fixed(features: &Features, hints: &Hints) -> Vec<f32> {
    let (w, h) = (features.width(), features.height());
    let radius = (CLICK * w.max(h) as f32).max(0.75);
    let near = |i: usize, points: &[(f32, f32)]| {
        let (x, y) = ((i % w) as f32 + 0.5, (i / w) as f32 + 0.5);
        points.iter().any(|p| (p.0 - x).hypot(p.1 - y) <= radius)
    };
    let of = |i: usize| {
        let beyond = hints.bounds.is_some_and(|b| !b.contains(i % w, i / w));
        if beyond || near(i, &hints.negative) {
            -FIXED
        } else if near(i, &hints.positive) {
            FIXED
        } else {
            0.0
        }
    };
    (0..w * h).map(of).collect()
}

/// Learns colours from labels and cuts labels by colours in turn; `lean` is added to the log odds
/// of all pixels, `price` is that of an edge.
fn alternate(features: &Features, hints: &Hints, guess: &[f32], lean: f32, price: f32) -> Plane {
    let (w, h) = (features.width(), features.height());
    let whole = Region { x0: 0, y0: 0, x1: w, y1: h };
    // Colours of the surroundings count, those of the far side of the picture do not.
    let region = hints.bounds.map_or(whole, |b| b.grown((b.width().max(b.height()) / 3).max(4), w, h));
    // The first colours are weighed by the guess, the later ones by the labels.
    let mut labels = Plane::filled(w, h, 0.0);
    for (l, g) in labels.data.iter_mut().zip(guess) {
        *l = 1.0 / (1.0 + (-g).exp());
    }
    for _ in 0..ROUNDS {
        let mut counts = Counts::new();
        counts.add(features, &labels, |i| f32::from(u8::from(region.contains(i % w, i / w))));
        let odds = counts.odds();
        let evidence: Vec<f32> = region
            .indices(w)
            .map(|i| guess[i] + lean + odds.of(features.colour_at(i)).clamp(-COLOUR, COLOUR))
            .collect();
        let on = energy::label(features, region, &evidence, price);
        let mut next = Plane::filled(w, h, 0.0);
        for (i, on) in region.indices(w).zip(on) {
            next.data[i] = f32::from(u8::from(on));
        }
        if next == labels {
            break;
        }
        labels = next;
    }
    labels
}

/// How many sides of the box the labels come near.
fn sides_reached(labels: &Plane, b: Region) -> usize {
    let Some(r) = Region::around(labels.width, labels.data.len(), |i| labels.data[i] > 0.5) else {
        return 0;
    };
    let (across, down) = ((b.width() as f32 * NEAR) as usize + 1, (b.height() as f32 * NEAR) as usize + 1);
    let reached = [r.x0 <= b.x0 + across, b.x1 <= r.x1 + across, r.y0 <= b.y0 + down, b.y1 <= r.y1 + down];
    reached.into_iter().filter(|&v| v).count()
}

/// Log odds of each pixel before any colour is known, where a model believes `odds`.
fn believed(features: &Features, hints: &Hints, fixed: &[f32], odds: &Plane, trust: &Trust) -> Vec<f32> {
    let mut out: Vec<f32> = odds.data.iter().map(|v| (v * trust.scale).clamp(-BELIEF, BELIEF)).collect();
    if trust.guess > 0.0 {
        let own = guess(features, hints, fixed, true);
        out.iter_mut().zip(own).for_each(|(o, g)| *o += trust.guess * g);
    }
    for (o, &f) in out.iter_mut().zip(fixed) {
        if f != 0.0 {
            *o = f;
        }
    }
    out
}

/// Log odds of each pixel before any colour is known. The rim of the picture counts as off the object
/// where nothing else is said to be, or in any case where it is `walled`.
fn guess(features: &Features, hints: &Hints, fixed: &[f32], walled: bool) -> Vec<f32> {
    let (w, h) = (features.width(), features.height());
    let given = |sign: f32| (0..w * h).filter(move |&i| fixed[i] * sign > 0.0);
    let rim = |i: usize| i.is_multiple_of(w) || i % w == w - 1 || i / w == 0 || i / w == h - 1;
    let to_on = geodesic::distance(features, given(1.0));
    let clicked_off = fixed.iter().any(|&f| f < 0.0);
    let to_off = if clicked_off && !walled {
        geodesic::distance(features, given(-1.0))
    } else {
        // Without a word on what is off, the rim of the picture is taken to be.
        geodesic::distance(features, (0..w * h).filter(|&i| fixed[i] < 0.0 || rim(i) && fixed[i] == 0.0))
    };
    let mut out: Vec<f32> = if hints.positive.is_empty() {
        // A box alone: what is hard to reach from outside.
        let typical =
            mean((0..w * h).filter(|&i| fixed[i] == 0.0).map(|i| to_off[i]).filter(|d| d.is_finite()))
                .max(1.0);
        (0..w * h).map(|i| 1.5 * (to_off[i] / typical).clamp(0.01, 4.0).ln()).collect()
    } else {
        (0..w * h)
            .map(|i| {
                let (near, far) = (to_on[i].min(1e6), to_off[i].min(1e6));
                GUESS * (far - near) / (far + near).max(1e-3)
            })
            .collect()
    };
    for (o, &f) in out.iter_mut().zip(fixed) {
        if f != 0.0 {
            *o = f;
        }
    }
    out
}

fn mean(values: impl Iterator<Item = f32>) -> f32 {
    let (sum, count) = values.fold((0.0_f64, 0.0_f64), |a, v| (a.0 + f64::from(v), a.1 + 1.0));
    if count > 0.0 { (sum / count) as f32 } else { 0.0 }
}

/// Drops the parts that are small and hold nothing that was `given`.
fn keep_parts(labels: &mut Plane, given: impl Fn(usize) -> bool) {
    let on: Vec<bool> = labels.data.iter().map(|&v| v > 0.5).collect();
    let (parts, count) = components(&on, labels.width);
    let mut areas = vec![0.0_f32; count];
    let mut named = vec![false; count];
    for (i, part) in parts.iter().enumerate() {
        if let Some(p) = *part {
            areas[p] += 1.0;
            named[p] |= given(i);
        }
    }
    let least = PART * areas.iter().copied().fold(0.0, f32::max);
    let any = named.contains(&true);
    for (l, part) in labels.data.iter_mut().zip(&parts) {
        if part.is_some_and(|p| if any { !named[p] } else { areas[p] < least }) {
            *l = 0.0;
        }
    }
}

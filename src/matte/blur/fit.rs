//! The blur that explains how the edge looks at every angle to it.
//!
//! An edge across which the object is smeared by `q` pixels is a ramp of that length; one along which
//! it is smeared stays as sharp as the lens makes it. So the mean cuts of groups of edges, each with
//! its place and direction, are explained together: by the given motion times the shutter, or by one
//! vector for all, and by a softness that is alike in all directions.

use rayon::prelude::*;

use super::profiles::{Edge, Group, Profile, SAMPLES, TAIL, groups, place, table};
use crate::raster::Frame;

/// Cuts are longer than half the ramp that is expected by this.
const MARGIN: f32 = 1.4;
/// And by so many pixels, for the softness of the lens and for edges that are out of place.
const SLACK: f32 = 4.0;
/// The first cuts suit ramps of up to so many pixels; where a ramp seems longer than [`ROOM`] of that
/// they grow by [`GROWTH`]. The other way round long cuts would see both sides of a thing.
const FIRST: f32 = 8.0;
/// See [`FIRST`].
const ROOM: f32 = 0.7;
/// See [`FIRST`].
const GROWTH: f32 = 1.8;
/// After that each pass cuts as close to the ramps as the one before found them.
const PASSES: usize = 3;
/// Steps from none to the longest blur.
const STEPS: usize = 60;
/// Directions of a vector for all, over half a turn.
const DIRECTIONS: usize = 24;
/// Lengths of ramps that are tried, in halves of a cut, from 0 to what fits a cut.
const LENGTHS: usize = 36;
/// The longest of them.
const LONGEST: f32 = 1.5;
/// How far the edge of the alpha may be off, in halves of a cut.
const OFF: [f32; 9] = [-0.36, -0.27, -0.18, -0.09, 0.0, 0.09, 0.18, 0.27, 0.36];
/// Nor is it off by more pixels than this.
const FARTHEST: f32 = 4.0;
/// Softness in halves of a cut: standard deviations.
const SOFT: [f32; 12] = [0.01, 0.016, 0.025, 0.04, 0.06, 0.09, 0.13, 0.18, 0.25, 0.35, 0.5, 0.7];
/// Softness in pixels that is tried: less than the least is what pixels themselves do.
const PIXELS: [f32; 11] = [0.45, 0.6, 0.8, 1.1, 1.5, 2.1, 3.0, 4.2, 6.0, 8.5, 12.0];
/// Up to this softness an edge counts as sharp.
pub(super) const SHARP: f32 = 1.0;
/// A vector for all must explain the cuts this much better than the given motion, else it is the
/// motion that counts.
const BETTER: f32 = 0.92;
/// While cuts grow this part is enough, as a ramp that is longer than a cut explains little.
const HINT: f32 = 0.02;
/// What blur explains must be this part of what is wrong without it, else there is none.
const LEAST: f32 = 0.3;
/// Standard deviation of the logistic distribution whose scale is 1: pi / sqrt 3.
const LOGISTIC: f32 = 1.813_8;

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Found {
    pub way: Way,
    /// Standard deviation in pixels.
    pub softness: f32,
}

/// What smears the object.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Way {
    /// The given motion, with the shutter open for this part of the time from frame to frame.
    Shutter(f32),
    /// This way, in pixels, whatever the given motion says.
    Vector([f32; 2]),
}

impl Way {
    /// How far a group is smeared across itself.
    fn across(self, group: &Group) -> f32 {
        match self {
            Self::Shutter(part) => part * group.across,
            Self::Vector(v) => (v[0] * group.normal[0] + v[1] * group.normal[1]).abs(),
        }
    }
}

/// What smears the object of `edges` in `frame`, for no longer than `longest` pixels; with motion the
/// shutter is open for `widest` at the most.
pub(super) fn find(frame: &Frame, edges: &[Edge], widest: Option<f32>, longest: f32) -> Found {
    let table = table();
    let bank = Bank::new();
    let groups = groups(edges);
    let fit = |half: &(dyn Fn(&Group) -> f32 + Sync), longest: f32, least: f32| {
        let cuts: Vec<Cut> = groups
            .par_iter()
            .map(|group| {
                let half = half(group);
                Cut::new(group, half, &group.mean(frame, &table, half), &bank)
            })
            .filter(|c| c.weight > 0.0)
            .collect();
        best(&cuts, widest, longest, least)
    };
    let length = |found: Found| groups.iter().map(|g| found.way.across(g)).fold(0.0, f32::max);
    let mut most = FIRST.min(longest);
    let mut found = fit(&|_| 0.5 * MARGIN * most + SLACK, most, HINT);
    while length(found) > ROOM * most && most < longest {
        most = (GROWTH * most).min(longest);
        found = fit(&|_| 0.5 * MARGIN * most + SLACK, most, HINT);
    }
    for _ in 0..PASSES {
        let before = found;
        let half = |group: &Group| 0.5 * MARGIN * before.way.across(group) + 2.0 * before.softness + SLACK;
        found = fit(&half, most, LEAST);
    }
    found
}

fn best(cuts: &[Cut], widest: Option<f32>, longest: f32, least: f32) -> Found {
    let sharp = explain(cuts, Way::Shutter(0.0));
    let pick = |a: (f32, Found), b: (f32, Found)| if b.0 < a.0 { b } else { a };
    let tried = |ways: Vec<Way>| {
        let tried: Vec<(f32, Found)> = ways.into_par_iter().map(|way| explain(cuts, way)).collect();
        tried.into_iter().fold(sharp, pick)
    };
    let fastest = cuts.iter().map(|c| c.group.across).fold(0.0, f32::max);
    let along = widest.filter(|_| fastest > 0.0).map_or(sharp, |widest| {
        let most = widest.min(longest / fastest);
        tried((1..=STEPS).map(|i| Way::Shutter(most * i as f32 / STEPS as f32)).collect())
    });
    let vector = |angle: f32, length: f32| Way::Vector([length * angle.cos(), length * angle.sin()]);
    let step = std::f32::consts::PI / DIRECTIONS as f32;
    let lengths = |i: usize| longest * ((i + 1) as f32 / STEPS as f32).powf(1.5);
    let any = tried(
        (0..DIRECTIONS * STEPS).map(|i| vector((i / STEPS) as f32 * step, lengths(i % STEPS))).collect(),
    );
    let any = match any.1.way {
        Way::Vector(v) => {
            let (angle, length) = (v[1].atan2(v[0]), v[0].hypot(v[1]));
            let part = |i: usize| (i as f32 - 4.0) / 4.0;
            let near =
                (0..81).map(|i| vector(angle + part(i % 9) * step, length * (1.0 + 0.06 * part(i / 9))));
            pick(any, tried(near.collect()))
        }
        Way::Shutter(_) => any,
    };
    let gain = |found: (f32, Found)| sharp.0 - found.0;
    let chosen = if gain(along) >= BETTER * gain(any) { along } else { any };
    if gain(chosen) >= least * sharp.0 { chosen.1 } else { sharp.1 }
}

/// What is left unexplained by blur along `way`, with the softness that suits it best.
fn explain(cuts: &[Cut], way: Way) -> (f32, Found) {
    let mut left = [0.0_f32; PIXELS.len()];
    for cut in cuts {
        cut.add(way.across(cut.group), &mut left);
    }
    let best = left.iter().zip(PIXELS).fold((f32::INFINITY, PIXELS[0]), |best, (&left, softness)| {
        if left < best.0 { (left, softness) } else { best }
    });
    (best.0, Found { way, softness: best.1 })
}

/// How well ramps of every length and softness explain the mean cut of a group.
struct Cut<'a> {
    group: &'a Group<'a>,
    half: f32,
    weight: f32,
    /// For each softness in pixels, for each length.
    misfits: [[f32; LENGTHS]; PIXELS.len()],
}

impl<'a> Cut<'a> {
    fn new(group: &'a Group<'a>, half: f32, profile: &Profile, bank: &Bank) -> Self {
        let mut misfits = [[0.0; LENGTHS]; SOFT.len()];
        for (s, row) in misfits.iter_mut().enumerate() {
            for (l, slot) in row.iter_mut().enumerate() {
                let mut best = f32::INFINITY;
                for (o, off) in OFF.iter().enumerate() {
                    // Something out of place needs a reason.
                    let reason = 1.0 + 0.1 * off.abs();
                    if off.abs() * half > FARTHEST {
                        continue;
                    }
                    let model = &bank.ramps[(s * LENGTHS + l) * OFF.len() + o];
                    let squares: f32 =
                        model.iter().zip(&profile.values).map(|(m, v)| (m - v) * (m - v)).sum();
                    best = best.min(squares * reason);
                }
                *slot = best;
            }
        }
        let nearest = |pixels: f32| {
            let wanted = pixels / half;
            SOFT.iter().filter(|&&s| s * s < wanted * wanted * 1.3).count().saturating_sub(1)
        };
        // The half makes cuts of any length count alike for a pixel.
        let weight = profile.weight * half;
        Self { group, half, weight, misfits: PIXELS.map(|pixels| misfits[nearest(pixels)]) }
    }

    /// Adds what is wrong with a ramp of `length` pixels, for each softness.
    fn add(&self, length: f32, left: &mut [f32; PIXELS.len()]) {
        let place = (length / self.half / LONGEST).min(1.0) * (LENGTHS - 1) as f32;
        let low = (place as usize).min(LENGTHS - 2);
        let part = place - low as f32;
        for (sum, row) in left.iter_mut().zip(&self.misfits) {
            *sum += self.weight * (row[low] * (1.0 - part) + row[low + 1] * part);
        }
    }
}

/// Ramps of every softness, length and place, on cuts whose half is 1.
struct Bank {
    ramps: Vec<[f32; SAMPLES]>,
}

impl Bank {
    fn new() -> Self {
        let ramps = (0..SOFT.len() * LENGTHS * OFF.len())
            .into_par_iter()
            .map(|i| {
                let (o, l, s) = (i % OFF.len(), i / OFF.len() % LENGTHS, i / OFF.len() / LENGTHS);
                ramp(LONGEST * l as f32 / (LENGTHS - 1) as f32, SOFT[s], OFF[o])
            })
            .collect();
        Self { ramps }
    }
}

/// A ramp of `length`, its middle `off` inwards of the cut's, between 0 and 1 as the mean of either
/// end; all in halves of the cut.
fn ramp(length: f32, softness: f32, off: f32) -> [f32; SAMPLES] {
    let scale = softness / LOGISTIC;
    // The integral of the logistic function.
    let area = |s: f32| if s > 30.0 * scale { s } else { scale * (s / scale).exp().ln_1p() };
    let length = length.max(0.01);
    let mut values: [f32; SAMPLES] = std::array::from_fn(|i| {
        let s = place(i) - off;
        (area(s + 0.5 * length) - area(s - 0.5 * length)) / length
    });
    let end = |values: &[f32; SAMPLES], within: fn(f32) -> bool| {
        let (mut sum, mut count) = (0.0, 0.0);
        for (i, v) in values.iter().enumerate() {
            if within(place(i)) {
                sum += v;
                count += 1.0;
            }
        }
        sum / f32::max(count, 1.0)
    };
    let (low, high) = (end(&values, |p| p <= -TAIL), end(&values, |p| p >= TAIL));
    values.iter_mut().for_each(|v| *v = (*v - low) / (high - low).max(1e-3));
    values
}

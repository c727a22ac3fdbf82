//! Soft edges: how soft an outline is in its matte, and the two edges of a feathered shape.
//!
//! A feather is the width in pixels over which the coverage falls from 1 to 0, half of it on either
//! side of the path. It may change over time, not along the path.

use kurbo::{Point, Vec2};

use super::animation::path_of;
use super::outline::Outline;
use super::{ControlPoint, FeatherKey};
use crate::raster::Matte;

/// An edge narrower than this, in pixels, is a hard one: anti-aliasing is as wide.
pub(super) const HARD: f64 = 1.75;
/// No feather is wider, in pixels.
pub(super) const WIDEST: f64 = 1000.0;
/// The matte is looked at this far to either side of an outline, in pixels.
const REACH: f64 = 64.0;
/// Steps of that look, in pixels.
const STEP: f64 = 0.5;
/// Places along an outline that are looked at, about.
const PLACES: usize = 64;
/// The edge is taken to run from this value to 1 less it.
const FOOT: f32 = 0.1;
/// Keeps the system solvable.
const RIDGE: f64 = 1e-9;
/// Widths that differ less than this share, or than this many pixels, are one width over time.
const SAME: (f64, f64) = (0.25, 0.75);

/// How wide the edge of `matte` is along `outline`, in pixels; 0 where it is hard or cannot be told.
/// `hole` says that the outline encloses what is not the object.
pub(super) fn measure(outline: &Outline, matte: &Matte, hole: bool) -> f64 {
    let value = |p: Point| sample(matte, p).map(|v| if hole { 1.0 - v } else { v });
    let every = (outline.len() / PLACES).max(1);
    let (mut widths, mut tried) = (Vec::new(), 0);
    for i in (0..outline.len()).step_by(every) {
        let (p, normal) = (outline.points[i], outline.normals[i]);
        if sample(matte, p).is_none() {
            continue;
        }
        tried += 1;
        let outside = walk(p, normal, &value, |v| v - FOOT);
        let inside = walk(p, -normal, &value, |v| 1.0 - FOOT - v);
        if let (Some(a), Some(b)) = (outside, inside) {
            widths.push((a + b) / f64::from(1.0 - 2.0 * FOOT));
        }
    }
    if widths.len() < 3 || widths.len() * 3 < tried {
        return 0.0;
    }
    widths.sort_by(f64::total_cmp);
    let median = widths[widths.len() / 2];
    if median < HARD { 0.0 } else { median }
}

/// How far from `p` along `direction` `rest` of the matte's value reaches 0.
fn walk(
    p: Point,
    direction: Vec2,
    value: &impl Fn(Point) -> Option<f32>,
    rest: impl Fn(f32) -> f32,
) -> Option<f64> {
    let mut before = rest(value(p)?);
    if before <= 0.0 {
        return Some(0.0);
    }
    let mut s = STEP;
    while s <= REACH {
        let now = rest(value(p + direction * s)?);
        if now <= 0.0 {
            return Some(s - STEP * f64::from(-now / (before - now)));
        }
        (before, s) = (now, s + STEP);
    }
    None
}

/// The matte between pixel centres; none outside the frame.
fn sample(matte: &Matte, p: Point) -> Option<f32> {
    let (w, h) = (f64::from(matte.width()), f64::from(matte.height()));
    if !(0.0..w).contains(&p.x) || !(0.0..h).contains(&p.y) {
        return None;
    }
    let (x, y) = ((p.x - 0.5).clamp(0.0, w - 1.0), (p.y - 0.5).clamp(0.0, h - 1.0));
    let (x0, y0) = (x as u32, y as u32);
    let (x1, y1) = ((x0 + 1).min(matte.width() - 1), (y0 + 1).min(matte.height() - 1));
    let (fx, fy) = (x.fract() as f32, y.fract() as f32);
    let across = |y: u32| matte.value(x0, y) * (1.0 - fx) + matte.value(x1, y) * fx;
    let v = across(y0) * (1.0 - fy) + across(y1) * fy;
    v.is_finite().then_some(v)
}

/// The feather at the keys `at` (positions in `frames`) of a shape whose edge is `widths` wide.
pub(super) fn keys(frames: &[i64], widths: &[f64], at: &[usize]) -> Vec<FeatherKey> {
    // Least squares for the line from key to key: a system of three diagonals.
    let n = at.len();
    let (mut own, mut next, mut sums) = (vec![RIDGE; n], vec![0.0; n], vec![0.0; n]);
    for (f, width) in widths.iter().enumerate() {
        let after = at.partition_point(|&k| k <= f);
        let (a, b) = (after.saturating_sub(1), after.min(n - 1));
        let span = (frames[at[b]] - frames[at[a]]) as f64;
        let t = if span > 0.0 { (frames[f] - frames[at[a]]) as f64 / span } else { 0.0 };
        own[a] += (1.0 - t) * (1.0 - t);
        sums[a] += width * (1.0 - t);
        if b > a {
            own[b] += t * t;
            next[a] += t * (1.0 - t);
            sums[b] += width * t;
        }
    }
    for k in 1..n {
        let share = next[k - 1] / own[k - 1];
        own[k] -= share * next[k - 1];
        sums[k] -= share * sums[k - 1];
    }
    let mut at_keys = vec![0.0; n];
    for k in (0..n).rev() {
        let after = at_keys.get(k + 1).map_or(0.0, |v| v * next[k]);
        at_keys[k] = ((sums[k] - after) / own[k]).clamp(0.0, WIDEST);
    }
    let (low, high) = at_keys.iter().fold((f64::MAX, 0.0_f64), |(l, h), &v| (l.min(v), h.max(v)));
    let mean = widths.iter().sum::<f64>() / widths.len().max(1) as f64;
    let round = |v: f64| if v < HARD { 0.0 } else { (v * 100.0).round() / 100.0 };
    let keys = at.iter().zip(at_keys).map(|(&k, v)| FeatherKey { frame: frames[k], width: round(v) });
    if high < HARD {
        Vec::new()
    } else if high - low <= SAME.1.max(SAME.0 * mean) {
        keys.take(1).map(|k| FeatherKey { width: round(mean), ..k }).filter(|k| k.width > 0.0).collect()
    } else {
        keys.collect()
    }
}

/// The closed path `points` moved outward by `by` pixels, inward where that is negative: every
/// point along its normal, handles stretched as their chords are. The middle between `offset(by)`
/// and `offset(-by)` is the path itself.
pub(super) fn offset(points: &[ControlPoint], by: f64) -> Vec<ControlPoint> {
    let n = points.len();
    // With y down, a path that runs clockwise on the screen has a positive area in kurbo.
    let outward = if kurbo::Shape::area(&path_of(points)) < 0.0 { -1.0 } else { 1.0 };
    let unit = |v: Vec2| if v.hypot() > 1e-9 { v / v.hypot() } else { Vec2::ZERO };
    let normals: Vec<Vec2> = (0..n)
        .map(|i| {
            let (p, before, after) = (points[i], points[(i + n - 1) % n], points[(i + 1) % n]);
            // The direction in which the path comes and goes: that of the handle, or of the chord.
            let come = [p.at - p.into, p.at - before.out, p.at - before.at].into_iter().map(unit);
            let go = [p.out - p.at, after.into - p.at, after.at - p.at].into_iter().map(unit);
            let first = |mut v: std::vec::IntoIter<Vec2>| v.find(|d| *d != Vec2::ZERO).unwrap_or(Vec2::ZERO);
            let along =
                first(come.collect::<Vec<_>>().into_iter()) + first(go.collect::<Vec<_>>().into_iter());
            let along = unit(along);
            Vec2::new(along.y, -along.x) * outward
        })
        .collect();
    let moved = |i: usize| points[i].at + normals[i] * by;
    // How much longer the chord from `a` to `b` gets, as far as its own direction goes.
    let stretch = |a: usize, b: usize| {
        let chord = points[b].at - points[a].at;
        let longer = (normals[b] - normals[a]).dot(chord) * by / chord.hypot2().max(1e-9);
        1.0 + longer.clamp(-0.9, 0.9)
    };
    (0..n)
        .map(|i| {
            let (p, at) = (points[i], moved(i));
            ControlPoint {
                at,
                into: at + (p.into - p.at) * stretch((i + n - 1) % n, i),
                out: at + (p.out - p.at) * stretch(i, (i + 1) % n),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A circle of four points about (50, 50), turning either way.
    fn circle(r: f64, turns: f64) -> Vec<ControlPoint> {
        (0..4)
            .map(|i| {
                let a = f64::from(i) * std::f64::consts::FRAC_PI_2 * turns;
                let at = Point::new(50.0 + r * a.cos(), 50.0 + r * a.sin());
                let along = Vec2::new(-a.sin(), a.cos()) * (r * 0.5523 * turns);
                ControlPoint { at, into: at - along, out: at + along }
            })
            .collect()
    }

    #[test]
    fn a_moved_circle_is_a_circle_and_both_ways_meet_in_the_middle() {
        for turns in [1.0, -1.0] {
            let path = circle(20.0, turns);
            let (wide, narrow) = (offset(&path, 4.0), offset(&path, -4.0));
            for ((p, a), b) in path.iter().zip(&wide).zip(&narrow) {
                assert!((a.at.distance(Point::new(50.0, 50.0)) - 24.0).abs() < 1e-9, "{a:?}");
                assert!((a.out.distance(a.at) - 24.0 * 0.5523).abs() < 1e-6);
                for (x, y, z) in [(p.at, a.at, b.at), (p.into, a.into, b.into), (p.out, a.out, b.out)] {
                    assert!(x.distance(y.midpoint(z)) < 1e-9);
                }
            }
        }
    }

    #[test]
    fn corners_without_handles_move_along_their_bisector() {
        let square = [(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0)];
        let square: Vec<_> = square.map(|p| ControlPoint::corner(p.into())).to_vec();
        let moved = offset(&square, 2.0_f64.sqrt());
        assert!(moved[0].at.distance(Point::new(-1.0, -1.0)) < 1e-9, "{:?}", moved[0]);
        assert!(moved[2].at.distance(Point::new(11.0, 11.0)) < 1e-9, "{:?}", moved[2]);
    }

    #[test]
    fn one_width_is_one_key_and_none_is_none() {
        let frames: Vec<i64> = (10..20).collect();
        assert!(keys(&frames, &[1.0; 10], &[0, 9]).is_empty());
        assert_eq!(keys(&frames, &[4.0; 10], &[0, 9]), [FeatherKey { frame: 10, width: 4.0 }]);
        let grows: Vec<f64> = (0..10).map(|f| 2.0 + f64::from(f)).collect();
        let found = keys(&frames, &grows, &[0, 9]);
        assert_eq!(found.len(), 2);
        assert!(found[0].width < 6.0 && found[1].width > 7.0, "{found:?}");
    }
}

//! Thin joints of an object: where an artist would cut it into parts.
//!
//! A joint is the shortest cut across the inside from a place where the outline bends inward, the
//! way in which people see parts (the minima rule and the short-cut rule of vision research). It is
//! found on one frame and carried to the others by the alignment of the outlines; on the way its
//! inward bends stay at the bend, and its other end stays the nearest place across. A frame on which
//! the cut leaves the object, or grows wide, ends the joint.

use std::ops::Range;

use kurbo::{Point, Vec2};

use super::outline::Outline;
use super::stretch::Stretch;

/// Places of an outline that are tried as ends of joints.
const PLACES: usize = 240;
/// Bends are looked at over this part of an outline to either side, in turns.
const BEND_OVER: f64 = 0.02;
/// An outline bends inward from this angle on, in radians.
const INWARD: f64 = 0.45;
/// How long the outline of a part is, in widths of its joint, at least.
const REACH: f64 = 2.6;
/// How wide a joint may be in relation to the square root of the area that it parts from.
const WIDE: f64 = 0.5;
/// The share of the object that a part has at least, and its least area in square pixels.
const LEAST: (f64, f64) = (0.02, 150.0);
/// The area of a part in squares as wide as the widest of its joints, at least: less is a slice.
const SQUARES: f64 = 0.6;
/// Joints of an object at most.
const MOST: usize = 9;
/// Frames on which joints are sought; the best of them is taken.
const PROBES: usize = 7;
/// Frames that parts live at least, where the outline lives as long.
const LIFE: usize = 8;
/// How far an end may move beside what the alignment says from frame to frame, in turns.
const SLIDE: f64 = 0.02;
/// A joint that grows wider than it was by this factor is none any more.
const GROWTH: f64 = 1.9;

/// A joint on one frame: two places in turns, `from` before `to`, less than a turn apart. The part
/// that it parts from the rest lies between them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Cut {
    pub from: f64,
    pub to: f64,
}

impl Cut {
    fn width(self, outline: &Outline) -> f64 {
        outline.at(self.from).distance(outline.at(self.to))
    }

    /// Whether `other` lies within the part of this one, beside it, or around it, and does not cross it.
    fn is_apart(self, other: Self) -> bool {
        let (start, end) = other.relative(self.from);
        let length = self.to - self.from;
        if start <= length { end <= length } else { end <= 1.0 || end - 1.0 >= length }
    }

    /// Its ends counted from `start`, the first between 0 and 1.
    fn relative(self, start: f64) -> (f64, f64) {
        let from = (self.from - start).rem_euclid(1.0);
        (from, from + self.to - self.from)
    }

    /// Whether `other` lies within the part.
    pub fn holds(self, other: Self) -> bool {
        let (start, end) = other.relative(self.from);
        start <= self.to - self.from && end <= self.to - self.from
    }
}

/// The joints of a stretch over the frames that all of them live.
#[derive(Debug)]
pub(super) struct Joints {
    /// Positions in the stretch.
    pub frames: Range<usize>,
    /// Of each joint, its cut on each of those frames.
    pub cuts: Vec<Vec<Cut>>,
}

/// The joints that hold on most of `stretch`, if there are any.
pub(super) fn find(stretch: &Stretch) -> Option<Joints> {
    let count = stretch.frames.len();
    let probes = PROBES.min(count);
    let best = (0..probes)
        .filter_map(|p| on_frame(stretch, (2 * p + 1) * count / (2 * probes)))
        .max_by(|a, b| a.0.total_cmp(&b.0))?;
    Some(best.1)
}

/// The joints seen on the frame `at`, as far as they last, and how good they are.
fn on_frame(stretch: &Stretch, at: usize) -> Option<(f64, Joints)> {
    let count = stretch.frames.len();
    let mut found: Vec<(f64, Carried)> = candidates(&stretch.outlines[at])
        .into_iter()
        .map(|(score, seed)| {
            let carried = Carried::new(stretch, at, &seed);
            (score * carried.cuts.len() as f64 / count as f64, carried)
        })
        .filter(|(_, c)| c.cuts.len() >= LIFE.min(count))
        .collect();
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    // The best joint says on which frames; others have to be there all that time.
    let mut frames: Option<Range<usize>> = None;
    let (mut total, mut cuts) = (0.0, Vec::<Vec<Cut>>::new());
    for (score, carried) in found {
        let span = frames.clone().unwrap_or_else(|| carried.range());
        let Some(cut) = carried.within(&span) else { continue };
        let apart = |other: &Vec<Cut>| cut.iter().zip(other).all(|(a, b)| a.is_apart(*b));
        if cuts.len() == MOST || !cuts.iter().all(apart) {
            continue;
        }
        cuts.push(cut);
        // Parts that are too small in between are no parts.
        if span.clone().all(|f| faces_are_large(&stretch.outlines[f], &cuts, f - span.start)) {
            total += score;
            frames = Some(span);
        } else {
            cuts.pop();
        }
    }
    let frames = frames?;
    Some((total * frames.len() as f64, Joints { frames, cuts }))
}

/// Whether every part that the joints leave is large enough to be one.
fn faces_are_large(outline: &Outline, cuts: &[Vec<Cut>], f: usize) -> bool {
    let cuts: Vec<Cut> = cuts.iter().map(|c| c[f]).collect();
    let area = |c: Cut| area_between(outline, c.from, c.to);
    // Those that lie in `own`, or in the whole object, and in no other between.
    let directly_in = |own: Option<Cut>| -> Vec<Cut> {
        let within: Vec<Cut> =
            cuts.iter().copied().filter(|c| own.is_none_or(|o| *c != o && o.holds(*c))).collect();
        let is_direct = |c: &Cut| !within.iter().any(|d| d != c && d.holds(*c));
        within.iter().copied().filter(is_direct).collect()
    };
    std::iter::once(None).chain(cuts.iter().copied().map(Some)).all(|own| {
        let inner = directly_in(own);
        let whole = own.map_or(outline.area, area);
        let left = whole - inner.iter().copied().map(area).sum::<f64>();
        let widest = own.iter().chain(&inner).map(|c| c.width(outline)).fold(0.0, f64::max);
        left >= (0.5 * least_area(outline)).max(SQUARES * widest * widest)
    })
}

fn least_area(outline: &Outline) -> f64 {
    (LEAST.0 * outline.area).max(LEAST.1)
}

/// The area between the outline from `from` to `to` and the cut between them.
fn area_between(outline: &Outline, from: f64, to: f64) -> f64 {
    let n = outline.len() as f64;
    let steps = ((to - from) * n).ceil().max(1.0) as usize;
    let start = outline.at(from);
    let (mut sum, mut before) = (0.0, start);
    for i in 1..=steps {
        let p = outline.at(from + (to - from) * i as f64 / steps as f64);
        sum += (before - start).cross(p - start);
        before = p;
    }
    sum / 2.0
}

/// How sharply the outline bends at `u`, in radians; negative inward.
fn bend(outline: &Outline, u: f64) -> f64 {
    let p = outline.at(u);
    let (a, b) = (p - outline.at(u - BEND_OVER), outline.at(u + BEND_OVER) - p);
    a.cross(b).atan2(a.dot(b))
}

/// Whether the line between two places lies within the outline.
fn is_inside(outline: &Outline, cut: Cut) -> bool {
    let (a, b) = (outline.at(cut.from), outline.at(cut.to));
    let steps = (a.distance(b) / 2.0).clamp(4.0, 24.0) as usize;
    (1..steps).all(|i| holds(outline, a.lerp(b, i as f64 / steps as f64)))
}

/// Whether `p` lies within the outline.
pub(super) fn holds(outline: &Outline, p: Point) -> bool {
    let mut inside = false;
    let mut a = outline.points[outline.len() - 1];
    for &b in &outline.points {
        if (a.y > p.y) != (b.y > p.y) && p.x < (b.x - a.x) * (p.y - a.y) / (b.y - a.y) + a.x {
            inside = !inside;
        }
        a = b;
    }
    inside
}

/// A joint where it was found.
struct Seed {
    cut: Cut,
    /// Whether the outline bends inward at either end.
    bent: (bool, bool),
}

/// Joints of one outline and how good they are.
fn candidates(outline: &Outline) -> Vec<(f64, Seed)> {
    let n = PLACES.min(outline.len());
    let place = |i: usize| i as f64 / n as f64;
    let points: Vec<Point> = (0..n).map(|i| outline.at(place(i))).collect();
    let bends: Vec<f64> = (0..n).map(|i| bend(outline, place(i))).collect();
    let reach = ((BEND_OVER * n as f64) as usize).max(1);
    let is_bent = |i: usize| {
        bends[i] < -INWARD
            && (1..=reach).all(|k| bends[i] <= bends[(i + k) % n] && bends[i] <= bends[(i + n - k) % n])
    };
    let bent: Vec<bool> = (0..n).map(is_bent).collect();
    let length = outline.length();
    let least = least_area(outline);
    let mut found: Vec<(f64, Seed)> = Vec::new();
    for i in (0..n).filter(|&i| bent[i]) {
        let across = |j: usize| points[i].distance(points[j]);
        let far = |j: usize| {
            let along = (j + n - i) % n;
            along.min(n - along) as f64 / n as f64 * length
        };
        for j in (0..n).filter(|&j| far(j) >= REACH * across(j) && j != i) {
            let nearest =
                (1..=reach).all(|k| across(j) <= across((j + k) % n) && across(j) <= across((j + n - k) % n));
            // Of two bends across from each other, one pair is enough.
            if !(bent[j] && j > i || nearest && !bent[j]) {
                continue;
            }
            let (u, v) = (place(i), place(j));
            let one = Cut { from: u, to: if v > u { v } else { v + 1.0 } };
            let other = Cut { from: v, to: if u > v { u } else { u + 1.0 } };
            let (a, b) =
                (area_between(outline, one.from, one.to), area_between(outline, other.from, other.to));
            let (cut, part, rest, ends) =
                if a < b { (one, a, b, (true, bent[j])) } else { (other, b, a, (bent[j], true)) };
            let width = across(j).max(1.0);
            if part < least || width > WIDE * rest.max(0.0).sqrt() || !is_inside(outline, cut) {
                continue;
            }
            let along = (cut.to - cut.from) * length / width;
            let sharp = -bends[i] - bends[j].min(0.0);
            found.push((along.min(12.0) * (0.5 + sharp), Seed { cut, bent: ends }));
        }
    }
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    // Joints side by side are one: the best stays.
    let mut kept: Vec<(f64, Seed)> = Vec::new();
    for (score, seed) in found {
        let near = |a: f64, b: f64| {
            let d = (a - b).rem_euclid(1.0);
            d.min(1.0 - d) < BEND_OVER
        };
        let same = |s: &Seed| near(s.cut.from, seed.cut.from) && near(s.cut.to, seed.cut.to);
        if kept.len() < 3 * MOST && !kept.iter().any(|k| same(&k.1)) {
            kept.push((score, seed));
        }
    }
    kept
}

/// A joint on the frames around the one on which it was found.
struct Carried {
    first: usize,
    cuts: Vec<Cut>,
}

impl Carried {
    fn new(stretch: &Stretch, at: usize, seed: &Seed) -> Self {
        let like = Like::of(&stretch.outlines[at], seed.cut);
        let step = |from: Cut, f: usize, moved: &dyn Fn(f64) -> f64| -> Option<Cut> {
            let outline = &stretch.outlines[f];
            let cut = settle(outline, Cut { from: moved(from.from), to: moved(from.to) }, seed.bent);
            like.fits(outline, cut).then_some(cut)
        };
        let mut before = Vec::new();
        let mut cut = seed.cut;
        for f in (0..at).rev() {
            let Some(next) = step(cut, f, &|u| stretch.maps[f].backward(u)) else { break };
            before.push(next);
            cut = next;
        }
        let first = at - before.len();
        before.reverse();
        let mut cuts = before;
        cuts.push(seed.cut);
        cut = seed.cut;
        for f in at + 1..stretch.frames.len() {
            let Some(next) = step(cut, f, &|u| stretch.maps[f - 1].forward(u)) else { break };
            cuts.push(next);
            cut = next;
        }
        Self { first, cuts }
    }

    fn range(&self) -> Range<usize> {
        self.first..self.first + self.cuts.len()
    }

    /// Its cuts on `frames`, if it lives on all of them.
    fn within(&self, frames: &Range<usize>) -> Option<Vec<Cut>> {
        let from = frames.start.checked_sub(self.first)?;
        self.cuts.get(from..from + frames.len()).map(<[Cut]>::to_vec)
    }
}

/// Moves the ends of a cut to where they belong on its frame.
fn settle(outline: &Outline, cut: Cut, bent: (bool, bool)) -> Cut {
    const STEPS: i32 = 8;
    let offsets = || (-STEPS..=STEPS).map(|k| f64::from(k) / f64::from(STEPS));
    let best = |cost: &dyn Fn(f64) -> f64| -> f64 {
        let tried = offsets().map(|o| (cost(o * SLIDE) + 0.3 * o * o, o * SLIDE));
        tried.min_by(|a, b| a.0.total_cmp(&b.0)).map_or(0.0, |b| b.1)
    };
    let inward = |u: f64| u + best(&|o| bend(outline, u + o).min(0.0));
    let across = |u: f64, other: f64, width: f64| {
        let p = outline.at(other);
        u + best(&|o| outline.at(u + o).distance(p) / width)
    };
    let width = cut.width(outline).max(1.0);
    let mut cut = cut;
    if bent.0 {
        cut.from = inward(cut.from);
    }
    if bent.1 {
        cut.to = inward(cut.to);
    }
    if !bent.0 {
        cut.from = across(cut.from, cut.to, width);
    }
    if !bent.1 {
        cut.to = across(cut.to, cut.from, width);
    }
    cut
}

/// What a joint was like where it was found.
struct Like {
    width: f64,
    part: f64,
}

impl Like {
    fn of(outline: &Outline, cut: Cut) -> Self {
        Self { width: cut.width(outline), part: area_between(outline, cut.from, cut.to) }
    }

    fn fits(&self, outline: &Outline, cut: Cut) -> bool {
        if !(cut.to - cut.from > 0.01 && cut.to - cut.from < 0.99) {
            return false;
        }
        let now = Self::of(outline, cut);
        now.width <= GROWTH * self.width.max(4.0)
            && now.part >= (0.35 * self.part).max(0.5 * least_area(outline))
            && now.part <= 3.0 * self.part
            && is_inside(outline, cut)
    }
}

/// The direction to the left of travel along `d` on the screen, of length 1: outward of an outline.
pub(super) fn outward(d: Vec2) -> Vec2 {
    let l = d.hypot();
    if l > 1e-9 { Vec2::new(d.y, -d.x) / l } else { Vec2::ZERO }
}

//! An object cut into parts at its thin joints, each a shape of its own.
//!
//! Every part goes a little beyond its joints, along the outline and with a bulge into what lies
//! there, so that parts overlap and no gap shows where each is fitted by itself. What moves which
//! place of a part to the next frame is the alignment of the whole outline, so points keep their
//! identity as those of a whole shape do.

use std::collections::BTreeSet;
use std::ops::Range;

use kurbo::{CubicBez, ParamCurve, Point, Rect};

use super::align::Map;
use super::contour::{Contour, signed_area};
use super::joints::{Cut, find, holds, outward};
use super::outline::Outline;
use super::stretch::Stretch;

/// How far a part goes on along the outline beyond a joint: a share of the joint's width, and least
/// and most in pixels.
const BEYOND: (f64, f64, f64) = (0.12, 3.0, 10.0);
/// How deep it bulges there, as a share of the width, and at least in pixels.
const BULGE: (f64, f64) = (0.15, 4.0);
/// How far from the ends of a joint the handles of the bulge stand, as shares of the width: the first at which it may be
/// deep enough all along, else that at which it may be deepest. A larger one keeps off an outline that bends at the joint.
const INSETS: [f64; 3] = [0.1, 0.25, 0.4];
/// A bulge so deep, in pixels, leaves no gap by what fits are off.
const ENOUGH: f64 = 2.0;
/// Frames to either side over which the depth of a bulge is evened out.
const EVEN: usize = 3;
/// Samples of the map from one frame to the next.
const PLACES: usize = 240;

/// A stretch of an object, or of one part of it.
#[derive(Debug)]
pub(super) struct Piece {
    pub stretch: Stretch,
    /// Whether it is a part.
    pub part: bool,
}

/// What a person wants to know of an object that was to be cut into parts: whether it was, all along.
pub(super) fn note(name: &str, pieces: &[Piece]) -> Option<String> {
    let (mut whole, mut cut) = (BTreeSet::<i64>::new(), BTreeSet::<i64>::new());
    for piece in pieces.iter().filter(|p| p.stretch.outlines.iter().all(|o| o.depth == 0)) {
        if piece.part { &mut cut } else { &mut whole }.extend(&piece.stretch.frames);
    }
    let all = whole.union(&cut).count();
    let bare = whole.difference(&cut).count();
    match (bare, all) {
        (0, _) => None,
        _ if bare == all => {
            Some(format!("{name:?} has no thin joint that lasts: it is not split into parts"))
        }
        _ => Some(format!("{name:?} is one shape on {bare} of {all} frames, where no thin joint lasts")),
    }
}

/// Cuts `stretch` at its joints, where and while it has some; holes stay whole. `frame` is the
/// rectangle of the footage.
pub(super) fn split(stretch: Stretch, frame: Rect) -> Vec<Piece> {
    let is_hole = stretch.outlines.iter().any(|o| o.depth % 2 == 1);
    let found = if is_hole { None } else { find(&stretch) };
    let Some(joints) = found else { return vec![Piece { stretch, part: false }] };
    let Range { start, end } = joints.frames;
    let mut pieces = Vec::new();
    if start > 0 {
        pieces.extend(split(stretch.slice(0..start), frame));
    }
    let middle = stretch.slice(start..end);
    for face in Face::all(&joints.cuts) {
        pieces.push(Piece { stretch: face.follow(&middle, &joints.cuts, frame), part: true });
    }
    if end < stretch.frames.len() {
        pieces.extend(split(stretch.slice(end..stretch.frames.len()), frame));
    }
    pieces
}

/// A part: the joint that parts it from the rest, none for what remains, and the joints that part
/// others from it, in order along the outline.
struct Face {
    own: Option<usize>,
    inner: Vec<usize>,
}

/// A piece of the outline of a part.
#[derive(Clone, Copy)]
enum Side {
    /// The outline of the object from a place to another, in turns.
    Along(f64, f64),
    /// A bulge from a place to another, into what lies beyond a joint.
    Across(f64, f64),
}

impl Face {
    /// All parts, the remaining one first.
    fn all(cuts: &[Vec<Cut>]) -> Vec<Self> {
        let cut = |i: usize| cuts[i][0];
        let parent = |i: usize| {
            let around = (0..cuts.len()).filter(|&j| j != i && cut(j).holds(cut(i)));
            around.min_by(|&a, &b| (cut(a).to - cut(a).from).total_cmp(&(cut(b).to - cut(b).from)))
        };
        std::iter::once(None)
            .chain((0..cuts.len()).map(Some))
            .map(|own| {
                let start = own.map_or(0.0, |i| cut(i).from);
                let mut inner: Vec<usize> = (0..cuts.len()).filter(|&i| parent(i) == own).collect();
                let place = |i: usize| (cut(i).from - start).rem_euclid(1.0);
                inner.sort_by(|&a, &b| place(a).total_cmp(&place(b)));
                Self { own, inner }
            })
            .collect()
    }

    /// The sides of the part on frame `f`, in order; places go on from side to side.
    fn sides(&self, outline: &Outline, cuts: &[Vec<Cut>], f: usize) -> Vec<Side> {
        let beyond = |i: usize| {
            let width = outline.at(cuts[i][f].from).distance(outline.at(cuts[i][f].to));
            (BEYOND.0 * width).clamp(BEYOND.1, BEYOND.2) / outline.length()
        };
        // From which place on to which the part has the outline, before its inner joints are cut out.
        let (start, end) = match self.own {
            Some(i) => (cuts[i][f].from - beyond(i), cuts[i][f].to + beyond(i)),
            None => {
                let first = cuts[self.inner[0]][f].to;
                (first, first + 1.0)
            }
        };
        let mut sides = Vec::new();
        let mut at = start;
        let mut rest: Vec<usize> = self.inner.clone();
        if self.own.is_none() {
            // It begins after its first joint, so that one comes last.
            rest.rotate_left(1);
            at -= beyond(self.inner[0]);
        }
        for i in rest {
            let cut = cuts[i][f];
            let from = at + (cut.from + beyond(i) - at).rem_euclid(1.0);
            let length = (cut.to - cut.from - 2.0 * beyond(i)).max(0.0);
            sides.push(Side::Along(at, from));
            sides.push(Side::Across(from, from + length));
            at = from + length;
        }
        if self.own.is_some() {
            sides.push(Side::Along(at, end));
            sides.push(Side::Across(end, start + 1.0));
        }
        sides
    }

    /// The part on every frame of `stretch`.
    fn follow(&self, stretch: &Stretch, cuts: &[Vec<Cut>], frame: Rect) -> Stretch {
        let sides: Vec<Vec<Side>> =
            stretch.outlines.iter().enumerate().map(|(f, o)| self.sides(o, cuts, f)).collect();
        let count = sides.first().map_or(0, Vec::len);
        // The bulge of each side on each frame.
        let mut bulges = vec![vec![Bulge::default(); count]; sides.len()];
        for s in 0..count {
            let with = |inset: f64| -> Vec<f64> {
                sides.iter().zip(&stretch.outlines).map(|(sides, o)| depth(o, sides[s], inset)).collect()
            };
            let least = |found: &[f64]| found.iter().copied().fold(f64::MAX, f64::min);
            let mut best = (INSETS[0], with(INSETS[0]));
            for inset in INSETS.into_iter().skip(1) {
                if least(&best.1) >= ENOUGH || !matches!(sides[0][s], Side::Across(..)) {
                    break;
                }
                let found = with(inset);
                if least(&found) > least(&best.1) {
                    best = (inset, found);
                }
            }
            for (bulges, depth) in bulges.iter_mut().zip(evened(&best.1)) {
                bulges[s] = Bulge { inset: best.0, depth };
            }
        }
        let mut outlines = Vec::new();
        let mut tables = Vec::new();
        for ((outline, sides), bulges) in stretch.outlines.iter().zip(&sides).zip(&bulges) {
            let (part, table) = draw(outline, sides, bulges, frame);
            outlines.push(part);
            tables.push(table);
        }
        let maps = (1..outlines.len())
            .map(|f| {
                let places = PLACES.min(outlines[f - 1].len());
                let value = |u: f64| {
                    carried(u, (&sides[f - 1], &tables[f - 1]), (&sides[f], &tables[f]), &stretch.maps[f - 1])
                };
                Map::even((0..places).map(|i| value(i as f64 / places as f64)).collect())
            })
            .collect();
        Stretch { frames: stretch.frames.clone(), outlines, maps }
    }
}

/// How a part goes on beyond a joint.
#[derive(Clone, Copy, Default)]
struct Bulge {
    /// How far from the ends of the joint its handles stand, as a share of the width.
    inset: f64,
    /// In pixels.
    depth: f64,
}

impl Bulge {
    /// Its curve from `a` to `b`, with the part on the right of the way.
    fn curve(self, a: Point, b: Point) -> CubicBez {
        let chord = b - a;
        // A cubic whose handles both stand `h` off is three quarters of `h` deep.
        let off = outward(chord) * (self.depth / 0.75);
        CubicBez::new(a, a + chord * self.inset + off, b - chord * self.inset + off, b)
    }
}

/// How deep a bulge may be so that it stays within the object.
fn depth(outline: &Outline, side: Side, inset: f64) -> f64 {
    let Side::Across(from, to) = side else { return 0.0 };
    let (a, b) = (outline.at(from), outline.at(to));
    let wanted = (BULGE.0 * a.distance(b)).max(BULGE.1 + outline.feather / 2.0);
    let fits = |share: &f64| {
        let curve = Bulge { inset, depth: wanted * share }.curve(a, b);
        (1..16).all(|i| holds(outline, curve.eval(f64::from(i) / 16.0)))
    };
    [1.0, 0.75, 0.5, 0.3, 0.15].into_iter().find(fits).map_or(0.0, |share| wanted * share)
}

/// Values that never exceed what was found, evened out over time.
fn evened(found: &[f64]) -> Vec<f64> {
    let around = |f: usize| f.saturating_sub(EVEN)..(f + EVEN + 1).min(found.len());
    let least: Vec<f64> =
        (0..found.len()).map(|f| found[around(f)].iter().copied().fold(f64::MAX, f64::min)).collect();
    (0..found.len()).map(|f| least[around(f)].iter().sum::<f64>() / around(f).len() as f64).collect()
}

/// The part as an outline, and where each side ends on it, in turns.
fn draw(outline: &Outline, sides: &[Side], bulges: &[Bulge], frame: Rect) -> (Outline, Vec<f64>) {
    let mut points: Vec<Point> = Vec::new();
    // Where the sides end among the points.
    let mut ends = Vec::new();
    for (side, bulge) in sides.iter().zip(bulges) {
        match *side {
            Side::Along(from, to) => {
                points.push(outline.at(from));
                let n = outline.len() as f64;
                let (first, last) = ((from * n).floor() as i64 + 1, (to * n).ceil() as i64 - 1);
                points.extend(
                    (first..=last).map(|i| outline.points[i.rem_euclid(outline.len() as i64) as usize]),
                );
            }
            Side::Across(from, to) => {
                let curve = bulge.curve(outline.at(from), outline.at(to));
                let steps = (curve.p0.distance(curve.p3) + 2.0 * bulge.depth).clamp(4.0, 200.0) as usize;
                points.extend((0..steps).map(|i| curve.eval(i as f64 / steps as f64)));
            }
        }
        ends.push(points.len());
    }
    let count = points.len();
    let mut lengths = vec![0.0];
    for i in 0..count {
        lengths.push(lengths[i] + points[i].distance(points[(i + 1) % count]));
    }
    let length = lengths[count].max(1e-9);
    let table: Vec<f64> = ends.iter().map(|&e| lengths[e] / length).collect();
    let mut bounds = Rect::from_points(points[0], points[0]);
    points.iter().for_each(|&p| bounds = bounds.union_pt(p));
    let contour = Contour { area: signed_area(&points).abs(), points, depth: outline.depth, bounds };
    let mut part = Outline::new(&contour, frame, 1.0);
    part.feather = outline.feather;
    (part, table)
}

/// Where the place `u` of a part comes to lie on the next frame.
fn carried(u: f64, (from, ends): (&[Side], &[f64]), (to, next): (&[Side], &[f64]), map: &Map) -> f64 {
    let s = ends.partition_point(|&e| e <= u).min(ends.len() - 1);
    let bounds = |ends: &[f64]| (if s == 0 { 0.0 } else { ends[s - 1] }, ends[s]);
    let ((a, b), (c, d)) = (bounds(ends), bounds(next));
    let t = if b > a { ((u - a) / (b - a)).clamp(0.0, 1.0) } else { 0.0 };
    let t = match (from[s], to[s]) {
        (Side::Along(first, last), Side::Along(..)) => {
            // The joints of either frame lie on each other; between them the outline tells.
            let (low, high) = (map.forward(first), map.forward(last));
            let here = map.forward(first + (last - first) * t);
            if high - low > 1e-9 { ((here - low) / (high - low)).clamp(0.0, 1.0) } else { t }
        }
        _ => t,
    };
    c + (d - c) * t
}

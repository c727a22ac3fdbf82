//! Where the control points of a stretch sit: few, on the same material all along.
//!
//! A knot is born at a position in one frame and carried to the others by the alignment of the
//! outlines, between its neighbours. Knots are added where they lower the error most, moved to
//! better places and taken out again where they hardly matter, with the error of all frames seen
//! together.

use super::outline::Outline;
use super::span::{Span, fit};
use super::stretch::Stretch;

/// Frames that are looked at while knots are sought; all of them are fitted afterwards.
const PROBES: usize = 14;
/// Places tried for a knot within a span, as shares of its length.
const PLACES: [f64; 7] = [0.15, 0.28, 0.4, 0.5, 0.6, 0.72, 0.85];

/// What a shape may stray on average, as a share of the tolerance, which is a greatest distance.
const MEAN: f64 = 0.4;
/// A frame is bad where a shape strays this many tolerances at a single place.
const WORST: f64 = 6.0;
/// What share of its area an object may lose or gain, for each pixel of tolerance; holds small and
/// thin objects closer.
const SHARE: f64 = 0.013;

/// How good a fit must be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Goal {
    /// How far a shape may stray, in pixels.
    pub tolerance: f64,
    /// No more knots than this.
    pub max_points: usize,
}

impl Goal {
    /// How far a shape may stray at a single place, in pixels.
    pub fn worst(&self) -> f64 {
        WORST * self.tolerance
    }

    /// The area that may lie between shape and outline, in square pixels.
    pub fn area(&self, outline: &Outline) -> f64 {
        (MEAN * self.tolerance * outline.length()).min(SHARE * self.tolerance * outline.area)
    }
}

/// Positions of one knot in every frame of a stretch, in turns, not wrapped.
pub(super) type Knot = Vec<f64>;

/// The knots of `stretch` in cyclic order.
pub(super) fn place(stretch: &Stretch, goal: Goal) -> Vec<Knot> {
    let count = stretch.frames.len();
    let probes: Vec<usize> = if count <= PROBES {
        (0..count).collect()
    } else {
        (0..PROBES).map(|i| i * (count - 1) / (PROBES - 1)).collect()
    };
    let limits = probes.iter().map(|&f| goal.area(&stretch.outlines[f]).max(1e-9)).collect();
    let mut search = Search { stretch, probes, limits, knots: Vec::new(), costs: Vec::new() };
    let middle = count / 2;
    // The first knot stays where it is, so it had better be a point that matters.
    let tip = stretch.outlines[middle].farthest();
    for k in 0..3 {
        let knot = search.carry(tip + f64::from(k) / 3.0, middle, None);
        search.knots.push(knot);
    }
    search.costs = (0..3).map(|k| search.span(k)).collect();
    for _ in 0..3 {
        while search.knots.len() < goal.max_points && !search.is_good() {
            search.add();
        }
        for k in 0..search.knots.len() {
            search.relocate(k);
        }
        if search.is_good() {
            search.thin();
        }
    }
    while search.knots.len() < goal.max_points && !search.is_good() {
        search.add();
    }
    search.knots
}

/// What a span costs in each frame looked at, as a share of the limit of that frame.
type Costs = Vec<f64>;

struct Search<'a> {
    stretch: &'a Stretch,
    probes: Vec<usize>,
    limits: Vec<f64>,
    knots: Vec<Knot>,
    /// Of the span after each knot.
    costs: Vec<Costs>,
}

/// The knots between which another one lies.
#[derive(Clone, Copy)]
struct Bounds<'a> {
    low: &'a Knot,
    high: &'a Knot,
    /// What is added to `high` where it lies past the seam: 1 or 0.
    turn: f64,
}

impl Search<'_> {
    /// A knot born at `u` of frame `f`, between the knots `bounds` or free.
    fn carry(&self, u: f64, f: usize, bounds: Option<Bounds>) -> Knot {
        let count = self.stretch.frames.len();
        let mut knot = vec![u; count];
        let confine = |v: f64, f: usize| match bounds {
            None => v,
            Some(Bounds { low, high, turn }) => {
                let (a, b) = (low[f], high[f] + turn);
                let v = v - (v - (a + b) / 2.0).round();
                // A little room, so that a part that was hidden can come out again.
                let room = (b - a) * 0.02;
                v.clamp(a + room, (b - room).max(a + room))
            }
        };
        knot[f] = confine(u, f);
        for g in f + 1..count {
            knot[g] = confine(self.stretch.maps[g - 1].forward(knot[g - 1]), g);
        }
        for g in (0..f).rev() {
            knot[g] = confine(self.stretch.maps[g].backward(knot[g + 1]), g);
        }
        knot
    }

    fn fit(&self, probe: usize, low: &Knot, high: &Knot, turn: f64) -> Span {
        let f = self.probes[probe];
        fit(&self.stretch.outlines[f], low[f], (high[f] + turn).max(low[f]), None)
    }

    fn cost(&self, low: &Knot, high: &Knot, turn: f64) -> Costs {
        (0..self.probes.len()).map(|p| self.fit(p, low, high, turn).area / self.limits[p]).collect()
    }

    /// The span after knot `k`.
    fn span(&self, k: usize) -> Costs {
        let next = (k + 1) % self.knots.len();
        self.cost(&self.knots[k], &self.knots[next], turn(k + 1, self.knots.len()))
    }

    /// How far the frames are from their limits: the mean, with the worst frames counting more.
    fn total(&self, costs: &[&Costs]) -> f64 {
        let n = self.probes.len() as f64;
        (0..self.probes.len()).map(|p| costs.iter().map(|c| c[p]).sum::<f64>().powi(2)).sum::<f64>() / n
    }

    fn is_good(&self) -> bool {
        self.total(&self.costs.iter().collect::<Vec<_>>()) <= 1.0
    }

    /// Adds the knot that lowers the error most, as far as a few tries tell.
    fn add(&mut self) {
        let n = self.knots.len();
        let frames: Vec<f64> =
            (0..self.probes.len()).map(|p| self.costs.iter().map(|c| c[p]).sum::<f64>()).collect();
        // What a span adds to the total is its cost times that of its frames.
        let weight = |k: usize| self.costs[k].iter().zip(&frames).map(|(c, f)| c * f).sum::<f64>();
        let Some(k) = (0..n).max_by(|&a, &b| weight(a).total_cmp(&weight(b))) else { return };
        let Some((knot, costs)) = self.split(k, (k + 1) % n, turn(k + 1, n)) else { return };
        self.knots.insert(k + 1, knot);
        self.costs[k] = costs.0;
        self.costs.insert(k + 1, costs.1);
    }

    /// The best knot between knots `a` and `b`, and the costs before and after it.
    fn split(&self, a: usize, b: usize, turn: f64) -> Option<(Knot, (Costs, Costs))> {
        let (low, high) = (&self.knots[a], &self.knots[b]);
        let costs = self.cost(low, high, turn);
        let probe = (0..costs.len()).max_by(|&x, &y| costs[x].total_cmp(&costs[y]))?;
        let f = self.probes[probe];
        let worst = self.fit(probe, low, high, turn).worst.1;
        let places = PLACES.iter().map(|t| low[f] + (high[f] + turn - low[f]) * t).chain([worst]);
        let mut best: Option<(f64, Knot, (Costs, Costs))> = None;
        for u in places {
            let knot = self.carry(u, f, Some(Bounds { low, high, turn }));
            let (before, after) = (self.cost(low, &knot, 0.0), self.cost(&knot, high, turn));
            let total = self.total(&[&before, &after]);
            if best.as_ref().is_none_or(|b| total < b.0) {
                best = Some((total, knot, (before, after)));
            }
        }
        best.map(|b| (b.1, b.2))
    }

    /// Moves knot `k` to the best place between its neighbours, if that is better.
    fn relocate(&mut self, k: usize) {
        let n = self.knots.len();
        let (a, b) = ((k + n - 1) % n, (k + 1) % n);
        // Knot 0 keeps its place, so that turns need no renumbering.
        if k == 0 || n < 3 {
            return;
        }
        let now = self.total(&[&self.costs[a], &self.costs[k]]);
        let Some((knot, costs)) = self.split(a, b, turn(k + 1, n)) else { return };
        if self.total(&[&costs.0, &costs.1]) < now {
            self.knots[k] = knot;
            self.costs[a] = costs.0;
            self.costs[k] = costs.1;
        }
    }

    /// Takes knots out as long as the rest is good.
    fn thin(&mut self) {
        loop {
            let n = self.knots.len();
            if n <= 4 {
                return;
            }
            let mut best: Option<(f64, usize, Costs)> = None;
            for k in 1..n {
                let (a, b) = (k - 1, (k + 1) % n);
                let merged = self.cost(&self.knots[a], &self.knots[b], turn(k + 1, n));
                let mut all: Vec<&Costs> =
                    (0..n).filter(|&i| i != a && i != k).map(|i| &self.costs[i]).collect();
                all.push(&merged);
                let total = self.total(&all);
                if best.as_ref().is_none_or(|b| total < b.0) {
                    best = Some((total, k, merged));
                }
            }
            match best {
                Some((total, k, merged)) if total <= 1.0 => {
                    self.knots.remove(k);
                    self.costs.remove(k);
                    self.costs[k - 1] = merged;
                }
                _ => return,
            }
        }
    }
}

/// A span that ends at knot `next` of `count` crosses the start of the outline when it is the last.
pub(super) fn turn(next: usize, count: usize) -> f64 {
    if next >= count { 1.0 } else { 0.0 }
}

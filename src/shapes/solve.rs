//! One animated shape fitted to all frames of a stretch at once, by least squares.
//!
//! Unknown are the control points at the keys; in between they move linearly. Every sample of every
//! outline pulls the piece of the curve that it belongs to, much across the outline and little
//! along it, so that points may slide to where they move evenly. Samples then look for the nearest
//! place on the curve again, and so on. The system is solved by conjugate gradients, which start
//! from the answer before.

use kurbo::{CubicBez, ParamCurve, ParamCurveDeriv, Point, Vec2};

use super::knots::{Goal, Knot, turn};
use super::outline::Outline;
use super::span::{between, fit};
use super::stretch::Stretch;

/// How much a sample pulls along the outline, compared with across.
const ALONG: f64 = 0.03;
/// How firmly handles of a smooth point are kept in line, compared with one sample.
const IN_LINE: f64 = 8.0;
/// How firmly handles are held at the thirds of their chords.
const REST: f64 = 0.02;
/// How firmly points keep their speed from key to key.
const EVEN: f64 = 0.002;
/// Handles that bend less than this on the median frame belong to a smooth point.
const SMOOTH_COSINE: f64 = 0.6;
/// Conjugate gradients stop here or when the residual has fallen by this factor.
const STEPS: usize = 40;
const FALL: f64 = 1e-3;

/// Three a knot: handle in, point, handle out.
pub(super) type Polygon = Vec<Vec2>;

/// How far a shape is from the outline of one frame.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Misfit {
    /// Area between them, in square pixels.
    pub area: f64,
    /// Greatest distance in pixels.
    pub worst: f64,
}

/// The joint fit of a stretch.
pub(super) struct Fit<'a> {
    stretch: &'a Stretch,
    knots: usize,
    /// Of each frame, which place of the curve each sample belongs to: piece number plus parameter.
    places: Vec<Vec<f64>>,
    /// The same as each frame alone had it.
    first_places: Vec<Vec<f64>>,
    /// The polygon of each frame fitted alone.
    alone: Vec<Polygon>,
    smooth: Vec<bool>,
    grams: Vec<Vec<Gram>>,
}

/// The pull of the samples of one piece on its four control points.
#[derive(Clone, Copy)]
struct Gram {
    /// Symmetric 2x2 blocks (xx, xy, yy) of the ten pairs of control points.
    pairs: [[f64; 3]; 10],
    pulls: [Vec2; 4],
}

/// Indices of the four control points of piece `k` of `n`.
fn controls(k: usize, n: usize) -> [usize; 4] {
    let next = (k + 1) % n;
    [k * 3 + 1, k * 3 + 2, next * 3, next * 3 + 1]
}

fn piece(polygon: &[Vec2], k: usize) -> CubicBez {
    let c = controls(k, polygon.len() / 3).map(|i| polygon[i].to_point());
    CubicBez::new(c[0], c[1], c[2], c[3])
}

impl<'a> Fit<'a> {
    /// Fits each frame alone between the knots.
    pub fn new(stretch: &'a Stretch, knots: &[Knot]) -> Self {
        let n = knots.len();
        let mut places = Vec::new();
        let mut alone = Vec::new();
        for (f, outline) in stretch.outlines.iter().enumerate() {
            let mut place = vec![0.0; outline.len()];
            let mut polygon = vec![Vec2::ZERO; n * 3];
            let mut ts = Vec::new();
            for k in 0..n {
                let from = knots[k][f];
                let to = (knots[(k + 1) % n][f] + turn(k + 1, n)).max(from);
                let span = fit(outline, from, to, Some(&mut ts));
                for ((i, _), t) in between(outline, from, to).zip(&ts) {
                    place[i] = k as f64 + t;
                }
                // A sample exactly at the knot lies at the start of the piece.
                let x = from * outline.len() as f64;
                if x.floor() == x {
                    place[(x as i64).rem_euclid(outline.len() as i64) as usize] = k as f64;
                }
                let c = controls(k, n);
                for (i, p) in c.into_iter().zip([span.curve.p0, span.curve.p1, span.curve.p2, span.curve.p3])
                {
                    polygon[i] = p.to_vec2();
                }
            }
            places.push(place);
            alone.push(polygon);
        }
        let smooth = (0..n).map(|k| is_smooth(&alone, k)).collect();
        Self { stretch, knots: n, first_places: places.clone(), places, alone, smooth, grams: Vec::new() }
    }

    fn frames(&self) -> usize {
        self.stretch.frames.len()
    }

    /// The polygon of frame `f` fitted alone.
    pub fn alone(&self, f: usize) -> &Polygon {
        &self.alone[f]
    }

    /// Lets the samples of frame `f` belong where they did when the frame was fitted alone.
    pub fn forget(&mut self, f: usize) {
        self.places[f].clone_from(&self.first_places[f]);
    }

    /// Position of frame `f` among the keys, by frame number.
    fn blend(&self, keys: &[usize], f: usize) -> (usize, usize, f64) {
        let next = keys.partition_point(|&k| k <= f);
        let a = next.saturating_sub(1);
        let b = next.min(keys.len() - 1);
        let frames = &self.stretch.frames;
        let span = frames[keys[b]] - frames[keys[a]];
        let t = if span > 0 { (frames[f] - frames[keys[a]]) as f64 / span as f64 } else { 0.0 };
        (a, b, t)
    }

    /// The polygon at frame `f`.
    pub fn polygon(&self, keys: &[usize], values: &[Polygon], f: usize) -> Polygon {
        let (a, b, t) = self.blend(keys, f);
        values[a].iter().zip(&values[b]).map(|(p, q)| p.lerp(*q, t)).collect()
    }

    fn gram(&self, f: usize) -> Vec<Gram> {
        let outline = &self.stretch.outlines[f];
        let mut grams = vec![Gram { pairs: [[0.0; 3]; 10], pulls: [Vec2::ZERO; 4] }; self.knots];
        for (i, &place) in self.places[f].iter().enumerate() {
            let k = (place as usize).min(self.knots - 1);
            let t = place - k as f64;
            let s = 1.0 - t;
            let b = [s * s * s, 3.0 * s * s * t, 3.0 * s * t * t, t * t * t];
            let (normal, weight) = (outline.normals[i], outline.weights[i]);
            // weight * (n n' + ALONG (1 - n n'))
            let across = weight * (1.0 - ALONG);
            let w = [
                across * normal.x * normal.x + weight * ALONG,
                across * normal.x * normal.y,
                across * normal.y * normal.y + weight * ALONG,
            ];
            let p = outline.points[i];
            let pull = Vec2::new(w[0] * p.x + w[1] * p.y, w[1] * p.x + w[2] * p.y);
            let gram = &mut grams[k];
            let mut pair = 0;
            for a in 0..4 {
                gram.pulls[a] += pull * b[a];
                for c in a..4 {
                    let bb = b[a] * b[c];
                    for (sum, w) in gram.pairs[pair].iter_mut().zip(w) {
                        *sum += bb * w;
                    }
                    pair += 1;
                }
            }
        }
        grams
    }

    /// Solves for the polygons at `keys`, starting from `values`, and lets the samples find their
    /// places again, `rounds` times.
    pub fn solve(&mut self, keys: &[usize], values: &mut [Polygon], rounds: usize) {
        for _ in 0..rounds {
            self.grams = (0..self.frames()).map(|f| self.gram(f)).collect();
            System::new(self, keys, values).solve(values);
            for f in 0..self.frames() {
                let polygon = self.polygon(keys, values, f);
                self.find_places(f, &polygon);
            }
        }
    }

    /// Moves the samples of frame `f` toward the nearest place on the curve, in order.
    fn find_places(&mut self, f: usize, polygon: &[Vec2]) {
        let outline = &self.stretch.outlines[f];
        let n = self.knots as f64;
        let pieces: Vec<CubicBez> = (0..self.knots).map(|k| piece(polygon, k)).collect();
        for (place, &point) in self.places[f].iter_mut().zip(&outline.points) {
            let k = (*place as usize).min(self.knots - 1);
            let t = *place - k as f64;
            let curve = &pieces[k];
            let d = point - curve.eval(t);
            let derivative = curve.deriv();
            let speed = derivative.eval(t).to_vec2();
            let bend =
                (speed.hypot2() - derivative.deriv().eval(t).to_vec2().dot(d)).max(speed.hypot2() * 0.3);
            if bend > 1e-9 {
                *place = (*place + (speed.dot(d) / bend).clamp(-0.2, 0.2)).rem_euclid(n);
                if *place >= n {
                    *place = 0.0;
                }
            }
        }
    }

    /// How far the shape is from the outline of frame `f`.
    pub fn misfit(&self, keys: &[usize], values: &[Polygon], f: usize) -> Misfit {
        let outline = &self.stretch.outlines[f];
        let polygon = self.polygon(keys, values, f);
        let pieces: Vec<CubicBez> = (0..self.knots).map(|k| piece(&polygon, k)).collect();
        let mut misfit = Misfit::default();
        for (i, &place) in self.places[f].iter().enumerate() {
            let k = (place as usize).min(self.knots - 1);
            let t = place - k as f64;
            let d = outline.points[i] - pieces[k].eval(t);
            let along = pieces[k].deriv().eval(t).to_vec2();
            let (across, length) = (d.cross(along), along.hypot());
            let off = if length > 1e-3 { (across / length).abs().max(d.hypot() * 0.5) } else { d.hypot() };
            let off = off * outline.weights[i];
            misfit.area += off * outline.step;
            misfit.worst = misfit.worst.max(off);
        }
        misfit
    }

    /// How far frame `f` is from what `goal` asks, 1 being just good enough.
    pub fn excess(&self, goal: Goal, keys: &[usize], values: &[Polygon], f: usize) -> f64 {
        let (area, worst) = self.strays(goal, keys, values, f);
        area.max(worst)
    }

    /// The greatest distance of the shape from the outline of frame `f`, in pixels: what [`Self::misfit`] does not
    /// see where a piece has no sample of its own, since its part of the outline is not there.
    pub fn astray(&self, polygon: &[Vec2], f: usize) -> f64 {
        let outline = &self.stretch.outlines[f];
        let nearest =
            |p: Point| outline.points.iter().map(|q| p.distance_squared(*q)).fold(f64::MAX, f64::min);
        let places = (0..self.knots).flat_map(|k| {
            let piece = piece(polygon, k);
            [0.0, 0.25, 0.5, 0.75].map(|t| piece.eval(t))
        });
        places.map(nearest).fold(0.0, f64::max).sqrt()
    }

    /// The same in area and at the worst place.
    pub fn strays(&self, goal: Goal, keys: &[usize], values: &[Polygon], f: usize) -> (f64, f64) {
        let misfit = self.misfit(keys, values, f);
        let outline: &Outline = &self.stretch.outlines[f];
        (misfit.area / goal.area(outline).max(1e-9), misfit.worst / goal.worst())
    }

    /// Brings the handles of smooth points exactly into line.
    pub fn straighten(&self, values: &mut [Polygon]) {
        for polygon in values {
            for k in (0..self.knots).filter(|&k| self.smooth[k]) {
                let at = polygon[k * 3 + 1];
                let (a, b) = (at - polygon[k * 3], polygon[k * 3 + 2] - at);
                let (la, lb) = (a.hypot(), b.hypot());
                let sum = a + b;
                let length = sum.hypot();
                // Handles that turned against each other stay a corner.
                if length > 0.5 * (la + lb) && length > 1e-6 {
                    polygon[k * 3] = at - sum * (la / length);
                    polygon[k * 3 + 2] = at + sum * (lb / length);
                }
            }
        }
    }
}

fn is_smooth(alone: &[Polygon], k: usize) -> bool {
    let mut cosines: Vec<f64> = alone
        .iter()
        .map(|p| (p[k * 3 + 1] - p[k * 3], p[k * 3 + 2] - p[k * 3 + 1]))
        .filter(|(a, b)| a.hypot() > 0.3 && b.hypot() > 0.3)
        .map(|(a, b)| a.dot(b) / (a.hypot() * b.hypot()))
        .collect();
    cosines.sort_by(f64::total_cmp);
    cosines.get(cosines.len() / 2).is_some_and(|&c| c > SMOOTH_COSINE)
}

/// The normal equations for one set of keys.
struct System<'f, 'a> {
    fit: &'f Fit<'a>,
    keys: &'f [usize],
    blends: Vec<(usize, usize, f64)>,
    /// Shares of the two handles in the point between them, per key and knot; none at corners.
    in_line: Vec<Option<(f64, f64)>>,
    /// Frames that a key stands for.
    shares: Vec<f64>,
}

impl<'f, 'a> System<'f, 'a> {
    fn new(fit: &'f Fit<'a>, keys: &'f [usize], values: &[Polygon]) -> Self {
        let blends: Vec<_> = (0..fit.frames()).map(|f| fit.blend(keys, f)).collect();
        let mut shares = vec![0.0; keys.len()];
        for &(a, b, t) in &blends {
            shares[a] += 1.0 - t;
            shares[b] += t;
        }
        let in_line = values
            .iter()
            .flat_map(|p| {
                (0..fit.knots).map(|k| {
                    let (li, lo) = ((p[k * 3 + 1] - p[k * 3]).hypot(), (p[k * 3 + 2] - p[k * 3 + 1]).hypot());
                    (fit.smooth[k] && li + lo > 1e-6).then(|| (lo / (li + lo), li / (li + lo)))
                })
            })
            .collect();
        Self { fit, keys, blends, in_line, shares }
    }

    fn size(&self) -> usize {
        self.fit.knots * 3
    }

    /// What the samples ask for.
    fn pulls(&self) -> Vec<Vec2> {
        let n = self.size();
        let mut out = vec![Vec2::ZERO; n * self.keys.len()];
        for (grams, &(a, b, t)) in self.fit.grams.iter().zip(&self.blends) {
            for (k, gram) in grams.iter().enumerate() {
                for (i, pull) in controls(k, self.fit.knots).into_iter().zip(gram.pulls) {
                    out[a * n + i] += pull * (1.0 - t);
                    out[b * n + i] += pull * t;
                }
            }
        }
        out
    }

    /// The system times `x`.
    fn apply(&self, x: &[Vec2], out: &mut [Vec2], scratch: &mut (Polygon, Polygon)) {
        let (n, knots) = (self.size(), self.fit.knots);
        out.fill(Vec2::ZERO);
        let (blended, pushed) = (&mut scratch.0, &mut scratch.1);
        for (grams, &(a, b, t)) in self.fit.grams.iter().zip(&self.blends) {
            for (i, v) in blended.iter_mut().enumerate() {
                *v = x[a * n + i] * (1.0 - t) + x[b * n + i] * t;
            }
            pushed.fill(Vec2::ZERO);
            for (k, gram) in grams.iter().enumerate() {
                let c = controls(k, knots);
                let mut pair = 0;
                for i in 0..4 {
                    for j in i..4 {
                        let [xx, xy, yy] = gram.pairs[pair];
                        let times = |v: Vec2| Vec2::new(xx * v.x + xy * v.y, xy * v.x + yy * v.y);
                        pushed[c[i]] += times(blended[c[j]]);
                        if i != j {
                            pushed[c[j]] += times(blended[c[i]]);
                        }
                        pair += 1;
                    }
                }
            }
            for (i, &v) in pushed.iter().enumerate() {
                out[a * n + i] += v * (1.0 - t);
                out[b * n + i] += v * t;
            }
        }
        for key in 0..self.keys.len() {
            let (x, out) = (&x[key * n..][..n], &mut out[key * n..][..n]);
            let share = self.shares[key];
            for k in 0..knots {
                if let Some((a, b)) = self.in_line[key * knots + k] {
                    let e = (x[k * 3 + 1] - x[k * 3] * a - x[k * 3 + 2] * b) * (IN_LINE * share);
                    out[k * 3 + 1] += e;
                    out[k * 3] -= e * a;
                    out[k * 3 + 2] -= e * b;
                }
                let c = controls(k, knots);
                for (h, near, far) in [(c[1], c[0], c[3]), (c[2], c[3], c[0])] {
                    let e = (x[h] - x[near] * (2.0 / 3.0) - x[far] * (1.0 / 3.0)) * (REST * share);
                    out[h] += e;
                    out[near] -= e * (2.0 / 3.0);
                    out[far] -= e * (1.0 / 3.0);
                }
            }
        }
        let frames = &self.fit.stretch.frames;
        for key in 1..self.keys.len().saturating_sub(1) {
            let gap = |a: usize, b: usize| 1.0 / (frames[self.keys[b]] - frames[self.keys[a]]) as f64;
            let (before, after) = (gap(key - 1, key), gap(key, key + 1));
            for i in 0..n {
                let (p, q, r) = ((key - 1) * n + i, key * n + i, (key + 1) * n + i);
                let e = (x[p] * before - x[q] * (before + after) + x[r] * after) * EVEN;
                out[p] += e * before;
                out[q] -= e * (before + after);
                out[r] += e * after;
            }
        }
    }

    /// The diagonal of the data terms, for scaling.
    fn diagonal(&self) -> Vec<Vec2> {
        let n = self.size();
        let mut out = vec![Vec2::ZERO; n * self.keys.len()];
        const OWN: [usize; 4] = [0, 4, 7, 9];
        for (grams, &(a, b, t)) in self.fit.grams.iter().zip(&self.blends) {
            for (k, gram) in grams.iter().enumerate() {
                for (i, own) in controls(k, self.fit.knots).into_iter().zip(OWN) {
                    let d = Vec2::new(gram.pairs[own][0], gram.pairs[own][2]);
                    out[a * n + i] += d * ((1.0 - t) * (1.0 - t));
                    out[b * n + i] += d * (t * t);
                }
            }
        }
        for (i, d) in out.iter_mut().enumerate() {
            *d += Vec2::new(1.0, 1.0) * (0.3 * self.shares[i / n] * IN_LINE + REST);
        }
        out
    }

    /// Improves `values` by conjugate gradients.
    fn solve(&self, values: &mut [Polygon]) {
        let n = self.size();
        let mut x: Vec<Vec2> = values.iter().flatten().copied().collect();
        let scale: Vec<Vec2> = self.diagonal().iter().map(|d| Vec2::new(1.0 / d.x, 1.0 / d.y)).collect();
        let mut scratch = (vec![Vec2::ZERO; n], vec![Vec2::ZERO; n]);
        let mut ax = vec![Vec2::ZERO; x.len()];
        self.apply(&x, &mut ax, &mut scratch);
        let mut r: Vec<Vec2> = self.pulls().iter().zip(&ax).map(|(b, a)| *b - *a).collect();
        let scaled = |r: &[Vec2]| -> Vec<Vec2> {
            r.iter().zip(&scale).map(|(r, s)| Vec2::new(r.x * s.x, r.y * s.y)).collect()
        };
        let dot = |a: &[Vec2], b: &[Vec2]| a.iter().zip(b).map(|(a, b)| a.dot(*b)).sum::<f64>();
        let mut p = scaled(&r);
        let mut rz = dot(&r, &p);
        let enough = rz * FALL * FALL;
        for _ in 0..STEPS {
            self.apply(&p, &mut ax, &mut scratch);
            let pap = dot(&p, &ax);
            if !(pap > 0.0 && rz > enough) {
                break;
            }
            let alpha = rz / pap;
            for i in 0..x.len() {
                x[i] += p[i] * alpha;
                r[i] -= ax[i] * alpha;
            }
            let z = scaled(&r);
            let next = dot(&r, &z);
            let beta = next / rz;
            rz = next;
            p.iter_mut().zip(&z).for_each(|(p, z)| *p = *z + *p * beta);
        }
        if x.iter().all(|v| v.x.is_finite() && v.y.is_finite()) {
            for (value, new) in values.iter_mut().zip(x.chunks_exact(n)) {
                value.copy_from_slice(new);
            }
        }
    }
}

/// The polygon as points with handles.
pub(super) fn points(polygon: &[Vec2]) -> Vec<super::ControlPoint> {
    let at = |v: Vec2| Point::new(v.x, v.y);
    polygon
        .chunks_exact(3)
        .map(|c| super::ControlPoint { into: at(c[0]), at: at(c[1]), out: at(c[2]) })
        .collect()
}

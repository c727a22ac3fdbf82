//! One Bezier piece of one outline, fitted by least squares between two points of the outline.

use kurbo::{CubicBez, ParamCurve, ParamCurveDeriv, Point, Vec2};

use super::outline::Outline;

/// How firmly handles are held at the thirds of their chord where samples say nothing.
const REST: f64 = 0.02;

/// A fitted piece and how well it fits.
#[derive(Debug, Clone)]
pub(super) struct Span {
    pub curve: CubicBez,
    /// Area between the outline and the piece, in square pixels.
    pub area: f64,
    /// The greatest distance of a sample that counts, in pixels, and where it is, in turns.
    pub worst: (f64, f64),
}

/// The samples strictly between two positions in turns, `to` not before `from`.
pub(super) fn between(outline: &Outline, from: f64, to: f64) -> impl Iterator<Item = (usize, f64)> {
    let n = outline.len();
    let first = (from * n as f64).floor() as i64 + 1;
    let last = (to * n as f64).ceil() as i64 - 1;
    (first..=last).map(move |i| (i.rem_euclid(n as i64) as usize, i as f64 / n as f64))
}

/// Fits the piece of `outline` between two positions in turns; its parameters start even in length
/// and are corrected once. `parameters`, when given, takes them.
pub(super) fn fit(outline: &Outline, from: f64, to: f64, mut parameters: Option<&mut Vec<f64>>) -> Span {
    let (p0, p3) = (outline.at(from), outline.at(to));
    let thirds = (p0.lerp(p3, 1.0 / 3.0), p0.lerp(p3, 2.0 / 3.0));
    let mut curve = CubicBez::new(p0, thirds.0, thirds.1, p3);
    let span = to - from;
    let mut worst = (0.0, (from + to) / 2.0);
    if span <= 0.0 {
        return Span { curve, area: 0.0, worst };
    }
    let mut ts: Vec<f64> = between(outline, from, to).map(|(_, u)| (u - from) / span).collect();
    for pass in 0..2 {
        if pass > 0 {
            let derivative = curve.deriv();
            let second = derivative.deriv();
            for (t, (i, _)) in ts.iter_mut().zip(between(outline, from, to)) {
                let d = outline.points[i] - curve.eval(*t);
                let speed = derivative.eval(*t).to_vec2();
                let bend = speed.hypot2() - second.eval(*t).to_vec2().dot(d);
                if bend > 1e-9 {
                    *t = (*t + (speed.dot(d) / bend).clamp(-0.1, 0.1)).clamp(0.0, 1.0);
                }
            }
        }
        let (mut c11, mut c12, mut c22) = (REST, 0.0, REST);
        let (mut r1, mut r2) = (thirds.0.to_vec2() * REST, thirds.1.to_vec2() * REST);
        for (&t, (i, _)) in ts.iter().zip(between(outline, from, to)) {
            let (s, w) = (1.0 - t, outline.weights[i]);
            let (b0, b1, b2, b3) = (s * s * s, 3.0 * s * s * t, 3.0 * s * t * t, t * t * t);
            let rest = outline.points[i].to_vec2() - p0.to_vec2() * b0 - p3.to_vec2() * b3;
            c11 += w * b1 * b1;
            c12 += w * b1 * b2;
            c22 += w * b2 * b2;
            r1 += rest * (w * b1);
            r2 += rest * (w * b2);
        }
        let det = c11 * c22 - c12 * c12;
        let p1: Vec2 = (r1 * c22 - r2 * c12) / det;
        let p2: Vec2 = (r2 * c11 - r1 * c12) / det;
        curve = CubicBez::new(p0, hold(p1.to_point(), p0, p3), hold(p2.to_point(), p0, p3), p3);
    }
    let mut area = 0.0;
    let derivative = curve.deriv();
    for (&t, (i, u)) in ts.iter().zip(between(outline, from, to)) {
        let d = outline.points[i] - curve.eval(t);
        let along = derivative.eval(t).to_vec2();
        let length = along.hypot();
        // Where the parameter is not the nearest yet, the distance across tells more.
        let off = if length > 1e-6 { (d.cross(along) / length).abs() } else { d.hypot() };
        let off = off * outline.weights[i];
        area += off * outline.step;
        if off > worst.0 {
            worst = (off, u);
        }
    }
    if let Some(out) = &mut parameters {
        out.clear();
        out.append(&mut ts);
    }
    Span { curve, area, worst }
}

/// Keeps a handle from shooting out where few samples determine it.
fn hold(handle: Point, p0: Point, p3: Point) -> Point {
    let (middle, reach) = (p0.midpoint(p3), 2.0 * p0.distance(p3) + 2.0);
    let d = handle - middle;
    let l = d.hypot();
    if l > reach { middle + d * (reach / l) } else { handle }
}

//! The motion of the camera and of an object as a whole between two frames.

use super::dis::Flow;
use super::plane::Plane;

/// Rounds of weighing and fitting.
const ROUNDS: usize = 6;
/// A point whose error is this large, in pixels, counts half.
const SLACK: f64 = 1.0;
/// With fewer points than this there is nothing to fit.
const FEWEST: f64 = 12.0;

/// A turn, a zoom and a shift: (x, y) goes to (a x - b y + u, b x + a y + v).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Similarity {
    pub a: f64,
    pub b: f64,
    pub u: f64,
    pub v: f64,
}

impl Similarity {
    pub const IDENTITY: Self = Self { a: 1.0, b: 0.0, u: 0.0, v: 0.0 };

    pub fn apply(&self, x: f32, y: f32) -> (f32, f32) {
        let (x, y) = (f64::from(x), f64::from(y));
        ((self.a * x - self.b * y + self.u) as f32, (self.b * x + self.a * y + self.v) as f32)
    }

    /// First `self`, then `next`.
    pub fn then(&self, next: &Self) -> Self {
        Self {
            a: next.a * self.a - next.b * self.b,
            b: next.b * self.a + next.a * self.b,
            u: next.a * self.u - next.b * self.v + next.u,
            v: next.b * self.u + next.a * self.v + next.v,
        }
    }

    /// The way back; the zoom is never 0.
    pub fn inverse(&self) -> Self {
        let scale = self.a * self.a + self.b * self.b;
        let (a, b) = (self.a / scale, -self.b / scale);
        Self { a, b, u: -(a * self.u - b * self.v), v: -(b * self.u + a * self.v) }
    }

    /// How much larger it makes things.
    pub fn zoom(&self) -> f64 {
        self.a.hypot(self.b)
    }
}

/// How the camera's view and the object moved from one frame to the next.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Motion {
    pub camera: Similarity,
    /// None where too little of the object is seen.
    pub object: Option<Similarity>,
}

impl Motion {
    /// From the flow and how far each pixel's flow is to be trusted; `labels` are the object's in
    /// the frame where the flow starts.
    pub fn fit(flow: &Flow, trust: &Plane, labels: &Plane) -> Self {
        let off = fit(flow, 4, |i| if labels.data[i] < 0.5 { f64::from(trust.data[i]) } else { 0.0 });
        let on = fit(flow, 2, |i| if labels.data[i] > 0.5 { f64::from(trust.data[i]) } else { 0.0 });
        Self { camera: off.unwrap_or(Similarity::IDENTITY), object: on }
    }
}

/// The similarity that most of the weighted pixels follow, every `step`-th of each row and column.
fn fit(flow: &Flow, step: usize, weight: impl Fn(usize) -> f64) -> Option<Similarity> {
    let (w, h) = (flow.u.width, flow.u.height);
    let mut points = Vec::new();
    for y in (0..h).step_by(step) {
        for x in (0..w).step_by(step) {
            let i = y * w + x;
            let trust = weight(i);
            if trust > 0.1 {
                let p = (x as f64, y as f64);
                points.push((p, (p.0 + f64::from(flow.u.data[i]), p.1 + f64::from(flow.v.data[i])), trust));
            }
        }
    }
    let mut found: Option<Similarity> = None;
    for _ in 0..ROUNDS {
        let weighted = |&(p, q, trust): &((f64, f64), (f64, f64), f64)| {
            let off = found.map_or(0.0, |s| {
                let (x, y) = (s.a * p.0 - s.b * p.1 + s.u - q.0, s.b * p.0 + s.a * p.1 + s.v - q.1);
                x * x + y * y
            });
            (p, q, trust / (1.0 + off / (SLACK * SLACK)))
        };
        found = Some(least_squares(points.iter().map(weighted))?);
    }
    found
}

/// The best similarity for weighted pairs of points. A zoom or turn that is too great for one
/// frame is not believed: what is left is a shift.
fn least_squares(points: impl Iterator<Item = ((f64, f64), (f64, f64), f64)>) -> Option<Similarity> {
    let (mut n, mut p, mut q) = (0.0, (0.0, 0.0), (0.0, 0.0));
    let (mut pp, mut along, mut across) = (0.0, 0.0, 0.0);
    for (a, b, weight) in points {
        n += weight;
        p = (p.0 + weight * a.0, p.1 + weight * a.1);
        q = (q.0 + weight * b.0, q.1 + weight * b.1);
        pp += weight * (a.0 * a.0 + a.1 * a.1);
        along += weight * (a.0 * b.0 + a.1 * b.1);
        across += weight * (a.0 * b.1 - a.1 * b.0);
    }
    if n < FEWEST {
        return None;
    }
    let spread = pp - (p.0 * p.0 + p.1 * p.1) / n;
    let (mut a, mut b) = (1.0, 0.0);
    if spread > n {
        a = (along - (p.0 * q.0 + p.1 * q.1) / n) / spread;
        b = (across - (p.0 * q.1 - p.1 * q.0) / n) / spread;
    }
    if !((0.8..1.25).contains(&a) && b.abs() < 0.25) {
        (a, b) = (1.0, 0.0);
    }
    Some(Similarity { a, b, u: (q.0 - a * p.0 + b * p.1) / n, v: (q.1 - b * p.0 - a * p.1) / n })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back_is_where_it_was() {
        let s = Similarity { a: 1.1, b: -0.2, u: 30.0, v: -7.0 };
        let (x, y) = s.then(&s.inverse()).apply(12.0, 34.0);
        assert!((x - 12.0).abs() < 1e-4 && (y - 34.0).abs() < 1e-4);
        let (x, y) = s.apply(12.0, 34.0);
        assert_eq!(s.then(&s).apply(12.0, 34.0), s.apply(x, y));
    }

    #[test]
    fn object_and_camera_are_told_apart() {
        let (w, h) = (120, 80);
        let inside = |x: usize, y: usize| (40..70).contains(&x) && (20..50).contains(&y);
        let labels = Plane::from_fn(w, h, |x, y| f32::from(u8::from(inside(x, y))));
        let camera = Similarity { a: 1.01, b: 0.02, u: -3.0, v: 2.0 };
        let object = Similarity { a: 0.98, b: -0.01, u: 6.0, v: -1.0 };
        let moved = |x: usize, y: usize| {
            // A fifth of the object's pixels and a corner of the background go elsewhere.
            let odd = x.is_multiple_of(5) && y.is_multiple_of(2) || x > 100 && y > 60;
            let s = if inside(x, y) { object } else { camera };
            let (qx, qy) = s.apply(x as f32, y as f32);
            (qx - x as f32 + if odd { 9.0 } else { 0.0 }, qy - y as f32)
        };
        let flow = Flow {
            u: Plane::from_fn(w, h, |x, y| moved(x, y).0),
            v: Plane::from_fn(w, h, |x, y| moved(x, y).1),
        };
        let m = Motion::fit(&flow, &Plane::filled(w, h, 1.0), &labels);
        let near = |a: Similarity, b: Similarity| {
            let (p, q) = (a.apply(60.0, 40.0), b.apply(60.0, 40.0));
            (p.0 - q.0).hypot(p.1 - q.1) < 0.3 && (a.a - b.a).abs() < 0.01 && (a.b - b.b).abs() < 0.01
        };
        assert!(near(m.camera, camera), "{m:?}");
        assert!(m.object.is_some_and(|o| near(o, object)), "{m:?}");
    }

    #[test]
    fn nothing_to_see_is_no_motion() {
        let zero = Flow::zero(9, 9);
        let m = Motion::fit(&zero, &Plane::filled(9, 9, 0.0), &Plane::filled(9, 9, 1.0));
        assert_eq!(m, Motion { camera: Similarity::IDENTITY, object: None });
    }
}

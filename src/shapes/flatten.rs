//! Closed paths as lines: as many as a picture of their frame needs, whatever the path.

use kurbo::{PathEl, Point, Rect};

use super::ControlPoint;
use super::animation::path_of;

/// How far a flattened curve may leave the true one, in pixels: far below what a matte shows.
const FLATNESS: f64 = 0.02;
/// Points farther away than this are not drawn, in pixels: sums of their squares are still exact to far less than
/// one.
const DRAWABLE: f64 = (1_u64 << 40) as f64;
/// A curve that needs more lines is cut down to what is in the frame first. One as long as the side of a frame of
/// 8K needs some 600.
const MOST_OF_CURVE: f64 = 4096.0;
/// Lines of one path, about; where a path needs more, each of its curves gets fewer. They take 32 bytes each.
const MOST_OF_PATH: f64 = 4e6;
/// Lines of a curve that is cut down, at once.
const AT_ONCE: f64 = 16.0;
/// Halvings of a curve that is cut down: what is left of one across [`DRAWABLE`] is a hundredth of a pixel.
const HALVINGS: u32 = 48;

/// The lines of the closed path through `points`, one after another; none where a point is too far away to be
/// drawn. Curves that go far beyond `frame` are exact within it alone: beyond, they are lines that lie on the same
/// side of it.
pub(super) fn flatten(points: &[ControlPoint], frame: Rect) -> Vec<(Point, Point)> {
    let near = |p: &Point| p.x.abs() <= DRAWABLE && p.y.abs() <= DRAWABLE;
    if !points.iter().all(|p| [p.at, p.into, p.out].iter().all(near)) {
        return Vec::new();
    }
    let curves = || points.iter().zip(points.iter().skip(1).chain(points.first()));
    let counts = || curves().map(|(a, b)| count(&[a.at, a.out, b.into, b.at]));
    let mut lines = Vec::new();
    if counts().all(|n| n <= MOST_OF_CURVE) && counts().sum::<f64>() <= MOST_OF_PATH {
        plain(&path_of(points), &mut lines);
        return lines;
    }
    let each = (MOST_OF_PATH / points.len() as f64).clamp(AT_ONCE, MOST_OF_CURVE);
    for (a, b) in curves() {
        let end = lines.len() + each as usize;
        Cut { frame, end, lines: &mut lines }.curve([a.at, a.out, b.into, b.at], HALVINGS);
    }
    lines
}

fn plain(path: &kurbo::BezPath, lines: &mut Vec<(Point, Point)>) {
    let (mut start, mut last) = (Point::ZERO, Point::ZERO);
    kurbo::flatten(path, FLATNESS, |el| match el {
        PathEl::MoveTo(p) => (start, last) = (p, p),
        PathEl::LineTo(p) => {
            lines.push((last, p));
            last = p;
        }
        PathEl::ClosePath => {
            lines.push((last, start));
            last = start;
        }
        PathEl::QuadTo(..) | PathEl::CurveTo(..) => {}
    });
}

/// The number of equal steps by which a cubic curve is flat enough: the error of one is an eighth of its second
/// derivative, which is six times the greatest second difference at the most.
fn count([a, b, c, d]: &[Point; 4]) -> f64 {
    let bend = |p: Point, q: Point, r: Point| ((p.to_vec2() + r.to_vec2()) - q.to_vec2() * 2.0).hypot();
    (0.75 / FLATNESS * bend(*a, *b, *c).max(bend(*b, *c, *d))).sqrt().ceil().max(1.0)
}

/// Lines of a curve of which most is beyond the frame.
struct Cut<'a> {
    frame: Rect,
    /// The curve's lines end here; then it goes on in chords.
    end: usize,
    lines: &'a mut Vec<(Point, Point)>,
}

impl Cut<'_> {
    fn curve(&mut self, curve: [Point; 4], halvings: u32) {
        let [a, b, c, d] = curve;
        let n = count(&curve);
        if halvings == 0 || self.lines.len() >= self.end || self.is_beside(&curve) {
            self.lines.push((a, d));
        } else if n <= AT_ONCE {
            let mut last = a;
            for step in 1..=n as u32 {
                let t = f64::from(step) / n;
                let (p, q, r) = (a.lerp(b, t), b.lerp(c, t), c.lerp(d, t));
                let at = if t < 1.0 { p.lerp(q, t).lerp(q.lerp(r, t), t) } else { d };
                self.lines.push((last, at));
                last = at;
            }
        } else {
            let (p, q, r) = (a.midpoint(b), b.midpoint(c), c.midpoint(d));
            let (s, t) = (p.midpoint(q), q.midpoint(r));
            let middle = s.midpoint(t);
            self.curve([a, p, s, middle], halvings - 1);
            self.curve([middle, t, r, d], halvings - 1);
        }
    }

    /// Whether all of it lies on one side of the frame, where its chord does for the frame what it does: on the
    /// left a path covers each row by how far it goes down in it, on the other sides it covers nothing.
    fn is_beside(&self, curve: &[Point; 4]) -> bool {
        let f = self.frame;
        curve.iter().all(|p| p.x < f.x0)
            || curve.iter().all(|p| p.x > f.x1)
            || curve.iter().all(|p| p.y < f.y0)
            || curve.iter().all(|p| p.y > f.y1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(at: (f64, f64), into: (f64, f64), out: (f64, f64)) -> ControlPoint {
        ControlPoint { at: at.into(), into: into.into(), out: out.into() }
    }

    #[test]
    fn a_curve_from_far_away_is_exact_within_the_frame() {
        let frame = Rect::new(0.0, 0.0, 100.0, 100.0);
        // A cubic whose first half is far beyond the frame; its middle is known.
        let far = 4e6;
        let points = [
            point((50.0, 50.0), (50.0, 50.0), (50.0, 50.0 + far)),
            point((60.0, 50.0), (60.0, 50.0 - far), (60.0, 50.0)),
        ];
        let lines = flatten(&points, frame);
        assert!(lines.len() < 3 * MOST_OF_CURVE as usize, "{} lines", lines.len());
        assert!(lines.windows(2).all(|l| l[0].1 == l[1].0), "one after another");
        let curve = [points[0].at, points[0].out, points[1].into, points[1].at];
        let middle = Point::new(
            (curve[0].x + 3.0 * curve[1].x + 3.0 * curve[2].x + curve[3].x) / 8.0,
            (curve[0].y + 3.0 * curve[1].y + 3.0 * curve[2].y + curve[3].y) / 8.0,
        );
        let off = |&(a, b): &(Point, Point)| {
            let along = b - a;
            let t = ((middle - a).dot(along) / along.hypot2().max(1e-12)).clamp(0.0, 1.0);
            (a + along * t).distance(middle)
        };
        assert!(lines.iter().map(off).fold(f64::MAX, f64::min) < 0.05);
    }

    #[test]
    fn no_path_has_more_lines_than_it_may() {
        let frame = Rect::new(0.0, 0.0, 4096.0, 2160.0);
        for (count, size) in [(4, 1e12), (2000, 1e9), (20_000, 1e5), (3, 1e13), (3, f64::NAN)] {
            let at = |i: usize| {
                let a = i as f64 * 2.4;
                (size * a.cos() + 9.0, size * a.sin())
            };
            let points: Vec<_> = (0..count).map(|i| point(at(i), at(i + 5), at(i + 9))).collect();
            let lines = flatten(&points, frame);
            assert!(lines.len() as f64 <= 2.0 * MOST_OF_PATH, "{} lines", lines.len());
            assert_eq!(lines.is_empty(), size.is_nan() || size > DRAWABLE);
        }
    }
}

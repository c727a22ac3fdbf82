//! An outline in even steps, which is what is kept of a frame.

use kurbo::{Point, Rect, Vec2};

use super::contour::Contour;

/// Steps along an outline, in pixels, where it is not too long.
const STEP: f64 = 1.5;
/// Samples of an outline, at least and at most.
const SAMPLES: (f64, f64) = (16.0, 1200.0);
/// How much a sample outside the frame weighs: enough to keep the shape outside.
const OUTSIDE_WEIGHT: f64 = 0.3;

/// A closed outline sampled in even steps. Positions along it are in turns: 0 and 1 are its start.
#[derive(Debug, Clone)]
pub(super) struct Outline {
    pub points: Vec<Point>,
    /// Outward unit normals.
    pub normals: Vec<Vec2>,
    /// 1 within the frame, less outside.
    pub weights: Vec<f64>,
    /// Length of a step in pixels.
    pub step: f64,
    /// Enclosed area in square pixels, never negative.
    pub area: f64,
    /// How many outlines it lies within.
    pub depth: u32,
    pub bounds: Rect,
    pub centre: Point,
    /// How wide the matte's edge is along it, in pixels; 0 for a hard one.
    pub feather: f64,
    /// Rows `(y, from, to)` of the enclosed area, for overlaps.
    rows: Vec<(i32, f32, f32)>,
    row_height: f64,
}

impl Outline {
    /// `frame` is the rectangle of the footage, `row_height` the same for all outlines compared.
    pub fn new(contour: &Contour, frame: Rect, row_height: f64) -> Self {
        let (mut points, length) = resample(&contour.points, SAMPLES, STEP);
        if contour.is_hole() {
            // All outlines turn the same way, so that a hole that becomes an island is none.
            points.reverse();
        }
        let n = points.len();
        let wide = 2.min(n / 4).max(1);
        let normals = (0..n)
            .map(|i| {
                let d = points[(i + wide) % n] - points[(i + n - wide) % n];
                let l = d.hypot();
                if l > 1e-9 { Vec2::new(d.y, -d.x) / l } else { Vec2::ZERO }
            })
            .collect();
        let weights = points.iter().map(|&p| if frame.contains(p) { 1.0 } else { OUTSIDE_WEIGHT }).collect();
        let rows = rows(&points, row_height);
        let centre = (points.iter().fold(Vec2::ZERO, |s, p| s + p.to_vec2()) / n as f64).to_point();
        Self {
            normals,
            weights,
            step: length / n as f64,
            area: contour.area.abs(),
            depth: contour.depth,
            bounds: contour.bounds,
            centre,
            feather: 0.0,
            rows,
            row_height,
            points,
        }
    }

    pub fn len(&self) -> usize {
        self.points.len()
    }

    /// The point `turns` along.
    pub fn at(&self, turns: f64) -> Point {
        let n = self.points.len();
        let x = turns.rem_euclid(1.0) * n as f64;
        let i = (x as usize).min(n - 1);
        self.points[i].lerp(self.points[(i + 1) % n], x - i as f64)
    }

    /// The position, in turns, that is farthest from the centre: a tip or a corner.
    pub fn farthest(&self) -> f64 {
        let far = |i: &usize| self.points[*i].distance_squared(self.centre);
        let i = (0..self.points.len()).max_by(|a, b| far(a).total_cmp(&far(b))).unwrap_or(0);
        i as f64 / self.points.len() as f64
    }

    /// Whether part of it lies outside the frame.
    pub fn leaves_frame(&self) -> bool {
        self.weights.iter().any(|&w| w < 1.0)
    }

    /// Length in pixels.
    pub fn length(&self) -> f64 {
        self.step * self.points.len() as f64
    }

    /// Square pixels that both enclose.
    pub fn overlap(&self, other: &Self) -> f64 {
        if self.bounds.intersect(other.bounds).area() <= 0.0 {
            return 0.0;
        }
        let (mut i, mut j, mut sum) = (0, 0, 0.0);
        while let (Some(a), Some(b)) = (self.rows.get(i), other.rows.get(j)) {
            if a.0 == b.0 {
                sum += f64::from((a.2.min(b.2) - a.1.max(b.1)).max(0.0));
            }
            if (a.0, a.2) <= (b.0, b.2) { i += 1 } else { j += 1 }
        }
        sum * self.row_height
    }
}

/// Even steps along a closed polygon, each the mean over its step, which takes the stairs out of a
/// binary mask. Also the length of the polygon.
pub(super) fn resample(polygon: &[Point], (least, most): (f64, f64), step: f64) -> (Vec<Point>, f64) {
    let count = polygon.len();
    let mut lengths = Vec::with_capacity(count + 1);
    // Running integrals of the position over the length.
    let mut sums = Vec::with_capacity(count + 1);
    let (mut length, mut sum) = (0.0, Vec2::ZERO);
    lengths.push(0.0);
    sums.push(sum);
    for i in 0..count {
        let (a, b) = (polygon[i], polygon[(i + 1) % count]);
        let l = a.distance(b);
        length += l;
        sum += a.midpoint(b).to_vec2() * l;
        lengths.push(length);
        sums.push(sum);
    }
    let n = (length / step).round().clamp(least, most) as usize;
    let delta = length / n as f64;
    let mut segment = 0;
    let mut integral = |s: f64| {
        while segment + 1 < count && lengths[segment + 1] <= s {
            segment += 1;
        }
        let (a, b) = (polygon[segment], polygon[(segment + 1) % count]);
        let l = lengths[segment + 1] - lengths[segment];
        let d = (s - lengths[segment]).clamp(0.0, l);
        let end = if l > 0.0 { a.lerp(b, d / l) } else { a };
        sums[segment] + a.midpoint(end).to_vec2() * d
    };
    let mut points = Vec::with_capacity(n);
    let mut before = integral(0.0);
    for i in 1..=n {
        let after = if i == n { sum } else { integral(delta * i as f64) };
        points.push(((after - before) / delta).to_point());
        before = after;
    }
    (points, length)
}

/// The inside of a closed polygon as rows of `height`, cut at their middles.
fn rows(points: &[Point], height: f64) -> Vec<(i32, f32, f32)> {
    let mut cuts: Vec<(i32, f32)> = Vec::new();
    for (i, &a) in points.iter().enumerate() {
        let b = points[(i + 1) % points.len()];
        let (top, bottom) = if a.y < b.y { (a, b) } else { (b, a) };
        let mut row = (top.y / height - 0.5).ceil();
        loop {
            let y = (row + 0.5) * height;
            if y >= bottom.y {
                break;
            }
            let x = top.x + (bottom.x - top.x) * (y - top.y) / (bottom.y - top.y);
            cuts.push((row as i32, x as f32));
            row += 1.0;
        }
    }
    cuts.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
    cuts.chunks_exact(2).map(|c| (c[0].0, c[0].1, c[1].1)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(x: f64, y: f64, side: f64) -> Vec<Point> {
        [(x, y), (x + side, y), (x + side, y + side), (x, y + side)].map(Point::from).to_vec()
    }

    #[test]
    fn steps_are_even_and_close_the_outline() {
        let (points, length) = resample(&square(0.0, 0.0, 30.0), (16.0, 800.0), 1.5);
        assert_eq!((points.len(), length), (80, 120.0));
        for (i, p) in points.iter().enumerate() {
            let next = points[(i + 1) % 80];
            assert!((1.0..1.6).contains(&p.distance(next)));
        }
    }

    #[test]
    fn overlap_is_the_common_area() {
        let rows_of = |p: &[Point]| rows(p, 1.0);
        assert_eq!(rows_of(&square(0.0, 0.0, 10.0)).len(), 10);
        let frame = Rect::new(0.0, 0.0, 100.0, 100.0);
        let outline = |x, y| {
            let contour = Contour {
                points: square(x, y, 20.0),
                area: 400.0,
                depth: 0,
                bounds: Rect::new(x, y, x + 20.0, y + 20.0),
            };
            Outline::new(&contour, frame, 1.0)
        };
        let found = outline(5.0, 5.0).overlap(&outline(15.0, 10.0));
        assert!((found - 150.0).abs() < 8.0, "{found}");
        assert_eq!(outline(0.0, 0.0).overlap(&outline(50.0, 0.0)), 0.0);
    }
}

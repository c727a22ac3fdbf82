//! Drawing shapes with exact-area anti-aliasing.

use kurbo::{PathEl, Point, Rect, Vec2};

use super::feather::HARD;
use super::{Animation, Layer, Shape};
use crate::raster::Matte;

/// How far a flattened curve may leave the true one, in pixels: far below what a matte shows.
const FLATNESS: f64 = 0.02;

/// Draws the object called `object` at `frame`; empty when there is no such object.
///
/// Shapes go bottom to top: a shape covers (`a + c - a c`), a hole cuts (`a - a c`), where `c` is
/// the area of the pixel within the shape times its opacity. Where the shape is feathered, `c` falls
/// in a line from 1 to 0 over the width of the feather, the path in the middle.
#[must_use]
pub fn draw(animation: &Animation, object: &str, frame: i64) -> Matte {
    let mut matte = Matte::filled(animation.width, animation.height, 0.0);
    for layer in animation.layers.iter().filter(|l| l.name == object) {
        draw_layer(layer, frame, &mut matte);
    }
    matte
}

fn draw_layer(layer: &Layer, frame: i64, matte: &mut Matte) {
    for shape in &layer.shapes {
        draw_shape(shape, frame, matte);
    }
}

/// Draws one shape at `frame` over what `matte` holds.
pub fn draw_shape(shape: &Shape, frame: i64, matte: &mut Matte) {
    let opacity = shape.opacity_at(frame) as f32;
    if opacity <= 0.0 {
        return;
    }
    let mut lines = Vec::new();
    flatten(&shape.path_at(frame), &mut lines);
    let feather = shape.feather_at(frame);
    let margin = if feather > HARD { feather / 2.0 } else { 0.0 };
    let Some(coverage) = Coverage::of(&lines, matte.width(), matte.height(), margin) else { return };
    let soft = (margin > 0.0).then(|| coverage.distances(&lines, margin));
    let width = matte.width() as usize;
    for row in 0..coverage.height {
        let start = (coverage.y0 + row) * width + coverage.x0;
        let target = &mut matte.data_mut()[start..start + coverage.width];
        let cells = &coverage.cells[row * (coverage.width + 1)..][..coverage.width];
        let mut sum = 0.0_f32;
        for (i, (a, &d)) in target.iter_mut().zip(cells).enumerate() {
            sum += d;
            let mut c = sum.abs().min(1.0);
            if let Some(soft) = &soft {
                c = 0.5 + soft[row * coverage.width + i] / (2.0 * margin as f32);
            }
            c *= opacity;
            *a = if shape.hole { *a - *a * c } else { *a + c - *a * c };
        }
    }
}

fn flatten(path: &kurbo::BezPath, lines: &mut Vec<(Point, Point)>) {
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

/// The part of a line within `frame`, if there is one.
fn clip(a: Point, b: Point, frame: Rect) -> Option<(Point, Point)> {
    let d = b - a;
    let (mut from, mut to) = (0.0_f64, 1.0_f64);
    for (start, step, low, high) in [(a.x, d.x, frame.x0, frame.x1), (a.y, d.y, frame.y0, frame.y1)] {
        if step == 0.0 {
            if !(low..=high).contains(&start) {
                return None;
            }
            continue;
        }
        let (t0, t1) = ((low - start) / step, (high - start) / step);
        (from, to) = (from.max(t0.min(t1)), to.min(t0.max(t1)));
    }
    (from <= to).then(|| (a + d * from, a + d * to))
}

/// Signed area differences of the pixels around a path: the running sum along a row is how much
/// of each pixel lies inside.
struct Coverage {
    x0: usize,
    y0: usize,
    width: usize,
    height: usize,
    /// One more column than `width` takes what leaves on the right.
    cells: Vec<f32>,
}

impl Coverage {
    /// `None` when the path, with `margin` around it, does not touch the picture.
    fn of(lines: &[(Point, Point)], width: u32, height: u32, margin: f64) -> Option<Self> {
        let (w, h) = (f64::from(width), f64::from(height));
        let (mut x0, mut y0, mut x1, mut y1) = (f64::MAX, f64::MAX, f64::MIN, f64::MIN);
        for p in lines.iter().map(|l| l.0) {
            if !p.is_finite() {
                return None;
            }
            (x0, y0, x1, y1) = (x0.min(p.x), y0.min(p.y), x1.max(p.x), y1.max(p.y));
        }
        let (x0, y0) = ((x0 - margin).max(0.0).floor(), (y0 - margin).max(0.0).floor());
        let (x1, y1) = ((x1 + margin).min(w).ceil(), (y1 + margin).min(h).ceil());
        if x0 >= x1 || y0 >= y1 {
            return None;
        }
        let (cols, rows) = ((x1 - x0) as usize, (y1 - y0) as usize);
        let mut coverage = Self {
            x0: x0 as usize,
            y0: y0 as usize,
            width: cols,
            height: rows,
            cells: vec![0.0; (cols + 1) * rows],
        };
        for &(a, b) in lines {
            coverage.line(Point::new(a.x - x0, a.y - y0), Point::new(b.x - x0, b.y - y0));
        }
        Some(coverage)
    }

    /// How far each pixel's centre is from the path, `reach` at most; negative outside it.
    fn distances(&self, lines: &[(Point, Point)], reach: f64) -> Vec<f32> {
        let mut squares = vec![(reach * reach) as f32; self.width * self.height];
        let corner = Vec2::new(self.x0 as f64 + 0.5, self.y0 as f64 + 0.5);
        let frame = Rect::new(0.0, 0.0, self.width as f64, self.height as f64).inflate(reach, reach);
        for &(a, b) in lines {
            let Some((a, b)) = clip(a - corner, b - corner, frame) else { continue };
            // Short pieces, so that the boxes around them hold little else.
            let parts = (a.distance(b) / reach.max(4.0)).ceil().max(1.0);
            for part in 0..parts as usize {
                let (p, q) = (a.lerp(b, part as f64 / parts), a.lerp(b, (part + 1) as f64 / parts));
                self.near(p, q, reach, &mut squares);
            }
        }
        let crossings = self.crossings(lines);
        for (row, squares) in squares.chunks_exact_mut(self.width).enumerate() {
            let mut winding = 0;
            for (d, c) in squares.iter_mut().zip(&crossings[row * (self.width + 1)..]) {
                winding += c;
                *d = if winding == 0 { -d.sqrt() } else { d.sqrt() };
            }
        }
        squares
    }

    /// How often the path crosses the middle line of each row before a pixel's centre and after the
    /// centre before it: upward less downward.
    fn crossings(&self, lines: &[(Point, Point)]) -> Vec<i32> {
        let mut crossings = vec![0; (self.width + 1) * self.height];
        let corner = Vec2::new(self.x0 as f64 + 0.5, self.y0 as f64 + 0.5);
        for &(a, b) in lines {
            let (a, b) = (a - corner, b - corner);
            let (sign, top, bottom) = if a.y < b.y { (1, a, b) } else { (-1, b, a) };
            // Rows whose middle lies from the top of the line on, and before its bottom.
            let from = top.y.ceil().clamp(0.0, self.height as f64) as usize;
            let to = bottom.y.ceil().clamp(0.0, self.height as f64) as usize;
            for row in from..to {
                let x = top.x + (bottom.x - top.x) * (row as f64 - top.y) / (bottom.y - top.y);
                let cell = x.ceil().clamp(0.0, self.width as f64) as usize;
                crossings[row * (self.width + 1) + cell] += sign;
            }
        }
        crossings
    }

    /// Lowers the squared distances around the line from `p` to `q`, pixel centres at whole numbers.
    fn near(&self, p: Point, q: Point, reach: f64, squares: &mut [f32]) {
        let range = |a: f64, b: f64, n: usize| {
            let from = (a.min(b) - reach).ceil().clamp(0.0, n as f64) as usize;
            let to = (a.max(b) + reach).floor().clamp(-1.0, n as f64 - 1.0) + 1.0;
            from..to as usize
        };
        let along = q - p;
        let scale = 1.0 / along.hypot2().max(1e-12);
        for y in range(p.y, q.y, self.height) {
            for x in range(p.x, q.x, self.width) {
                let d = Point::new(x as f64, y as f64) - p;
                let off = d - along * (d.dot(along) * scale).clamp(0.0, 1.0);
                let square = &mut squares[y * self.width + x];
                *square = square.min(off.hypot2() as f32);
            }
        }
    }

    /// Adds an edge in the coordinates of the box.
    fn line(&mut self, a: Point, b: Point) {
        if a.y == b.y {
            return;
        }
        let (sign, top, bottom) = if a.y < b.y { (1.0, a, b) } else { (-1.0, b, a) };
        let slope = (bottom.x - top.x) / (bottom.y - top.y);
        let y_end = bottom.y.min(self.height as f64);
        let mut y = top.y.max(0.0);
        while y < y_end {
            let row = y.floor();
            let next = (row + 1.0).min(y_end);
            let (xa, xb) = (top.x + (y - top.y) * slope, top.x + (next - top.y) * slope);
            self.piece(row as usize, sign * (next - y), xa.min(xb), xa.max(xb));
            y = next;
        }
    }

    /// Adds the part of an edge within one row: `dy` of height, signed, from `left` to `right`.
    fn piece(&mut self, row: usize, dy: f64, left: f64, right: f64) {
        let limit = self.width as f64;
        let span = right - left;
        // What lies left of the box covers all of the row, what lies right of it nothing.
        if left < 0.0 {
            let share = if span > 0.0 { (-left / span).min(1.0) } else { 1.0 };
            self.add(row, 0, dy * share);
        }
        let (l, r) = (left.clamp(0.0, limit), right.clamp(0.0, limit));
        if span <= 0.0 {
            if left >= 0.0 && left < limit {
                self.column(row, l.floor() as usize, dy, l.fract());
            }
            return;
        }
        let mut x = l;
        while x < r {
            let cell = x.floor();
            let next = (cell + 1.0).min(r);
            self.column(row, cell as usize, dy * (next - x) / span, (x + next) * 0.5 - cell);
            x = next;
        }
    }

    /// Adds an edge of height `dy` within one pixel, on average `offset` right of its left side.
    fn column(&mut self, row: usize, cell: usize, dy: f64, offset: f64) {
        self.add(row, cell, dy * (1.0 - offset));
        self.add(row, cell + 1, dy * offset);
    }

    fn add(&mut self, row: usize, cell: usize, value: f64) {
        self.cells[row * (self.width + 1) + cell] += value as f32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shapes::{ControlPoint, FeatherKey, PathKey};

    fn polygon(corners: &[(f64, f64)], hole: bool) -> Shape {
        let points = corners.iter().map(|&p| ControlPoint::corner(p.into())).collect();
        let keys = vec![PathKey { frame: 0, points }];
        Shape { name: "s".into(), hole, opacity: Vec::new(), feather: Vec::new(), keys }
    }

    #[test]
    fn a_rectangle_covers_exactly_its_area() {
        let mut matte = Matte::filled(8, 6, 0.0);
        draw_shape(&polygon(&[(1.25, 1.5), (5.5, 1.5), (5.5, 4.0), (1.25, 4.0)], false), 0, &mut matte);
        assert!((matte.value(1, 1) - 0.375).abs() < 1e-5);
        assert!((matte.value(3, 2) - 1.0).abs() < 1e-5);
        assert!((matte.value(5, 3) - 0.5).abs() < 1e-5);
        assert!((matte.data().iter().sum::<f32>() - 4.25 * 2.5).abs() < 1e-4);
    }

    #[test]
    fn a_triangle_beyond_every_side_is_cut_by_the_frame() {
        let mut matte = Matte::filled(10, 10, 0.0);
        draw_shape(&polygon(&[(-100.0, -50.0), (100.0, -50.0), (3.0, 200.0)], false), 0, &mut matte);
        assert!(matte.data().iter().all(|&v| (v - 1.0).abs() < 1e-4));
        // Half of each pixel on the diagonal.
        let mut half = Matte::filled(10, 10, 0.0);
        draw_shape(&polygon(&[(-20.0, -20.0), (40.0, 40.0), (-20.0, 40.0)], false), 0, &mut half);
        assert!((half.data().iter().sum::<f32>() - 50.0).abs() < 1e-3);
        let mut nothing = Matte::filled(10, 10, 0.0);
        draw_shape(&polygon(&[(20.0, 2.0), (40.0, 2.0), (30.0, 9.0)], false), 0, &mut nothing);
        assert!(nothing.data().iter().all(|&v| v == 0.0));
    }

    #[test]
    fn a_hole_cuts_what_lies_below() {
        let mut matte = Matte::filled(10, 10, 0.0);
        draw_shape(&polygon(&[(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0)], false), 0, &mut matte);
        draw_shape(&polygon(&[(2.0, 2.0), (2.0, 5.0), (5.0, 5.0), (5.0, 2.0)], true), 0, &mut matte);
        assert!((matte.data().iter().sum::<f32>() - 91.0).abs() < 1e-3);
        assert!(matte.value(3, 3).abs() < 1e-6);
    }

    #[test]
    fn a_feather_falls_in_a_line_about_the_path() {
        let mut shape = polygon(&[(-50.0, -50.0), (10.0, -50.0), (10.0, 70.0), (-50.0, 70.0)], false);
        shape.feather = vec![FeatherKey { frame: 0, width: 8.0 }, FeatherKey { frame: 2, width: 4.0 }];
        for (frame, width) in [(0, 8.0), (1, 6.0), (5, 4.0)] {
            let mut matte = Matte::filled(20, 20, 0.0);
            draw_shape(&shape, frame, &mut matte);
            for x in 0..20 {
                let expected = (0.5 - (f64::from(x) + 0.5 - 10.0) / width).clamp(0.0, 1.0);
                let found = f64::from(matte.value(x, 9));
                assert!((found - expected).abs() < 1e-3, "{found} for {expected} in column {x}");
            }
        }
        // Far beyond the frame, and with sides of any length.
        let far = polygon(&[(-1e9, -1e9), (1e9, -1e9), (0.0, 1e9)], false);
        let far = Shape { feather: shape.feather, ..far };
        let mut matte = Matte::filled(20, 20, 0.0);
        draw_shape(&far, 0, &mut matte);
        assert!(matte.data().iter().all(|&v| v == 1.0));
    }
}

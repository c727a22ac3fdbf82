//! Drawing shapes with exact-area anti-aliasing.

use kurbo::{Point, Rect, Vec2};
use rayon::prelude::*;

use super::feather::{HARD, WIDEST};
use super::flatten::flatten;
use super::left_out::shape_called;
use super::soft::Nearest;
use super::{Animation, ControlPoint, Layer, Shape, ShapeError};
use crate::raster::{Matte, RectI};

/// What is drawn on one frame, about: pixels that shapes cover, and ten for each that an outline goes through. It
/// takes some ten seconds, and is a frame of 4K that is covered 500 times.
const MOST_WORK: f64 = 4.3e9;
/// What a pixel of a shape with a soft edge costs, in those of one with a hard edge.
const SOFT: f64 = 30.0;
/// Pixels of a side of the squares that are looked at as one, where nothing is near.
const SQUARE: usize = 16;

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

/// Draws every object at `frame`: of each pixel the larger value.
#[must_use]
pub fn draw_all(animation: &Animation, frame: i64) -> Matte {
    let empty = || Matte::filled(animation.width, animation.height, 0.0);
    let mut all = empty();
    // Layers of one name are one object, and stay in their order.
    let mut layers: Vec<&Layer> = animation.layers.iter().collect();
    layers.sort_by(|a, b| a.name.cmp(&b.name));
    for object in layers.chunk_by(|a, b| a.name == b.name) {
        let mut one = empty();
        object.iter().for_each(|layer| draw_layer(layer, frame, &mut one));
        let part = one.support();
        for (a, b) in all.rows_mut(part).zip(one.rows(part)) {
            a.iter_mut().zip(b).for_each(|(a, &v)| *a = a.max(v));
        }
    }
    all
}

/// Says what of `animation`, or of its object called `object`, would take minutes to draw at `frame`, if anything
/// does. Whoever draws a file that somebody else made asks it before.
///
/// # Errors
/// [`ShapeError::Input`] naming the shape with which it gets too much.
pub fn check_drawing(animation: &Animation, object: Option<&str>, frame: i64) -> Result<(), ShapeError> {
    let (w, h) = (f64::from(animation.width), f64::from(animation.height));
    let mut work = 0.0;
    for layer in animation.layers.iter().filter(|l| object.is_none_or(|name| l.name == name)) {
        for shape in &layer.shapes {
            if shape.opacity_at(frame) > 0.0 {
                work += cost(&shape.points_at(frame), shape.feather_at(frame), w, h);
            }
            if work > MOST_WORK {
                let at = shape_called(&shape.name, &layer.name);
                return Err(ShapeError::Input(format!(
                    "frame {frame} has more to draw than {MOST_WORK:.0} pixels, up to {at}"
                )));
            }
        }
    }
    Ok(())
}

/// What a shape of `points` costs in a frame of `w` by `h` pixels.
fn cost(points: &[ControlPoint], feather: f64, w: f64, h: f64) -> f64 {
    let (mut x, mut y) = ((f64::MAX, f64::MIN), (f64::MAX, f64::MIN));
    let mut edge = 0.0;
    for (a, b) in points.iter().zip(points.iter().skip(1).chain(points.first())) {
        for p in [a.at, a.out, b.into] {
            (x, y) = ((x.0.min(p.x), x.1.max(p.x)), (y.0.min(p.y), y.1.max(p.y)));
        }
        let long = a.at.distance(a.out) + a.out.distance(b.into) + b.into.distance(b.at);
        // A cubic crosses the frame three times at the most, each way.
        edge += long.min(3.0 * (w + h)) + 1.0;
    }
    let side =
        |(from, to): (f64, f64), most: f64| ((to + feather).min(most) - (from - feather).max(0.0)).max(0.0);
    let area = side(x, w) * side(y, h);
    if area > 0.0 { area * if feather > HARD { SOFT } else { 1.0 } + 10.0 * edge } else { edge }
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
    let feather = shape.feather_at(frame).min(WIDEST);
    let margin = if feather > HARD { feather / 2.0 } else { 0.0 };
    let picture = Rect::new(0.0, 0.0, f64::from(matte.width()), f64::from(matte.height()));
    let lines = flatten(&shape.points_at(frame), picture.inflate(margin + 1.0, margin + 1.0));
    let Some(coverage) = Coverage::of(&lines, matte.width(), matte.height(), margin) else { return };
    let soft = (margin > 0.0).then(|| coverage.distances(&lines, margin));
    let (width, cells) = (coverage.width, coverage.cells.chunks_exact(coverage.width + 1));
    for (row, (target, cells)) in matte.rows_mut(coverage.part()).zip(cells).enumerate() {
        let mut sum = 0.0_f32;
        for (i, (a, &d)) in target.iter_mut().zip(cells).enumerate() {
            sum += d;
            let mut c = sum.abs().min(1.0);
            if let Some(soft) = &soft {
                c = 0.5 + soft[row * width + i] / (2.0 * margin as f32);
            }
            c *= opacity;
            *a = if shape.hole { *a - *a * c } else { *a + c - *a * c };
        }
    }
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

    /// What of the picture it is.
    fn part(&self) -> RectI {
        let at = |v: usize| i32::try_from(v).unwrap_or(i32::MAX);
        RectI::new(at(self.x0), at(self.y0), at(self.x0 + self.width), at(self.y0 + self.height))
    }

    /// How far each pixel's centre is from the path, `reach` at most; negative outside it.
    fn distances(&self, lines: &[(Point, Point)], reach: f64) -> Vec<f32> {
        let most = (reach * reach) as f32;
        let mut squares = vec![most; self.width * self.height];
        let corner = Vec2::new(self.x0 as f64 + 0.5, self.y0 as f64 + 0.5);
        let frame = Rect::new(0.0, 0.0, self.width as f64, self.height as f64).inflate(reach, reach);
        let mut pieces = Vec::with_capacity(lines.len());
        for &(a, b) in lines {
            let Some((a, b)) = clip(a - corner, b - corner, frame) else { continue };
            // Short pieces, so that the boxes around them hold little else.
            let parts = (a.distance(b) / reach.max(4.0)).ceil().max(1.0);
            pieces.extend(
                (0..parts as usize)
                    .map(|part| (a.lerp(b, part as f64 / parts), a.lerp(b, (part + 1) as f64 / parts))),
            );
        }
        let nearest = Nearest::new(pieces);
        squares.par_chunks_mut(SQUARE * self.width).enumerate().for_each(|(row, squares)| {
            let mut piece = 0;
            for x in (0..self.width).step_by(SQUARE) {
                self.near(&nearest, (x, row * SQUARE), reach, &mut piece, squares);
            }
        });
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

    /// Lowers the squared distances of a square of pixels whose first is at `x`, `y`, pixel centres at whole
    /// numbers. `rows` are those of the square, from its first column of the box on.
    fn near(
        &self,
        nearest: &Nearest,
        (x, y): (usize, usize),
        reach: f64,
        piece: &mut usize,
        rows: &mut [f32],
    ) {
        let (right, count) = ((x + SQUARE).min(self.width), rows.len() / self.width);
        let middle = Point::new((x + right - 1) as f64 / 2.0, (2 * y + count - 1) as f64 / 2.0);
        let radius = middle.distance(Point::new(x as f64, y as f64));
        let beyond = (reach + radius + 1e-6).powi(2);
        if nearest.square(middle, beyond, piece) >= beyond {
            return;
        }
        for (row, squares) in rows.chunks_exact_mut(self.width).enumerate() {
            for (column, square) in squares.iter_mut().enumerate().take(right).skip(x) {
                let p = Point::new(column as f64, (y + row) as f64);
                *square = square.min(nearest.square(p, f64::from(*square), piece) as f32);
            }
        }
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

    /// Adds an edge in the coordinates of the box.
    fn line(&mut self, a: Point, b: Point) {
        if a.y == b.y {
            return;
        }
        let (sign, top, bottom) = if a.y < b.y { (1.0, a, b) } else { (-1.0, b, a) };
        let slope = (bottom.x - top.x) / (bottom.y - top.y);
        if !slope.is_finite() {
            // So little height that it covers nothing.
            return;
        }
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

//! What a person draws over a matte: areas within a closed line, and lines of a brush, added or cut out.

use rayon::prelude::*;

use super::{ControlPoint, PathKey, Shape, draw_shape};
use crate::raster::{Matte, PixelPoint, RectI};

/// Draws the area within the closed line through `points` over `matte`, with exact-area anti-aliasing: adds it, or cuts
/// it out.
pub fn draw_area(points: &[PixelPoint], adds: bool, matte: &mut Matte) {
    let points = points.iter().map(|p| ControlPoint::corner((p.x, p.y).into())).collect();
    let shape = Shape {
        name: String::new(),
        hole: !adds,
        opacity: Vec::new(),
        feather: Vec::new(),
        keys: vec![PathKey { frame: 0, points }],
    };
    draw_shape(&shape, 0, matte);
}

/// Draws what a round brush of `radius` pixels covers along the line through `points` over `matte`: adds it, or cuts it
/// out. Its edge is one pixel wide. Where the line crosses itself it counts once.
pub fn draw_brush(points: &[PixelPoint], radius: f64, adds: bool, matte: &mut Matte) {
    let reach = radius + 0.5;
    let ends = points.iter().zip(points.iter().skip(1).chain(points.last()));
    let lines: Vec<Line> = ends.map(|(a, b)| Line { a: *a, b: *b }).collect();
    let Some(part) = covered(points, reach, matte) else { return };
    let (left, top) = (part.x0, part.y0);
    matte.par_rows_mut(part).enumerate().for_each_init(Vec::new, |far, (row, pixels)| {
        // The nearest of all lines counts, whichever comes first.
        far.clear();
        far.resize(pixels.len(), f64::INFINITY);
        let y = f64::from(top) + row as f64 + 0.5;
        for line in &lines {
            let Some((from, to)) = line.columns(y, reach) else { continue };
            let column = |x: f64| (x - f64::from(left)).clamp(0.0, pixels.len() as f64) as usize;
            let (from, to) = (column(from.floor()), column(to.ceil()));
            for (x, far) in (from..).zip(&mut far[from..to.max(from)]) {
                *far = far.min(line.square(f64::from(left) + x as f64 + 0.5, y));
            }
        }
        for (a, far) in pixels.iter_mut().zip(far.iter()) {
            let c = (reach - far.sqrt()).clamp(0.0, 1.0) as f32;
            *a = if adds { *a + c - *a * c } else { *a - *a * c };
        }
    });
}

/// The pixels of `matte` that a brush may cover.
fn covered(points: &[PixelPoint], reach: f64, matte: &Matte) -> Option<RectI> {
    let side = |of: fn(&PixelPoint) -> f64, most: u32| {
        let low = points.iter().map(of).fold(f64::INFINITY, f64::min) - reach;
        let high = points.iter().map(of).fold(f64::NEG_INFINITY, f64::max) + reach;
        let whole = |v: f64| v.clamp(0.0, f64::from(most)) as i32;
        (low <= high).then(|| (whole(low.floor()), whole(high.ceil())))
    };
    let ((x0, x1), (y0, y1)) = (side(|p| p.x, matte.width())?, side(|p| p.y, matte.height())?);
    (x0 < x1 && y0 < y1).then(|| RectI::new(x0, y0, x1, y1))
}

/// A straight part of a brush's line; a point where both ends are one.
struct Line {
    a: PixelPoint,
    b: PixelPoint,
}

impl Line {
    /// The least and the greatest x of places at `y` that may be as near as `reach`.
    fn columns(&self, y: f64, reach: f64) -> Option<(f64, f64)> {
        let (a, b) = (self.a, self.b);
        let rise = b.y - a.y;
        let (from, to) = if rise == 0.0 {
            if (a.y - y).abs() > reach {
                return None;
            }
            (0.0, 1.0)
        } else {
            let (one, other) = ((y - reach - a.y) / rise, (y + reach - a.y) / rise);
            (one.min(other).max(0.0), one.max(other).min(1.0))
        };
        if from > to {
            return None;
        }
        let x = |t: f64| a.x + (b.x - a.x) * t;
        Some((x(from).min(x(to)) - reach, x(from).max(x(to)) + reach))
    }

    /// The square of the distance of a place.
    fn square(&self, x: f64, y: f64) -> f64 {
        let (dx, dy) = (self.b.x - self.a.x, self.b.y - self.a.y);
        let (px, py) = (x - self.a.x, y - self.a.y);
        let length = dx * dx + dy * dy;
        let along = if length > 0.0 { ((px * dx + py * dy) / length).clamp(0.0, 1.0) } else { 0.0 };
        let (px, py) = (px - dx * along, py - dy * along);
        px * px + py * py
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(x: f64, y: f64) -> PixelPoint {
        PixelPoint { x, y }
    }

    fn empty() -> Matte {
        Matte::filled(60, 40, 0.0)
    }

    fn area(matte: &Matte) -> f64 {
        matte.data().iter().map(|v| f64::from(*v)).sum()
    }

    #[test]
    fn an_area_is_added_and_cut_out_to_the_part_of_a_pixel() {
        let mut matte = empty();
        draw_area(&[at(10.0, 10.0), at(30.5, 10.0), at(30.5, 20.25), at(10.0, 20.25)], true, &mut matte);
        assert!((area(&matte) - 20.5 * 10.25).abs() < 1e-3, "{}", area(&matte));
        assert_eq!((matte.value(15, 15), matte.value(30, 15), matte.value(15, 20)), (1.0, 0.5, 0.25));
        draw_area(&[at(0.0, 0.0), at(15.0, 0.0), at(15.0, 39.0), at(0.0, 39.0)], false, &mut matte);
        assert!((area(&matte) - 15.5 * 10.25).abs() < 1e-3, "{}", area(&matte));
        // Beyond the picture there is nothing to draw.
        draw_area(&[at(-90.0, -90.0), at(-80.0, -90.0), at(-80.0, -80.0)], true, &mut matte);
        draw_area(&[], true, &mut matte);
        assert!((area(&matte) - 15.5 * 10.25).abs() < 1e-3);
    }

    #[test]
    fn a_brush_covers_a_line_with_round_ends() {
        let mut matte = empty();
        draw_brush(&[at(15.0, 20.0), at(45.0, 20.0)], 6.0, true, &mut matte);
        let expected = 30.0 * 12.0 + std::f64::consts::PI * 36.0;
        assert!((area(&matte) - expected).abs() < 1.0, "{} of {expected}", area(&matte));
        assert_eq!((matte.value(30, 20), matte.value(30, 27), matte.value(5, 20)), (1.0, 0.0, 0.0));
        // Along the same line back it covers the same.
        let mut back = empty();
        draw_brush(&[at(15.0, 20.0), at(45.0, 20.0), at(15.0, 20.0)], 6.0, true, &mut back);
        assert!(back == matte);
        draw_brush(&[at(15.0, 20.0), at(45.0, 20.0)], 8.0, false, &mut matte);
        assert_eq!(area(&matte), 0.0);
    }

    #[test]
    fn a_brush_of_any_direction_is_as_wide_and_may_leave_the_picture() {
        for (dx, dy) in [(20.0, 0.0), (0.0, 20.0), (14.0, 14.0), (-14.0, 14.0), (3.0, -19.8), (0.0, 0.0)] {
            let (mut matte, long) = (Matte::filled(100, 100, 0.0), f64::hypot(dx, dy));
            draw_brush(&[at(50.0, 50.0), at(50.0 + dx, 50.0 + dy)], 5.0, true, &mut matte);
            let expected = long * 10.0 + std::f64::consts::PI * 25.0;
            assert!((area(&matte) - expected).abs() < 1.0, "{dx}, {dy}: {} of {expected}", area(&matte));
        }
        let mut matte = empty();
        draw_brush(&[at(-1e6, 20.0), at(1e6, 20.0)], 3.0, true, &mut matte);
        assert!((area(&matte) - 60.0 * 6.0).abs() < 1.0, "{}", area(&matte));
        draw_brush(&[at(30.0, 900.0)], 3.0, true, &mut matte);
        draw_brush(&[], 3.0, true, &mut matte);
        draw_brush(&[at(30.0, 20.0)], 900.0, true, &mut matte);
        assert_eq!(area(&matte), 2400.0);
    }
}

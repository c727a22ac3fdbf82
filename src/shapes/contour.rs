//! Outlines of a matte, to a fraction of a pixel.
//!
//! Marching squares on the grid of pixel centres: the outline crosses between two centres where
//! the matte, taken as linear there, has the level. Four centres that meet crosswise are joined
//! or parted by their mean. Beyond the frame the matte goes on as it is at the edge for
//! [`OUTSIDE`] pixels and then ends, so that an outline that leaves the frame closes outside it
//! and the edge of the frame itself stays covered.

use std::collections::HashMap;

use kurbo::{Point, Rect};

use crate::raster::Matte;

/// How far outside the frame an outline closes, in pixels.
pub(super) const OUTSIDE: i32 = 6;

/// A closed outline, inside on the same hand all along.
#[derive(Debug, Clone)]
pub(super) struct Contour {
    /// No point twice in a row; the last joins the first.
    pub points: Vec<Point>,
    /// Enclosed area in square pixels: positive for an outer outline, negative for a hole.
    pub area: f64,
    /// How many outlines it lies within.
    pub depth: u32,
    pub bounds: Rect,
}

impl Contour {
    fn new(points: Vec<Point>) -> Self {
        let area = signed_area(&points);
        let mut bounds = Rect::new(f64::MAX, f64::MAX, f64::MIN, f64::MIN);
        for p in &points {
            bounds =
                Rect::new(bounds.x0.min(p.x), bounds.y0.min(p.y), bounds.x1.max(p.x), bounds.y1.max(p.y));
        }
        Self { points, area, depth: 0, bounds }
    }

    /// Whether it encloses what is not the object.
    pub fn is_hole(&self) -> bool {
        self.area < 0.0
    }

    fn contains(&self, p: Point) -> bool {
        if !self.bounds.contains(p) {
            return false;
        }
        let mut inside = false;
        let mut a = self.points[self.points.len() - 1];
        for &b in &self.points {
            if (a.y > p.y) != (b.y > p.y) && p.x < (b.x - a.x) * (p.y - a.y) / (b.y - a.y) + a.x {
                inside = !inside;
            }
            a = b;
        }
        inside
    }
}

/// The area within a closed polygon; positive when it runs clockwise on the screen (y down).
pub(super) fn signed_area(points: &[Point]) -> f64 {
    let Some(&last) = points.last() else { return 0.0 };
    let mut sum = 0.0;
    let mut a = last;
    for &b in points {
        sum += (a - last).cross(b - last);
        a = b;
    }
    sum / 2.0
}

/// All outlines of `matte` at `level` whose area is `min_area` square pixels or more, outer ones
/// before the holes within them. Smaller ones go as long as no more than the share `spare` of the
/// whole area goes with them. Values that are not numbers count as 0.
pub(super) fn contours(matte: &Matte, level: f32, min_area: f64, spare: f64) -> Vec<Contour> {
    let mut found: Vec<Contour> =
        trace(matte, level).into_iter().filter(|p| p.len() >= 3).map(Contour::new).collect();
    let limit = least_area(&found, min_area, spare);
    found.retain(|c| c.area.abs() >= limit);
    nest(&mut found);
    found
}

/// The area from which outlines are kept: `min_area`, or less where the object is made of so little.
fn least_area(found: &[Contour], min_area: f64, spare: f64) -> f64 {
    let whole: f64 = found.iter().map(|c| c.area).sum();
    let mut small: Vec<f64> = found.iter().map(|c| c.area.abs()).filter(|&a| a < min_area).collect();
    small.sort_by(f64::total_cmp);
    let mut lost = 0.0;
    let too_much = small.into_iter().find(|area| {
        lost += area;
        lost > spare * whole
    });
    too_much.unwrap_or(min_area)
}

/// Sets the depths, and drops what lies within something that was dropped: a hole of nothing.
fn nest(contours: &mut Vec<Contour>) {
    // A contour lies only within larger ones.
    contours.sort_by(|a, b| b.area.abs().total_cmp(&a.area.abs()));
    let mut kept: Vec<Contour> = Vec::with_capacity(contours.len());
    for mut contour in contours.drain(..) {
        let p = contour.points[0];
        contour.depth = kept.iter().filter(|o| o.contains(p)).count() as u32;
        // Outer outlines lie at even depths, holes at odd ones.
        if contour.is_hole() == (contour.depth % 2 == 1) {
            kept.push(contour);
        }
    }
    kept.sort_by_key(|c| c.depth);
    *contours = kept;
}

/// Pixel centres around the object, one ring of nothing outside them.
struct Grid<'a> {
    matte: &'a Matte,
    /// Column and row of the first centre; may be outside the frame.
    x0: i32,
    y0: i32,
    columns: usize,
    rows: usize,
}

impl<'a> Grid<'a> {
    /// `None` when nothing is above `level`.
    fn new(matte: &'a Matte, level: f32) -> Option<Self> {
        let (w, h) = (matte.width() as usize, matte.height() as usize);
        // Of a large frame nothing is looked at but what is in it.
        let found = matte.bounds(|v| *v > level)?;
        let (x0, y0) = (found.x0 as usize, found.y0 as usize);
        let (x1, y1) = (found.x1 as usize - 1, found.y1 as usize - 1);
        let low = |v: usize| if v == 0 { -OUTSIDE } else { v as i32 };
        let high = |v: usize, n: usize| if v + 1 == n { n as i32 - 1 + OUTSIDE } else { v as i32 };
        let (gx0, gy0) = (low(x0) - 1, low(y0) - 1);
        let (gx1, gy1) = (high(x1, w) + 1, high(y1, h) + 1);
        Some(Self {
            matte,
            x0: gx0,
            y0: gy0,
            columns: (gx1 - gx0 + 1) as usize,
            rows: (gy1 - gy0 + 1) as usize,
        })
    }

    /// Fills `values` with a row of the grid.
    fn row(&self, row: usize, values: &mut [f32]) {
        let (w, h) = (self.matte.width() as i32, self.matte.height() as i32);
        let y = self.y0 + row as i32;
        if y < -OUTSIDE || y >= h + OUTSIDE {
            values.fill(0.0);
            return;
        }
        let start = y.clamp(0, h - 1) as usize * w as usize;
        let source = &self.matte.data()[start..start + w as usize];
        for (i, v) in values.iter_mut().enumerate() {
            let x = self.x0 + i as i32;
            *v = if x < -OUTSIDE || x >= w + OUTSIDE { 0.0 } else { source[x.clamp(0, w - 1) as usize] };
            // Keeps interpolation within a cell, and NaN out.
            *v = if *v > 0.0 { v.min(1.0) } else { 0.0 };
        }
    }
}

/// Sides of a cell: top and bottom are horizontal edges of the grid, left and right vertical ones.
#[derive(Clone, Copy)]
enum Side {
    Top,
    Right,
    Bottom,
    Left,
}

/// Closed polygons along `level`, the object to the right of each edge as seen on the screen.
fn trace(matte: &Matte, level: f32) -> Vec<Vec<Point>> {
    let Some(grid) = Grid::new(matte, level) else { return Vec::new() };
    let n = grid.columns;
    // Of each segment: the grid edge that it enters by, that it leaves by, where it enters.
    let mut segments: Vec<Segment> = Vec::new();
    let (mut above, mut below) = (vec![0.0_f32; n], vec![0.0_f32; n]);
    let (mut above_in, mut below_in) = (vec![0_u8; n], vec![0_u8; n]);
    for row in 0..grid.rows {
        std::mem::swap(&mut above, &mut below);
        std::mem::swap(&mut above_in, &mut below_in);
        grid.row(row, &mut below);
        below_in.iter_mut().zip(&below).for_each(|(i, &v)| *i = u8::from(v > level));
        if row == 0 {
            continue;
        }
        for x in 0..n - 1 {
            let case = above_in[x] | above_in[x + 1] << 1 | below_in[x + 1] << 2 | below_in[x] << 3;
            if case == 0 || case == 15 {
                continue;
            }
            let corners = [above[x], above[x + 1], below[x + 1], below[x]];
            let mut cell = |from: Side, to: Side| {
                let id = |side: Side| {
                    let at = |x: usize, row: usize| (row * n + x) as u64 * 2;
                    match side {
                        Side::Top => at(x, row - 1),
                        Side::Bottom => at(x, row),
                        Side::Left => at(x, row) + 1,
                        Side::Right => at(x + 1, row) + 1,
                    }
                };
                let cut = |a: f32, b: f32| f64::from((level - a) / (b - a));
                let (cx, cy) = (f64::from(grid.x0) + x as f64 + 0.5, f64::from(grid.y0) + row as f64 - 0.5);
                let point = match from {
                    Side::Top => Point::new(cx + cut(corners[0], corners[1]), cy),
                    Side::Right => Point::new(cx + 1.0, cy + cut(corners[1], corners[2])),
                    Side::Bottom => Point::new(cx + cut(corners[3], corners[2]), cy + 1.0),
                    Side::Left => Point::new(cx, cy + cut(corners[0], corners[3])),
                };
                segments.push(Segment { from: id(from), to: id(to), at: point });
            };
            use Side::{Bottom, Left, Right, Top};
            let joined = || corners.iter().sum::<f32>() / 4.0 > level;
            // The object lies to the right of each segment.
            match case {
                1 => cell(Top, Left),
                2 => cell(Right, Top),
                3 => cell(Right, Left),
                4 => cell(Bottom, Right),
                6 => cell(Bottom, Top),
                7 => cell(Bottom, Left),
                8 => cell(Left, Bottom),
                9 => cell(Top, Bottom),
                11 => cell(Right, Bottom),
                12 => cell(Left, Right),
                13 => cell(Top, Right),
                14 => cell(Left, Top),
                5 if joined() => {
                    cell(Top, Right);
                    cell(Bottom, Left);
                }
                5 => {
                    cell(Top, Left);
                    cell(Bottom, Right);
                }
                _ if joined() => {
                    cell(Left, Top);
                    cell(Right, Bottom);
                }
                _ => {
                    cell(Right, Top);
                    cell(Left, Bottom);
                }
            }
        }
    }
    chain(&segments)
}

/// A piece of an outline within one cell of the grid.
struct Segment {
    /// The grid edge where it begins.
    from: u64,
    /// The grid edge where it ends.
    to: u64,
    /// Where it begins.
    at: Point,
}

/// Joins segments end to end. Each grid edge is entered by one segment and left by one.
fn chain(segments: &[Segment]) -> Vec<Vec<Point>> {
    let starts: HashMap<u64, u32> = segments.iter().enumerate().map(|(i, s)| (s.from, i as u32)).collect();
    let mut used = vec![false; segments.len()];
    let mut polygons = Vec::new();
    for first in 0..segments.len() {
        let mut points: Vec<Point> = Vec::new();
        let mut i = first;
        while !used[i] {
            used[i] = true;
            let p = segments[i].at;
            if points.last() != Some(&p) {
                points.push(p);
            }
            match starts.get(&segments[i].to) {
                Some(&next) => i = next as usize,
                None => break,
            }
        }
        if points.len() > 1 && points.first() == points.last() {
            points.pop();
        }
        if points.len() >= 3 {
            polygons.push(points);
        }
    }
    polygons
}

#[cfg(test)]
mod tests {
    use super::*;

    fn disc(w: u32, h: u32, cx: f64, cy: f64, r: f64) -> Matte {
        let mut matte = Matte::filled(w, h, 0.0);
        for y in 0..h {
            for x in 0..w {
                let d = (f64::from(x) + 0.5 - cx).hypot(f64::from(y) + 0.5 - cy);
                matte.data_mut()[(y * w + x) as usize] = (r + 0.5 - d).clamp(0.0, 1.0) as f32;
            }
        }
        matte
    }

    #[test]
    fn a_soft_disc_is_found_to_a_fraction_of_a_pixel() {
        let found = contours(&disc(80, 60, 40.3, 29.6, 20.25), 0.5, 20.0, 1.0);
        assert_eq!(found.len(), 1);
        for p in &found[0].points {
            let off = (*p - Point::new(40.3, 29.6)).hypot() - 20.25;
            assert!(off.abs() < 0.1, "{off} pixels off at {p:?}");
        }
        assert!((found[0].area - std::f64::consts::PI * 20.25 * 20.25).abs() < 5.0);
        assert!(!found[0].is_hole());
    }

    #[test]
    fn a_ring_has_a_hole_and_an_island_in_it() {
        let mut matte = disc(80, 80, 40.0, 40.0, 35.0);
        let (cut, island) = (disc(80, 80, 40.0, 40.0, 20.0), disc(80, 80, 40.0, 40.0, 8.0));
        for (i, v) in matte.data_mut().iter_mut().enumerate() {
            *v = *v * (1.0 - cut.data()[i]) + island.data()[i];
        }
        let found = contours(&matte, 0.5, 20.0, 1.0);
        assert_eq!(
            found.iter().map(|c| (c.depth, c.is_hole())).collect::<Vec<_>>(),
            [(0, false), (1, true), (2, false)]
        );
        // A hole that is too small goes together with what is in it.
        assert_eq!(contours(&matte, 0.5, 1500.0, 1.0).len(), 1);
    }

    #[test]
    fn at_the_edge_of_the_frame_it_closes_outside() {
        let found = contours(&disc(50, 50, 0.0, 25.0, 15.0), 0.5, 20.0, 1.0);
        assert_eq!(found.len(), 1);
        let left = found[0].points.iter().map(|p| p.x).fold(f64::MAX, f64::min);
        assert!(left < -f64::from(OUTSIDE) + 1.0);
        let full = contours(&Matte::filled(7, 5, 1.0), 0.5, 20.0, 1.0);
        assert_eq!(full.len(), 1);
        assert!(full[0].points.iter().all(|p| !Rect::new(0.0, 0.0, 7.0, 5.0).contains(*p)));
    }

    #[test]
    fn nothing_specks_and_numbers_that_are_none() {
        assert!(contours(&Matte::filled(9, 9, 0.5), 0.5, 0.0, 1.0).is_empty());
        let mut matte = Matte::filled(9, 9, 0.0);
        matte.data_mut()[40] = 1.0;
        assert_eq!(contours(&matte, 0.5, 0.0, 1.0).len(), 1);
        assert!(contours(&matte, 0.5, 20.0, 1.0).is_empty());
        matte.data_mut()[40] = f32::NAN;
        matte.data_mut()[44] = f32::INFINITY;
        assert_eq!(contours(&matte, 0.5, 0.0, 1.0).len(), 1);
    }

    #[test]
    fn crosswise_pixels_give_closed_outlines() {
        let data = (0..400).map(|i| if (i / 20 + i % 20) % 2 == 0 { 1.0 } else { 0.0 }).collect();
        let found = trace(&Matte::new(20, 20, data).expect("400 values"), 0.5);
        assert!(!found.is_empty());
        for polygon in found {
            let closing = polygon[0].distance(polygon[polygon.len() - 1]);
            assert!(closing <= 1.5, "a gap of {closing} pixels");
        }
    }
}

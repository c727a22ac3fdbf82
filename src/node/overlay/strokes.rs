//! The lasso and the brush: strokes that a pen draws over the viewer.

use super::frame_view::FrameView;
use super::tool::Tool;
use crate::job::prompts::edit::drawings;
use crate::job::prompts::edit::objects;
use crate::job::prompts::edit::points::Handle;
use crate::job::prompts::{MAX_STROKE_POINTS, PromptText, Stroke, StrokePath};
use crate::node::edit::write;
use crate::ofx::{Canvas, Instance, MessageKind, OfxError, OverlayArgs, Shape};
use crate::raster::{CanonicalPoint, Matte, PixelPoint};
use crate::shapes;

/// How far a pen has to move for the next point, in pixels of the screen.
const STEP: f64 = 1.0;
/// How far a line that is written may be from the one that was drawn, in pixels of the frame.
const TOLERANCE: f64 = 0.2;
/// Points while a line is drawn; of a longer one those go that change least.
const MOST_POINTS: usize = 4 * MAX_STROKE_POINTS;
/// Longer side of the picture in which the edge of a brush's line is found, in pixels.
const SIDE: f64 = 384.0;
/// Corners of the circle that shows a brush.
const CORNERS: usize = 32;

/// A stroke that is being drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct HeldStroke {
    /// What it is drawn with.
    pub tool: Tool,
    /// Whether it adds to the object.
    pub adds: bool,
    points: Vec<PixelPoint>,
}

impl HeldStroke {
    /// A stroke that begins at a place.
    pub fn new(tool: Tool, adds: bool, at: PixelPoint) -> Self {
        Self { tool, adds, points: vec![at] }
    }

    /// The pen moved to a place; `apart` says how far two places are apart on the screen.
    pub fn go_to(&mut self, at: PixelPoint, apart: impl Fn(PixelPoint, PixelPoint) -> f64) {
        if self.points.last().is_some_and(|last| apart(*last, at) >= STEP) {
            self.points.push(at);
        }
        if self.points.len() > MOST_POINTS {
            self.points = simplified(&self.points, TOLERANCE);
            // A scribble that stays as long goes on with every second point.
            if self.points.len() > MOST_POINTS / 2 {
                self.points = self.points.iter().step_by(2).copied().collect();
            }
        }
    }

    /// The stroke as the prompts have it; none where it covers nothing.
    fn done(self) -> Option<Stroke> {
        let mut tolerance = TOLERANCE;
        let mut points = simplified(&self.points, tolerance);
        while points.len() > MAX_STROKE_POINTS {
            tolerance *= 2.0;
            points = simplified(&points, tolerance);
        }
        let path = match self.tool {
            Tool::Points => return None,
            Tool::Lasso => {
                let area =
                    points.iter().zip(points.iter().cycle().skip(1)).map(|(a, b)| a.x * b.y - a.y * b.x);
                // Of a line nothing can be cut out.
                if points.len() < 3 || area.sum::<f64>().abs() < 2.0 {
                    return None;
                }
                StrokePath::Area(points)
            }
            Tool::Brush(radius) => StrokePath::Brush { points, radius },
        };
        Some(Stroke { adds: self.adds, path })
    }
}

/// Writes a stroke that was drawn into the drawing of the active object on the frame, as one step; gives what Delete
/// takes away then.
///
/// # Errors
/// [`OfxError`] when the host refuses.
pub fn finish(
    instance: &Instance,
    args: &OverlayArgs,
    view: &FrameView,
    held: HeldStroke,
) -> Result<Option<Handle>, OfxError> {
    let label = match (held.tool, held.adds) {
        (Tool::Brush(_), true) => "Brush",
        (Tool::Brush(_), false) => "Erase with brush",
        (_, true) => "Lasso",
        (_, false) => "Cut with lasso",
    };
    let Some(stroke) = held.done() else { return Ok(None) };
    let mut document = view.document().clone();
    let added = objects::at_or_new(&mut document, view.active)
        .and_then(|object| drawings::add(&mut document, object, view.frame, &stroke));
    let handle = match added {
        Ok(handle) => handle,
        Err(reason) => {
            instance.show(MessageKind::Error, &reason.to_string());
            return Ok(None);
        }
    };
    // What could not be read any more is not written.
    if let Err(reason) = PromptText::write(document.clone()).prompts() {
        instance.show(MessageKind::Error, &reason.to_string());
        return Ok(None);
    }
    write(instance, args.time, label, document)?;
    Ok(Some(handle))
}

/// Draws the strokes of the frame, and the one that is being drawn.
pub fn draw(
    view: &FrameView,
    held: Option<&HeldStroke>,
    pixel: (f64, f64),
    canvas: &mut dyn Canvas,
) -> Result<(), OfxError> {
    let mut pen = Lines { view, canvas };
    for seen in drawings::seen(view.document(), view.frame) {
        let [r, g, b] = view.prompts.colour(seen.object);
        let shape = match seen.stroke.path {
            StrokePath::Area(_) => Shape::LineLoop,
            StrokePath::Brush { .. } => Shape::LineStrip,
        };
        pen.line(shape, seen.stroke.points(), [r, g, b, 0.5], !seen.stroke.adds)?;
    }
    let Some(held) = held else { return Ok(()) };
    let [r, g, b] = view.prompts.colour(view.active);
    let colour = [r, g, b, 1.0];
    match (held.tool, held.points.first(), held.points.last()) {
        (Tool::Brush(radius), _, Some(&at)) => {
            for edge in swath(&held.points, radius) {
                pen.line(Shape::LineLoop, &edge, colour, !held.adds)?;
            }
            pen.line(Shape::LineLoop, &circle(at, radius), colour, false)?;
        }
        (_, Some(&first), Some(&last)) => {
            pen.line(Shape::LineStrip, &held.points, colour, !held.adds)?;
            // How it will be closed.
            if view.apart(first, last, pixel) > STEP {
                pen.line(Shape::LineStrip, &[last, first], [r, g, b, 0.6], true)?;
            }
        }
        _ => {}
    }
    Ok(())
}

struct Lines<'a, 'c> {
    view: &'a FrameView,
    canvas: &'c mut dyn Canvas,
}

impl Lines<'_, '_> {
    /// A bright line over a dark one, which is seen on any ground.
    fn line(
        &mut self,
        shape: Shape,
        points: &[PixelPoint],
        colour: [f32; 4],
        dashed: bool,
    ) -> Result<(), OfxError> {
        if points.len() < 2 {
            return Ok(());
        }
        let points: Vec<CanonicalPoint> = points.iter().map(|p| self.view.place.to_canonical(*p)).collect();
        for (colour, width) in [([0.0, 0.0, 0.0, 0.6 * colour[3]], 3.0), (colour, 1.5)] {
            self.canvas.pen(colour, width, dashed)?;
            self.canvas.draw(shape, &points)?;
        }
        Ok(())
    }
}

/// The edge of what a brush covers, in pixels of the frame.
fn swath(points: &[PixelPoint], radius: f64) -> Vec<Vec<PixelPoint>> {
    let low = |of: fn(&PixelPoint) -> f64| points.iter().map(of).fold(f64::INFINITY, f64::min) - radius - 2.0;
    let high =
        |of: fn(&PixelPoint) -> f64| points.iter().map(of).fold(f64::NEG_INFINITY, f64::max) + radius + 2.0;
    let (x0, y0) = (low(|p| p.x), low(|p| p.y));
    let (width, height) = (high(|p| p.x) - x0, high(|p| p.y) - y0);
    // Small, so that a line is drawn while the pen moves.
    let scale = (SIDE / width.max(height)).min(4.0);
    if !scale.is_finite() {
        return Vec::new();
    }
    let side = |v: f64| (v * scale).ceil().max(1.0) as u32;
    let mut matte = Matte::filled(side(width), side(height), 0.0);
    let small: Vec<PixelPoint> =
        points.iter().map(|p| PixelPoint { x: (p.x - x0) * scale, y: (p.y - y0) * scale }).collect();
    shapes::draw_brush(&small, radius * scale, true, &mut matte);
    let mut edges = shapes::outlines(&matte, 0.0);
    for p in edges.iter_mut().flatten() {
        *p = PixelPoint { x: p.x / scale + x0, y: p.y / scale + y0 };
    }
    edges
}

/// A circle about a place.
fn circle(at: PixelPoint, radius: f64) -> Vec<PixelPoint> {
    let corner = |i: usize| {
        let (sin, cos) = (std::f64::consts::TAU * i as f64 / CORNERS as f64).sin_cos();
        PixelPoint { x: at.x + radius * cos, y: at.y + radius * sin }
    };
    (0..CORNERS).map(corner).collect()
}

/// A line with as few of its points as stay within `tolerance` of all others (Douglas and Peucker). Its ends stay.
fn simplified(points: &[PixelPoint], tolerance: f64) -> Vec<PixelPoint> {
    let Some(end) = points.len().checked_sub(1).filter(|end| *end > 1) else { return points.to_vec() };
    let mut kept = vec![false; points.len()];
    (kept[0], kept[end]) = (true, true);
    let mut open = vec![(0, end)];
    while let Some((from, to)) = open.pop() {
        let far = |i: usize| distance(points[i], points[from], points[to]);
        let farthest = (from + 1..to).map(|i| (i, far(i))).max_by(|a, b| a.1.total_cmp(&b.1));
        if let Some((middle, _)) = farthest.filter(|(_, far)| *far > tolerance) {
            kept[middle] = true;
            open.extend([(from, middle), (middle, to)]);
        }
    }
    points.iter().zip(kept).filter(|(_, kept)| *kept).map(|(p, _)| *p).collect()
}

/// How far a point is from the line between two others.
fn distance(p: PixelPoint, a: PixelPoint, b: PixelPoint) -> f64 {
    let (dx, dy) = (b.x - a.x, b.y - a.y);
    let length = dx * dx + dy * dy;
    let along =
        if length > 0.0 { (((p.x - a.x) * dx + (p.y - a.y) * dy) / length).clamp(0.0, 1.0) } else { 0.0 };
    (p.x - a.x - along * dx).hypot(p.y - a.y - along * dy)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(x: f64, y: f64) -> PixelPoint {
        PixelPoint { x, y }
    }

    /// A stroke along a circle of 40 pixels, turn after turn.
    fn round(tool: Tool, points: usize) -> HeldStroke {
        let place = |i: usize| {
            let (sin, cos) = (i as f64 * 0.03).sin_cos();
            at(100.0 + 40.0 * cos, 100.0 + 40.0 * sin)
        };
        let mut held = HeldStroke::new(tool, true, place(0));
        (1..points).for_each(|i| held.go_to(place(i), |a, b| 4.0 * (a.x - b.x).hypot(a.y - b.y)));
        held
    }

    #[test]
    fn a_line_is_written_with_few_points_that_are_near_to_all() {
        let held = round(Tool::Lasso, 209);
        let drawn = held.points.clone();
        let stroke = held.done().expect("an area");
        assert!(drawn.len() > 200 && stroke.points().len() < 60, "{} points", stroke.points().len());
        let mut matte = Matte::filled(200, 200, 0.0);
        shapes::draw_area(stroke.points(), true, &mut matte);
        let area: f64 = matte.data().iter().map(|v| f64::from(*v)).sum();
        assert!((area / (std::f64::consts::PI * 1600.0) - 1.0).abs() < 0.01, "{area}");
    }

    #[test]
    fn a_stroke_that_goes_on_and_on_stays_within_the_limits() {
        let held = round(Tool::Brush(3.0), 400_000);
        assert!(held.points.len() <= MOST_POINTS);
        let stroke = held.done().expect("a line");
        assert!(stroke.points().len() <= MAX_STROKE_POINTS, "{}", stroke.points().len());
    }

    #[test]
    fn a_click_is_a_dab_of_the_brush_and_no_area() {
        assert_eq!(HeldStroke::new(Tool::Lasso, true, at(5.0, 5.0)).done(), None);
        let mut line = HeldStroke::new(Tool::Lasso, true, at(5.0, 5.0));
        line.go_to(at(25.0, 5.0), |_, _| 9.0);
        line.go_to(at(5.0, 5.0), |_, _| 9.0);
        assert_eq!(line.done(), None, "there and back");
        let dab = HeldStroke::new(Tool::Brush(4.0), false, at(5.0, 5.0)).done().expect("a dab");
        assert_eq!((dab.adds, dab.points().len()), (false, 1));
    }

    #[test]
    fn the_edge_of_a_brush_is_where_it_paints() {
        let edges = swath(&[at(100.0, 50.0), at(160.0, 50.0)], 12.0);
        assert_eq!(edges.len(), 1);
        for p in &edges[0] {
            let far = distance(*p, at(100.0, 50.0), at(160.0, 50.0));
            assert!((far - 12.0).abs() < 0.6, "{p:?} is {far} from the line");
        }
        assert!(swath(&[], 3.0).is_empty());
    }
}

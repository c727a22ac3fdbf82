//! What is drawn over the viewer.

use super::frame_view::{FrameView, Shown};
use super::outline::{self, Outlined};
use super::strokes;
use super::viewer::{Action, Viewer};
use crate::job::prompts::edit::objects;
use crate::job::prompts::edit::points::{self, Handle, Mark, corners};
use crate::ofx::{Canvas, OfxError, Shape};
use crate::raster::{CanonicalPoint, PixelBox, PixelPoint};

/// Radius of a point, in pixels of the screen.
const RADIUS: f64 = 5.0;
/// How much is seen of prompts of other frames.
const FAINT: f32 = 0.25;
/// How much the fill covers.
const FILL: f32 = 0.22;

/// Draws the outlines, the prompts, and what the pen is about to do.
pub fn draw(
    view: &FrameView,
    viewer: &Viewer,
    pixel: (f64, f64),
    canvas: &mut dyn Canvas,
) -> Result<(), OfxError> {
    let Shown { prompts, outline, fill } = view.shown;
    let mut pen = Draw { view, pixel, canvas };
    if outline || fill {
        let size = (view.place.window.width(), view.place.window.height());
        let found = outline::of(&outline::Key::new(&view.settings, size, view.frame));
        for (object, outlined) in found.iter().flat_map(|found| found.iter().enumerate()) {
            pen.outline(view.prompts.colour(object), outlined, fill)?;
        }
    }
    if !prompts {
        return Ok(());
    }
    // Under the prompts, which are taken before them.
    view.candidates.draw(view.place, pixel, view.prompts.colour(view.active), pen.canvas)?;
    strokes::draw(view, viewer.stroke.as_ref(), pixel, pen.canvas)?;
    let mut named = Vec::new();
    for seen in points::seen(view.document()) {
        let here = seen.frame == view.frame;
        let handle = |corner| Handle { object: seen.object, prompt: seen.prompt, corner };
        let selected =
            here && viewer.selected.is_some_and(|s| (s.object, s.prompt) == (seen.object, seen.prompt));
        let [r, g, b] = view.prompts.colour(seen.object);
        let colour = [r, g, b, if here { 1.0 } else { FAINT }];
        // What is being moved is drawn where it goes to.
        let moved = match viewer.action {
            Some(Action::Move { handle: moved, to, far: true }) if selected => {
                Some((moved, view.place.within(to)))
            }
            _ => None,
        };
        match seen.mark {
            Mark::Point(at, positive) => {
                let at = moved.filter(|(h, _)| *h == handle(None)).map_or(at, |(_, to)| to);
                pen.point(at, positive, colour, selected)?;
                if here && !named.contains(&seen.object) {
                    named.push(seen.object);
                    pen.name(seen.object, at, colour)?;
                }
            }
            Mark::Box(b) => {
                let b = moved
                    .and_then(|(h, to)| Some((h.corner?, to)))
                    .map_or(b, |(corner, to)| PixelBox::from_corners(corners(&b)[(corner + 2) % 4], to));
                pen.frame(&b, colour, here, selected)?;
                if here && !named.contains(&seen.object) {
                    named.push(seen.object);
                    pen.name(seen.object, corners(&b)[1], colour)?;
                }
            }
        }
    }
    if let Some(Action::New { from, to, is_box: true, .. }) = viewer.action {
        let [r, g, b] = view.prompts.colour(view.active);
        let drawn = PixelBox::from_corners(view.place.within(from), view.place.within(to));
        pen.frame(&drawn, [r, g, b, 1.0], true, false)?;
    }
    Ok(())
}

struct Draw<'a, 'c> {
    view: &'a FrameView,
    pixel: (f64, f64),
    canvas: &'c mut dyn Canvas,
}

impl Draw<'_, '_> {
    fn at(&self, p: PixelPoint) -> CanonicalPoint {
        self.view.place.to_canonical(p)
    }

    /// The corners of a square about a place, `half` pixels of the screen to each side.
    fn about(&self, p: PixelPoint, half: f64) -> [CanonicalPoint; 2] {
        let p = self.at(p);
        let (dx, dy) = (half * self.pixel.0, half * self.pixel.1);
        [CanonicalPoint { x: p.x - dx, y: p.y - dy }, CanonicalPoint { x: p.x + dx, y: p.y + dy }]
    }

    fn outline(&mut self, [r, g, b]: [f32; 3], outlined: &Outlined, fill: bool) -> Result<(), OfxError> {
        if fill {
            self.canvas.pen([r, g, b, FILL], 1.0, false)?;
            for span in &outlined.spans {
                let ends = [PixelPoint { x: span.x0, y: span.y0 }, PixelPoint { x: span.x1, y: span.y1 }];
                self.canvas.draw(Shape::Rectangle, &ends.map(|p| self.at(p)))?;
            }
        }
        for line in &outlined.lines {
            let points: Vec<CanonicalPoint> = line.iter().map(|p| self.at(*p)).collect();
            // Seen on any ground: a dark line under a bright one.
            for (colour, width) in [([0.0, 0.0, 0.0, 0.6], 3.0), ([r, g, b, 1.0], 1.5)] {
                self.canvas.pen(colour, width, false)?;
                self.canvas.draw(Shape::LineLoop, &points)?;
            }
        }
        Ok(())
    }

    /// A disc with a plus or a minus.
    fn point(
        &mut self,
        at: PixelPoint,
        positive: bool,
        colour: [f32; 4],
        selected: bool,
    ) -> Result<(), OfxError> {
        let ring = if selected { [1.0, 1.0, 1.0, colour[3]] } else { [0.0, 0.0, 0.0, colour[3]] };
        for (colour, radius) in [(ring, RADIUS + 1.5), (colour, RADIUS)] {
            self.canvas.pen(colour, 1.0, false)?;
            let disc = self.about(at, radius);
            self.canvas.draw(Shape::Ellipse, &disc)?;
        }
        let (middle, half) = (self.at(at), (0.6 * RADIUS * self.pixel.0, 0.6 * RADIUS * self.pixel.1));
        let level = [-half.0, half.0].map(|dx| CanonicalPoint { x: middle.x + dx, ..middle });
        let upright = [-half.1, half.1].map(|dy| CanonicalPoint { y: middle.y + dy, ..middle });
        self.canvas.pen([0.0, 0.0, 0.0, colour[3]], 2.0, false)?;
        self.canvas.draw(Shape::Lines, &level)?;
        if positive { self.canvas.draw(Shape::Lines, &upright) } else { Ok(()) }
    }

    /// A box, with its corners where it can be taken.
    fn frame(&mut self, b: &PixelBox, colour: [f32; 4], here: bool, selected: bool) -> Result<(), OfxError> {
        let line = corners(b).map(|p| self.at(p));
        for (colour, width) in [([0.0, 0.0, 0.0, 0.6 * colour[3]], 3.0), (colour, 1.5)] {
            self.canvas.pen(colour, width, !here)?;
            self.canvas.draw(Shape::LineLoop, &line)?;
        }
        if here {
            let fill = if selected { [1.0, 1.0, 1.0, colour[3]] } else { colour };
            self.canvas.pen(fill, 1.0, false)?;
            for corner in corners(b) {
                let square = self.about(corner, 0.7 * RADIUS);
                self.canvas.draw(Shape::Rectangle, &square)?;
            }
        }
        Ok(())
    }

    /// The name of an object beside one of its prompts.
    fn name(&mut self, object: usize, at: PixelPoint, colour: [f32; 4]) -> Result<(), OfxError> {
        let Some(name) = objects::name(self.view.document(), object) else { return Ok(()) };
        let [_, at] = self.about(at, RADIUS + 4.0);
        self.canvas.pen(colour, 1.0, false)?;
        self.canvas.text(at, name).map(drop)
    }
}

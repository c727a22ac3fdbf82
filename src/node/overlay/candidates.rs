//! What a search by words found on the frame that is shown: drawn as boxes with their numbers, chosen by a click.

use serde_json::Value;

use super::letters;
use super::place::Place;
use crate::job::prompts::edit::points::{self, Mark};
use crate::node::detect::{self, Listed};
use crate::ofx::{Canvas, OfxError, ParamSet, Shape};
use crate::params;
use crate::raster::{CanonicalPoint, PixelBox, PixelPoint};

/// How near to the edge of a box a pen has to be, in pixels of the screen.
const EDGE: f64 = 5.0;
/// Height of a number's tag, and what is left free in it at the sides and below, in pixels of the screen.
const TAG: (f64, f64) = (15.0, 3.0);
/// The colour of those that are not chosen.
const OTHERS: [f32; 4] = [0.9, 0.9, 0.9, 0.8];

/// The candidates of a frame.
#[derive(Debug, Default)]
pub struct Candidates {
    /// In front of one another in this order.
    found: Vec<Listed>,
    choice: i32,
}

impl Candidates {
    /// Those to be shown on a frame: none of another frame, and none once the object at `active` has the chosen one
    /// for its box there.
    pub fn read(params: &ParamSet, document: &Value, active: usize, frame: i64) -> Self {
        let listed = params.text(params::DETECT_FOUND).unwrap_or_default();
        let Some((_, mut found)) = detect::listing(&listed).filter(|(of, _)| *of == frame) else {
            return Self::default();
        };
        let choice = params.int(params::DETECT_CHOICE).unwrap_or(1);
        // The chosen one stands before all others.
        found.sort_by_key(|listed| listed.number != choice);
        if let Some(chosen) = found.first().filter(|listed| listed.number == choice) {
            let mut seen =
                points::seen(document).into_iter().filter(|s| (s.object, s.frame) == (active, frame));
            if seen.any(|seen| matches!(seen.mark, Mark::Box(b) if same(&b, &chosen.bounds))) {
                return Self::default();
            }
        }
        Self { found, choice }
    }

    /// The candidate that a click at a place is on: by its tag, else by the nearest edge, else the smallest box that
    /// holds it.
    pub fn hit(&self, place: Place, at: PixelPoint, pixel: (f64, f64)) -> Option<Hit> {
        let on = place.to_canonical(at);
        let tagged = self.found.iter().find(|c| {
            let [low, high] = tag(c, place, pixel);
            (low.x..=high.x).contains(&on.x) && (low.y..=high.y).contains(&on.y)
        });
        let near = |c: &&Listed| from_edge(&c.bounds, place, on, pixel);
        let edge = self.found.iter().filter(|c| near(c) <= EDGE).min_by(|a, b| near(a).total_cmp(&near(b)));
        let holds = |b: &PixelBox| (b.x0..=b.x1).contains(&at.x) && (b.y0..=b.y1).contains(&at.y);
        let area = |c: &&Listed| (c.bounds.x1 - c.bounds.x0) * (c.bounds.y1 - c.bounds.y0);
        let inside = self.found.iter().filter(|c| holds(&c.bounds));
        let inside = inside.min_by(|a, b| area(a).total_cmp(&area(b)));
        let number = tagged.or(edge).or(inside)?.number;
        Some(if number == self.choice { Hit::Chosen } else { Hit::Other(number) })
    }

    /// Draws them, the chosen one in `colour`.
    pub fn draw(
        &self,
        place: Place,
        pixel: (f64, f64),
        [r, g, b]: [f32; 3],
        canvas: &mut dyn Canvas,
    ) -> Result<(), OfxError> {
        for candidate in self.found.iter().rev() {
            let chosen = candidate.number == self.choice;
            let (colour, width) = if chosen { ([r, g, b, 1.0], 2.5) } else { (OTHERS, 1.0) };
            let line = points::corners(&candidate.bounds).map(|p| place.to_canonical(p));
            for (colour, width) in [([0.0, 0.0, 0.0, 0.6 * colour[3]], width + 1.5), (colour, width)] {
                canvas.pen(colour, width, false)?;
                canvas.draw(Shape::LineLoop, &line)?;
            }
            let tag = tag(candidate, place, pixel);
            canvas.draw(Shape::Rectangle, &tag)?;
            canvas.pen([0.0, 0.0, 0.0, 1.0], 1.5, false)?;
            let right =
                |x: f64, y: f64| CanonicalPoint { x: tag[0].x + x * pixel.0, y: tag[0].y + y * pixel.1 };
            let tag_text = tag_text(candidate);
            if !canvas.text(right(TAG.1, TAG.1), &tag_text)? {
                let strokes = letters::strokes(&tag_text);
                let ends = strokes.iter().flatten().map(|(x, y)| right(x + TAG.1, y + TAG.1));
                canvas.draw(Shape::Lines, &ends.collect::<Vec<_>>())?;
            }
        }
        Ok(())
    }
}

/// Which candidate a click is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hit {
    /// The one that is chosen already.
    Chosen,
    /// The one of this number.
    Other(i32),
}

/// Number and score.
fn tag_text(candidate: &Listed) -> String {
    format!("{}  {:.2}", candidate.number, candidate.score)
}

/// The tag of a candidate from its low left to its high right corner: on the box, or in it where the frame ends there.
fn tag(candidate: &Listed, place: Place, pixel: (f64, f64)) -> [CanonicalPoint; 2] {
    let corner = PixelPoint { x: candidate.bounds.x0, y: candidate.bounds.y0 };
    let corner = place.to_canonical(corner);
    let (width, height) = ((letters::width(&tag_text(candidate)) + 2.0 * TAG.1) * pixel.0, TAG.0 * pixel.1);
    let fits = corner.y + height <= f64::from(place.window.y1);
    let low = if fits { corner.y } else { corner.y - height };
    [CanonicalPoint { x: corner.x, y: low }, CanonicalPoint { x: corner.x + width, y: low + height }]
}

/// How far a place is from the edge of a box, in pixels of the screen.
fn from_edge(b: &PixelBox, place: Place, at: CanonicalPoint, pixel: (f64, f64)) -> f64 {
    let [a, _, c, _] = points::corners(b).map(|p| place.to_canonical(p));
    // How far it is outside of the box across and up; below 0 where it is inside.
    let across = ((a.x - at.x).max(at.x - c.x)) / pixel.0;
    let up = ((c.y - at.y).max(at.y - a.y)) / pixel.1;
    if across.max(up) <= 0.0 { -across.max(up) } else { across.max(0.0).hypot(up.max(0.0)) }
}

/// Prompts have hundredths of a pixel, lists of candidates tenths.
fn same(a: &PixelBox, b: &PixelBox) -> bool {
    [a.x0 - b.x0, a.y0 - b.y0, a.x1 - b.x1, a.y1 - b.y1].iter().all(|apart| apart.abs() < 0.02)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raster::RectI;

    const FRAME: Place = Place { window: RectI { x0: 0, y0: 0, x1: 200, y1: 100 }, aspect: 2.0 };

    fn of(list: &str, choice: i32) -> Candidates {
        let (_, found) = detect::listing(list).expect("a list");
        Candidates { found, choice }
    }

    /// Two boxes, one in the other, and one at the top of the frame.
    fn three() -> Candidates {
        of("frame 0\n1 0.9 20 30 120 90 a\n2 0.55 50 50 70 70 a\n3 .4 150 0 190 40 a", 1)
    }

    #[test]
    fn a_click_is_on_a_tag_an_edge_or_in_the_smallest_box() {
        let hit = |x, y, pixel| three().hit(FRAME, PixelPoint { x, y }, pixel);
        let one = (1.0, 1.0);
        assert_eq!(hit(30.0, 80.0, one), Some(Hit::Chosen));
        assert_eq!(hit(60.0, 60.0, one), Some(Hit::Other(2)));
        // On the outside of the edge of the smaller one: by pixels of the screen, which the aspect makes half.
        assert_eq!(hit(48.0, 60.0, one), Some(Hit::Other(2)));
        assert_eq!(hit(46.5, 60.0, one), Some(Hit::Chosen));
        assert_eq!(hit(46.5, 60.0, (1.5, 1.5)), Some(Hit::Other(2)));
        assert_eq!(hit(49.5, 60.0, (0.1, 0.1)), Some(Hit::Chosen));
        // The tag lies on the box; where the frame ends there, in it.
        assert_eq!((hit(22.0, 16.0, one), hit(22.0, 14.0, one)), (Some(Hit::Chosen), None));
        assert_eq!(hit(22.0, 26.0, (0.2, 0.2)), None);
        let [low, high] = tag(&three().found[2], FRAME, one);
        assert_eq!((low.x, low.y, high.y), (300.0, 85.0, 100.0));
        assert_eq!(hit(5.0, 5.0, one), None);
    }

    /// What is drawn where there are no letters.
    #[derive(Default)]
    struct Lines(Vec<(Shape, usize)>);

    impl Canvas for Lines {
        fn pen(&mut self, _: [f32; 4], _: f32, _: bool) -> Result<(), OfxError> {
            Ok(())
        }

        fn draw(&mut self, shape: Shape, points: &[CanonicalPoint]) -> Result<(), OfxError> {
            self.0.push((shape, points.len()));
            Ok(())
        }

        fn text(&mut self, _: CanonicalPoint, _: &str) -> Result<bool, OfxError> {
            Ok(false)
        }
    }

    #[test]
    fn numbers_are_drawn_where_there_are_no_letters() {
        let mut lines = Lines::default();
        three().draw(FRAME, (1.0, 1.0), [1.0, 0.0, 0.0], &mut lines).expect("drawn");
        let numbers: Vec<usize> =
            lines.0.iter().filter(|(s, _)| *s == Shape::Lines).map(|(_, n)| *n).collect();
        // Two ends of each line of "3  0.40", "2  0.55" and "1  0.90".
        assert_eq!(numbers, [2 * (5 + 6 + 1 + 4 + 6), 2 * (5 + 6 + 1 + 5 + 5), 2 * (2 + 6 + 1 + 6 + 6)]);
    }
}

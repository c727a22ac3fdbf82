//! A strip over the lower edge of the picture that shows how the frames of the tracked range stand.
//!
//! It shows what is known and asks for nothing. Where a pixel of the screen stands for several frames it has the colour
//! of the one that needs a look most.

use std::sync::Arc;

use super::frame_view::FrameView;
use super::place::Place;
use crate::job::{SURE, UNSURE};
use crate::node::describe::SOURCE;
use crate::node::ramp::ramp;
use crate::node::tracking::{self, Mark, Timeline, TrackRange};
use crate::ofx::{Canvas, Instance, OfxError, Shape};
use crate::params::{self, Reader};
use crate::raster::CanonicalPoint;

/// Height of the strip, and of the space below it, in pixels of the screen.
const HEIGHT: f64 = 8.0;
const BELOW: f64 = 6.0;
/// How far what stands out of it does, in pixels of the screen.
const OUT: f64 = 3.0;
/// Half the width of the triangle over the frame to prompt next, in pixels of the screen.
const TRIANGLE: f64 = 5.0;
/// Cells that are drawn at most, so that a strip of any length costs a host no more than a fine outline.
const MOST_CELLS: usize = 1024;
/// Narrower strips tell nothing, in pixels of the screen.
const NARROWEST: f64 = 32.0;
/// More frames than a button tracks are no range to be shown.
const MOST_FRAMES: i64 = 100_000;
/// Behind the cells: frames that are not tracked.
const GROUND: [f32; 4] = [0.0, 0.0, 0.0, 0.6];
const STALE: [f32; 4] = [0.45, 0.45, 0.5, 0.9];
const PROMPT: [f32; 4] = [0.35, 0.6, 1.0, 1.0];
const DARK: [f32; 4] = [0.0, 0.0, 0.0, 0.8];
const BRIGHT: [f32; 4] = [1.0; 4];

/// What the strip shows.
pub struct Strip {
    /// The first and the last frame of it.
    range: (i64, i64),
    timeline: Arc<Timeline>,
    /// Frames with prompts.
    prompted: Vec<i64>,
    /// The frame that is shown.
    now: i64,
}

/// The frames of one cell.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Cell {
    /// How the one stands that needs a look most.
    worst: Option<Mark>,
    /// Whether one of them has prompts.
    prompted: bool,
}

/// How much a frame needs a look.
fn need(mark: Mark) -> u8 {
    match mark {
        Mark::Pinned => 0,
        Mark::Tracked => 1,
        Mark::Stale => 2,
        Mark::Check => 3,
        Mark::Unsure => 4,
    }
}

fn colour(mark: Mark) -> [f32; 4] {
    let confidence = match mark {
        Mark::Pinned => return PROMPT,
        Mark::Stale => return STALE,
        Mark::Tracked => 1.0,
        Mark::Check => (SURE + UNSURE) / 2.0,
        Mark::Unsure => 0.0,
    };
    let [r, g, b] = ramp(confidence);
    [r, g, b, 0.95]
}

impl Strip {
    /// None where it is switched off or nothing was tracked by the buttons yet.
    pub fn read(instance: &Instance, view: &FrameView) -> Option<Self> {
        let (params, settings) = (instance.params(), &view.settings);
        if !Reader(&params).is_on(params::SHOW_TIMELINE) {
            return None;
        }
        let timeline = tracking::timeline(instance);
        let tracked = (timeline.runs.first()?.first, timeline.runs.last()?.last);
        let source = instance.clip(SOURCE).ok()?;
        let whole = source.frame_range().unwrap_or(tracked);
        let TrackRange { bounds, endless } = TrackRange::read(&params, &source, whole);
        let sound = !endless && bounds.0 <= bounds.1 && bounds.1 - bounds.0 < MOST_FRAMES;
        let range = if sound { bounds } else { tracked };
        let named = view.prompts.frames().into_iter().chain(settings.mask_keys().named().iter().copied());
        Some(Self { range, timeline, prompted: named.collect(), now: view.frame })
    }

    /// So many cells of all frames at most.
    fn cells(&self, most: usize) -> Vec<Cell> {
        let (first, last) = self.range;
        let frames = usize::try_from(last - first + 1).unwrap_or(0);
        let mut cells = vec![Cell::default(); frames.min(most)];
        let count = cells.len();
        let cell = |frame: i64| (frame - first) as usize * count / frames;
        for run in &self.timeline.runs {
            let (from, to) = (run.first.max(first), run.last.min(last));
            if from > to {
                continue;
            }
            for cell in &mut cells[cell(from)..=cell(to)] {
                let worse = cell.worst.is_none_or(|worst| need(worst) < need(run.mark));
                cell.worst = if worse { Some(run.mark) } else { cell.worst };
            }
        }
        for frame in self.prompted.iter().filter(|f| (first..=last).contains(*f)) {
            cells[cell(*frame)].prompted = true;
        }
        cells
    }

    /// Draws it.
    ///
    /// # Errors
    /// [`OfxError::Host`] when the host refuses.
    pub fn draw(&self, place: Place, pixel: (f64, f64), canvas: &mut dyn Canvas) -> Result<(), OfxError> {
        let left = f64::from(place.window.x0) * place.aspect;
        let width = f64::from(place.window.width()) * place.aspect;
        let columns = width / pixel.0;
        if columns < NARROWEST {
            return Ok(());
        }
        let cells = self.cells((columns as usize).min(MOST_CELLS));
        let side = width / cells.len() as f64;
        let bottom = f64::from(place.window.y0) + BELOW * pixel.1;
        let mut pen = StripPen { left, bottom, side, pixel, canvas };
        pen.canvas.pen(GROUND, 1.0, false)?;
        pen.bar((0, cells.len()), (-1.0, HEIGHT + 1.0))?;
        for mark in [Mark::Pinned, Mark::Tracked, Mark::Stale, Mark::Check, Mark::Unsure] {
            pen.bars(&cells, colour(mark), (0.0, HEIGHT), |cell| cell.worst == Some(mark))?;
        }
        pen.bars(&cells, PROMPT, (HEIGHT / 2.0, HEIGHT + OUT), |cell| cell.prompted)?;
        if let Some(next) = self.timeline.next.and_then(|frame| self.middle(frame)) {
            pen.triangle(next * width)?;
        }
        match self.middle(self.now) {
            Some(now) => pen.needle(now * width),
            None => Ok(()),
        }
    }

    /// Where the middle of a frame lies, 0 to 1; none where it is in no cell.
    fn middle(&self, frame: i64) -> Option<f64> {
        let (first, last) = self.range;
        let frames = (last - first + 1) as f64;
        (first..=last).contains(&frame).then(|| ((frame - first) as f64 + 0.5) / frames)
    }
}

struct StripPen<'c> {
    /// Where the strip begins, in canonical coordinates.
    left: f64,
    bottom: f64,
    /// Width of a cell in the same.
    side: f64,
    pixel: (f64, f64),
    canvas: &'c mut dyn Canvas,
}

impl StripPen<'_> {
    /// A rectangle from and to these cells and heights, which are in pixels of the screen.
    fn bar(&mut self, (from, to): (usize, usize), (low, high): (f64, f64)) -> Result<(), OfxError> {
        let at = |cell: usize, height: f64| CanonicalPoint {
            x: self.left + cell as f64 * self.side,
            y: self.bottom + height * self.pixel.1,
        };
        let corners = [at(from, low), at(to, high)];
        self.canvas.draw(Shape::Rectangle, &corners)
    }

    /// A rectangle for each run of cells that are `wanted`.
    fn bars(
        &mut self,
        cells: &[Cell],
        colour: [f32; 4],
        heights: (f64, f64),
        wanted: impl Fn(&Cell) -> bool,
    ) -> Result<(), OfxError> {
        let mut from = 0;
        let mut begun = false;
        for run in cells.chunk_by(|a, b| wanted(a) == wanted(b)) {
            let to = from + run.len();
            if wanted(&run[0]) {
                if !std::mem::replace(&mut begun, true) {
                    self.canvas.pen(colour, 1.0, false)?;
                }
                self.bar((from, to), heights)?;
            }
            from = to;
        }
        Ok(())
    }

    /// The frame that is shown, `x` from the left.
    fn needle(&mut self, x: f64) -> Result<(), OfxError> {
        for (colour, half, out) in [(DARK, 2.0, OUT + 1.0), (BRIGHT, 1.0, OUT)] {
            self.canvas.pen(colour, 1.0, false)?;
            let corner = |sign: f64, height: f64| CanonicalPoint {
                x: self.left + x + sign * half * self.pixel.0,
                y: self.bottom + height * self.pixel.1,
            };
            let corners = [corner(-1.0, -out), corner(1.0, HEIGHT + out)];
            self.canvas.draw(Shape::Rectangle, &corners)?;
        }
        Ok(())
    }

    /// The frame to prompt next, `x` from the left.
    fn triangle(&mut self, x: f64) -> Result<(), OfxError> {
        let at = |across: f64, up: f64| CanonicalPoint {
            x: self.left + x + across * self.pixel.0,
            y: self.bottom + (HEIGHT + OUT + up) * self.pixel.1,
        };
        let corners = [at(0.0, 1.0), at(TRIANGLE, 1.0 + 1.6 * TRIANGLE), at(-TRIANGLE, 1.0 + 1.6 * TRIANGLE)];
        for (colour, width) in [(DARK, 5.0), (BRIGHT, 2.0)] {
            self.canvas.pen(colour, width, false)?;
            self.canvas.draw(Shape::LineLoop, &corners)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raster::RectI;

    fn strip(range: (i64, i64), runs: &[(i64, i64, Mark)], prompted: &[i64]) -> Strip {
        let marks =
            runs.iter().flat_map(|&(first, last, mark)| (first..=last).map(move |frame| (frame, mark)));
        let timeline = Arc::new(Timeline::new(marks, Some(range.0 + 3)));
        Strip { range, timeline, prompted: prompted.to_vec(), now: range.0 + 1 }
    }

    /// Counts what is drawn, and by which pens.
    #[derive(Default)]
    struct Counting {
        shapes: Vec<(Shape, [f32; 4], f64)>,
        pen: [f32; 4],
        pens: usize,
    }

    impl Canvas for Counting {
        fn pen(&mut self, colour: [f32; 4], _: f32, _: bool) -> Result<(), OfxError> {
            self.pen = colour;
            self.pens += 1;
            Ok(())
        }

        fn draw(&mut self, shape: Shape, points: &[CanonicalPoint]) -> Result<(), OfxError> {
            let xs = points.iter().map(|p| p.x);
            let width = xs.clone().fold(f64::MIN, f64::max) - xs.fold(f64::MAX, f64::min);
            self.shapes.push((shape, self.pen, width));
            Ok(())
        }

        fn text(&mut self, _: CanonicalPoint, _: &str) -> Result<bool, OfxError> {
            Ok(false)
        }
    }

    fn drawn(strip: &Strip, pixel: f64) -> Counting {
        let place = Place { window: RectI::new(0, 0, 200, 100), aspect: 1.0 };
        let mut canvas = Counting::default();
        strip.draw(place, (pixel, pixel), &mut canvas).expect("drawn");
        canvas
    }

    #[test]
    fn each_frame_has_its_cell() {
        let runs =
            [(10, 10, Mark::Pinned), (11, 13, Mark::Tracked), (14, 14, Mark::Unsure), (90, 99, Mark::Check)];
        let cells = strip((9, 16), &runs, &[10, 15, 200]).cells(1024);
        let worst: Vec<Option<Mark>> = cells.iter().map(|cell| cell.worst).collect();
        let sure = Some(Mark::Tracked);
        assert_eq!(worst, [None, Some(Mark::Pinned), sure, sure, sure, Some(Mark::Unsure), None, None]);
        let prompted: Vec<usize> = (0..8).filter(|&i| cells[i].prompted).collect();
        assert_eq!(prompted, [1, 6]);
    }

    #[test]
    fn of_frames_in_one_cell_the_worst_is_seen() {
        let runs =
            [(0, 49_999, Mark::Tracked), (50_000, 50_000, Mark::Unsure), (50_001, 99_999, Mark::Tracked)];
        let cells = strip((0, 99_999), &runs, &[7]).cells(1000);
        let unsure: Vec<usize> = (0..1000).filter(|&i| cells[i].worst == Some(Mark::Unsure)).collect();
        assert_eq!((cells.len(), unsure), (1000, vec![500]));
        assert!(cells[0].prompted && !cells[1].prompted);
    }

    #[test]
    fn a_hundred_thousand_frames_cost_no_more_than_the_pixels_of_the_strip() {
        // Each frame stands otherwise than the one before.
        let mark = |i: i64| [Mark::Tracked, Mark::Unsure, Mark::Check][i as usize % 3];
        let runs: Vec<(i64, i64, Mark)> = (0..100_000).map(|i| (i, i, mark(i))).collect();
        let prompted: Vec<i64> = (0..100_000).step_by(2).collect();
        let strip = strip((0, 99_999), &runs, &prompted);
        for (pixel, most) in [(1.0, 2 * 200), (0.001, 2 * MOST_CELLS)] {
            let canvas = drawn(&strip, pixel);
            assert!(canvas.shapes.len() < most + 10 && canvas.pens < 20, "{}", canvas.shapes.len());
        }
        assert!(drawn(&strip, 10.0).shapes.is_empty(), "there is no room for it");
    }

    #[test]
    fn states_the_needle_and_the_next_frame_are_drawn() {
        let runs = [(0, 0, Mark::Pinned), (1, 6, Mark::Tracked), (7, 8, Mark::Check), (9, 9, Mark::Unsure)];
        let canvas = drawn(&strip((0, 19), &runs, &[0]), 1.0);
        let width = |wanted: [f32; 4]| {
            canvas
                .shapes
                .iter()
                .filter(|s| s.0 == Shape::Rectangle && s.1 == wanted)
                .map(|s| s.2)
                .sum::<f64>()
        };
        let marks = [Mark::Tracked, Mark::Check, Mark::Unsure];
        assert_eq!(marks.map(|mark| width(colour(mark)).round()), [60.0, 20.0, 10.0]);
        // Its state, and that it has prompts.
        assert_eq!((width(PROMPT).round(), width(GROUND)), (20.0, 200.0));
        assert_eq!(
            (width(BRIGHT), canvas.shapes.iter().filter(|s| s.0 == Shape::LineLoop).count()),
            (2.0, 2)
        );
    }
}

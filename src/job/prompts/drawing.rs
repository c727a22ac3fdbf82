//! Drawings: strokes that add to a matte and cut out of it.

use serde::{Deserialize, Serialize};

use crate::raster::PixelPoint;

/// Strokes that a drawing may have.
pub const MAX_STROKES: usize = 500;
/// Points that a stroke may have.
pub const MAX_STROKE_POINTS: usize = 10_000;
/// Points that all drawings of a node may have: they go to the worker with every frame.
pub const MAX_DRAWN_POINTS: usize = 200_000;
/// The widest brush, in pixels.
pub const MAX_RADIUS: f64 = 2000.0;
/// How far from the top left corner a point may lie in x and in y, in pixels: a line may leave the picture.
const FARTHEST: f64 = 1e6;
/// Pixels that the strokes of a drawing may cover in all, so that it is drawn within seconds.
const MOST_WORK: f64 = 1e9;

/// Something that is drawn over the matte of a frame.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stroke {
    /// Whether it belongs to the object; else it does not.
    pub adds: bool,
    /// What it covers.
    pub path: StrokePath,
}

/// What a stroke covers, in pixels of the frame.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum StrokePath {
    /// The area within the closed line through these points.
    Area(Vec<PixelPoint>),
    /// What a round brush covers along the line through these points.
    Brush {
        /// At least one.
        points: Vec<PixelPoint>,
        /// In pixels.
        radius: f64,
    },
}

/// What can be wrong with a drawing.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum DrawingError {
    /// There is nothing in it.
    #[error("it has no strokes")]
    Nothing,
    /// More than are drawn.
    #[error("it has {0} strokes, expected at most {MAX_STROKES}")]
    TooManyStrokes(usize),
    /// Not exactly one of both.
    #[error("stroke {number} is one of add or subtract, found {found}")]
    NotOneKind {
        /// Counted from 1.
        number: usize,
        /// "none" or "both".
        found: &'static str,
    },
    /// Too few points, or too many.
    #[error("stroke {number} has {found} points, expected {least} to {MAX_STROKE_POINTS}")]
    Points {
        /// Counted from 1.
        number: usize,
        /// How many.
        found: usize,
        /// How many it needs.
        least: usize,
    },
    /// A point that no picture comes near.
    #[error("stroke {number} has a point at ({x}, {y}), expected at most {FARTHEST} pixels from the corner")]
    Far {
        /// Counted from 1.
        number: usize,
        /// In pixels from the left.
        x: f64,
        /// In pixels from the top.
        y: f64,
    },
    /// A brush that is none.
    #[error("stroke {number} has the radius {radius}, expected more than 0 and at most {MAX_RADIUS} pixels")]
    Radius {
        /// Counted from 1.
        number: usize,
        /// As given.
        radius: f64,
    },
    /// More than is drawn within seconds.
    #[error("its strokes cover {0:.0} pixels in all, expected at most {MOST_WORK:.0}")]
    TooLarge(f64),
}

impl Stroke {
    /// Its points.
    #[must_use]
    pub fn points(&self) -> &[PixelPoint] {
        match &self.path {
            StrokePath::Area(points) | StrokePath::Brush { points, .. } => points,
        }
    }

    /// Checks the stroke of this number, counted from 1.
    ///
    /// # Errors
    /// [`DrawingError`] of what is beyond its limits.
    pub(super) fn check(&self, number: usize) -> Result<(), DrawingError> {
        let least = match self.path {
            StrokePath::Area(_) => 3,
            StrokePath::Brush { radius, .. } if !(radius > 0.0 && radius <= MAX_RADIUS) => {
                return Err(DrawingError::Radius { number, radius });
            }
            StrokePath::Brush { .. } => 1,
        };
        let points = self.points();
        if !(least..=MAX_STROKE_POINTS).contains(&points.len()) {
            return Err(DrawingError::Points { number, found: points.len(), least });
        }
        match points.iter().find(|p| !(p.x.abs() <= FARTHEST && p.y.abs() <= FARTHEST)) {
            Some(&PixelPoint { x, y }) => Err(DrawingError::Far { number, x, y }),
            None => Ok(()),
        }
    }

    /// How many pixels it covers at the most in a frame of `width` by `height`, each as often as it is drawn.
    fn work(&self, width: f64, height: f64) -> f64 {
        match &self.path {
            StrokePath::Area(points) => {
                let side = |of: fn(&PixelPoint) -> f64, most: f64| {
                    let low = points.iter().map(of).fold(f64::INFINITY, f64::min).max(0.0);
                    (points.iter().map(of).fold(f64::NEG_INFINITY, f64::max).min(most) - low).max(0.0)
                };
                side(|p| p.x, width) * side(|p| p.y, height)
            }
            StrokePath::Brush { points, radius } => {
                let pairs = points.iter().zip(points.iter().skip(1).chain(points.last()));
                let long = |(a, b): (&PixelPoint, &PixelPoint)| {
                    let along = (a.x - b.x).abs().min(width) + (a.y - b.y).abs().min(height);
                    ((along + 4.0 * radius) * 2.0 * radius).min(width * height)
                };
                pairs.map(long).sum()
            }
        }
    }
}

/// Checks whether strokes can be drawn in a frame of `width` by `height` pixels within seconds.
///
/// # Errors
/// [`DrawingError::TooLarge`].
pub fn check_work(strokes: &[Stroke], (width, height): (u32, u32)) -> Result<(), DrawingError> {
    let work: f64 = strokes.iter().map(|stroke| stroke.work(width.into(), height.into())).sum();
    if work > MOST_WORK { Err(DrawingError::TooLarge(work)) } else { Ok(()) }
}

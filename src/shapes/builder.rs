//! From mattes, one frame at a time, to an animation.

use std::collections::BTreeMap;

use kurbo::Rect;
use rayon::prelude::*;

use super::contour::{Contour, contours};
use super::join::join;
use super::knots::{Goal, place};
use super::outline::Outline;
use super::parts::{Piece, note, split};
use super::settings::ShapeSettings;
use super::solve::{Fit, points};
use super::stretch::{Chain, Stretch, follow};
use super::text::Names;
use super::{Animation, Layer, PathKey, Shape, ShapeError, feather, keys};
use crate::raster::Matte;

/// Outlines of one object in one frame, at most; of more, the largest are kept.
const MAX_OUTLINES: usize = 2000;
/// What share of an object may be lost with parts that are too small.
const SPECKS: f64 = 0.03;
/// Rows of the frame that overlaps are measured on.
const OVERLAP_ROWS: f64 = 270.0;

/// The footage that mattes belong to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SequenceInfo {
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Width of a pixel over its height.
    pub pixel_aspect: f64,
    /// First frame.
    pub first: i64,
    /// Last frame.
    pub last: i64,
    /// Frames a second.
    pub fps: f64,
}

/// Collects mattes, in any order of frames, and keeps only their outlines.
#[derive(Debug, Clone)]
pub struct Builder {
    footage: SequenceInfo,
    settings: ShapeSettings,
    /// In order of first appearance, which becomes the order of layers, bottom first.
    objects: Vec<(String, BTreeMap<i64, Vec<Outline>>)>,
}

impl Builder {
    /// Starts an animation.
    ///
    /// # Errors
    /// [`ShapeError::Input`] when the footage or a setting is impossible.
    pub fn new(footage: SequenceInfo, settings: ShapeSettings) -> Result<Self, ShapeError> {
        settings.check()?;
        let builder = Self { footage, settings, objects: Vec::new() };
        builder.animation(Vec::new()).check()?;
        Ok(builder)
    }

    /// Takes the matte of `object` at `frame`; one that was given before is replaced.
    ///
    /// # Errors
    /// [`ShapeError::Input`] when the matte has another size than the footage, or the frame lies
    /// outside it.
    pub fn add(&mut self, object: &str, frame: i64, matte: &Matte) -> Result<(), ShapeError> {
        let f = &self.footage;
        if (matte.width(), matte.height()) != (f.width, f.height) {
            let (w, h) = (matte.width(), matte.height());
            return Err(ShapeError::Input(format!(
                "the matte of {object:?} at frame {frame} has {w}x{h} pixels, expected {}x{}",
                f.width, f.height
            )));
        }
        if frame < f.first || frame > f.last {
            return Err(ShapeError::Input(format!(
                "the matte of {object:?} is on frame {frame}, expected {} to {}",
                f.first, f.last
            )));
        }
        let bounds = self.bounds();
        let row = (f64::from(f.height) / OVERLAP_ROWS).max(1.0);
        let mut found = contours(matte, self.settings.level, self.settings.min_area_px, SPECKS);
        if found.len() > MAX_OUTLINES {
            found.sort_by(|a, b| b.area.abs().total_cmp(&a.area.abs()));
            found.truncate(MAX_OUTLINES);
            found.sort_by_key(|c| c.depth);
        }
        let outline = |c: &Contour| {
            let mut outline = Outline::new(c, bounds, row);
            outline.feather = feather::measure(&outline, matte, c.is_hole());
            outline
        };
        let outlines = found.iter().map(outline).collect();
        let at = match self.objects.iter().position(|o| o.0 == object) {
            Some(at) => at,
            None => {
                self.objects.push((object.to_owned(), BTreeMap::new()));
                self.objects.len() - 1
            }
        };
        self.objects[at].1.insert(frame, outlines);
        Ok(())
    }

    /// Fits by other settings than those it was made with; the outlines that it has stay as they are.
    ///
    /// # Errors
    /// [`ShapeError::Input`] when a setting is impossible.
    pub fn refit(&mut self, settings: ShapeSettings) -> Result<(), ShapeError> {
        settings.check()?;
        self.settings = settings;
        Ok(())
    }

    /// How many frames of any object were taken.
    #[must_use]
    pub fn frames(&self) -> usize {
        self.objects.iter().map(|o| o.1.len()).max().unwrap_or(0)
    }

    /// Follows the outlines over time and fits shapes to them. An object without any outline
    /// becomes an empty layer.
    #[must_use]
    pub fn finish(self) -> Animation {
        self.finish_noting().0
    }

    /// The same, and what a person may want to know of it, a sentence each.
    #[must_use]
    pub fn finish_noting(mut self) -> (Animation, Vec<String>) {
        let objects = std::mem::take(&mut self.objects);
        let mut names = Names::default();
        let mut notes = Vec::new();
        let layer = |(name, frames)| self.layer(name, frames, &mut names, &mut notes);
        let layers = objects.into_iter().map(layer).collect();
        (self.animation(layers), notes)
    }

    fn animation(&self, layers: Vec<Layer>) -> Animation {
        let SequenceInfo { width, height, pixel_aspect, first, last, fps } = self.footage;
        Animation { width, height, pixel_aspect, first, last, fps, layers }
    }

    fn layer(
        &self,
        name: String,
        frames: BTreeMap<i64, Vec<Outline>>,
        names: &mut Names,
        notes: &mut Vec<String>,
    ) -> Layer {
        let given: Vec<i64> = frames.keys().copied().collect();
        let chains = follow(frames.into_iter().collect());
        let parts = self.settings.parts;
        let stretches: Vec<Stretch> = chains
            .into_par_iter()
            .flat_map_iter(|c| join(c, self.goal(), self.settings.keys, parts))
            .collect();
        let whole = |stretch| Piece { stretch, part: false };
        let mut pieces: Vec<Piece> = if parts {
            let split = |s| {
                split(s, self.bounds()).into_iter().flat_map(|piece| match piece.part {
                    true => vec![piece],
                    // What is not split has the points of one shape only.
                    false => {
                        let chain = Chain::of(&piece.stretch);
                        join(chain, self.goal(), self.settings.keys, false).into_iter().map(whole).collect()
                    }
                })
            };
            stretches.into_par_iter().flat_map_iter(split).collect()
        } else {
            stretches.into_iter().map(whole).collect()
        };
        if parts {
            notes.extend(note(&name, &pieces));
        }
        pieces.sort_by_key(|p| (p.stretch.outlines[0].depth, p.stretch.frames[0]));
        let mut shapes: Vec<Shape> = pieces.par_iter().map(|p| self.shape(&p.stretch, &given)).collect();
        let (mut solid, mut parts, mut holes) = (0, 0, 0);
        for (shape, piece) in shapes.iter_mut().zip(&pieces) {
            let (kind, count) = match (shape.hole, piece.part) {
                (true, _) => ("hole", &mut holes),
                (false, true) => ("part", &mut parts),
                (false, false) => ("shape", &mut solid),
            };
            *count += 1;
            shape.name = names.unique(&format!("{name}_{kind}{count}"));
        }
        Layer { name, shapes }
    }

    /// The rectangle of the footage.
    fn bounds(&self) -> Rect {
        Rect::new(0.0, 0.0, f64::from(self.footage.width), f64::from(self.footage.height))
    }

    fn goal(&self) -> Goal {
        Goal { tolerance: self.settings.tolerance_px, max_points: self.settings.max_points }
    }

    fn shape(&self, stretch: &Stretch, given: &[i64]) -> Shape {
        let goal = self.goal();
        let knots = place(stretch, goal);
        let mut fit = Fit::new(stretch, &knots);
        let (at, values) = keys::choose(&mut fit, stretch.frames.len(), goal, self.settings.keys);
        let keys = at
            .iter()
            .zip(&values)
            .map(|(&f, polygon)| PathKey { frame: stretch.frames[f], points: points(polygon) })
            .collect();
        let hole = stretch.outlines[0].depth % 2 == 1;
        let widths: Vec<f64> = stretch.outlines.iter().map(|o| o.feather).collect();
        let feather = feather::keys(&stretch.frames, &widths, &at);
        let mut shape = Shape { name: String::new(), hole, opacity: Vec::new(), feather, keys };
        // Where frames were left out, a shape lives until the next one that was given.
        let (first, last) = (stretch.frames[0], stretch.frames[stretch.frames.len() - 1]);
        let next = given.partition_point(|&f| f <= last);
        let last = given.get(next).map_or(self.footage.last, |&f| f - 1);
        let first = if given.first() == Some(&first) { self.footage.first } else { first };
        shape.set_lifetime(first, last, self.footage.first, self.footage.last);
        shape
    }
}

//! Whether an answer is the object, or something else after the object has left or is hidden.
//!
//! An answer that goes on from where the object was is believed. One that lies apart from it is a jump, and one after
//! the object could not be seen is perhaps something else: both are believed only where their colours fit those that
//! were drawn. In doubt the object is absent.

use super::appearance::Appearance;
use super::picture::Picture;
use crate::job::{Happening, Noticed};
use crate::raster::RectI;

/// How far from where it was an object is still where it was, in pixels of the grid, and in its larger sides.
const NEAR: (i32, f32) = (24, 0.75);
/// Share of an answer that lies there, below which it is a jump.
const STAYED: f32 = 0.1;
/// The least fit of colours at which an answer elsewhere is the object. Of the drawn things of made scenes and a real
/// video 95 of 100 fit themselves in later frames better, and what is beside them in 3 of 100.
const FITS: f32 = 0.78;
/// The same for an object that was not seen in the frame before, at the place where it was last seen.
const FITS_THERE: f32 = 0.6;
/// Share of the area that was drawn, from which on something is large enough to be the object.
const LEAST: f32 = 0.03;
/// An object left the frame where it was last so near to its edge, in pixels of the grid.
const EDGE: i32 = 3;

/// What is known of where the object is.
#[derive(Clone, Default)]
pub(super) struct Presence {
    /// Where it was seen last, on the grid.
    pub place: Option<RectI>,
    /// Since when it is not seen.
    pub lost: Option<Noticed>,
}

/// An answer on the grid.
pub(super) struct Seen<'a> {
    pub picture: &'a Picture,
    /// For each pixel whether it is inside.
    pub inside: &'a [bool],
    /// The colours that were drawn, and on how many pixels.
    pub drawn: (&'a Appearance, f32),
    /// Whether the drawing was carried out of the frame in this step.
    pub out: bool,
}

impl Presence {
    /// Where the object is drawn.
    pub fn new(picture: &Picture, inside: &[bool]) -> Self {
        Self { place: bounds(inside, picture.size()), lost: None }
    }

    /// What is known a frame later.
    pub fn step(&self, time: i64, seen: &Seen) -> Self {
        let size = seen.picture.size();
        let (Some(place), Some(found)) = (self.place, bounds(seen.inside, size)) else {
            return self.lost_at(time, size);
        };
        let fits = |least: f32| {
            let area = seen.inside.iter().filter(|on| **on).count() as f32;
            let colours = || Appearance::of(seen.picture, seen.inside.iter().copied());
            area >= LEAST * seen.drawn.1 && colours().fit(seen.drawn.0) >= least
        };
        let left = at_edge(place, size) && seen.out;
        let stays = self.stays(seen, place);
        let believed = match (self.lost.is_some() || left, stays) {
            (false, true) => true,
            (false, false) => fits(FITS),
            (true, true) => fits(FITS_THERE),
            // It comes back from beyond the edge, or is somewhere else.
            (true, false) => (at_edge(found, size) || !at_edge(place, size)) && fits(FITS),
        };
        if believed { Self { place: Some(found), lost: None } } else { self.lost_at(time, size) }
    }

    /// Whether some of an answer is where the object was.
    fn stays(&self, seen: &Seen, place: RectI) -> bool {
        let side = place.width().max(place.height()) as f32;
        let near = place.grown(NEAR.0.max((NEAR.1 * side) as i32));
        let columns = seen.picture.size().0 as usize;
        let (mut all, mut there) = (0_u32, 0_u32);
        for (i, _) in seen.inside.iter().enumerate().filter(|(_, on)| **on) {
            let (x, y) = ((i % columns) as i32, (i / columns) as i32);
            all += 1;
            there += u32::from(x >= near.x0 && x < near.x1 && y >= near.y0 && y < near.y1);
        }
        there as f32 >= STAYED * all as f32
    }

    /// What is known where the object is not seen.
    fn lost_at(&self, time: i64, size: (u32, u32)) -> Self {
        let left = self.place.is_some_and(|place| at_edge(place, size));
        let what = if left { Happening::Left } else { Happening::Hidden };
        Self { place: self.place, lost: Some(self.lost.unwrap_or(Noticed { what, time })) }
    }
}

/// Whether a part reaches the edge of a picture.
fn at_edge(part: RectI, (width, height): (u32, u32)) -> bool {
    let inner = RectI::new(EDGE, EDGE, width as i32 - EDGE, height as i32 - EDGE);
    !inner.contains(&part)
}

/// The smallest part with all that is inside; none where nothing is.
fn bounds(inside: &[bool], (width, _): (u32, u32)) -> Option<RectI> {
    let columns = width.max(1) as usize;
    let mut found: Option<RectI> = None;
    for (y, row) in (0..).zip(inside.chunks_exact(columns)) {
        let Some(first) = row.iter().position(|on| *on) else { continue };
        let last = row.iter().rposition(|on| *on).unwrap_or(first);
        let line = RectI::new(first as i32, y, last as i32 + 1, y + 1);
        found = Some(found.map_or(line, |f| f.join(&line)));
    }
    found
}

//! The frame that was drawn in, and the way of each pixel of another frame back to it.

use std::sync::{Arc, OnceLock};

use rayon::prelude::*;

use super::appearance::Appearance;
use super::carried::{Answer, Carried, FARTHEST};
use super::picture::Picture;
use crate::models::flow::dis;
use crate::models::flow::plane::Plane;
use crate::raster::distance::{FAR, across};
use crate::raster::{Matte, RectI, resize};

/// How far around the drawing its next place is looked for, in pixels of the grid.
const MARGIN: i32 = 64;
/// The most that one step's way there and back may be off, in pixels.
const OFF: f32 = 8.0;
/// The most that all steps together may be.
const OFF_IN_ALL: f32 = 60.0;
/// The most that a pixel may differ from the one that was drawn, summed over R, G and B.
const DIFFERENT: f32 = 150.0;
/// Half the side of the window in which differences count together.
const WINDOW: usize = 3;
/// Distances up to this are smoothed, in pixels of the grid.
const NEAR: f32 = 6.0;
/// Half the side of the window in which they are.
const AROUND: usize = 3;
/// Distances count up to this in it.
const MOST: f32 = 2.0;
/// Mean difference of the ways in it at which the window has the whole say, in pixels.
const RAGGED: f32 = 0.5;
/// Difference of colours, summed over R, G and B, at which a pixel of the window counts half.
const ALIKE: f32 = 40.0;
/// Doubt of a pixel that its way there and back is off, in levels of difference.
const PER_PIXEL: f32 = 8.0;
/// Doubt at which the trust is an eighth.
const DOUBT: f32 = 20.0;

/// A frame in which the object is drawn.
pub(super) struct Drawing {
    /// The frame.
    pub picture: Arc<Picture>,
    /// Signed distances from the drawing's outline, at most [`FARTHEST`].
    pub distances: Plane,
    /// Its colours, and on how many pixels, once they are asked for.
    colours: OnceLock<(Appearance, f32)>,
}

impl Drawing {
    /// Of a mask as large as the frame of `picture`.
    pub fn new(picture: &Arc<Picture>, mask: &Matte) -> Self {
        let (width, height) = picture.size();
        Self::kept(Arc::clone(picture), distances(&resize::matte(mask, width, height)))
    }

    /// Of what was kept of one.
    pub fn kept(picture: Arc<Picture>, distances: Plane) -> Self {
        Self { picture, distances, colours: OnceLock::new() }
    }

    /// For each pixel whether it is inside.
    pub fn inside(&self) -> Vec<bool> {
        self.distances.data.iter().map(|d| *d > 0.0).collect()
    }

    /// The colours that were drawn, and on how many pixels.
    pub fn colours(&self) -> (&Appearance, f32) {
        let (colours, area) = self.colours.get_or_init(|| {
            let inside = self.inside();
            let area = inside.iter().filter(|on| **on).count() as f32;
            (Appearance::of(&self.picture, inside.into_iter()), area)
        });
        (colours, *area)
    }

    /// Bytes that it holds.
    pub fn bytes(&self) -> usize {
        self.picture.bytes() + self.distances.bytes()
    }
}

/// Signed distances of the pixels of `matte` from its outline at one half, at most [`FARTHEST`].
pub(super) fn distances(matte: &Matte) -> Plane {
    let (width, height) = (matte.width() as usize, matte.height() as usize);
    let inside: Vec<bool> = matte.data().iter().map(|v| *v >= 0.5).collect();
    let reach = FARTHEST as u16 + 1;
    let near = across(&inside, width, reach);
    let data = matte.data().iter().zip(near).map(|(&v, d)| match () {
        // The outline crosses this pixel, and the matte tells where.
        () if v > 0.0 && v < 1.0 && d <= 1.0 => v - 0.5,
        () if d == FAR => FARTHEST.copysign(v - 0.5 + f32::EPSILON),
        () => (d - 0.5).min(FARTHEST).copysign(v - 0.5 + f32::EPSILON),
    });
    Plane { width, height, data: data.collect() }
}

/// From the pixels of a part of a frame back to the drawing, step by step.
pub(super) struct Way {
    /// The frame.
    pub picture: Arc<Picture>,
    /// The part of the grid from which it leads.
    pub part: RectI,
    /// Displacements to the frame of the drawing.
    pub u: Plane,
    pub v: Plane,
    /// How far off the way there and back was in all steps, in pixels.
    pub off: Plane,
}

impl Way {
    /// In the frame of the drawing itself.
    pub fn new(drawing: &Drawing) -> Self {
        let (width, height) = drawing.picture.size();
        let none = || Plane::filled(width as usize, height as usize, 0.0);
        let part = RectI::of_size(width, height);
        Self { picture: Arc::clone(&drawing.picture), part, u: none(), v: none(), off: none() }
    }

    /// One step further, to `now`. None where the drawing is out of the frame.
    pub fn step(&self, drawing: &Drawing, now: &Arc<Picture>) -> Option<Self> {
        let part = self.object(drawing)?.grown(MARGIN).intersect(&self.whole());
        let (before, after) = rayon::join(|| self.picture.levels(part), || now.levels(part));
        let (back, there) = rayon::join(|| dis::flow(&after, &before), || dis::flow(&before, &after));
        let (dx, dy) = ((part.x0 - self.part.x0) as f32, (part.y0 - self.part.y0) as f32);
        let (w, h) = (part.width() as usize, part.height() as usize);
        let steps: Vec<[f32; 3]> = (0..w * h)
            .into_par_iter()
            .map(|i| {
                let (x, y) = ((i % w) as f32, (i / w) as f32);
                let (bu, bv) = (back.u.data[i], back.v.data[i]);
                let (fx, fy) = (x + bu, y + bv);
                let (cu, cv) = (bu + there.u.sample(fx, fy), bv + there.v.sample(fx, fy));
                let (px, py) = (fx + dx, fy + dy);
                let off = (self.off.sample(px, py) + cu.hypot(cv).min(OFF)).min(OFF_IN_ALL);
                [bu + self.u.sample(px, py), bv + self.v.sample(px, py), off].map(rounded)
            })
            .collect();
        let plane = |k: usize| Plane { width: w, height: h, data: steps.iter().map(|s| s[k]).collect() };
        Some(Self { picture: Arc::clone(now), part, u: plane(0), v: plane(1), off: plane(2) })
    }

    /// The drawing in this frame.
    pub fn carried(&self, drawing: &Drawing) -> Carried {
        let (w, h) = (self.part.width() as usize, self.part.height() as usize);
        let from = |x: usize, y: usize| {
            let i = y * w + x;
            let (px, py) = ((self.part.x0 as usize + x) as f32, (self.part.y0 as usize + y) as f32);
            (px + self.u.data[i], py + self.v.data[i])
        };
        let mut unlike = Plane::from_fn(w, h, |x, y| {
            let here = (self.part.x0 as usize + x, self.part.y0 as usize + y);
            self.picture.difference(here, &drawing.picture, from(x, y)).min(DIFFERENT)
        });
        blur(&mut unlike);
        let raw: Vec<Answer> = (0..w * h)
            .into_par_iter()
            .map(|i| {
                let (x, y) = from(i % w, i / w);
                let doubt = unlike.data[i] + PER_PIXEL * self.off.data[i];
                Answer { distance: drawing.distances.sample(x, y), trust: (1.0 + doubt / DOUBT).powi(-3) }
            })
            .collect();
        let smooth: Vec<Answer> = (0..w * h).into_par_iter().map(|i| self.smoothed(&raw, i)).collect();
        Carried::new(self.picture.size(), self.part, smooth.into_iter())
    }

    /// What is said of pixel `i` of the part by the pixels around it that are of its colour, as far as each is to be
    /// trusted: where the ways of neighbours differ, the outline that they bring is ragged, and that of the frame is not.
    /// Where they are alike, what the pixel's own way brings stays as it is.
    fn smoothed(&self, raw: &[Answer], i: usize) -> Answer {
        let here = raw[i];
        if here.distance.abs() > NEAR {
            return here;
        }
        let (w, h) = (self.part.width() as usize, self.part.height() as usize);
        let (x, y) = (i % w, i / w);
        let (width, data) = (self.picture.small.width() as usize, self.picture.small.data());
        let colour = |x: usize, y: usize| {
            let at = 3 * ((self.part.y0 as usize + y) * width + self.part.x0 as usize + x);
            [data[at], data[at + 1], data[at + 2]]
        };
        let own = colour(x, y);
        let (mut sum, mut weight, mut apart, mut count) = (0.0, 0.0, 0.0, 0.0);
        for v in y.saturating_sub(AROUND)..(y + AROUND + 1).min(h) {
            for u in x.saturating_sub(AROUND)..(x + AROUND + 1).min(w) {
                let other = colour(u, v);
                let off: u32 = own.iter().zip(other).map(|(a, b)| u32::from(a.abs_diff(b))).sum();
                let alike = 1.0 / (1.0 + (off as f32 / ALIKE).powi(4));
                let share = alike * raw[v * w + u].trust;
                // A thin thing has small distances inside and large ones around: each counts alike.
                sum += share * raw[v * w + u].distance.clamp(-MOST, MOST);
                weight += share;
                let k = v * w + u;
                apart += (self.u.data[k] - self.u.data[i]).hypot(self.v.data[k] - self.v.data[i]);
                count += 1.0;
            }
        }
        let say = if weight > 0.0 { (apart / count / RAGGED).min(1.0) } else { 0.0 };
        let around = if weight > 0.0 { sum / weight } else { 0.0 };
        Answer { distance: here.distance + say * (around - here.distance), ..here }
    }

    /// The whole grid.
    fn whole(&self) -> RectI {
        let (width, height) = self.picture.size();
        RectI::of_size(width, height)
    }

    /// Where the drawing is in this frame, a pixel wider; none where it is not.
    fn object(&self, drawing: &Drawing) -> Option<RectI> {
        let w = self.part.width() as usize;
        let mut found: Option<RectI> = None;
        for (i, (u, v)) in self.u.data.iter().zip(&self.v.data).enumerate() {
            let (x, y) = (self.part.x0 + (i % w) as i32, self.part.y0 + (i / w) as i32);
            if drawing.distances.sample(x as f32 + u, y as f32 + v) > -1.0 {
                let pixel = RectI::new(x, y, x + 1, y + 1);
                found = Some(found.map_or(pixel, |f| f.join(&pixel)));
            }
        }
        found
    }

    /// Bytes that it holds.
    pub fn bytes(&self) -> usize {
        self.picture.bytes() + 3 * self.u.bytes()
    }
}

/// To steps of 1/64 pixel, which is as exact as the flow, and stored in little room.
fn rounded(v: f32) -> f32 {
    (v * 64.0).round() / 64.0
}

/// The mean over a window, cut at the edges.
fn blur(plane: &mut Plane) {
    let (w, h) = (plane.width, plane.height);
    let line = |get: &dyn Fn(usize) -> f32, n: usize, at: usize| {
        let (low, high) = (at.saturating_sub(WINDOW), (at + WINDOW + 1).min(n));
        (low..high).map(get).sum::<f32>() / (high - low) as f32
    };
    let rows = Plane::from_fn(w, h, |x, y| line(&|x| plane.at(x, y), w, x));
    *plane = Plane::from_fn(w, h, |x, y| line(&|y| rows.at(x, y), h, y));
}

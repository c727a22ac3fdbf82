//! Shapes between two drawings of an object, without its picture: what tracking has to be better than.

use crate::raster::Matte;
use crate::raster::distance::{FAR, across};

/// A rectangle in continuous pixels, y down.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Bounds {
    x: f64,
    y: f64,
    width: f64,
    height: f64,
}

/// A drawing as the signed distance of each pixel from its outline, positive inside.
#[derive(Debug, Clone)]
pub struct Drawing {
    /// Of the pixels inside; none where nothing is.
    bounds: Option<Bounds>,
    size: (u32, u32),
    distances: Vec<f32>,
}

impl Drawing {
    /// The drawing whose pixels of one half or more are inside.
    #[must_use]
    pub fn new(mask: &Matte) -> Self {
        let size = (mask.width(), mask.height());
        let inside: Vec<bool> = mask.data().iter().map(|v| *v >= 0.5).collect();
        let width = size.0 as usize;
        let places = || inside.iter().enumerate().filter(|p| *p.1).map(|p| (p.0 % width, p.0 / width));
        let bounds = places().next().is_some().then(|| {
            let (x0, x1) = places().fold((width, 0), |(a, b), p| (a.min(p.0), b.max(p.0)));
            let (y0, y1) = places().fold((usize::MAX, 0), |(a, b), p| (a.min(p.1), b.max(p.1)));
            let length = |from: usize, to: usize| (to + 1 - from) as f64;
            Bounds { x: x0 as f64, y: y0 as f64, width: length(x0, x1), height: length(y0, y1) }
        });
        let far = (size.0 + size.1) as f32;
        let reach = u16::try_from(size.0 + size.1).unwrap_or(u16::MAX).min(u16::MAX - 2);
        let distances = across(&inside, width, reach).into_iter().zip(&inside).map(|(d, &inside)| {
            // From the middle of a pixel to that of the nearest on the other side: the outline lies between them.
            let d = if d == FAR { far } else { d - 0.5 };
            if inside { d } else { -d }
        });
        Self { bounds, size, distances: distances.collect() }
    }

    /// The distance at a place in continuous pixels. Beyond the frame it falls with the distance from the frame.
    fn at(&self, x: f64, y: f64) -> f32 {
        let (width, height) = (f64::from(self.size.0), f64::from(self.size.1));
        let (inner_x, inner_y) = (x.clamp(0.5, width - 0.5), y.clamp(0.5, height - 0.5));
        let beyond = (x - inner_x).hypot(y - inner_y) as f32;
        let (left, top) = ((inner_x - 0.5).floor(), (inner_y - 0.5).floor());
        let (u, v) = ((inner_x - 0.5 - left) as f32, (inner_y - 0.5 - top) as f32);
        let at = |dx: usize, dy: usize| {
            let column = (left as usize + dx).min(self.size.0 as usize - 1);
            let row = (top as usize + dy).min(self.size.1 as usize - 1);
            self.distances[row * self.size.0 as usize + column]
        };
        let upper = at(0, 0) * (1.0 - u) + at(1, 0) * u;
        let lower = at(0, 1) * (1.0 - u) + at(1, 1) * u;
        upper * (1.0 - v) + lower * v - beyond
    }
}

/// The mask at the share `t` of the way, 0 to 1, from one drawing to another of the same size.
///
/// The signed distances of both are moved and scaled from their own bounding box to the box between the two boxes,
/// blended by `t`, and cut at 0. Of an empty drawing and another the nearer one is the answer.
///
/// # Panics
/// When the sizes differ.
#[must_use]
pub fn between(from: &Drawing, to: &Drawing, t: f64) -> Matte {
    assert_eq!(from.size, to.size, "drawings of one clip");
    let (width, height) = from.size;
    let (Some(a), Some(b)) = (from.bounds, to.bounds) else {
        let near = if t < 0.5 { from } else { to };
        let data = near.distances.iter().map(|d| f32::from(u8::from(*d > 0.0))).collect();
        return Matte::new(width, height, data).unwrap_or_else(|_| Matte::filled(width, height, 0.0));
    };
    let mix = |a: f64, b: f64| a + (b - a) * t;
    let middle = Bounds {
        x: mix(a.x, b.x),
        y: mix(a.y, b.y),
        width: mix(a.width, b.width),
        height: mix(a.height, b.height),
    };
    let sample = |drawing: &Drawing, own: Bounds, x: f64, y: f64| {
        let (across, down) = (own.width / middle.width, own.height / middle.height);
        let d = drawing.at(own.x + (x - middle.x) * across, own.y + (y - middle.y) * down);
        // A distance in the drawing's own pixels is so many of the box between.
        d / (across * down).sqrt() as f32
    };
    let mut matte = Matte::filled(width, height, 0.0);
    for (i, value) in matte.data_mut().iter_mut().enumerate() {
        let (x, y) = ((i % width as usize) as f64 + 0.5, (i / width as usize) as f64 + 0.5);
        let share = t as f32;
        let d = sample(from, a, x, y) * (1.0 - share) + sample(to, b, x, y) * share;
        *value = f32::from(u8::from(d > 0.0));
    }
    matte
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(x: usize, y: usize, side: usize) -> Matte {
        let mut matte = Matte::filled(64, 48, 0.0);
        for row in y..y + side {
            matte.data_mut()[row * 64 + x..][..side].fill(1.0);
        }
        matte
    }

    #[test]
    fn a_square_that_moves_and_grows_does_so_evenly() {
        let (from, to) = (Drawing::new(&square(4, 6, 10)), Drawing::new(&square(24, 16, 20)));
        assert_eq!(between(&from, &to, 0.0), square(4, 6, 10));
        assert_eq!(between(&from, &to, 1.0), square(24, 16, 20));
        let half = between(&from, &to, 0.5);
        assert!(crate::qc::region(&half, &square(14, 11, 15)) > 0.9);
    }

    #[test]
    fn an_object_that_leaves_is_there_until_the_middle() {
        let (here, gone) = (Drawing::new(&square(4, 6, 10)), Drawing::new(&Matte::filled(64, 48, 0.0)));
        assert_eq!(between(&here, &gone, 0.4), square(4, 6, 10));
        assert!(between(&here, &gone, 0.6).is_empty());
        assert!(between(&gone, &gone, 0.5).is_empty());
    }
}

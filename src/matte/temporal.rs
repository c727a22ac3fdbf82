//! Steadying an alpha over time.
//!
//! An edge that is found in each frame anew trembles, as noise and grain decide where alpha is not
//! certain. What the object's motion carries from the frames around is compared with the frame's own
//! alpha: where they differ as noise does, alpha moves towards their mean; where they differ as a
//! whole neighbourhood, something happened, and alpha stays as it was found.
//!
//! The result is a function of the alphas that are given, none of which is itself a result, so it is
//! the same in whatever order frames are asked for.

use rayon::prelude::*;

use super::error::same_size;
use super::{Error, Trimap, Zone};
use crate::raster::{Flow, Matte, RectI};

/// How strongly alpha is steadied.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// 0 leaves every value as it is, bit by bit; 1 takes the mean of the frames wherever they agree.
    pub strength: f32,
    /// How far alphas of a neighbourhood may be apart, on the mean, for a frame to count half.
    pub tolerance: f32,
}

impl Default for Settings {
    /// Full strength, with differences of up to a quarter taken for chatter.
    fn default() -> Self {
        Self { strength: 1.0, tolerance: 0.25 }
    }
}

/// A frame before or after.
#[derive(Debug, Clone, Copy)]
pub struct Neighbour<'a> {
    /// The alpha that was found in that frame, not steadied.
    pub alpha: &'a Matte,
    /// Where the object's pixels of this frame are in that one: [`super::motion::of_object`].
    pub flow: &'a Flow,
    /// How many frames it is away, either way: 1 or 2.
    pub distance: u32,
}

/// How many times the difference of two interpolations is in doubt.
const DOUBT: f32 = 2.0;
/// Half the side in pixels of the neighbourhood in which alphas are compared.
const AROUND: i32 = 2;

/// Steadies `alpha` in the unknown zone of `trimap` by up to four frames around it: the weights of the
/// frames are those of the binomial filter of that length, 1 2 1 or 1 4 6 4 1. What lies outside of
/// the zone does not change. Frames further away than two are not looked at.
///
/// # Errors
/// [`Error::Size`] when the pictures are not all of one size.
pub fn steady(
    alpha: &Matte,
    trimap: &Trimap,
    neighbours: &[Neighbour<'_>],
    settings: &Settings,
) -> Result<Matte, Error> {
    let size = (alpha.width(), alpha.height());
    same_size("the trimap", (trimap.width(), trimap.height()), size)?;
    for neighbour in neighbours {
        same_size("an alpha of another frame", (neighbour.alpha.width(), neighbour.alpha.height()), size)?;
        same_size("the flow to another frame", neighbour.flow.size(), size)?;
    }
    let mut out = alpha.clone();
    let strength = if settings.strength.is_finite() { settings.strength.clamp(0.0, 1.0) } else { 0.0 };
    let far = neighbours.iter().any(|n| n.distance == 2);
    let used: Vec<(&Neighbour, f32)> =
        neighbours.iter().filter_map(|n| Some((n, weight(n.distance, far)?))).collect();
    let (Some(band), true) = (trimap.band(), strength > 0.0 && !used.is_empty()) else { return Ok(out) };
    let carried: Vec<Carried> =
        used.iter().map(|(n, weight)| Carried::new(alpha, n, *weight, band)).collect();
    let own = if far { 6.0 } else { 2.0 };
    let tolerance = if settings.tolerance.is_finite() { settings.tolerance.max(1e-3) } else { 1e-3 };
    let width = size.0 as usize;
    out.par_rows_mut(band).enumerate().for_each(|(row, values)| {
        let y = row + band.y0 as usize;
        for (x, value) in (band.x0..band.x1).zip(values) {
            if trimap.data()[y * width + x as usize] != Zone::Unknown {
                continue;
            }
            let (mut sum, mut weights) = (0.0, own);
            for other in &carried {
                let (difference, around) = other.at(x, y as i32);
                let weight = other.weight / (1.0 + (around / tolerance).powi(2));
                sum += weight * difference;
                weights += weight;
            }
            *value = (*value + strength * sum / weights).clamp(0.0, 1.0);
        }
    });
    Ok(out)
}

/// What a frame `distance` frames away counts, where a frame's own alpha counts 2 or, when frames two
/// away are there, 6.
fn weight(distance: u32, far: bool) -> Option<f32> {
    match (distance, far) {
        (1, false) | (2, true) => Some(1.0),
        (1, true) => Some(4.0),
        _ => None,
    }
}

/// The difference of another frame's alpha, carried along the motion, from this one's.
struct Carried {
    /// The band and [`AROUND`] more.
    area: RectI,
    differences: Vec<f32>,
    weight: f32,
}

impl Carried {
    fn new(alpha: &Matte, other: &Neighbour<'_>, weight: f32, band: RectI) -> Self {
        let whole = RectI::new(0, 0, alpha.width() as i32, alpha.height() as i32);
        let area = RectI::new(band.x0 - AROUND, band.y0 - AROUND, band.x1 + AROUND, band.y1 + AROUND)
            .intersect(&whole);
        let columns = area.width() as usize;
        let mut differences = vec![0.0_f32; columns * area.height() as usize];
        differences.par_chunks_mut(columns.max(1)).enumerate().for_each(|(row, line)| {
            let y = area.y0 + row as i32;
            for (column, slot) in line.iter_mut().enumerate() {
                let x = area.x0 + column as i32;
                let (px, py) = (x as f32 + 0.5, y as f32 + 0.5);
                let [u, v] = other.flow.at(px, py);
                let here = alpha.data()[y as usize * alpha.width() as usize + x as usize];
                // What comes from beyond the picture is not known to differ.
                *slot = sample(other.alpha, px + u, py + v).map_or(0.0, |there| there.beyond(here));
            }
        });
        Self { area, differences, weight }
    }

    /// The difference at a pixel, and how large it is on the mean of the pixels around it.
    fn at(&self, x: i32, y: i32) -> (f32, f32) {
        let around = RectI::new(x - AROUND, y - AROUND, x + AROUND + 1, y + AROUND + 1).intersect(&self.area);
        let columns = self.area.width() as usize;
        let index = |x: i32, y: i32| (y - self.area.y0) as usize * columns + (x - self.area.x0) as usize;
        let mut sum = 0.0;
        for row in around.y0..around.y1 {
            sum += self.differences[index(around.x0, row)..index(around.x0, row) + around.width() as usize]
                .iter()
                .sum::<f32>();
        }
        let count = (around.width() * around.height()) as f32;
        (self.differences[index(x, y)], (sum / count).abs())
    }
}

/// A value between pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Between {
    value: f32,
    /// How far it may be off, as a sharp edge between pixels is known only so well.
    doubt: f32,
}

impl Between {
    /// How much larger it is than `value`, beyond doubt.
    fn beyond(self, value: f32) -> f32 {
        let difference = self.value - value;
        difference.signum() * (difference.abs() - self.doubt).max(0.0)
    }
}

/// The value at (`x`, `y`) in pixels from the corner, by the cubic of Catmull and Rom; none outside of
/// the picture. Where a straight line between pixels gives another value, that is the doubt: none in
/// smooth parts and at whole pixels, large at sharp edges, which would get softer in each frame.
fn sample(alpha: &Matte, x: f32, y: f32) -> Option<Between> {
    let (w, h) = (alpha.width() as usize, alpha.height() as usize);
    if !(x >= 0.0 && y >= 0.0 && x <= w as f32 && y <= h as f32) {
        return None;
    }
    let (x, y) = (x - 0.5, y - 0.5);
    let (x0, y0) = (x.floor(), y.floor());
    let (fx, fy) = (x - x0, y - y0);
    let (wx, wy) = (cubic(fx), cubic(fy));
    let near = |p: f32, i: usize, length: usize| {
        (p as isize + i as isize - 1).clamp(0, length as isize - 1) as usize
    };
    let (mut sum, mut linear) = (0.0, 0.0);
    for (j, wy) in wy.iter().enumerate() {
        let row = &alpha.data()[near(y0, j, h) * w..][..w];
        let four: [f32; 4] = std::array::from_fn(|i| row[near(x0, i, w)]);
        sum += wy * (0..4).map(|i| wx[i] * four[i]).sum::<f32>();
        let share = [0.0, 1.0 - fy, fy, 0.0][j];
        linear += share * (four[1] * (1.0 - fx) + four[2] * fx);
    }
    let value = sum.clamp(0.0, 1.0);
    Some(Between { value, doubt: DOUBT * (value - linear).abs() })
}

/// Weights of the four samples around a place `t` after the second.
fn cubic(t: f32) -> [f32; 4] {
    let (t2, t3) = (t * t, t * t * t);
    [
        0.5 * (-t3 + 2.0 * t2 - t),
        0.5 * (3.0 * t3 - 5.0 * t2 + 2.0),
        0.5 * (-3.0 * t3 + 4.0 * t2 + t),
        0.5 * (t3 - t2),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A soft edge at column `edge`, with noise of `noise` that depends on `seed`.
    fn ramp(edge: f32, noise: f32, seed: u64) -> Matte {
        let mut random = fastrand::Rng::with_seed(seed);
        let values = (0..40 * 30).map(|i| {
            let a = 0.5 + ((i % 40) as f32 + 0.5 - edge) / 16.0;
            (a + noise * (random.f32() - 0.5)).clamp(0.0, 1.0)
        });
        Matte::new(40, 30, values.collect()).expect("its size")
    }

    fn band() -> Trimap {
        let mut trimap = Trimap::filled(40, 30, Zone::Unknown);
        for (i, zone) in trimap.data_mut().iter_mut().enumerate() {
            match i % 40 {
                0..10 => *zone = Zone::Outside,
                30.. => *zone = Zone::Inside,
                _ => {}
            }
        }
        trimap
    }

    fn error(a: &Matte, b: &Matte) -> f32 {
        a.data().iter().zip(b.data()).map(|(a, b)| (a - b).abs()).sum::<f32>() / a.data().len() as f32
    }

    #[test]
    fn noise_falls_and_known_zones_stay() {
        let (before, here, after) = (ramp(17.0, 0.2, 1), ramp(20.0, 0.2, 2), ramp(23.0, 0.2, 3));
        let (back, on) = (Flow::uniform((40, 30), [-3.0, 0.0]), Flow::uniform((40, 30), [3.0, 0.0]));
        let neighbours = [
            Neighbour { alpha: &before, flow: &back, distance: 1 },
            Neighbour { alpha: &after, flow: &on, distance: 1 },
        ];
        let steadied = steady(&here, &band(), &neighbours, &Settings::default()).expect("of one size");
        let truth = ramp(20.0, 0.0, 0);
        assert!(error(&steadied, &truth) < 0.8 * error(&here, &truth));
        for (i, (a, b)) in steadied.data().iter().zip(here.data()).enumerate() {
            assert!((10..30).contains(&(i % 40)) || a == b, "pixel {i}");
        }
        let swapped = [neighbours[1], neighbours[0]];
        let other = steady(&here, &band(), &swapped, &Settings::default()).expect("of one size");
        assert!(error(&steadied, &other) < 1e-6);
    }

    #[test]
    fn without_strength_or_neighbours_every_bit_stays() {
        let (here, other) = (ramp(20.0, 0.3, 1), ramp(20.0, 0.3, 2));
        let still = Flow::uniform((40, 30), [0.0; 2]);
        let neighbours = [Neighbour { alpha: &other, flow: &still, distance: 1 }];
        for strength in [0.0, -1.0, f32::NAN] {
            let off = Settings { strength, ..Settings::default() };
            assert!(steady(&here, &band(), &neighbours, &off).as_ref() == Ok(&here), "{strength}");
        }
        assert!(steady(&here, &band(), &[], &Settings::default()).as_ref() == Ok(&here));
        let far = [Neighbour { distance: 3, ..neighbours[0] }];
        assert!(steady(&here, &band(), &far, &Settings::default()).as_ref() == Ok(&here));
    }

    #[test]
    fn what_changes_as_a_whole_stays() {
        let (here, gone) = (ramp(20.0, 0.0, 1), Matte::filled(40, 30, 0.0));
        let still = Flow::uniform((40, 30), [0.0; 2]);
        let neighbours = [Neighbour { alpha: &gone, flow: &still, distance: 1 }];
        let steadied = steady(&here, &band(), &neighbours, &Settings::default()).expect("of one size");
        let worst = steadied.data().iter().zip(here.data()).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(worst < 0.06, "{worst}");
    }

    #[test]
    fn pictures_of_another_size_are_named() {
        let (here, small) = (ramp(20.0, 0.0, 1), Matte::filled(4, 4, 0.0));
        let still = Flow::uniform((40, 30), [0.0; 2]);
        let neighbours = [Neighbour { alpha: &small, flow: &still, distance: 1 }];
        let error = steady(&here, &band(), &neighbours, &Settings::default()).expect_err("4x4").to_string();
        assert!(error.contains("an alpha of another frame has 4x4 pixels"), "{error}");
    }
}

//! Motion blur: how long the plate's is, and the ramp that it makes of the alpha's edge.
//!
//! What moves by `m` pixels from frame to frame while the shutter is open for a part `k` of that time
//! is smeared over `k m`, and a sharp edge across it becomes a ramp of that length. Motion is given;
//! `k`, which belongs to the camera, is measured on the plate by [`measure`], and so is which sections
//! of the edge show that blur: the others stay sharp. Without motion there is no blur. [`soften`]
//! smears the alpha alike; [`Blur::vector`] is what a compositor needs to do so later.

mod fit;
mod profiles;
mod shares;

use rayon::prelude::*;

use super::Error;
use super::error::same_size;
use crate::raster::{Flow, Frame, Matte, RectI};
use shares::Shares;

/// How blur is looked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// The longest that the shutter may be open, as a part of the time from frame to frame: 1 is a
    /// shutter of 360 degrees. From 0 to 2.
    pub widest: f32,
    /// No blur is taken to be longer, in pixels.
    pub longest: f32,
}

impl Default for Settings {
    /// Any shutter that a camera has, and 128 pixels.
    fn default() -> Self {
        Self { widest: 1.0, longest: 128.0 }
    }
}

/// What blurs an object in one frame.
#[derive(Debug, Clone, PartialEq)]
pub struct Blur {
    /// Pixels a frame, through the frame.
    motion: Flow,
    shutter: f32,
    softness: f32,
    longest: f32,
    /// How much of it counts where; none where all does.
    shares: Option<Shares>,
}

/// Blur of this many pixels or less is left to the alpha as it is, as no ramp of a pixel or so can be
/// told from a sharp edge; from [`FULL`] on it is wholly the measured ramp.
const NONE: f32 = 1.0;
/// See [`NONE`].
const FULL: f32 = 3.0;
/// Shorter blur, in pixels, is none.
const SHORTEST: f32 = 1.5;
/// Side of the squares in pixels that are asked whether they hold any edge.
const BLOCK: usize = 16;

/// Measures the blur of the object of `alpha` in `frame`. `motion` is the object's through the frame,
/// in pixels a frame: [`super::motion::of_object`] of [`super::motion::through`]. No blur is longer
/// than the motion there times the widest shutter, so without motion there is none, and a section of
/// the edge that is sharp on the plate has none however fast it is.
///
/// The edge of `alpha` at one half should be right to a few pixels; how soft it is does not matter.
///
/// # Errors
/// [`Error::Size`] when `alpha` or `motion` are not of the frame's size.
pub fn measure(
    frame: &Frame,
    alpha: &Matte,
    motion: Option<&Flow>,
    settings: &Settings,
) -> Result<Blur, Error> {
    let size = (frame.width(), frame.height());
    same_size("the alpha", (alpha.width(), alpha.height()), size)?;
    if let Some(motion) = motion {
        same_size("the motion", motion.size(), size)?;
    }
    let most = |v: f32, most: f32| if v.is_finite() { v.clamp(0.0, most) } else { most };
    let (widest, longest) = (most(settings.widest, 2.0), most(settings.longest, 4096.0));
    let motion = motion.cloned().unwrap_or_else(|| Flow::uniform(size, [0.0; 2]));
    let sections = profiles::sections(&profiles::edges(alpha, &motion), size.1);
    let found = fit::find(frame, &sections, widest, longest);
    let shares = Some(Shares::new(size, &sections, &found.shares));
    let found = Blur { motion, shutter: found.shutter, softness: found.softness, longest, shares };
    // No ramp that short can be told from a sharp edge.
    Ok(if found.length() < SHORTEST { Blur { shutter: 0.0, ..found } } else { found })
}

impl Blur {
    /// Of an object whose motion, in pixels a frame, and shutter are known, as a part of the time from
    /// frame to frame.
    #[must_use]
    pub fn known(motion: Flow, shutter: f32) -> Self {
        Self {
            motion,
            shutter: if shutter.is_finite() { shutter.max(0.0) } else { 0.0 },
            softness: 0.0,
            longest: f32::MAX,
            shares: None,
        }
    }

    /// The part of the time from frame to frame for which the shutter seems open; 0 where the plate is
    /// sharp.
    #[must_use]
    pub fn shutter(&self) -> f32 {
        self.shutter
    }

    /// How soft the edge is beside that, by lens or focus: the standard deviation in pixels of what
    /// blurs it alike in all directions.
    #[must_use]
    pub fn softness(&self) -> f32 {
        self.softness
    }

    /// The way in pixels, right and down, that the object goes at (`x`, `y`) while the shutter is
    /// open; half of it lies before the frame's moment, so its sign says nothing about the alpha.
    #[must_use]
    pub fn vector(&self, x: f32, y: f32) -> [f32; 2] {
        let part = self.shutter * self.shares.as_ref().map_or(1.0, |shares| shares.at(x, y));
        let v = self.motion.at(x, y).map(|c| c * part);
        let length = v[0].hypot(v[1]);
        if length > self.longest { v.map(|c| c * self.longest / length) } else { v }
    }

    /// How wide blur and lens make the edge at each pixel, in pixels: what [`super::trimap::make`] widens
    /// its band by. A disc of light of this diameter has the lens's softness as its deviation.
    #[must_use]
    pub fn spread(&self) -> Matte {
        let (width, height) = self.motion.size();
        let lens = if self.softness > fit::SHARP { 4.0 * self.softness } else { 0.0 };
        let mut out = Matte::filled(width, height, lens);
        if self.length() > 0.0 {
            out.data_mut().par_chunks_mut((width as usize).max(1)).enumerate().for_each(|(y, row)| {
                for (x, v) in row.iter_mut().enumerate() {
                    let vector = self.vector(x as f32 + 0.5, y as f32 + 0.5);
                    *v += vector[0].hypot(vector[1]);
                }
            });
        }
        out
    }

    /// No vector is longer, in pixels.
    #[must_use]
    pub fn length(&self) -> f32 {
        let longest = self.motion.vectors().iter().map(|v| v[0].hypot(v[1])).fold(0.0, f32::max);
        (longest * self.shutter).min(self.longest)
    }
}

/// `alpha` with an edge as blurred as the plate: the object, cut out where alpha is one half, smeared
/// along the blur. Where there is hardly any blur alpha stays as it is.
///
/// # Errors
/// [`Error::Size`] when the blur was measured at another size.
pub fn soften(alpha: &Matte, blur: &Blur) -> Result<Matte, Error> {
    let size = (alpha.width(), alpha.height());
    same_size("the motion", blur.motion.size(), size)?;
    let mut out = alpha.clone();
    let reach = 0.5 * blur.length() + 1.0;
    if blur.length() <= NONE {
        return Ok(out);
    }
    let mixed = Mixed::new(alpha, reach);
    let whole = RectI::of_size(size.0, size.1);
    let part =
        alpha.support().grown(reach.min(size.0.max(size.1) as f32).ceil() as i32 + 1).intersect(&whole);
    out.par_rows_mut(part).enumerate().for_each(|(row, values)| {
        let y = row + part.y0 as usize;
        for (x, value) in (part.x0 as usize..).zip(values) {
            if mixed.at(x, y) {
                let vector = blur.vector(x as f32 + 0.5, y as f32 + 0.5);
                let length = vector[0].hypot(vector[1]);
                let share = ((length - NONE) / (FULL - NONE)).clamp(0.0, 1.0);
                if share > 0.0 {
                    *value += share * (smeared(alpha, x, y, vector, length) - *value);
                }
            }
        }
    });
    Ok(out)
}

/// The share of the way along `vector`, `length` pixels long, through a pixel's centre that lies in
/// the object.
fn smeared(alpha: &Matte, x: usize, y: usize, vector: [f32; 2], length: f32) -> f32 {
    let steps = (length.ceil() as usize).max(2);
    let mut sum = 0.0;
    for i in 0..steps {
        let part = (i as f32 + 0.5) / steps as f32 - 0.5;
        sum += cut(alpha, x as f32 + part * vector[0], y as f32 + part * vector[1]);
    }
    sum / steps as f32
}

/// The bilinear value, where (0, 0) is the centre of the first pixel, of `alpha` cut at one half.
fn cut(alpha: &Matte, x: f32, y: f32) -> f32 {
    let (w, h) = (alpha.width() as usize, alpha.height() as usize);
    let (x, y) = (x.clamp(0.0, (w - 1) as f32), y.clamp(0.0, (h - 1) as f32));
    let (x0, y0) = (x as usize, y as usize);
    let (x1, y1) = ((x0 + 1).min(w - 1), (y0 + 1).min(h - 1));
    let (fx, fy) = (x - x0 as f32, y - y0 as f32);
    let at = |x: usize, y: usize| if alpha.data()[y * w + x] > 0.5 { 1.0 } else { 0.0 };
    let top = at(x0, y0) * (1.0 - fx) + at(x1, y0) * fx;
    let low = at(x0, y1) * (1.0 - fx) + at(x1, y1) * fx;
    top * (1.0 - fy) + low * fy
}

/// Which squares of a picture have an edge within reach.
struct Mixed {
    columns: usize,
    near: Vec<bool>,
}

impl Mixed {
    fn new(alpha: &Matte, reach: f32) -> Self {
        let (w, h) = (alpha.width() as usize, alpha.height() as usize);
        let (columns, rows) = (w.div_ceil(BLOCK), h.div_ceil(BLOCK));
        // Whether any pixel of a square is outside, and whether any is inside.
        let kinds: Vec<[bool; 2]> = (0..columns * rows)
            .into_par_iter()
            .map(|i| {
                let (x0, y0) = (i % columns * BLOCK, i / columns * BLOCK);
                let mut kinds = [false; 2];
                for y in y0..(y0 + BLOCK).min(h) {
                    for &a in &alpha.data()[y * w + x0..y * w + (x0 + BLOCK).min(w)] {
                        kinds[usize::from(a > 0.5)] = true;
                    }
                }
                kinds
            })
            .collect();
        let far = (reach / BLOCK as f32).ceil() as usize;
        let near = (0..columns * rows)
            .into_par_iter()
            .map(|i| {
                let (column, row) = (i % columns, i / columns);
                let mut all = [false; 2];
                for y in row.saturating_sub(far)..(row + far + 1).min(rows) {
                    for k in &kinds[y * columns + column.saturating_sub(far)
                        ..y * columns + (column + far + 1).min(columns)]
                    {
                        all = [all[0] || k[0], all[1] || k[1]];
                    }
                }
                all == [true; 2]
            })
            .collect();
        Self { columns, near }
    }

    fn at(&self, x: usize, y: usize) -> bool {
        self.near[y / BLOCK * self.columns + x / BLOCK]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A disc of plain light on plain ground, smeared by `length` pixels to the right, its alpha cut at
    /// one half, and how it moves.
    fn scene(length: f32) -> (Frame, Matte, Flow) {
        let (w, h) = (160_u32, 120_u32);
        let mut frame = Frame::filled(w, h, [0; 3]);
        let mut mask = Matte::filled(w, h, 0.0);
        for (i, pixel) in frame.data_mut().chunks_exact_mut(3).enumerate() {
            let (x, y) = ((i as u32 % w) as f32 + 0.5 - 80.0, (i as u32 / w) as f32 + 0.5 - 60.0);
            let moments = (0..64).map(|m| ((m as f32 + 0.5) / 64.0 - 0.5) * length);
            let alpha = moments.map(|s| (35.5 - (x - s).hypot(y)).clamp(0.0, 1.0)).sum::<f32>() / 64.0;
            for (c, v) in pixel.iter_mut().enumerate() {
                let (inside, outside) = ([0.7, 0.4, 0.1][c], [0.1, 0.2, 0.3][c]);
                let light = alpha * inside + (1.0 - alpha) * outside;
                *v = crate::raster::transfer::to_u8(crate::raster::transfer::linear_to_srgb(light));
            }
            mask.data_mut()[i] = f32::from(u8::from(alpha > 0.5));
        }
        (frame, mask, Flow::uniform((w, h), [24.0, 0.0]))
    }

    #[test]
    fn length_and_direction_are_found_by_motion_alone() {
        for length in [0.0, 5.0, 12.0, 20.0] {
            let (frame, mask, motion) = scene(length);
            let blur = measure(&frame, &mask, Some(&motion), &Settings::default()).expect("of one size");
            let [u, v] = blur.vector(45.0, 60.0);
            assert!((u.abs() - length).abs() < 0.5 + 0.1 * length, "{length}: {u}");
            assert!(v.abs() < 0.5 + 0.1 * length, "{length}: {v}");
            let still = measure(&frame, &mask, None, &Settings::default()).expect("of one size");
            assert_eq!(still.length(), 0.0, "{length}");
        }
    }

    #[test]
    fn no_blur_is_longer_than_the_motion_there() {
        let (frame, mask, _) = scene(20.0);
        let slow = |x: f32, y: f32| [4.0 + 0.02 * x, 0.01 * y];
        for motion in [Flow::from_fn((160, 120), (40, 30), slow), Flow::uniform((160, 120), [0.0, 9.0])] {
            let blur = measure(&frame, &mask, Some(&motion), &Settings::default()).expect("of one size");
            for (x, y) in (0..16).flat_map(|x| (0..12).map(move |y| (10.0 * x as f32, 10.0 * y as f32))) {
                let (found, most) = (blur.vector(x, y), motion.at(x, y));
                assert!(found[0].hypot(found[1]) <= most[0].hypot(most[1]) + 1e-3, "{x} {y}: {found:?}");
            }
        }
    }

    #[test]
    fn a_section_that_is_sharp_stays_sharp() {
        let (mut frame, mut mask, motion) = scene(12.0);
        // A sharp block at the border, of which the flow says that it moves as fast.
        for y in 20..100 {
            for x in 140..160 {
                mask.data_mut()[160 * y + x] = 1.0;
                frame.data_mut()[3 * (160 * y + x)..][..3].copy_from_slice(&[217, 170, 89]);
            }
        }
        let blur = measure(&frame, &mask, Some(&motion), &Settings::default()).expect("of one size");
        let soft = soften(&mask, &blur).expect("of one size");
        let changed = |columns: std::ops::Range<u32>, rows: std::ops::Range<u32>| {
            let place = rows.flat_map(|y| columns.clone().map(move |x| (x, y)));
            place.filter(|&(x, y)| soft.value(x, y) != mask.value(x, y)).count()
        };
        assert!(changed(30..60, 40..80) > 300, "{}", changed(30..60, 40..80));
        assert_eq!(changed(130..160, 30..90), 0);
    }

    #[test]
    fn only_edges_across_the_motion_get_a_ramp() {
        let (_, mask, motion) = scene(12.0);
        let soft = soften(&mask, &Blur::known(motion, 0.5)).expect("of one size");
        let row: Vec<f32> = (0..80).map(|x| soft.value(x, 60)).collect();
        let ramp: f32 = row.iter().map(|a| 6.0 * a * (1.0 - a)).sum();
        assert!((ramp - 12.0).abs() < 0.7, "{ramp}");
        let column = (0..60).filter(|&y| (0.05..0.95).contains(&soft.value(80, y))).count();
        assert!(column <= 2, "{column}");
    }

    #[test]
    fn without_blur_alpha_stays_as_it_is() {
        let (frame, mask, motion) = scene(0.0);
        let blur = measure(&frame, &mask, Some(&motion), &Settings::default()).expect("of one size");
        assert_eq!(blur.vector(1.0, 1.0), [0.0; 2]);
        assert!(soften(&mask, &blur) == Ok(mask), "a value changed");
    }

    #[test]
    fn what_cannot_be_measured_is_sharp() {
        let nothing = Frame::filled(30, 20, [90; 3]);
        for mask in [Matte::filled(30, 20, 0.0), Matte::filled(30, 20, 1.0), Matte::filled(30, 20, f32::NAN)]
        {
            let wild = Flow::uniform((30, 20), [1e30, -1e30]);
            let bad = Settings { widest: f32::NAN, longest: f32::INFINITY };
            let blur = measure(&nothing, &mask, Some(&wild), &bad).expect("of one size");
            assert_eq!(blur.length(), 0.0);
        }
        let none =
            measure(&Frame::filled(0, 0, [0; 3]), &Matte::filled(0, 0, 0.0), None, &Settings::default());
        assert!(none.is_ok_and(|b| b.spread().data().is_empty()));
        let error =
            measure(&nothing, &Matte::filled(3, 2, 1.0), None, &Settings::default()).expect_err("3x2");
        assert!(error.to_string().contains("the alpha has 3x2 pixels"), "{error}");
    }
}

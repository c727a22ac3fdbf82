//! What artists do to a matte afterwards: grow, soften, gain and gamma of the edge, crop.
//!
//! Each has a setting at which it is exactly off. What a tool costs goes with the object's size.

use rayon::prelude::*;

use crate::raster::{Matte, RectI};

/// The tools, in the order in which they work.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EdgeTools {
    /// Pixels by which the edge moves outwards, inwards where negative, up to 1000; 0 is off.
    pub grow: f32,
    /// Twice the standard deviation of a Gaussian blur in pixels, up to 1000; 0 is off.
    pub softness: f32,
    /// Factor of alpha where it is neither 0 nor 1; 1 is off.
    pub gain: f32,
    /// Alpha to the power of 1 / gamma where it is neither 0 nor 1; 1 is off.
    pub gamma: f32,
    /// Pixels, whole or not, that are cut off at the left, right, top and bottom of the frame; 0 is off.
    pub crop: [f32; 4],
}

impl Default for EdgeTools {
    fn default() -> Self {
        Self { grow: 0.0, softness: 0.0, gain: 1.0, gamma: 1.0, crop: [0.0; 4] }
    }
}

/// The most pixels by which anything is moved or blurred.
const MOST: f32 = 1000.0;

/// Puts all tools to `matte`. A number that is none counts as off.
#[must_use]
pub fn apply(mut matte: Matte, tools: &EdgeTools) -> Matte {
    let off = EdgeTools::default();
    let number = |v: f32, off: f32| if v.is_finite() { v } else { off };
    let (w, h) = (matte.width() as usize, matte.height() as usize);
    let grow = number(tools.grow, 0.0).clamp(-MOST, MOST);
    let sigma = number(tools.softness, 0.0).clamp(0.0, MOST) / 2.0;
    let reach = (grow.max(0.0) + 3.0 * sigma).ceil() as i32 + 1;
    if *tools == off {
        return matte;
    }
    let Some(object) = matte.bounds(|v| *v > 0.0) else { return matte };
    let part = object.grown(reach).intersect(&RectI::of_size(matte.width(), matte.height()));
    if grow > 0.0 {
        moved(&mut matte, part, grow, |v| v);
    } else if grow < 0.0 {
        // What is outside the frame counts as inside where the object leaves the frame.
        moved(&mut matte, part, -grow, |v| 1.0 - v);
    }
    if sigma > 0.0 {
        blur(&mut matte, part, sigma);
    }
    let (gain, gamma) = (number(tools.gain, 1.0).max(0.0), number(tools.gamma, 1.0));
    let power = if gamma > 0.0 { 1.0 / gamma } else { 1.0 };
    if gain != off.gain || power != 1.0 {
        let edge = |v: &mut f32| {
            if *v > 0.0 && *v < 1.0 {
                *v = (*v * gain).clamp(0.0, 1.0).powf(power);
            }
        };
        matte.par_rows_mut(matte.support()).for_each(|row| row.iter_mut().for_each(edge));
    }
    let crop = tools.crop.map(|v| number(v, 0.0).max(0.0));
    if crop != off.crop {
        let covered = |at: usize, side: usize, (low, high): (f32, f32)| {
            let left = (at as f32 + 1.0 - low).clamp(0.0, 1.0);
            left.min((side as f32 - at as f32 - high).clamp(0.0, 1.0))
        };
        let part = matte.support();
        let (left, top) = (part.x0 as usize, part.y0 as usize);
        matte.par_rows_mut(part).enumerate().for_each(|(y, row)| {
            let down = covered(top + y, h, (crop[2], crop[3]));
            for (x, v) in row.iter_mut().enumerate() {
                *v *= down * covered(left + x, w, (crop[0], crop[1]));
            }
        });
    }
    matte
}

/// Grows the matte within `part` by a disc of `radius` pixels, blended between whole radii; `as_seen`
/// turns the matte over and back where it is to shrink.
fn moved(matte: &mut Matte, part: RectI, radius: f32, as_seen: impl Fn(f32) -> f32 + Sync) {
    let pw = part.width() as usize;
    let whole: Vec<f32> = matte.rows(part).flatten().map(|&v| as_seen(v)).collect();
    let low = radius.floor();
    let (near, far) = (dilated(&whole, pw, low as usize), dilated(&whole, pw, radius.ceil() as usize));
    let share = radius - low;
    matte.par_rows_mut(part).enumerate().for_each(|(y, row)| {
        let line = y * pw..(y + 1) * pw;
        for ((v, a), b) in row.iter_mut().zip(&near[line.clone()]).zip(&far[line]) {
            *v = as_seen(a + (b - a) * share).clamp(0.0, 1.0);
        }
    });
}

/// The largest value within a disc of `radius` pixels about each.
fn dilated(values: &[f32], width: usize, radius: usize) -> Vec<f32> {
    let mut out = values.to_vec();
    if radius == 0 || width == 0 {
        return out;
    }
    let mut across = vec![0.0; values.len()];
    let mut last = usize::MAX;
    for dy in 0..=radius {
        let half = ((radius * radius - dy * dy) as f32).sqrt() as usize;
        if half != last {
            let rows = across.par_chunks_mut(width).zip(values.par_chunks(width));
            rows.for_each(|(out, row)| highest(row, half, out));
            last = half;
        }
        out.par_chunks_mut(width).enumerate().for_each(|(y, row)| {
            for other in [y.checked_sub(dy), y.checked_add(dy)].into_iter().flatten() {
                let Some(line) = across.get(other * width..(other + 1) * width) else { continue };
                row.iter_mut().zip(line).for_each(|(v, o)| *v = v.max(*o));
            }
        });
    }
    out
}

/// The largest of each value and the `half` on either side of it.
fn highest(row: &[f32], half: usize, out: &mut [f32]) {
    // Indices whose values fall: the first is the largest of the window.
    let mut falling = std::collections::VecDeque::with_capacity(2 * half + 2);
    for i in 0..row.len() + half {
        if let Some(&v) = row.get(i) {
            while falling.back().is_some_and(|&b: &usize| row[b] <= v) {
                falling.pop_back();
            }
            falling.push_back(i);
        }
        let Some(at) = i.checked_sub(half) else { continue };
        while falling.front().is_some_and(|&f| f + half < at) {
            falling.pop_front();
        }
        if let (Some(out), Some(&f)) = (out.get_mut(at), falling.front()) {
            *out = row[f];
        }
    }
}

/// Blurs within `part` by a Gaussian of standard deviation `sigma`; the frame's edge goes on outside.
fn blur(matte: &mut Matte, part: RectI, sigma: f32) {
    let (pw, ph) = (part.width() as usize, part.height() as usize);
    let reach = (3.0 * sigma).ceil() as i32;
    let bell: Vec<f32> = (-reach..=reach).map(|d| (-0.5 * (d as f32 / sigma).powi(2)).exp()).collect();
    let sum: f32 = bell.iter().sum();
    let bell: Vec<f32> = bell.iter().map(|v| v / sum).collect();
    let values = matte.cut(part);
    let clamped = |at: usize, by: usize, side: usize| {
        (at as i32 + by as i32 - reach).clamp(0, side as i32 - 1) as usize
    };
    let mut across = vec![0.0; values.len()];
    across.par_chunks_mut(pw).zip(values.par_chunks(pw)).for_each(|(out, row)| {
        for (x, out) in out.iter_mut().enumerate() {
            *out = bell.iter().enumerate().map(|(i, k)| k * row[clamped(x, i, pw)]).sum();
        }
    });
    matte.par_rows_mut(part).enumerate().for_each(|(y, out)| {
        out.fill(0.0);
        for (i, k) in bell.iter().enumerate() {
            let line = &across[clamped(y, i, ph) * pw..][..pw];
            out.iter_mut().zip(line).for_each(|(v, o)| *v += k * o);
        }
        out.iter_mut().for_each(|v| *v = v.clamp(0.0, 1.0));
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A square of 20 pixels in the middle of 60 x 40, with one soft pixel.
    fn square() -> Matte {
        let mut matte = Matte::filled(60, 40, 0.0);
        for y in 10..30 {
            matte.data_mut()[y * 60 + 20..y * 60 + 40].fill(1.0);
        }
        matte.data_mut()[12 * 60 + 19] = 0.25;
        matte
    }

    fn area(matte: &Matte) -> f32 {
        matte.data().iter().sum()
    }

    fn with(tools: EdgeTools) -> Matte {
        apply(square(), &tools)
    }

    #[test]
    fn off_is_exactly_off() {
        assert_eq!(with(EdgeTools::default()), square());
        let none = EdgeTools {
            grow: f32::NAN,
            softness: f32::NAN,
            gain: f32::INFINITY,
            gamma: f32::NAN,
            crop: [f32::NAN; 4],
        };
        assert_eq!(with(none), square());
        let nothing = Matte::filled(8, 0, 0.0);
        assert_eq!(apply(nothing.clone(), &EdgeTools { grow: 3.0, ..EdgeTools::default() }), nothing);
    }

    #[test]
    fn the_edge_moves_by_parts_of_a_pixel() {
        for grow in [0.25_f32, 0.5, 3.0, 4.75] {
            let grown = with(EdgeTools { grow, ..EdgeTools::default() });
            let middle = &grown.data()[20 * 60..21 * 60];
            let width: f32 = middle.iter().sum();
            assert!((width - (20.0 + 2.0 * grow)).abs() < 1e-4, "{grow}: {width}");
            let shrunk = with(EdgeTools { grow: -grow, ..EdgeTools::default() });
            let width: f32 = shrunk.data()[20 * 60..21 * 60].iter().sum();
            assert!((width - (20.0 - 2.0 * grow)).abs() < 1e-4, "-{grow}: {width}");
        }
        let gone = with(EdgeTools { grow: -30.0, ..EdgeTools::default() });
        assert_eq!(area(&gone), 0.0);
        let corner = with(EdgeTools { grow: 4.0, ..EdgeTools::default() });
        assert_eq!((corner.value(16, 6), corner.value(18, 8)), (0.0, 1.0), "a corner grows round");
    }

    #[test]
    fn an_object_that_leaves_the_frame_does_not_shrink_there() {
        let full = Matte::filled(16, 8, 1.0);
        assert_eq!(apply(full.clone(), &EdgeTools { grow: -2.0, ..EdgeTools::default() }), full);
        let soft = apply(full.clone(), &EdgeTools { softness: 4.0, ..EdgeTools::default() });
        assert!(soft.data().iter().all(|v| (v - 1.0).abs() < 1e-5));
    }

    #[test]
    fn softness_keeps_the_area_and_spreads_the_edge() {
        let soft = with(EdgeTools { softness: 4.0, ..EdgeTools::default() });
        assert!((area(&soft) - area(&square())).abs() < 0.01 * area(&square()));
        assert!((soft.value(20, 20) - 0.6).abs() < 0.05, "{}", soft.value(20, 20));
        assert!((soft.value(30, 20) - 1.0).abs() < 1e-4 && soft.value(5, 20) == 0.0);
    }

    #[test]
    fn gain_and_gamma_leave_solids_alone() {
        let tools = EdgeTools { gain: 2.0, gamma: 2.0, ..EdgeTools::default() };
        let made = with(tools);
        assert!((made.value(19, 12) - 0.5_f32.sqrt()).abs() < 1e-6);
        assert_eq!((made.value(25, 20), made.value(0, 0)), (1.0, 0.0));
    }

    #[test]
    fn a_crop_cuts_parts_of_pixels() {
        let cut = with(EdgeTools { crop: [25.5, 22.0, 0.0, 10.25], ..EdgeTools::default() });
        assert_eq!((cut.value(24, 20), cut.value(25, 20), cut.value(26, 20)), (0.0, 0.5, 1.0));
        assert_eq!((cut.value(37, 20), cut.value(38, 20)), (1.0, 0.0));
        assert_eq!((cut.value(30, 29), cut.value(30, 28)), (0.75, 1.0));
        assert_eq!(area(&with(EdgeTools { crop: [1e9; 4], ..EdgeTools::default() })), 0.0);
    }
}

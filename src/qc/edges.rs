//! How right and how steady an alpha is where it is not certain.

use crate::raster::{Flow, Matte};

/// Mean absolute difference of two mattes over the pixels, by their index, that are `within`; 0 where
/// none is, and what one of them lacks does not count.
#[must_use]
pub fn error(alpha: &Matte, truth: &Matte, within: impl Fn(usize) -> bool) -> f64 {
    let pairs = alpha.data().iter().zip(truth.data()).enumerate();
    mean(pairs.filter(|(i, _)| within(*i)).map(|(_, (a, b))| f64::from((a - b).abs())))
}

/// Mean absolute second difference over time of alpha along the motion: of three frames in their
/// order, over the pixels of the middle one, by their index, that are `within`. `flows` lead from it to
/// the one before and to the one after. 0 where no pixel is.
///
/// Between pixels alpha is blended, which at a sharp edge is itself a difference: only motion by whole
/// pixels shows none where there is none.
#[must_use]
pub fn flicker(three: [&Matte; 3], flows: [&Flow; 2], within: impl Fn(usize) -> bool) -> f64 {
    let [before, here, after] = three;
    let width = (here.width() as usize).max(1);
    let pixels = here.data().iter().enumerate().filter(|(i, _)| within(*i));
    mean(pixels.map(|(i, &value)| {
        let (x, y) = ((i % width) as f32 + 0.5, (i / width) as f32 + 0.5);
        let carried = |matte: &Matte, flow: &Flow| {
            let [u, v] = flow.at(x, y);
            sample(matte, x + u, y + v)
        };
        f64::from((carried(before, flows[0]) - 2.0 * value + carried(after, flows[1])).abs())
    }))
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0_usize), |(sum, count), v| (sum + v, count + 1));
    if count == 0 { 0.0 } else { sum / count as f64 }
}

/// The bilinear value at (`x`, `y`) in pixels from the corner; the edge goes on outside.
fn sample(matte: &Matte, x: f32, y: f32) -> f32 {
    let (w, h) = (matte.width() as usize, matte.height() as usize);
    if w == 0 || h == 0 {
        return 0.0;
    }
    let (x, y) = ((x - 0.5).max(0.0).min((w - 1) as f32), (y - 0.5).max(0.0).min((h - 1) as f32));
    let (x0, y0) = (x as usize, y as usize);
    let (x1, y1) = ((x0 + 1).min(w - 1), (y0 + 1).min(h - 1));
    let (fx, fy) = (x - x0 as f32, y - y0 as f32);
    let at = |x: usize, y: usize| matte.data()[y * w + x];
    let (top, low) = (at(x0, y0) * (1.0 - fx) + at(x1, y0) * fx, at(x0, y1) * (1.0 - fx) + at(x1, y1) * fx);
    top * (1.0 - fy) + low * fy
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_moves_along_its_motion_does_not_flicker() {
        let ramp = |shift: f32| {
            Matte::new(20, 4, (0..80).map(|i| ((i % 20) as f32 - shift) / 20.0).collect()).expect("80 values")
        };
        let (a, b, c) = (ramp(1.0), ramp(3.0), ramp(5.0));
        let (back, on) = (Flow::uniform((20, 4), [-2.0, 0.0]), Flow::uniform((20, 4), [2.0, 0.0]));
        let inner = |i: usize| (4..16).contains(&(i % 20));
        assert!(flicker([&a, &b, &c], [&back, &on], inner) < 1e-6);
        let still = Flow::uniform((20, 4), [0.0, 0.0]);
        assert!(flicker([&a, &b, &c], [&still, &still], inner) < 1e-6, "steady change is no flicker");
        let trembled = flicker([&a, &c, &a], [&still, &still], inner);
        assert!((trembled - 0.4).abs() < 1e-5, "{trembled}");
    }

    #[test]
    fn errors_are_meant_over_what_is_asked_for() {
        let (a, b) = (Matte::filled(4, 1, 0.25), Matte::filled(4, 1, 1.0));
        assert_eq!(error(&a, &b, |i| i < 2), 0.75);
        assert_eq!(error(&a, &b, |_| false), 0.0);
    }
}

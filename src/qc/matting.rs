//! How far a matte is from the truth, in the four measures of C. Rhemann and others, "A Perceptually
//! Motivated Online Benchmark for Image Matting", CVPR 2009 (alphamatting.com), over the unknown band.

use crate::raster::Matte;

/// Width of the Gaussian whose derivative the gradient error uses, in pixels, as in the paper.
const SIGMA: f64 = 1.4;
/// Steps of alpha in which the connectivity error looks at connected regions.
const STEPS: u32 = 10;
/// How far a pixel may be above the level at which it is connected, as in the paper.
const LOOSE: f32 = 0.15;

/// The four errors, each 0 for a perfect matte. All but `mse` grow with the picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MattingErrors {
    /// Sum of absolute differences.
    pub sad: f64,
    /// Mean squared difference.
    pub mse: f64,
    /// Sum of squared differences of the gradients' lengths.
    pub gradient: f64,
    /// Sum of absolute differences of how well pixels are connected to the solid object.
    pub connectivity: f64,
}

/// Compares two mattes where `unknown` is set.
///
/// # Panics
/// When the sizes differ.
#[must_use]
pub fn matting_errors(found: &Matte, truth: &Matte, unknown: &[bool]) -> MattingErrors {
    assert_eq!((found.width(), found.height()), (truth.width(), truth.height()), "mattes of unequal size");
    assert_eq!(found.data().len(), unknown.len(), "a band of another size than the matte");
    let band = |a: &[f32], b: &[f32], each: fn(f64) -> f64| -> f64 {
        let pairs = a.iter().zip(b).zip(unknown).filter(|(_, u)| **u);
        pairs.map(|((a, b), _)| each(f64::from(*a) - f64::from(*b))).sum()
    };
    let count = unknown.iter().filter(|u| **u).count().max(1) as f64;
    let (fine, true_fine) = connected(found, truth);
    MattingErrors {
        sad: band(found.data(), truth.data(), f64::abs),
        mse: band(found.data(), truth.data(), |d| d * d) / count,
        gradient: band(&gradient(found), &gradient(truth), |d| d * d),
        connectivity: band(&fine, &true_fine, f64::abs),
    }
}

/// The length of each pixel's gradient, by derivatives of a Gaussian whose squares sum to 1.
fn gradient(matte: &Matte) -> Vec<f32> {
    let (w, h) = (matte.width() as usize, matte.height() as usize);
    // Beyond it the Gaussian is below a hundredth.
    let half =
        (SIGMA * (-2.0 * ((2.0 * std::f64::consts::PI).sqrt() * SIGMA * 0.01).ln()).sqrt()).ceil() as i64;
    let gauss: Vec<f64> = (-half..=half).map(|x| (-((x * x) as f64) / (2.0 * SIGMA * SIGMA)).exp()).collect();
    let slope: Vec<f64> = (-half..=half).zip(&gauss).map(|(x, g)| x as f64 * g).collect();
    let squares = |v: &[f64]| v.iter().map(|v| v * v).sum::<f64>();
    let norm = (squares(&gauss) * squares(&slope)).sqrt();
    let run = |source: &[f64], kernel: &[f64], step: usize, length: usize, at: usize, place: usize| {
        let taps = kernel.iter().zip(-half..=half);
        taps.map(|(k, d)| {
            let other = (place as i64 + d).clamp(0, length as i64 - 1) as usize;
            k * source[at + other * step - place * step]
        })
        .sum::<f64>()
    };
    let source: Vec<f64> = matte.data().iter().map(|&v| f64::from(v)).collect();
    let along =
        |kernel: &[f64]| -> Vec<f64> { (0..w * h).map(|i| run(&source, kernel, 1, w, i, i % w)).collect() };
    let (smooth, steep) = (along(&gauss), along(&slope));
    let both = (0..w * h).map(|i| {
        let x = run(&steep, &gauss, w, h, i, i / w);
        let y = run(&smooth, &slope, w, h, i, i / w);
        (x.hypot(y) / norm) as f32
    });
    both.collect()
}

/// How well each pixel of either matte is connected: 1 but for what it has above the highest level at
/// which it belongs to the largest region that both mattes have at that level.
fn connected(found: &Matte, truth: &Matte) -> (Vec<f32>, Vec<f32>) {
    let width = found.width() as usize;
    let mut level = vec![1.0_f32; found.data().len()];
    let mut open = vec![true; level.len()];
    for step in 1..=STEPS {
        let threshold = step as f32 / STEPS as f32;
        let both: Vec<bool> =
            found.data().iter().zip(truth.data()).map(|(a, b)| *a >= threshold && *b >= threshold).collect();
        let largest = largest_region(&both, width);
        for ((level, open), inside) in level.iter_mut().zip(&mut open).zip(&largest) {
            if *open && !inside {
                *level = (step - 1) as f32 / STEPS as f32;
                *open = false;
            }
        }
    }
    let degree = |matte: &Matte| {
        let above = matte.data().iter().zip(&level).map(|(v, l)| v - l);
        above.map(|d| if d >= LOOSE { 1.0 - d } else { 1.0 }).collect()
    };
    (degree(found), degree(truth))
}

/// The pixels of the largest region whose pixels touch by their sides; the first of several as large.
fn largest_region(set: &[bool], width: usize) -> Vec<bool> {
    let mut seen = vec![false; set.len()];
    let mut best: Vec<usize> = Vec::new();
    for start in 0..set.len() {
        if !set[start] || seen[start] {
            continue;
        }
        seen[start] = true;
        let mut region = vec![start];
        let mut next = 0;
        while let Some(&i) = region.get(next) {
            next += 1;
            let x = i % width;
            let sides = [
                (x > 0).then(|| i - 1),
                (x + 1 < width).then_some(i + 1),
                i.checked_sub(width),
                Some(i + width).filter(|&j| j < set.len()),
            ];
            for j in sides.into_iter().flatten().filter(|&j| set[j]) {
                if !seen[j] {
                    seen[j] = true;
                    region.push(j);
                }
            }
        }
        if region.len() > best.len() {
            best = region;
        }
    }
    let mut out = vec![false; set.len()];
    best.into_iter().for_each(|i| out[i] = true);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(values: &[f32]) -> Matte {
        Matte::new(values.len() as u32, 1, values.to_vec()).expect("one row")
    }

    #[test]
    fn differences_count_in_the_band_alone() {
        let errors = matting_errors(
            &row(&[0.0, 0.5, 1.0, 1.0]),
            &row(&[1.0, 0.25, 0.5, 1.0]),
            &[false, true, true, true],
        );
        // .25 and .5 of three.
        assert_eq!((errors.sad, errors.mse), (0.75, (0.0625 + 0.25) / 3.0));
        let same = matting_errors(&row(&[0.1, 0.9]), &row(&[0.1, 0.9]), &[true; 2]);
        assert_eq!(same, MattingErrors { sad: 0.0, mse: 0.0, gradient: 0.0, connectivity: 0.0 });
    }

    #[test]
    fn the_gradient_of_a_ramp() {
        // A ramp of a tenth a pixel, far from its ends. The Gaussian's derivative responds with slope times
        // the sum of x² g(x) times the sum of g(x), over the roots of the sums of their squares.
        let ramp = Matte::new(41, 21, (0..41 * 21).map(|i| (i % 41) as f32 * 0.1).collect()).expect("all");
        let g = |x: i32| (-f64::from(x * x) / (2.0 * 1.4 * 1.4)).exp();
        let sum = |each: &dyn Fn(i32) -> f64| (-4..=4).map(each).sum::<f64>();
        let norm = (sum(&|x| g(x) * g(x)) * sum(&|x| f64::from(x * x) * g(x) * g(x))).sqrt();
        let expected = 0.1 * sum(&|x| f64::from(x * x) * g(x)) * sum(&g) / norm;
        let found = gradient(&ramp)[10 * 41 + 20];
        assert!((f64::from(found) - expected).abs() < 1e-5, "{found}, not {expected}");
        // Against a flat matte, one pixel of the band: the square of it.
        let mut band = vec![false; 41 * 21];
        band[10 * 41 + 20] = true;
        let errors = matting_errors(&ramp, &Matte::filled(41, 21, 0.0), &band);
        assert!((errors.gradient - expected * expected).abs() < 1e-4, "{}", errors.gradient);
    }

    #[test]
    fn a_pixel_by_itself_is_not_connected() {
        // The truth has nothing at pixel 5, the matte found has .6 there, cut off from the object.
        let truth = row(&[1.0, 1.0, 1.0, 0.0, 0.0, 0.0]);
        let found = row(&[1.0, 1.0, 1.0, 0.0, 0.0, 0.6]);
        let errors = matting_errors(&found, &truth, &[true; 6]);
        // At level .1 pixel 5 is not in the common region, so its level is 0 and .6 is above it.
        assert!((errors.connectivity - 0.6).abs() < 1e-6, "{}", errors.connectivity);
        // .1 above the level is let pass.
        let near = matting_errors(&row(&[1.0, 1.0, 1.0, 0.0, 0.0, 0.1]), &truth, &[true; 6]);
        assert_eq!(near.connectivity, 0.0);
    }
}

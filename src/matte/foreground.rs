//! The object's own colours at its edge, freed from the background's (T. Germer and others, "Fast
//! Multi-Level Foreground Estimation", ICPR 2020).
//!
//! From coarse to fine, foreground and background are made to explain each pixel, `alpha * foreground +
//! (1 - alpha) * background`, and to be smooth, most where alpha changes. The equations are linear in the
//! colours, so scene-linear light above 1 and below 0 is as good as any.

use super::error::Error;
use crate::raster::{Matte, RectI, SizeError};
use rayon::prelude::*;

/// What becomes of the colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Output {
    /// The object's colours as they are; they are to be multiplied by alpha when put over something. What
    /// alpha leaves alone keeps its bytes.
    #[default]
    Straight,
    /// Multiplied by alpha: black where there is no object.
    Premultiplied,
}

/// How much neighbours are alike where alpha is constant.
const ALIKE: f32 = 1e-5;
/// How much more they are for each step of 1 in alpha.
const STEEP: f32 = 1.0;
/// Pixels around the band from which colours are taken.
const MARGIN: i32 = 16;
/// Steps on grids of at most [`SMALL`] pixels a side, and on larger ones.
const ITERATIONS: (usize, usize) = (20, 3);
/// See [`ITERATIONS`].
const SMALL: usize = 32;

/// A pixel's foreground and background.
type Pair = [[f32; 3]; 2];

/// Replaces the colours of `rgb` (R G B interleaved, any range) where `alpha` is neither 0 nor 1 by those of
/// the object. Colours that are not numbers count as 0 there.
///
/// # Errors
/// [`Error::Buffer`] when `rgb` does not have the pixels of `alpha`.
pub fn decontaminate(rgb: &mut [f32], alpha: &Matte, output: Output) -> Result<(), Error> {
    let (width, height) = (alpha.width(), alpha.height());
    let expected = alpha.data().len() * 3;
    if rgb.len() != expected {
        let found = rgb.len();
        return Err(SizeError { what: "a picture of colours", width, height, expected, found }.into());
    }
    if let Some(part) = band(alpha) {
        let (w, pw) = (width as usize, part.width() as usize);
        let found = levels(rgb, alpha, part);
        let rows = rgb.par_chunks_exact_mut(3 * w).skip(part.y0 as usize).zip(found.par_chunks_exact(pw));
        rows.enumerate().for_each(|(y, (row, found))| {
            let alphas = &alpha.data()[(y + part.y0 as usize) * w + part.x0 as usize..][..pw];
            let colours = row[3 * part.x0 as usize..].as_chunks_mut::<3>().0;
            for ((colour, pair), a) in colours.iter_mut().zip(found).zip(alphas) {
                if *a > 0.0 && *a < 1.0 {
                    *colour = pair[0];
                }
            }
        });
    }
    if output == Output::Premultiplied {
        rgb.as_chunks_mut::<3>().0.par_iter_mut().zip(alpha.data()).for_each(|(colour, a)| {
            *colour = colour.map(|v| if *a > 0.0 { v * a } else { 0.0 });
        });
    }
    Ok(())
}

/// The rectangle of what is neither 0 nor 1, with a margin.
fn band(alpha: &Matte) -> Option<RectI> {
    let (w, h) = (alpha.width() as i32, alpha.height() as i32);
    let soft = |v: &f32| *v > 0.0 && *v < 1.0;
    let rows = alpha.data().par_chunks_exact(w.max(1) as usize).enumerate().filter_map(|(y, row)| {
        let (first, last) = (row.iter().position(soft)? as i32, row.iter().rposition(soft)? as i32);
        Some([first, y as i32, last + 1, y as i32 + 1])
    });
    let [x0, y0, x1, y1] =
        rows.reduce_with(|a, b| [a[0].min(b[0]), a[1].min(b[1]), a[2].max(b[2]), a[3].max(b[3])])?;
    Some(RectI::new(x0 - MARGIN, y0 - MARGIN, x1 + MARGIN, y1 + MARGIN).intersect(&RectI::new(0, 0, w, h)))
}

/// A grid of the picture's part.
struct Level {
    width: usize,
    height: usize,
    /// Pixels of the part to one of this grid, as a power of two.
    shift: u32,
}

/// Foreground and background of all pixels of a part.
fn levels(rgb: &[f32], alpha: &Matte, part: RectI) -> Vec<Pair> {
    let (pw, ph) = (part.width() as usize, part.height() as usize);
    let mut shift = 0;
    while (pw.max(ph) >> shift) > 4 {
        shift += 1;
    }
    let mut above: Option<(Level, Vec<Pair>)> = None;
    for shift in (0..=shift).rev() {
        let level = Level { width: pw.div_ceil(1 << shift), height: ph.div_ceil(1 << shift), shift };
        let pairs = solve(rgb, alpha, part, &level, above.as_ref());
        above = Some((level, pairs));
    }
    above.map_or_else(Vec::new, |a| a.1)
}

fn solve(
    rgb: &[f32],
    alpha: &Matte,
    part: RectI,
    level: &Level,
    above: Option<&(Level, Vec<Pair>)>,
) -> Vec<Pair> {
    let (lw, lh) = (level.width, level.height);
    let w = alpha.width() as usize;
    // The pixel of the picture in the middle of each of the grid.
    let place = |x: usize, y: usize| {
        let middle = (1_usize << level.shift) / 2;
        let column = ((x << level.shift) + middle).min(part.width() as usize - 1) + part.x0 as usize;
        let row = ((y << level.shift) + middle).min(part.height() as usize - 1) + part.y0 as usize;
        row * w + column
    };
    let small = lw.max(lh) <= SMALL;
    let opacity = |i: usize| {
        let a = alpha.data()[i];
        if a.is_finite() { a.clamp(0.0, 1.0) } else { 0.0 }
    };
    let mut now = vec![Pair::default(); lw * lh];
    let mut alphas = vec![0.0_f32; lw * lh];
    now.par_chunks_exact_mut(lw).zip(alphas.par_chunks_exact_mut(lw)).enumerate().for_each(
        |(y, (pairs, alphas))| {
            for (x, (pair, a)) in pairs.iter_mut().zip(alphas).enumerate() {
                let i = place(x, y);
                *a = opacity(i);
                let colour = colour(rgb, i);
                *pair = match above {
                    Some((coarse, found)) => found[y / 2 * coarse.width + x / 2],
                    None => [colour; 2],
                };
                if *a >= 1.0 {
                    pair[0] = colour;
                } else if *a <= 0.0 {
                    pair[1] = colour;
                }
            }
        },
    );
    let mut next = now.clone();
    for _ in 0..if small { ITERATIONS.0 } else { ITERATIONS.1 } {
        next.par_chunks_exact_mut(lw).enumerate().for_each(|(y, out)| {
            for (x, out) in out.iter_mut().enumerate() {
                let i = y * lw + x;
                let a = alphas[i];
                // Coarse grids carry colours to where there are none, fine ones need only the band.
                if !small && (a <= 0.0 || a >= 1.0) {
                    continue;
                }
                let beside = [
                    if x > 0 { i - 1 } else { i },
                    if x + 1 < lw { i + 1 } else { i },
                    if y > 0 { i - lw } else { i },
                    if y + 1 < lh { i + lw } else { i },
                ];
                *out = explain(a, colour(rgb, place(x, y)), beside.map(|j| (alphas[j], &now[j])));
            }
        });
        std::mem::swap(&mut now, &mut next);
    }
    now
}

fn colour(rgb: &[f32], i: usize) -> [f32; 3] {
    [0, 1, 2].map(|c| {
        let v = rgb[3 * i + c];
        if v.is_finite() { v } else { 0.0 }
    })
}

/// The pair of colours that explains a pixel and is like those beside it.
fn explain(a: f32, colour: [f32; 3], beside: [(f32, &Pair); 4]) -> Pair {
    let b = 1.0 - a;
    let (mut total, mut sums) = (0.0, Pair::default());
    for (other, pair) in beside {
        let weight = ALIKE + STEEP * (other - a).abs();
        total += weight;
        for (sum, side) in sums.iter_mut().zip(pair) {
            for (s, v) in sum.iter_mut().zip(side) {
                *s += weight * v;
            }
        }
    }
    // Two equations: what is not explained goes to both by their share, after each took the mean of its
    // neighbours. Written by the mean, as that does not cancel where the weights are small.
    let scale = 1.0 / (a * a + b * b + total);
    let mut out = Pair::default();
    for c in 0..3 {
        let (f, g) = (sums[0][c] / total, sums[1][c] / total);
        let missing = (colour[c] - a * f - b * g) * scale;
        out[0][c] = f + a * missing;
        out[1][c] = g + b * missing;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A soft disk of one colour over a background of another, composed in linear light.
    fn scene(front: [f32; 3], back: [f32; 3]) -> (Vec<f32>, Matte) {
        let mut alpha = Matte::filled(90, 70, 0.0);
        let mut rgb = Vec::new();
        for (i, a) in alpha.data_mut().iter_mut().enumerate() {
            let r = ((i % 90) as f32 - 45.0).hypot((i / 90) as f32 - 35.0);
            *a = ((30.0 - r) / 10.0).clamp(0.0, 1.0);
            rgb.extend([0, 1, 2].map(|c| *a * front[c] + (1.0 - *a) * back[c]));
        }
        (rgb, alpha)
    }

    #[test]
    fn the_objects_colours_are_found_in_any_range() {
        for (front, back) in [
            ([0.8, 0.4, 0.1], [0.1, 0.7, 0.2]),
            ([12.0, -0.5, 3.0], [0.0, 40.0, -2.0]),
            ([0.001, 0.002, 0.0], [0.004, 0.001, 0.003]),
        ] {
            let (mut rgb, alpha) = scene(front, back);
            let plate = rgb.clone();
            decontaminate(&mut rgb, &alpha, Output::Straight).expect("sizes agree");
            let span: f32 = front.iter().zip(back).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            for (i, a) in alpha.data().iter().enumerate() {
                if *a <= 0.0 || *a >= 1.0 {
                    assert_eq!(rgb[3 * i..3 * i + 3], plate[3 * i..3 * i + 3]);
                    continue;
                }
                for c in 0..3 {
                    let error = (rgb[3 * i + c] - front[c]).abs() / span;
                    assert!(error < 0.02, "{front:?} at {i}, alpha {a}: {error}");
                }
            }
        }
    }

    #[test]
    fn premultiplied_colours_are_black_outside() {
        let (rgb, alpha) = scene([12.0, -0.5, 3.0], [0.0, 40.0, -2.0]);
        let (mut straight, mut over) = (rgb.clone(), rgb);
        decontaminate(&mut straight, &alpha, Output::Straight).expect("sizes agree");
        decontaminate(&mut over, &alpha, Output::Premultiplied).expect("sizes agree");
        for (i, v) in over.iter().enumerate() {
            let a = alpha.data()[i / 3];
            assert_eq!(*v, if a > 0.0 { a * straight[i] } else { 0.0 });
        }
    }

    #[test]
    fn odd_pictures_do_no_harm() {
        let mut rgb = vec![f32::NAN, f32::INFINITY, 1.0, 0.5, 0.5, 0.5];
        let alpha = Matte::new(2, 1, vec![0.5, f32::NAN]).expect("two pixels");
        decontaminate(&mut rgb, &alpha, Output::Straight).expect("sizes agree");
        assert!(rgb.iter().all(|v| v.is_finite()), "{rgb:?}");
        let error = decontaminate(&mut rgb[..3], &alpha, Output::Straight).expect_err("too few").to_string();
        assert_eq!(error, "a picture of colours of 2x1 pixels needs 6 values, found 3");
        decontaminate(&mut [], &Matte::filled(0, 0, 0.0), Output::Premultiplied).expect("nothing to do");
    }

    #[test]
    fn any_number_of_threads_gives_the_same_bytes() {
        let on = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads start");
            let (mut rgb, alpha) = scene([12.0, -0.5, 3.0], [0.0, 40.0, -2.0]);
            pool.install(|| decontaminate(&mut rgb, &alpha, Output::Straight)).expect("sizes agree");
            rgb.iter().map(|v| v.to_bits()).collect::<Vec<_>>()
        };
        assert_eq!(on(1), on(4));
    }
}

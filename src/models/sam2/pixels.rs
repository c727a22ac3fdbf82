//! From mattes to the network's input, and from its logits to mattes.
//!
//! All of it is computed pixel by pixel in the same way however the rows are shared out, so that
//! results do not depend on the number of threads.

use rayon::prelude::*;

use crate::raster::{Matte, RectI, resize};

/// Rows that one thread takes at a time.
const BAND: usize = 32;

/// Logits up to this are no object: chances below 1/1024.
const NONE: f32 = -6.94;

/// The matte of a `width` x `height` frame from `logits` of `side` x `side`: enlarged first, as the
/// reference does, so that edges stay sharp. Where all logits about a pixel are no object it is 0.
pub(super) fn matte(logits: &[f32], side: usize, width: u32, height: u32) -> Matte {
    let mut matte = Matte::filled(width, height, 0.0);
    let cells = Matte::new(side as u32, side as u32, logits.to_vec()).ok();
    let Some(cells) = cells.and_then(|cells| cells.bounds(|v| *v > NONE)) else { return matte };
    // A pixel lies between the centres of the cells about it.
    let from = |cell: i32, of: u32| (i64::from(cell - 1) * i64::from(of) / side as i64) as i32;
    let to = |cell: i32, of: u32| ((i64::from(cell + 1) * i64::from(of)) as u64).div_ceil(side as u64) as i32;
    let part =
        RectI::new(from(cells.x0, width), from(cells.y0, height), to(cells.x1, width), to(cells.y1, height))
            .intersect(&RectI::of_size(width, height));
    let corner = (part.x0 as usize, part.y0 as usize);
    let mut rows: Vec<&mut [f32]> = matte.rows_mut(part).collect();
    enlarge((logits, side), (width as usize, height as usize), corner, &mut rows, sigmoid);
    matte
}

/// The mask that is remembered, from `logits` of `side` x `side`, at four times the side into `out`:
/// cut at zero where an artist gave a `prompt`, else soft; then through scale and bias.
pub(super) fn remembered(
    logits: &[f32],
    side: usize,
    prompt: bool,
    (scale, bias): (f32, f32),
    out: &mut Vec<f32>,
) {
    out.resize(16 * side * side, 0.0);
    let width = 4 * side;
    let mut rows: Vec<&mut [f32]> = out.chunks_exact_mut(width.max(1)).collect();
    if prompt {
        let cut = |v| if v > 0.0 { scale + bias } else { bias };
        enlarge((logits, side), (width, width), (0, 0), &mut rows, cut);
    } else {
        enlarge((logits, side), (width, width), (0, 0), &mut rows, |v| sigmoid(v) * scale + bias);
    }
}

/// 0 or 1 for each pixel of `matte` stretched to a square of `side` pixels, into `out`. Gives whether
/// there is a 1.
pub(super) fn cut(matte: &Matte, side: usize, out: &mut Vec<f32>) -> bool {
    let small = resize::matte(matte, side as u32, side as u32);
    out.clear();
    out.extend(small.data().iter().map(|v| f32::from(u8::from(*v >= 0.5))));
    out.contains(&1.0)
}

/// Where each pixel of a row or column of `to` lies among `from`: the one before, the one after, and
/// how far towards it. Pixel centres are aligned, and edges go on outside.
fn taps(from: usize, to: usize) -> Vec<(usize, usize, f32)> {
    let scale = from as f32 / to as f32;
    let tap = |i: usize| {
        let at = ((i as f32 + 0.5) * scale - 0.5).max(0.0);
        let before = (at as usize).min(from - 1);
        (before, (before + 1).min(from - 1), at - before as f32)
    };
    (0..to).map(tap).collect()
}

/// Bilinear resize of `values`, `side` x `side`, to a picture of `size`, of which `out` is the rows of a part
/// that begins at `corner`; each pixel goes through `finish`.
fn enlarge(
    (values, side): (&[f32], usize),
    size: (usize, usize),
    corner: (usize, usize),
    out: &mut [&mut [f32]],
    finish: impl Fn(f32) -> f32 + Sync,
) {
    let width = out.first().map_or(0, |row| row.len());
    if width == 0 {
        return;
    }
    let (across, down) = (taps(side, size.0), taps(side, size.1));
    let (across, down) = (&across[corner.0..], &down[corner.1..]);
    let widen = |row: usize, wide: &mut [f32]| {
        let row = &values[row * side..(row + 1) * side];
        for (v, &(a, b, f)) in wide.iter_mut().zip(across) {
            *v = row[a] * (1.0 - f) + row[b] * f;
        }
    };
    out.par_chunks_mut(BAND).enumerate().for_each(|(band, rows)| {
        // Two neighbouring rows of `values` at full width; most rows of `out` lie between the same two.
        let mut wide = [vec![0.0; width], vec![0.0; width]];
        let mut held = [usize::MAX; 2];
        for (row, &(a, b, f)) in rows.iter_mut().zip(&down[band * BAND..]) {
            if held[1] == a {
                wide.swap(0, 1);
                held.swap(0, 1);
            }
            for (wanted, (held, wide)) in [a, b].into_iter().zip(held.iter_mut().zip(&mut wide)) {
                if *held != wanted {
                    widen(wanted, wide);
                    *held = wanted;
                }
            }
            let [above, below] = &wide;
            for ((v, above), below) in row.iter_mut().zip(above).zip(below) {
                *v = finish(above * (1.0 - f) + below * f);
            }
        }
    });
}

/// 1 / (1 + e^-x) within 2e-7, in arithmetic that compiles to vector instructions, which the
/// library's `exp` does not.
fn sigmoid(x: f32) -> f32 {
    // Beyond this e^-x has no room in 32 bits.
    let z = if x > 87.0 { -87.0 } else { -x };
    let z = if z > 87.0 { 87.0 } else { z };
    // e^z = 2^n e^r with n whole and r within half of ln 2: adding 1.5 x 2^23 leaves n in the low bits.
    const ROUND: f32 = 12_582_912.0;
    let shifted = z * std::f32::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    // ln 2 in two parts, of which the first times n is exact.
    let r = z - n * 0.693_359_4 - n * -2.121_944_4e-4;
    // The Taylor series to the sixth power is off by less than 2e-7.
    let series =
        1.0 + r * (1.0 + r * (0.5 + r * (1.0 / 6.0 + r * (1.0 / 24.0 + r * (1.0 / 120.0 + r / 720.0)))));
    let power = f32::from_bits(shifted.to_bits().wrapping_sub(ROUND.to_bits()).wrapping_add(127) << 23);
    1.0 / (1.0 + series * power)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn enlarged(values: (&[f32], usize), width: usize, out: &mut [f32]) {
        let height = out.len() / width;
        let mut rows: Vec<&mut [f32]> = out.chunks_exact_mut(width).collect();
        enlarge(values, (width, height), (0, 0), &mut rows, |v| v);
    }

    #[test]
    fn a_matte_is_made_where_the_object_may_be_and_is_the_same() {
        let mut random = fastrand::Rng::with_seed(5);
        let mut logits = vec![-30.0_f32; 64 * 64];
        for y in 20..31 {
            logits[y * 64 + 40..y * 64 + 50].iter_mut().for_each(|v| *v = 20.0 * random.f32() - 10.0);
        }
        for (width, height) in [(200, 120), (64, 64), (31, 77)] {
            let found = matte(&logits, 64, width, height);
            let mut whole = vec![0.0; (width * height) as usize];
            enlarged((&logits, 64), width as usize, &mut whole);
            assert!(found.support().width() < width / 2 && found.support().height() < height / 2);
            for (a, b) in found.data().iter().zip(&whole) {
                let b = sigmoid(*b);
                assert!(*a == b || (*a == 0.0 && b < 1.0 / 1024.0), "{a} for {b}");
            }
        }
        assert!(matte(&[-30.0; 16], 4, 9, 9).support().is_empty());
    }

    #[test]
    fn the_sigmoid_is_one() {
        for i in -40_000..40_000 {
            let x = i as f32 * 0.0031;
            let exact = 1.0 / (1.0 + (-f64::from(x)).exp());
            assert!((f64::from(sigmoid(x)) - exact).abs() < 2e-7, "{x}: {} for {exact}", sigmoid(x));
        }
        assert_eq!((sigmoid(1e30), sigmoid(-1024.0) < 1e-30), (1.0, true));
        assert_eq!((sigmoid(0.0), sigmoid(f32::MAX)), (0.5, 1.0));
    }

    #[test]
    fn enlarging_aligns_the_centres_of_pixels() {
        // By hand: at twice the size the weights are 1/4 and 3/4, and edges go on.
        let mut out = vec![0.0; 16];
        enlarged((&[0.0, 4.0, 8.0, 12.0], 2), 4, &mut out);
        assert_eq!(out, [0.0, 1.0, 3.0, 4.0, 2.0, 3.0, 5.0, 6.0, 6.0, 7.0, 9.0, 10.0, 8.0, 9.0, 11.0, 12.0]);
        // A slope stays one at any size, up and down, but for the edges.
        let slope: Vec<f32> = (0..32 * 32).map(|i| (i / 32 + i % 32) as f32).collect();
        for (width, height) in [(77, 130), (9, 5), (32, 32), (1, 1)] {
            let mut out = vec![0.0; width * height];
            enlarged((&slope, 32), width, &mut out);
            for (i, v) in out.iter().enumerate() {
                let at = |i: usize, to: usize| ((i as f32 + 0.5) * 32.0 / to as f32 - 0.5).clamp(0.0, 31.0);
                let expected = at(i % width, width) + at(i / width, height);
                assert!((v - expected).abs() < 1e-4, "{v} at {i} of {width} x {height}, expected {expected}");
            }
        }
    }

    #[test]
    fn what_is_remembered_is_cut_for_prompts_and_soft_otherwise() {
        let mut out = Vec::new();
        remembered(&[1.0; 4], 2, true, (20.0, -10.0), &mut out);
        assert_eq!(out, [10.0; 64]);
        remembered(&[0.0; 4], 2, true, (20.0, -10.0), &mut out);
        assert_eq!(out, [-10.0; 64]);
        remembered(&[0.0; 4], 2, false, (20.0, -10.0), &mut out);
        assert_eq!(out, [0.0; 64]);
    }

    #[test]
    fn an_empty_mask_has_no_object() {
        let mut out = Vec::new();
        assert!(!cut(&Matte::filled(30, 20, 0.4), 64, &mut out));
        assert!(cut(&Matte::filled(30, 20, 0.5), 64, &mut out));
        assert_eq!(out, vec![1.0; 64 * 64]);
    }
}

//! Conjugate gradients on the band.

use super::band::{Band, Chunk, Run};
use super::laplacian::Operator;
use super::multigrid::Multigrid;
use rayon::prelude::*;
use std::sync::atomic::{AtomicU32, Ordering};

/// When the solver stops.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// When no pixel moves farther in a step.
    pub tolerance: f32,
    /// After so many steps.
    pub iterations: usize,
}

/// Changes the unknown pixels of `x` (packed) until `operator` gives 0 but for `pull`, what each packed
/// pixel is drawn by. Returns the steps done.
pub fn solve(
    band: &Band,
    operator: &Operator,
    grids: &Multigrid,
    pull: Option<&[f32]>,
    x: &mut [f32],
    limits: Limits,
) -> usize {
    let mut vectors = [(); 5].map(|()| band.vector());
    let [r, p, q, z, rest] = &mut vectors;
    let mut scratch = grids.scratch();
    each(band, r, &mut [], |chunk, r, _| {
        for run in &band.runs[chunk.runs.clone()] {
            let r = part(r, chunk, run);
            operator.apply(run, x, r);
            r.iter_mut().for_each(|r| *r = -*r);
            if let Some(pull) = pull {
                r.iter_mut().zip(&pull[run.at[2]..]).for_each(|(r, v)| *r += v);
            }
        }
        0.0
    });
    let mut before = 0.0;
    for iteration in 0..limits.iterations {
        grids.cycle(band, operator, r, (z, rest), &mut scratch);
        let rz = each(band, p, &mut [], |chunk, _, _| {
            let places = chunk.pixels.clone();
            dot(&r[places.clone()], &z[places])
        });
        if rz <= 0.0 || !rz.is_finite() {
            return iteration;
        }
        let factor = if iteration == 0 { 0.0 } else { (rz / before) as f32 };
        before = rz;
        each(band, p, &mut [], |chunk, p, _| {
            p.iter_mut().zip(&z[chunk.pixels.clone()]).for_each(|(p, z)| *p = z + factor * *p);
            0.0
        });
        let pq = each(band, q, &mut [], |chunk, q, _| {
            let mut sum = 0.0;
            for run in &band.runs[chunk.runs.clone()] {
                let q = part(q, chunk, run);
                operator.apply(run, p, q);
                sum += dot(q, &p[run.at[2]..run.at[2] + run.len]);
            }
            sum
        });
        if pq <= 0.0 || !pq.is_finite() {
            return iteration;
        }
        let step = (rz / pq) as f32;
        let farthest = AtomicU32::new(0);
        each(band, x, r, |chunk, x, r| {
            let mut most = 0.0_f32;
            let places = chunk.pixels.clone();
            for (((x, r), p), q) in x.iter_mut().zip(r).zip(&p[places.clone()]).zip(&q[places]) {
                *x += step * p;
                *r -= step * q;
                most = most.max((step * p).abs());
            }
            farthest.fetch_max(most.to_bits(), Ordering::Relaxed);
            0.0
        });
        if f32::from_bits(farthest.into_inner()) < limits.tolerance {
            return iteration + 1;
        }
    }
    limits.iterations
}

/// The pixels of a run, of the values of a chunk.
fn part<'a>(values: &'a mut [f32], chunk: &Chunk, run: &Run) -> &'a mut [f32] {
    &mut values[run.at[2] - chunk.pixels.start..][..run.len]
}

/// The scalar product: in eight sums of 32 bits, a few hundred terms each, then in 64 bits.
fn dot(a: &[f32], b: &[f32]) -> f64 {
    let mut sum = 0.0_f64;
    for (a, b) in a.chunks(1024).zip(b.chunks(1024)) {
        let mut eight = [0.0_f32; 8];
        let (whole, rest) = a.as_chunks::<8>();
        let (other, more) = b.as_chunks::<8>();
        for (a, b) in whole.iter().zip(other) {
            for i in 0..8 {
                eight[i] += a[i] * b[i];
            }
        }
        sum += eight
            .iter()
            .chain([&rest.iter().zip(more).map(|(a, b)| a * b).sum()])
            .map(|&v| f64::from(v))
            .sum::<f64>();
    }
    sum
}

/// Works on the chunks of two vectors (the second may be empty) and adds up what each gives, in order.
fn each(
    band: &Band,
    a: &mut [f32],
    b: &mut [f32],
    work: impl Fn(&Chunk, &mut [f32], &mut [f32]) -> f64 + Sync,
) -> f64 {
    let mut sums = vec![0.0_f64; band.chunks.len()];
    let a = band.split(a, 1);
    let b: Vec<&mut [f32]> =
        if b.is_empty() { a.iter().map(|_| <&mut [f32]>::default()).collect() } else { band.split(b, 1) };
    if sums.len() <= 2 {
        let chunks = band.chunks.iter().zip(a.into_iter().zip(b)).zip(&mut sums);
        chunks.for_each(|((chunk, (a, b)), sum)| *sum = work(chunk, a, b));
        return sums.iter().sum();
    }
    let chunks = band.chunks.par_iter().zip(a.into_par_iter().zip(b)).zip(&mut sums);
    chunks.for_each(|((chunk, (a, b)), sum)| *sum = work(chunk, a, b));
    sums.iter().sum()
}

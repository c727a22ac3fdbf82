//! Conjugate gradients on the band.

use super::band::{Band, Chunk};
use super::laplacian::Laplacian;
use rayon::prelude::*;

/// The system of equations of a band: the Laplacian, and how much each unknown pixel is drawn to a value.
pub struct System<'a> {
    pub band: &'a Band,
    pub laplacian: &'a Laplacian,
    /// How much each packed pixel is drawn to its value of `pull`.
    pub weight: f32,
    pub pull: Option<&'a [f32]>,
}

/// When the solver stops.
pub struct Limits {
    pub tolerance: f32,
    pub iterations: usize,
}

impl System<'_> {
    /// Changes the unknown pixels of `x` (packed) until the equations hold. Returns the iterations done.
    pub fn solve(&self, x: &mut [f32], limits: &Limits) -> usize {
        let n = self.band.len;
        let inverse: Vec<f32> =
            self.laplacian.diagonal.par_iter().map(|d| 1.0 / (d + self.weight).max(1e-12)).collect();
        let (mut r, mut p, mut q) = (vec![0.0_f32; n], vec![0.0_f32; n], vec![0.0_f32; n]);
        let mut rz = self.each(&mut r, &mut p, |chunk, r, p| {
            let mut sum = 0.0_f64;
            for run in &self.band.runs[chunk.runs.clone()] {
                let here = run.at[2] - chunk.pixels.start..run.at[2] - chunk.pixels.start + run.len;
                let (r, p) = (&mut r[here.clone()], &mut p[here]);
                self.laplacian.apply(self.band, run, x, r);
                let packed = run.at[2]..run.at[2] + run.len;
                if let Some(pull) = self.pull {
                    for ((r, x), s) in r.iter_mut().zip(&x[packed.clone()]).zip(&pull[packed.clone()]) {
                        *r += self.weight * (x - s);
                    }
                }
                for ((r, p), m) in r.iter_mut().zip(p).zip(&inverse[packed]) {
                    *r = -*r;
                    *p = *r * m;
                    sum += f64::from(*r * *p);
                }
            }
            sum
        });
        for iteration in 0..limits.iterations {
            if rz <= 0.0 {
                return iteration;
            }
            let pq = self.each(&mut q, &mut [], |chunk, q, _| {
                let mut sum = 0.0_f64;
                for run in &self.band.runs[chunk.runs.clone()] {
                    let q = &mut q[run.at[2] - chunk.pixels.start..][..run.len];
                    self.laplacian.apply(self.band, run, &p, q);
                    let p = &p[run.at[2]..run.at[2] + run.len];
                    let mut part = 0.0_f32;
                    for (q, p) in q.iter_mut().zip(p) {
                        *q += self.weight * p;
                        part += *q * p;
                    }
                    sum += f64::from(part);
                }
                sum
            });
            if pq <= 0.0 || !pq.is_finite() {
                return iteration;
            }
            let step = (rz / pq) as f32;
            let moved = std::sync::atomic::AtomicU32::new(0);
            let next = self.each(x, &mut r, |chunk, x, r| {
                let mut sum = 0.0_f64;
                let mut most = 0.0_f32;
                for run in &self.band.runs[chunk.runs.clone()] {
                    let here = run.at[2] - chunk.pixels.start..run.at[2] - chunk.pixels.start + run.len;
                    let packed = run.at[2]..run.at[2] + run.len;
                    let (p, q, m) = (&p[packed.clone()], &q[packed.clone()], &inverse[packed]);
                    let mut part = 0.0_f32;
                    for ((((x, r), p), q), m) in
                        x[here.clone()].iter_mut().zip(&mut r[here]).zip(p).zip(q).zip(m)
                    {
                        *x += step * p;
                        *r -= step * q;
                        part += *r * *r * m;
                        most = most.max((step * p).abs());
                    }
                    sum += f64::from(part);
                }
                moved.fetch_max(most.to_bits(), std::sync::atomic::Ordering::Relaxed);
                sum
            });
            let factor = (next / rz) as f32;
            rz = next;
            if f32::from_bits(moved.into_inner()) < limits.tolerance {
                return iteration + 1;
            }
            self.each(&mut p, &mut [], |chunk, p, _| {
                for run in &self.band.runs[chunk.runs.clone()] {
                    let here = run.at[2] - chunk.pixels.start..run.at[2] - chunk.pixels.start + run.len;
                    let packed = run.at[2]..run.at[2] + run.len;
                    for ((p, r), m) in p[here].iter_mut().zip(&r[packed.clone()]).zip(&inverse[packed]) {
                        *p = r * m + factor * *p;
                    }
                }
                0.0
            });
        }
        limits.iterations
    }

    /// Works on the chunks of two vectors (the second may be empty) and adds up what each gives, in order.
    fn each(
        &self,
        a: &mut [f32],
        b: &mut [f32],
        work: impl Fn(&Chunk, &mut [f32], &mut [f32]) -> f64 + Sync,
    ) -> f64 {
        let mut sums = vec![0.0_f64; self.band.chunks.len()];
        let a = self.band.split(a, 1);
        let b: Vec<&mut [f32]> = if b.is_empty() {
            a.iter().map(|_| <&mut [f32]>::default()).collect()
        } else {
            self.band.split(b, 1)
        };
        let chunks = self.band.chunks.par_iter().zip(a.into_par_iter().zip(b)).zip(&mut sums);
        chunks.for_each(|((chunk, (a, b)), sum)| *sum = work(chunk, a, b));
        sums.iter().sum()
    }
}

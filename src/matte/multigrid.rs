//! An approximate inverse of the matting Laplacian: a cycle through grids of half the size each.
//!
//! Four unknown pixels in a square are one of the next coarser grid, whose matrix is what the finer one is
//! on pictures that are constant in the squares (Galerkin). Between grids errors are smoothed by a damped
//! Jacobi step before and after, so that the cycle is symmetric, as conjugate gradients ask for.

use super::band::{Band, Chunk};
use super::laplacian::{NONE, Operator};
use super::trimap::Zone;
use rayon::prelude::*;

/// How far a smoothing step goes. The largest eigenvalue of the Laplacian over its diagonal is near 2.
const STEP: f32 = 0.7;
/// A coarse correction goes farther than its grid says, as squares of constant alpha are stiffer than the
/// finer grid is. Below 2.
const FARTHER: f32 = 1.0;
/// Grids are not made coarser than this many unknown pixels.
const FEWEST: usize = 60;
/// Smoothing steps on the coarsest grid.
const LAST: usize = 12;

/// A coarser grid, and how it hangs together with the finer one.
struct Grid {
    band: Band,
    operator: Operator,
    /// For each packed pixel of the finer band the one of this band that it is in.
    parents: Vec<u32>,
    /// For each packed pixel the four of the finer band in it; the first packed pixel stands for none.
    children: Vec<[u32; 4]>,
}

/// All grids but the finest.
pub struct Multigrid {
    grids: Vec<Grid>,
}

/// Vectors that a cycle works with, one for each grid.
pub struct Scratch {
    grids: Vec<[Vec<f32>; 3]>,
}

impl Multigrid {
    /// Grids below `band`.
    pub fn new(band: &Band, operator: &Operator, size: (usize, usize)) -> Self {
        let mut grids: Vec<Grid> = Vec::new();
        let mut size = size;
        loop {
            let (fine, above) = grids.last().map_or((band, operator), |g| (&g.band, &g.operator));
            if fine.unknown <= FEWEST || grids.len() >= 12 {
                return Self { grids };
            }
            let coarse = Grid::below(fine, above, &mut size);
            if coarse.band.unknown * 4 > fine.unknown * 3 {
                return Self { grids };
            }
            grids.push(coarse);
        }
    }

    /// The first grid below the finest, and which of its pixels each packed pixel is in.
    #[cfg(test)]
    pub fn first(&self) -> Option<(&Band, &Operator, &[u32])> {
        self.grids.first().map(|g| (&g.band, &g.operator, g.parents.as_slice()))
    }

    /// Room for cycles over `band`.
    pub fn scratch(&self) -> Scratch {
        let room = |grid: &Grid| [(); 3].map(|()| grid.band.vector());
        Scratch { grids: self.grids.iter().map(room).collect() }
    }

    /// Solves for `z` approximately where the matrix times `z` is `r`, on the band that this was made for.
    pub fn cycle(
        &self,
        band: &Band,
        operator: &Operator,
        r: &[f32],
        (z, rest): (&mut [f32], &mut [f32]),
        scratch: &mut Scratch,
    ) {
        descend(&self.grids, band, operator, r, (z, rest), &mut scratch.grids);
    }
}

fn descend(
    grids: &[Grid],
    band: &Band,
    operator: &Operator,
    r: &[f32],
    (z, rest): (&mut [f32], &mut [f32]),
    scratch: &mut [[Vec<f32>; 3]],
) {
    each(band, z, |chunk, z| {
        let rows = chunk.pixels.clone();
        for ((z, r), m) in z.iter_mut().zip(&r[rows.clone()]).zip(&operator.inverse[rows]) {
            *z = STEP * m * r;
        }
    });
    let (Some((grid, coarser)), Some((own, others))) = (grids.split_first(), scratch.split_first_mut())
    else {
        for _ in 1..LAST {
            smooth(band, operator, r, (z, rest));
        }
        return;
    };
    residual(band, operator, r, z, rest);
    let [coarse_r, coarse_z, coarse_rest] = own;
    each(&grid.band, coarse_r, |chunk, out| {
        for (o, four) in out.iter_mut().zip(&grid.children[chunk.pixels.clone()]) {
            *o = four.iter().map(|&c| rest[c as usize]).sum();
        }
    });
    descend(coarser, &grid.band, &grid.operator, coarse_r, (coarse_z, coarse_rest), others);
    each(band, z, |chunk, z| {
        for run in &band.runs[chunk.runs.clone()] {
            let z = &mut z[run.at[2] - chunk.pixels.start..][..run.len];
            for (z, &parent) in z.iter_mut().zip(&grid.parents[run.at[2]..]) {
                *z += FARTHER * coarse_z[parent as usize];
            }
        }
    });
    smooth(band, operator, r, (z, rest));
}

/// `rest` becomes what is missing of `r`.
fn residual(band: &Band, operator: &Operator, r: &[f32], z: &[f32], rest: &mut [f32]) {
    each(band, rest, |chunk, rest| {
        for run in &band.runs[chunk.runs.clone()] {
            let rest = &mut rest[run.at[2] - chunk.pixels.start..][..run.len];
            operator.apply(run, z, rest);
            rest.iter_mut().zip(&r[run.at[2]..]).for_each(|(o, r)| *o = r - *o);
        }
    });
}

/// A damped Jacobi step.
fn smooth(band: &Band, operator: &Operator, r: &[f32], (z, rest): (&mut [f32], &mut [f32])) {
    residual(band, operator, r, z, rest);
    each(band, z, |chunk, z| {
        let rows = chunk.pixels.clone();
        for ((z, e), m) in z.iter_mut().zip(&rest[rows.clone()]).zip(&operator.inverse[rows]) {
            *z += STEP * m * e;
        }
    });
}

/// Works on the chunks of a vector.
fn each(band: &Band, values: &mut [f32], work: impl Fn(&Chunk, &mut [f32]) + Sync) {
    if band.chunks.len() <= 2 {
        return band.chunks.iter().zip(band.split(values, 1)).for_each(|(chunk, part)| work(chunk, part));
    }
    band.chunks.par_iter().zip(band.split(values, 1)).for_each(|(chunk, part)| work(chunk, part));
}

impl Grid {
    /// The grid below `fine`, of a picture of `size`, which is halved.
    fn below(fine: &Band, above: &Operator, size: &mut (usize, usize)) -> Self {
        let (width, height) = (size.0.div_ceil(2), size.1.div_ceil(2));
        *size = (width, height);
        let mut zones = vec![Zone::Inside; width * height];
        for run in &fine.runs {
            let row = &mut zones[fine.rows[run.row].y as usize / 2 * width..][..width];
            row[run.x as usize / 2..=(run.x as usize + run.len - 1) / 2].fill(Zone::Unknown);
        }
        let band = Band::new(&zones, width);
        let mut parents = vec![NONE; fine.len];
        let mut children = vec![[0_u32; 4]; band.len];
        let top = band.rows.first().map_or(0, |r| r.y);
        for run in &fine.runs {
            let y = fine.rows[run.row].y;
            let row = (y / 2 - top) as usize;
            let Some(first) = band.place(row, run.x / 2) else { continue };
            for i in 0..run.len {
                let x = run.x as usize + i;
                let parent = first + x / 2 - run.x as usize / 2;
                parents[run.at[2] + i] = parent as u32;
                children[parent][(y as usize & 1) * 2 + (x & 1)] = (run.at[2] + i) as u32;
            }
        }
        let operator = above.coarser(fine, &band, &parents);
        Self { band, operator, parents, children }
    }
}

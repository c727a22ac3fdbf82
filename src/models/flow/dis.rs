//! Dense optical flow by inverse search (T. Kroeger, R. Timofte, D. Dai, L. Van Gool, "Fast Optical
//! Flow using Dense Inverse Search", ECCV 2016).
//!
//! From coarse to fine, each patch of the first picture is looked for in the second by a few
//! Gauss-Newton steps whose Hessian is that of the patch itself; each pixel then takes the mean of
//! the displacements of the patches that cover it, weighted by how well they explain that pixel and
//! themselves. The weights are steeper than the paper's, so that a patch with two motions does not speak
//! for pixels that another explains: the edge of a thing that moves over still ground moves with it.
//! Where the paper hands a displacement from patch to patch in scan order, ours tries those that
//! the coarser level found around it, so that rows can be searched in parallel and the result does
//! not depend on how many threads there are.

use rayon::prelude::*;

use super::plane::{PAD, Padded, Plane};

/// Side of a patch in pixels.
const SIDE: usize = 8;
/// Pixels of a patch.
const AREA: usize = SIDE * SIDE;
/// Distance between patches in pixels: each pixel is covered by four.
const STRIDE: usize = 4;
/// Gauss-Newton steps a level.
const STEPS: usize = 10;
/// No level is smaller than this in its shorter side, in pixels.
const COARSEST: usize = 20;
/// Added to the diagonal of the Hessian: a patch whose gradients are all below one grey level of
/// 255 stays where the coarser level put it.
const DAMPING: f32 = AREA as f32;

/// A displacement in pixels for each pixel of a grid.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::models) struct Flow {
    /// To the right.
    pub u: Plane,
    /// Down.
    pub v: Plane,
}

impl Flow {
    /// No motion.
    pub fn zero(width: usize, height: usize) -> Self {
        Self { u: Plane::filled(width, height, 0.0), v: Plane::filled(width, height, 0.0) }
    }

    /// The flow of the grid of twice the size, `width` x `height`.
    fn doubled(&self, width: usize, height: usize) -> Self {
        let up = |p: &Plane| {
            Plane::from_fn(width, height, |x, y| {
                2.0 * p.sample((x as f32 - 0.5) * 0.5, (y as f32 - 0.5) * 0.5)
            })
        };
        Self { u: up(&self.u), v: up(&self.v) }
    }
}

/// A picture at one scale with its gradient.
#[derive(Debug, Clone)]
pub(in crate::models) struct Level {
    pub grey: Padded,
    pub gx: Padded,
    pub gy: Padded,
}

/// Scales of a grey picture (0 to 255), finest first, each half the one before.
pub(in crate::models) fn pyramid(grey: &Plane) -> Vec<Level> {
    let mut levels = Vec::new();
    let mut plane = grey.clone();
    loop {
        let (w, h) = (plane.width, plane.height);
        let gx = Plane::from_fn(w, h, |x, y| {
            0.5 * (plane.at((x + 1).min(w - 1), y) - plane.at(x.saturating_sub(1), y))
        });
        let gy = Plane::from_fn(w, h, |x, y| {
            0.5 * (plane.at(x, (y + 1).min(h - 1)) - plane.at(x, y.saturating_sub(1)))
        });
        levels.push(Level { grey: Padded::new(&plane), gx: Padded::new(&gx), gy: Padded::new(&gy) });
        if w.min(h) < 2 * COARSEST {
            return levels;
        }
        plane = plane.halved();
    }
}

/// Where each pixel of `from` is found in `to`: pixel p of `from` is at p + flow(p) of `to`.
///
/// Both pyramids must be of pictures of one size.
pub(in crate::models) fn flow(from: &[Level], to: &[Level]) -> Flow {
    let mut coarse: Option<Flow> = None;
    for (a, b) in from.iter().zip(to).rev() {
        let (w, h) = (a.grey.width, a.grey.height);
        let start = coarse.map_or_else(|| Flow::zero(w, h), |f| f.doubled(w, h));
        let patches = search(a, b, &start);
        let dense = densify(a, b, &patches);
        coarse = Some(dense);
    }
    coarse.unwrap_or_else(|| Flow::zero(0, 0))
}

/// The left or upper edges of the patches along a side of `length` pixels.
fn origins(length: usize) -> Vec<usize> {
    let last = length.saturating_sub(SIDE);
    let mut at: Vec<usize> = (0..last).step_by(STRIDE).collect();
    at.push(last);
    at
}

/// What a patch search found.
#[derive(Clone, Copy)]
struct PatchMatch {
    u: f32,
    v: f32,
    /// By how much the patch is brighter in the second picture, in grey levels.
    gain: f32,
    /// The mean squared difference of the patch's pixels, in grey levels.
    cost: f32,
}

/// Patches in rows.
struct Patches {
    xs: Vec<usize>,
    ys: Vec<usize>,
    found: Vec<PatchMatch>,
}

fn search(a: &Level, b: &Level, start: &Flow) -> Patches {
    let (w, h) = (a.grey.width, a.grey.height);
    let (xs, ys) = (origins(w), origins(h));
    let mut found = vec![PatchMatch { u: 0.0, v: 0.0, gain: 0.0, cost: 0.0 }; xs.len() * ys.len()];
    let half = (SIDE / 2) as isize;
    found.par_chunks_mut(xs.len()).zip(&ys).for_each(|(row, &y)| {
        for (slot, &x) in row.iter_mut().zip(&xs) {
            let patch = Patch::new(a, x, y);
            let (cx, cy) = (x as isize + half, y as isize + half);
            // Displacements of the coarser level here and a patch away.
            let reach = SIDE as isize;
            let near = [(0, 0), (-reach, 0), (reach, 0), (0, -reach), (0, reach)];
            let mut tried = [(0.0_f32, 0.0_f32); 5];
            let mut count = 0;
            for (dx, dy) in near {
                let sx = (cx + dx).clamp(0, w as isize - 1) as usize;
                let sy = (cy + dy).clamp(0, h as isize - 1) as usize;
                let c = (start.u.at(sx, sy), start.v.at(sx, sy));
                let fresh = |t: &(f32, f32)| (t.0 - c.0).abs() + (t.1 - c.1).abs() > 0.7;
                if tried[..count].iter().all(fresh) {
                    tried[count] = c;
                    count += 1;
                }
            }
            *slot = patch.find(&b.grey, x, y, &tried[..count]);
        }
    });
    Patches { xs, ys, found }
}

/// A patch of the first picture, ready to be looked for.
struct Patch {
    grey: [f32; AREA],
    /// Gradients less their mean, so that a change of brightness does not pull.
    gx: [f32; AREA],
    gy: [f32; AREA],
    /// The inverse of the Hessian: xx, xy, yy.
    inverse: [f32; 3],
}

impl Patch {
    fn new(level: &Level, x: usize, y: usize) -> Self {
        let at = level.grey.index(x as isize, y as isize);
        let stride = level.grey.stride;
        let cut = |plane: &[f32]| {
            let mut out = [0.0_f32; AREA];
            for (r, row) in out.chunks_exact_mut(SIDE).enumerate() {
                let o = at + r * stride;
                row.copy_from_slice(&plane[o..o + SIDE]);
            }
            out
        };
        let centred = |mut p: [f32; AREA]| {
            let mean = sum(&p) / AREA as f32;
            p.iter_mut().for_each(|v| *v -= mean);
            p
        };
        let (gx, gy) = (centred(cut(&level.gx.data)), centred(cut(&level.gy.data)));
        let (xx, xy, yy) = (dot(&gx, &gx) + DAMPING, dot(&gx, &gy), dot(&gy, &gy) + DAMPING);
        let det = xx * yy - xy * xy;
        Self { grey: cut(&level.grey.data), gx, gy, inverse: [yy / det, -xy / det, xx / det] }
    }

    /// The best displacement from those in `starts`.
    fn find(&self, target: &Padded, x: usize, y: usize, starts: &[(f32, f32)]) -> PatchMatch {
        let mut diff = [0.0_f32; AREA];
        let mut best = (f32::INFINITY, (0.0, 0.0));
        for &start in starts {
            let cost = self.difference(target, x, y, start, &mut diff).0;
            if cost < best.0 {
                best = (cost, start);
            }
        }
        let start = best.1;
        let (mut u, mut v) = start;
        let mut gain = self.difference(target, x, y, start, &mut diff).1;
        let mut found = PatchMatch { u, v, gain, cost: best.0 / AREA as f32 };
        for _ in 0..STEPS {
            let (bx, by) = (dot(&self.gx, &diff), dot(&self.gy, &diff));
            let [ixx, ixy, iyy] = self.inverse;
            let (du, dv) = (ixx * bx + ixy * by, ixy * bx + iyy * by);
            u -= du;
            v -= dv;
            // Further than a patch from where it began it has lost its footing.
            if !((u - start.0).abs() <= SIDE as f32 && (v - start.1).abs() <= SIDE as f32) {
                break;
            }
            let cost;
            (cost, gain) = self.difference(target, x, y, (u, v), &mut diff);
            if cost >= best.0 {
                break;
            }
            best.0 = cost;
            found = PatchMatch { u, v, gain, cost: cost / AREA as f32 };
            if du * du + dv * dv < 4e-4 {
                break;
            }
        }
        found
    }

    /// Fills `diff` with target less patch; gives its variance times its area, and its mean.
    fn difference(
        &self,
        target: &Padded,
        x: usize,
        y: usize,
        (u, v): (f32, f32),
        diff: &mut [f32; AREA],
    ) -> (f32, f32) {
        let taps = Taps::new(target, x as f32 + u, y as f32 + v);
        for (r, (out, grey)) in diff.chunks_exact_mut(SIDE).zip(self.grey.chunks_exact(SIDE)).enumerate() {
            taps.row(target, r, out);
            for (o, g) in out.iter_mut().zip(grey) {
                *o -= g;
            }
        }
        let total = sum(diff);
        (dot(diff, diff) - total * total / AREA as f32, total / AREA as f32)
    }
}

/// Where and with what weights a patch-wide row is read between pixels.
struct Taps {
    at: usize,
    weights: [f32; 4],
}

impl Taps {
    /// For the patch whose upper left pixel is at (`x`, `y`), moved back within the padding.
    fn new(target: &Padded, x: f32, y: f32) -> Self {
        let low = -(PAD as f32);
        let reach = (PAD as isize - SIDE as isize - 2) as f32;
        let x = x.clamp(low, target.width as f32 + reach);
        let y = y.clamp(low, target.height as f32 + reach);
        let (x0, y0) = (x.floor(), y.floor());
        let (fx, fy) = (x - x0, y - y0);
        Self {
            at: target.index(x0 as isize, y0 as isize),
            weights: [(1.0 - fx) * (1.0 - fy), fx * (1.0 - fy), (1.0 - fx) * fy, fx * fy],
        }
    }

    /// Row `r` of the patch.
    #[inline]
    fn row(&self, target: &Padded, r: usize, out: &mut [f32]) {
        let o = self.at + r * target.stride;
        let top = &target.data[o..o + SIDE + 1];
        let o = o + target.stride;
        let bottom = &target.data[o..o + SIDE + 1];
        let [a, b, c, d] = self.weights;
        let out = &mut out[..SIDE];
        for i in 0..SIDE {
            out[i] = a * top[i] + b * top[i + 1] + c * bottom[i] + d * bottom[i + 1];
        }
    }
}

/// Sums in eight lanes, so that the compiler may use vectors; the order is fixed.
#[inline]
fn sum(a: &[f32; AREA]) -> f32 {
    let mut lanes = [0.0_f32; SIDE];
    for row in a.chunks_exact(SIDE) {
        for i in 0..SIDE {
            lanes[i] += row[i];
        }
    }
    lanes.iter().sum()
}

#[inline]
fn dot(a: &[f32; AREA], b: &[f32; AREA]) -> f32 {
    let mut lanes = [0.0_f32; SIDE];
    for (a, b) in a.chunks_exact(SIDE).zip(b.chunks_exact(SIDE)) {
        for i in 0..SIDE {
            lanes[i] += a[i] * b[i];
        }
    }
    lanes.iter().sum()
}

fn densify(a: &Level, b: &Level, patches: &Patches) -> Flow {
    let (w, h) = (a.grey.width, a.grey.height);
    let mut flow = Flow::zero(w, h);
    let rows = flow.u.data.par_chunks_mut(w).zip(flow.v.data.par_chunks_mut(w)).enumerate();
    rows.for_each(|(y, (row_u, row_v))| {
        // One patch more than the row holds, as a narrow picture is narrower than a patch.
        let mut sums = vec![[0.0_f32; 3]; w.max(SIDE)];
        let mut moved = [0.0_f32; SIDE];
        for (j, &py) in patches.ys.iter().enumerate() {
            if py > y || y >= py + SIDE {
                continue;
            }
            for (i, &px) in patches.xs.iter().enumerate() {
                let p = patches.found[j * patches.xs.len() + i];
                let taps = Taps::new(&b.grey, px as f32 + p.u, py as f32 + p.v);
                taps.row(&b.grey, y - py, &mut moved);
                let at = a.grey.index(px as isize, y as isize);
                let grey = &a.grey.data[at..at + SIDE];
                let sums = &mut sums[px..px + SIDE];
                for k in 0..SIDE {
                    let off = (moved[k] - grey[k] - p.gain).abs().max(1.0);
                    let weight = 1.0 / (off * off * off * off * (4.0 + p.cost) * (4.0 + p.cost));
                    sums[k][0] += weight * p.u;
                    sums[k][1] += weight * p.v;
                    sums[k][2] += weight;
                }
            }
        }
        for ((u, v), s) in row_u.iter_mut().zip(row_v).zip(&sums) {
            *u = s[0] / s[2];
            *v = s[1] / s[2];
        }
    });
    flow
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A texture without a period that matters, defined between pixels too.
    fn texture(x: f32, y: f32) -> f32 {
        128.0
            + 30.0 * (0.31 * x + 0.11 * y).sin()
            + 30.0 * (0.17 * x - 0.29 * y).cos()
            + 25.0 * (0.73 * x + 0.05 * y + 1.0).sin() * (0.61 * y + 0.09 * x).cos()
    }

    fn error(got: &Flow, want: impl Fn(f32, f32) -> (f32, f32)) -> f32 {
        let (w, h) = (got.u.width, got.u.height);
        let (mut total, mut count) = (0.0, 0.0);
        for y in 12..h - 12 {
            for x in 12..w - 12 {
                let (u, v) = want(x as f32, y as f32);
                total += (got.u.at(x, y) - u).hypot(got.v.at(x, y) - v);
                count += 1.0;
            }
        }
        total / count
    }

    #[test]
    fn a_shift_is_found_to_a_tenth_of_a_pixel() {
        let (w, h) = (160, 120);
        let (u, v) = (7.3, -4.6);
        let a = pyramid(&Plane::from_fn(w, h, |x, y| texture(x as f32, y as f32)));
        let b = pyramid(&Plane::from_fn(w, h, |x, y| texture(x as f32 - u, y as f32 - v)));
        let e = error(&flow(&a, &b), |_, _| (u, v));
        assert!(e < 0.1, "mean end point error {e} px");
    }

    #[test]
    fn a_turn_and_a_zoom_are_found_to_a_fifth_of_a_pixel() {
        let (w, h) = (160, 120);
        // p -> c + m (p - c) + d, and its inverse to draw the second picture.
        let m = [1.04_f32, -0.05, 0.05, 1.04];
        let det = m[0] * m[3] - m[1] * m[2];
        let inverse = [m[3] / det, -m[1] / det, -m[2] / det, m[0] / det];
        let (cx, cy) = (80.0, 60.0);
        let a = pyramid(&Plane::from_fn(w, h, |x, y| texture(x as f32, y as f32)));
        let b = pyramid(&Plane::from_fn(w, h, |x, y| {
            let (x, y) = (x as f32 - cx - 2.0, y as f32 - cy - 1.0);
            texture(cx + inverse[0] * x + inverse[1] * y, cy + inverse[2] * x + inverse[3] * y)
        }));
        let e = error(&flow(&a, &b), |x, y| {
            let (x, y) = (x - cx, y - cy);
            (m[0] * x + m[1] * y + 2.0 - x, m[2] * x + m[3] * y + 1.0 - y)
        });
        assert!(e < 0.2, "mean end point error {e} px");
    }

    #[test]
    fn pictures_without_texture_or_size_give_no_motion() {
        for (w, h) in [(1, 1), (3, 2), (1, 50), (200, 1), (64, 48)] {
            let flat = pyramid(&Plane::filled(w, h, 80.0));
            assert_eq!(flow(&flat, &flat), Flow::zero(w, h));
        }
    }
}

//! Cuts of the picture across the line.

use rayon::prelude::*;

use super::contour::Contour;
use crate::raster::Frame;

/// Samples of a cut on either side of the line.
pub(super) const HALF: usize = 20;
/// Samples of a cut.
pub(super) const SAMPLES: usize = 2 * HALF + 1;
/// How far a cut reaches on either side, in cells.
const FAR: f32 = 3.2;
/// The least that it reaches, in pixels.
const LEAST: f32 = 8.0;
/// From this distance to the line on, in cells, labels are believed.
const SURE: f32 = 1.2;
/// What noise of the plate makes of colours even where they are plain: variance of values of 0 to 255.
const NOISE: f32 = 12.0;

/// A cut.
pub(super) struct Cut {
    /// The cell that it goes through, of the grid.
    pub cell: usize,
    pub normal: [f32; 2],
    /// 0 outside to 1 inside by the colours on either side, from the outside inwards.
    pub shares: Vec<f32>,
    /// How much each sample counts.
    pub weights: Vec<f32>,
    /// How well the colours tell: the square of the distance of both sides over their spread.
    pub apart: f32,
}

/// Sums over colours: weight, R G B, and the products.
type Sums = [f32; 10];

struct Raw {
    cell: usize,
    normal: [f32; 2],
    colours: Vec<[f32; 3]>,
    weights: Vec<f32>,
    sides: [Sums; 2],
}

/// Pixels between two samples.
pub(super) fn step(contour: &Contour) -> f32 {
    (FAR * contour.side()).max(LEAST) / HALF as f32
}

/// The cuts through the cells that the line passes.
pub(super) fn across(frame: &Frame, contour: &Contour) -> Vec<Cut> {
    let step = step(contour);
    let raw: Vec<Raw> = contour.near.par_iter().filter_map(|&cell| cut(frame, contour, cell, step)).collect();
    // Which cut goes through a cell.
    let mut places = vec![u32::MAX; contour.width * contour.height];
    raw.iter().enumerate().for_each(|(i, r)| places[r.cell] = i as u32);
    raw.par_iter().map(|r| classified(r, &raw, &places, contour)).collect()
}

fn cut(frame: &Frame, contour: &Contour, cell: usize, step: f32) -> Option<Raw> {
    let normal = contour.normal(cell)?;
    let [x, y] = contour.centre(cell);
    let off = contour.distance[cell];
    let (x, y) = (x - off * normal[0], y - off * normal[1]);
    let mut raw = Raw {
        cell,
        normal,
        colours: vec![[0.0; 3]; SAMPLES],
        weights: vec![0.0; SAMPLES],
        sides: [[0.0; 10]; 2],
    };
    let (w, h) = (frame.width() as f32, frame.height() as f32);
    let side = contour.side();
    for i in 0..SAMPLES {
        let s = (i as f32 - HALF as f32) * step;
        let (px, py) = (x + s * normal[0], y + s * normal[1]);
        if px < 0.0 || py < 0.0 || px > w || py > h {
            continue;
        }
        let c = colour(frame, px, py);
        raw.colours[i] = c;
        let there = contour.at(px, py);
        // Another part of the line may be nearer.
        let strange = (there - s.clamp(-2.5 * side, 2.5 * side)).abs() / side;
        raw.weights[i] = (1.5 - strange).clamp(0.0, 1.0);
        if there.abs() > SURE * side {
            let sums = &mut raw.sides[usize::from(there > 0.0)];
            let [r, g, b] = c;
            for (s, v) in sums.iter_mut().zip([1.0, r, g, b, r * r, r * g, r * b, g * g, g * b, b * b]) {
                *s += v;
            }
        }
    }
    Some(raw)
}

/// How far around a cut others say what colours are on either side, in cells.
const AROUND: i32 = 3;

fn classified(raw: &Raw, all: &[Raw], places: &[u32], contour: &Contour) -> Cut {
    let mut sides = [[0.0_f32; 10]; 2];
    let (x, y) = ((raw.cell % contour.width) as i32, (raw.cell / contour.width) as i32);
    for dy in -AROUND..=AROUND {
        for dx in -AROUND..=AROUND {
            let (x, y) = (x + dx, y + dy);
            if x < 0 || y < 0 || x >= contour.width as i32 || y >= contour.height as i32 {
                continue;
            }
            let place = places[y as usize * contour.width + x as usize];
            let Some(other) = all.get(place as usize) else { continue };
            let weight = (-0.2 * (dx * dx + dy * dy) as f32).exp();
            for (sum, side) in sides.iter_mut().zip(&other.sides) {
                sum.iter_mut().zip(side).for_each(|(s, v)| *s += weight * v);
            }
        }
    }
    let (shares, apart) = match tell(&sides) {
        Some((k, apart)) => {
            let share = |c: &[f32; 3]| (k[0] * c[0] + k[1] * c[1] + k[2] * c[2] + k[3]).clamp(-0.2, 1.2);
            (raw.colours.iter().map(share).collect(), apart)
        }
        None => (vec![0.5; SAMPLES], 0.0),
    };
    Cut { cell: raw.cell, normal: raw.normal, shares, weights: raw.weights.clone(), apart }
}

/// The affine function of colour that is 0 at the mean of one side and 1 at that of the other, across which
/// both spread the least for that (R. Fisher, "The Use of Multiple Measurements", 1936), and how far apart
/// they are.
fn tell(sides: &[Sums; 2]) -> Option<([f32; 4], f32)> {
    let [out, into] = sides;
    if out[0] < 4.0 || into[0] < 4.0 {
        return None;
    }
    let mean = |s: &Sums| [s[1] / s[0], s[2] / s[0], s[3] / s[0]];
    let (b, f) = (mean(out), mean(into));
    let spread = |at: usize, i: usize, j: usize| {
        0.5 * ((out[at] / out[0] - b[i] * b[j]) + (into[at] / into[0] - f[i] * f[j]))
    };
    let (xx, xy, xz) = (spread(4, 0, 0) + NOISE, spread(5, 0, 1), spread(6, 0, 2));
    let (yy, yz, zz) = (spread(7, 1, 1) + NOISE, spread(8, 1, 2), spread(9, 2, 2) + NOISE);
    let d = [f[0] - b[0], f[1] - b[1], f[2] - b[2]];
    let (ixx, ixy, ixz) = (yy * zz - yz * yz, xz * yz - xy * zz, xy * yz - xz * yy);
    let (iyy, iyz, izz) = (xx * zz - xz * xz, xy * xz - xx * yz, xx * yy - xy * xy);
    let det = xx * ixx + xy * ixy + xz * ixz;
    if det <= 0.0 {
        return None;
    }
    let k = [
        (ixx * d[0] + ixy * d[1] + ixz * d[2]) / det,
        (ixy * d[0] + iyy * d[1] + iyz * d[2]) / det,
        (ixz * d[0] + iyz * d[1] + izz * d[2]) / det,
    ];
    let apart = k[0] * d[0] + k[1] * d[1] + k[2] * d[2];
    if apart.is_nan() || apart <= 1e-6 {
        return None;
    }
    let k = k.map(|v| v / apart);
    Some(([k[0], k[1], k[2], -(k[0] * b[0] + k[1] * b[1] + k[2] * b[2])], apart))
}

/// The colour at (`x`, `y`) in pixels from the corner, blended between centres.
fn colour(frame: &Frame, x: f32, y: f32) -> [f32; 3] {
    let (w, h) = (frame.width() as usize, frame.height() as usize);
    let (x, y) = ((x - 0.5).clamp(0.0, (w - 1) as f32), (y - 0.5).clamp(0.0, (h - 1) as f32));
    let (x0, y0) = (x as usize, y as usize);
    let (x1, y1) = ((x0 + 1).min(w - 1), (y0 + 1).min(h - 1));
    let (fx, fy) = (x - x0 as f32, y - y0 as f32);
    let data = frame.data();
    let at = |x: usize, y: usize, c: usize| f32::from(data[3 * (y * w + x) + c]);
    std::array::from_fn(|c| {
        let top = at(x0, y0, c) * (1.0 - fx) + at(x1, y0, c) * fx;
        let low = at(x0, y1, c) * (1.0 - fx) + at(x1, y1, c) * fx;
        top * (1.0 - fy) + low * fy
    })
}

//! Where along its cut the edge is, and how wide.

use rayon::prelude::*;

use super::contour::Contour;
use super::cuts::{Cut, HALF, step};

/// How far the edge may be from the line, in cells.
const OFF: f32 = 1.4;
/// Places that are tried on either side.
const PLACES: usize = 14;
/// Places that are tried.
const TRIED: usize = 2 * PLACES + 1;
/// Widths that are tried, in parts of a cut's half.
const WIDTHS: [f32; 5] = [0.0, 0.18, 0.4, 0.8, 1.4];
/// The least width of an edge, from 0 to 1, in pixels.
const SHARP: f32 = 1.4;
/// Colours that tell better than this do not count more.
const MOST: f32 = 25.0;
/// What an edge must explain to be as far away as it may be.
const HOLD: f32 = 30.0;
/// The same to be as wide as it may be.
const WIDE: f32 = 30.0;

/// What was found in the cells near the line.
pub(super) struct Edge {
    /// For each cell of the grid how far inwards of the line the edge is, in pixels, and one over its width;
    /// both times their weight, which comes last.
    pub cells: Vec<[f32; 3]>,
}

/// The edge by `cuts`.
pub(super) fn edge(contour: &Contour, cuts: &[Cut]) -> Edge {
    let step = step(contour);
    let half = step * HALF as f32;
    let places: Vec<f32> =
        (0..TRIED).map(|i| (i as f32 - PLACES as f32) / PLACES as f32 * OFF * contour.side()).collect();
    let widths = WIDTHS.map(|w| (w * half).max(SHARP));
    let costs: Vec<Vec<f32>> = cuts.par_iter().map(|cut| costs(cut, &places, &widths, step)).collect();
    let mut index = vec![u32::MAX; contour.width * contour.height];
    cuts.iter().enumerate().for_each(|(i, c)| index[c.cell] = i as u32);
    let found: Vec<[f32; 2]> = cuts
        .par_iter()
        .map(|cut| {
            let mut sum = vec![0.0_f32; TRIED * WIDTHS.len()];
            near(contour, cut.cell, 2, |other, square| {
                let Some(there) = cuts.get(index[other] as usize) else { return };
                let same = cut.normal[0] * there.normal[0] + cut.normal[1] * there.normal[1];
                let weight = (-0.35 * square).exp() * same.max(0.0);
                sum.iter_mut().zip(&costs[index[other] as usize]).for_each(|(s, c)| *s += weight * c);
            });
            best(&sum, &places, &widths)
        })
        .collect();
    let cells = (0..contour.width * contour.height)
        .into_par_iter()
        .map(|i| {
            if contour.distance[i].abs() >= 3.0 * contour.side() {
                return [0.0; 3];
            }
            let mut out = [0.0_f32; 3];
            near(contour, i, 3, |other, square| {
                if let Some(f) = found.get(index[other] as usize) {
                    let weight = (-0.5 * square).exp();
                    out[0] += weight * f[0];
                    out[1] += weight / f[1];
                    out[2] += weight;
                }
            });
            out
        })
        .collect();
    Edge { cells }
}

/// The cells around one, with the square of their distance in cells.
fn near(contour: &Contour, i: usize, around: i32, mut see: impl FnMut(usize, f32)) {
    let (w, h) = (contour.width as i32, contour.height as i32);
    let (x, y) = (i as i32 % w, i as i32 / w);
    for dy in -around..=around {
        for dx in -around..=around {
            let (x, y) = (x + dx, y + dy);
            if x >= 0 && y >= 0 && x < w && y < h {
                see((y * w + x) as usize, (dx * dx + dy * dy) as f32);
            }
        }
    }
}

fn costs(cut: &Cut, places: &[f32], widths: &[f32], step: f32) -> Vec<f32> {
    let mut all = vec![0.0_f32; TRIED * WIDTHS.len()];
    let tells = cut.apart.min(MOST) / MOST;
    if tells <= 0.0 {
        return all;
    }
    for (row, width) in all.chunks_exact_mut(TRIED).zip(widths) {
        for (cost, place) in row.iter_mut().zip(places) {
            let mut sum = 0.0;
            for (i, (share, weight)) in cut.shares.iter().zip(&cut.weights).enumerate() {
                let s = (i as f32 - HALF as f32) * step;
                let off = share - ((s - place) / width + 0.5).clamp(0.0, 1.0);
                sum += weight * off * off;
            }
            *cost = tells * sum;
        }
    }
    all
}

/// Place and width of the least cost.
fn best(costs: &[f32], places: &[f32], widths: &[f32]) -> [f32; 2] {
    let far = places[TRIED - 1];
    let cost = |w: usize, p: usize| {
        let off = places[p] / far;
        costs[w * TRIED + p] + HOLD * 0.1 * off * off + WIDE * 0.1 * w as f32 / (WIDTHS.len() - 1) as f32
    };
    let (mut width, mut place) = (0, PLACES);
    for w in 0..WIDTHS.len() {
        for p in 0..TRIED {
            if cost(w, p) < cost(width, place) {
                (width, place) = (w, p);
            }
        }
    }
    // The lowest point of a parabola through three.
    let mut at = places[place];
    if place > 0 && place + 1 < TRIED {
        let (a, b, c) = (cost(width, place - 1), cost(width, place), cost(width, place + 1));
        let bend = a - 2.0 * b + c;
        if bend > 1e-9 {
            at += (0.5 * (a - c) / bend).clamp(-0.5, 0.5) * (places[1] - places[0]);
        }
    }
    [at, widths[width]]
}

//! Cuts across the edge of an object.

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::raster::{Flow, Frame, Matte, transfer};

/// At most so many places of the edge are looked at.
const MOST: usize = 1000;
/// Half the side in pixels of the square in which the edge's direction is measured.
const AROUND: usize = 4;
/// Samples of a cut.
pub(super) const SAMPLES: usize = 33;
/// The outer part of a cut, at either end, that is taken for plain object and background.
pub(super) const TAIL: f32 = 0.7;
/// A section has edges of one direction in so many over a whole turn,
const DIRECTIONS: usize = 8;
/// in one square, of which so many make the height of the picture;
const CELLS: f32 = 15.0;
/// a square is no smaller, in pixels;
const SMALLEST: f32 = 24.0;
/// and it has no fewer of them.
const FEWEST: usize = 5;
/// A cut of less contrast, squared and in variances of its ends, tells nothing,
const PLAIN: f32 = 4.0;
/// and one of more than this no more.
const MOST_PLAIN: f32 = 100.0;

/// A place of the edge.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Edge {
    /// In pixels from the picture's corner.
    pub at: [f32; 2],
    /// Of length 1, into the object.
    pub normal: [f32; 2],
    /// How far the edge moves across itself, in pixels a frame.
    pub across: f32,
}

/// Places of the edge of `alpha` at one half, evenly chosen; `motion` is the object's.
pub(super) fn edges(alpha: &Matte, motion: &Flow) -> Vec<Edge> {
    let (w, h) = (alpha.width() as usize, alpha.height() as usize);
    let data = alpha.data();
    if w < 2 || h < 2 {
        return Vec::new();
    }
    // Two pixels that are 0 have no edge between them.
    let part = alpha.support();
    let low = |v: i32| (v as usize).saturating_sub(1);
    let (columns, rows) =
        (low(part.x0)..(part.x1 as usize).min(w - 1), low(part.y0)..(part.y1 as usize).min(h - 1));
    let mut found: Vec<[f32; 2]> = rows
        .into_par_iter()
        .flat_map_iter(|y| {
            let row = &data[y * w..(y + 2) * w];
            columns.clone().filter_map(move |x| {
                let (here, right, low) = (row[x], row[x + 1], row[x + w]);
                // Where between two centres the value is one half.
                let part = |there: f32| (0.5 - here) / (there - here);
                let centre = [x as f32 + 0.5, y as f32 + 0.5];
                if (here > 0.5) != (right > 0.5) {
                    Some([centre[0] + part(right), centre[1]])
                } else if (here > 0.5) != (low > 0.5) {
                    Some([centre[0], centre[1] + part(low)])
                } else {
                    None
                }
            })
        })
        .collect();
    let step = found.len().div_ceil(MOST).max(1);
    found = found.into_iter().step_by(step).collect();
    found
        .into_par_iter()
        .filter_map(|at| {
            let normal = normal(alpha, at)?;
            let m = motion.at(at[0], at[1]);
            Some(Edge { at, normal, across: (m[0] * normal[0] + m[1] * normal[1]).abs() })
        })
        .collect()
}

/// The direction in which `alpha` rises around `at`; none where it has no clear one, as at the tips of
/// thin things.
fn normal(alpha: &Matte, at: [f32; 2]) -> Option<[f32; 2]> {
    let (w, h) = (alpha.width() as usize, alpha.height() as usize);
    let around = |p: f32, length: usize| {
        let p = (p as usize).min(length - 1);
        p.saturating_sub(AROUND)..(p + AROUND + 1).min(length)
    };
    let (mut sum, mut weights) = ([0.0_f32; 2], 0.0_f32);
    for y in around(at[1], h) {
        for x in around(at[0], w) {
            let (dx, dy) = (x as f32 + 0.5 - at[0], y as f32 + 0.5 - at[1]);
            let weight = (-0.15 * (dx * dx + dy * dy)).exp();
            let side = if alpha.data()[y * w + x] > 0.5 { 1.0 } else { -1.0 };
            sum[0] += weight * side * dx;
            sum[1] += weight * side * dy;
            weights += weight * dx.hypot(dy);
        }
    }
    let length = sum[0].hypot(sum[1]);
    // A straight edge gives 2 / pi.
    (length > 0.45 * weights).then(|| sum.map(|c| c / length))
}

/// Place of sample `i` of a cut, -1 to 1.
pub(super) fn place(i: usize) -> f32 {
    2.0 * i as f32 / (SAMPLES - 1) as f32 - 1.0
}

/// Edges of about one place and direction: a section of the outline.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Section {
    pub edges: Vec<Edge>,
    /// The median of how far its edges move across themselves, in pixels a frame.
    pub across: f32,
}

/// The sections of an outline in a picture that is `height` pixels high.
pub(super) fn sections(edges: &[Edge], height: u32) -> Vec<Section> {
    let side = (height as f32 / CELLS).max(SMALLEST);
    let mut found: BTreeMap<[usize; 3], Vec<Edge>> = BTreeMap::new();
    for edge in edges {
        let turn = edge.normal[1].atan2(edge.normal[0]) / std::f32::consts::TAU + 1.0;
        let direction = (turn.fract() * DIRECTIONS as f32) as usize % DIRECTIONS;
        let [column, row] = edge.at.map(|v| (v / side) as usize);
        found.entry([row, column, direction]).or_default().push(*edge);
    }
    let section = |edges: Vec<Edge>| {
        let mut across: Vec<f32> = edges.iter().map(|e| e.across).collect();
        across.sort_by(f32::total_cmp);
        Section { across: across[across.len() / 2], edges }
    };
    found.into_values().filter(|edges| edges.len() >= FEWEST).map(section).collect()
}

/// What the plate shows across an edge: 0 at the end in the background to 1 in the object.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Cut {
    pub values: [f32; SAMPLES],
    /// How much it tells: the contrast between the two sides over what they vary by themselves.
    pub weight: f32,
}

impl Cut {
    /// The cut across `edge` of `half` pixels either way. Colours are taken as light, as it is light
    /// that blur mixes, and between the colours that the cut has at its ends.
    pub fn new(frame: &Frame, table: &[f32; 256], edge: &Edge, half: f32) -> Self {
        let cut: [[f32; 3]; SAMPLES] = std::array::from_fn(|i| {
            let s = place(i) * half;
            light(frame, table, edge.at[0] + s * edge.normal[0], edge.at[1] + s * edge.normal[1])
        });
        let ((outer, spread_out), (inner, spread_in)) =
            (tail(&cut, |p| p <= -TAIL), tail(&cut, |p| p >= TAIL));
        let contrast: [f32; 3] = std::array::from_fn(|c| inner[c] - outer[c]);
        let square: f32 = contrast.iter().map(|v| v * v).sum();
        // What noise of a hundredth makes of it even where both sides are plain.
        let plain = square / (spread_out + spread_in + 1e-4);
        if plain < PLAIN {
            return Self { values: [0.0; SAMPLES], weight: 0.0 };
        }
        let along = |colour: &[f32; 3]| (0..3).map(|c| (colour[c] - outer[c]) * contrast[c]).sum::<f32>();
        Self { values: std::array::from_fn(|i| along(&cut[i]) / square), weight: plain.min(MOST_PLAIN) }
    }
}

/// Mean colour of the samples at some places, and the variance around it.
fn tail(cut: &[[f32; 3]; SAMPLES], within: impl Fn(f32) -> bool) -> ([f32; 3], f32) {
    let samples = || cut.iter().enumerate().filter(|(i, _)| within(place(*i))).map(|(_, c)| c);
    let count = samples().count().max(1) as f32;
    let mut mean = [0.0_f32; 3];
    samples().for_each(|c| mean.iter_mut().zip(c).for_each(|(m, v)| *m += v / count));
    let spread: f32 = samples().map(|c| (0..3).map(|i| (c[i] - mean[i]).powi(2)).sum::<f32>()).sum();
    (mean, spread / count)
}

/// Linear light of each 8-bit value.
pub(super) fn table() -> [f32; 256] {
    std::array::from_fn(|i| transfer::srgb_to_linear(i as f32 / 255.0))
}

/// Light at (`x`, `y`) in pixels from the corner, blended between centres.
fn light(frame: &Frame, table: &[f32; 256], x: f32, y: f32) -> [f32; 3] {
    let (w, h) = (frame.width() as usize, frame.height() as usize);
    let (x, y) = ((x - 0.5).clamp(0.0, (w - 1) as f32), (y - 0.5).clamp(0.0, (h - 1) as f32));
    let (x0, y0) = (x as usize, y as usize);
    let (x1, y1) = ((x0 + 1).min(w - 1), (y0 + 1).min(h - 1));
    let (fx, fy) = (x - x0 as f32, y - y0 as f32);
    let at = |x: usize, y: usize, c: usize| table[usize::from(frame.data()[3 * (y * w + x) + c])];
    std::array::from_fn(|c| {
        let top = at(x0, y0, c) * (1.0 - fx) + at(x1, y0, c) * fx;
        let low = at(x0, y1, c) * (1.0 - fx) + at(x1, y1, c) * fx;
        top * (1.0 - fy) + low * fy
    })
}

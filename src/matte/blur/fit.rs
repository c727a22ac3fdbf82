//! The shutter that explains how the edge looks, and which sections of the edge it blurs.
//!
//! An edge that moves across itself by `q` pixels while the shutter is open is a ramp of that length.
//! A camera has one shutter, so all sections of the edge vote for it; but the plate shows a ramp only
//! where the edge was blurred. So a section is either explained by a ramp of its own motion times the
//! shutter, or by an edge as sharp as the lens makes it, whichever is nearer to its cuts. The lens is
//! known from the sections that hardly move across themselves.

use rayon::prelude::*;

use super::profiles::{Cut, Edge, SAMPLES, Section, TAIL, place, table};
use crate::raster::Frame;

/// Cuts are longer than half the ramp that is expected by this.
const MARGIN: f32 = 1.4;
/// And by so many pixels, for the softness of the lens and for edges that are out of place.
const SLACK: f32 = 4.0;
/// The first cuts suit ramps of up to so many pixels; where a ramp seems longer than [`ROOM`] of that
/// they grow by [`GROWTH`]. The other way round long cuts would see both sides of a thing.
const FIRST: f32 = 8.0;
/// See [`FIRST`].
const ROOM: f32 = 0.7;
/// See [`FIRST`].
const GROWTH: f32 = 1.8;
/// After that each pass cuts as close to the ramps as the one before found them.
const PASSES: usize = 2;
/// Steps from none to the widest shutter.
const STEPS: usize = 60;
/// Lengths of ramps that are tried, in halves of a cut, from 0 to what fits a cut.
const LENGTHS: usize = 24;
/// The longest of them.
const LONGEST: f32 = 1.5;
/// How far the edge of the alpha may be off: so many places, up to [`OFF`] halves of a cut either way.
const PLACES: usize = 17;
/// See [`PLACES`].
const OFF: f32 = 0.4;
/// Nor is it off by more pixels than this.
const FARTHEST: f32 = 4.0;
/// Softness in halves of a cut: standard deviations.
const SOFT: [f32; 12] = [0.01, 0.016, 0.025, 0.04, 0.06, 0.09, 0.13, 0.18, 0.25, 0.35, 0.5, 0.7];
/// Softness in pixels that is tried: less than the least is what pixels themselves do.
const PIXELS: [f32; 7] = [0.5, 0.8, 1.2, 1.8, 2.7, 4.2, 6.5];
/// Up to this softness an edge counts as sharp.
pub(super) const SHARP: f32 = 1.0;
/// A section of which the ramp would be shorter, in pixels, says nothing of the shutter.
const TOLD: f32 = 2.5;
/// How far a section must be from a sharp edge towards its ramp, where -1 is a sharp edge and 1 the ramp,
/// to vote that the plate is blurred: up to the first it has no vote, from the second on a whole one.
const SURE: [f32; 2] = [0.2, 0.5];
/// Where the plate is blurred a section stays sharp up to the first, likewise, and is wholly blurred from
/// the second on.
const STAYS: [f32; 2] = [-0.3, 0.1];
/// And so much of what is wrong with a sharp edge the ramp must explain, likewise.
const LEAST: [f32; 2] = [0.25, 0.45];
/// So much of what moves fast enough must be blurred, else the motion is wrong or the plate is sharp.
const ENOUGH: f32 = 0.45;
/// A cut that differs more from a ramp, as the sum of squares, shows something else as well and tells no more.
const BAD: f32 = 1.0;
/// A section with fewer telling cuts tells nothing.
const TELLING: f32 = 4.0;
/// Standard deviation of the logistic distribution whose scale is 1: pi / sqrt 3.
const LOGISTIC: f32 = 1.813_8;

/// What was found.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Found {
    /// For this part of the time from frame to frame the shutter is open; 0 where nothing is blurred.
    pub shutter: f32,
    /// Standard deviation in pixels of what blurs the edge alike in all directions.
    pub softness: f32,
    /// How much each section is blurred, 0 to 1; none where it does not tell and goes with those around.
    pub shares: Vec<Option<f32>>,
    /// How many of the places that move fast enough to tell are blurred, 0 to 1.
    pub blurred: f32,
}

/// What smears the sections of an edge in `frame`, for no longer than `longest` pixels; the shutter is
/// open for `widest` at the most.
pub(super) fn find(frame: &Frame, sections: &[Section], widest: f32, longest: f32) -> Found {
    let (table, bank) = (table(), Bank::new());
    let fastest = sections.iter().map(|s| s.across).fold(0.0, f32::max);
    let widest = if fastest > 0.0 { widest.min(longest / fastest) } else { 0.0 };
    let fit = |half: &(dyn Fn(&Section) -> f32 + Sync), most: f32| {
        let seen: Vec<Seen> = sections
            .par_iter()
            .map(|section| {
                let half = half(section);
                let cut = |edge: &Edge| Cut::new(frame, &table, edge, half);
                Seen::new(section.across, half, section.edges.iter().map(cut), &bank)
            })
            .collect();
        best(&seen, most)
    };
    let mut most = if fastest > 0.0 { widest.min(FIRST / fastest) } else { 0.0 };
    let mut found = fit(&|s| 0.5 * MARGIN * most * s.across + SLACK, most);
    while found.shutter > ROOM * most && most < widest {
        most = (GROWTH * most).min(widest);
        found = fit(&|s| 0.5 * MARGIN * most * s.across + SLACK, most);
    }
    for _ in 0..PASSES {
        let (shutter, softness) = (found.shutter, found.softness);
        let half = |s: &Section| 0.5 * MARGIN * shutter * s.across + 2.0 * softness + SLACK;
        found = fit(&half, most);
    }
    if found.blurred < ENOUGH {
        found.shutter = 0.0;
    }
    found
}

/// The shutter, up to `most`, and the softness by which the sections are explained best, each as sharp
/// or as blurred.
fn best(seen: &[Seen], most: f32) -> Found {
    let shutter = |i: usize| most * i as f32 / STEPS as f32;
    let left = |softness: usize, shutter: f32| -> f32 {
        seen.iter().map(|s| s.misfit(softness, 0.0).min(s.misfit(softness, shutter * s.across))).sum()
    };
    let mut chosen = (f32::INFINITY, 0, 0.0);
    for softness in 0..PIXELS.len() {
        for i in 0..=STEPS {
            let wrong = left(softness, shutter(i));
            if wrong < chosen.0 {
                chosen = (wrong, softness, shutter(i));
            }
        }
    }
    let (_, softness, shutter) = chosen;
    let told = |s: &Seen| shutter * s.across >= TOLD && s.count >= TELLING;
    let within = |v: f32, range: [f32; 2]| ((v - range[0]) / (range[1] - range[0])).clamp(0.0, 1.0);
    let lean = |s: &Seen| s.lean(softness, shutter * s.across);
    let (mut blurred, mut fast) = (0.0, 0.0);
    for s in seen.iter().filter(|s| told(s)) {
        let explained = s.explained(softness, shutter * s.across);
        blurred += s.count * within(lean(s), SURE).min(within(explained, LEAST));
        fast += s.count;
    }
    let shares = seen.iter().map(|s| told(s).then(|| within(lean(s), STAYS))).collect();
    let softness = PIXELS[softness];
    Found { shutter, softness, shares, blurred: if fast > 0.0 { blurred / fast } else { 0.0 } }
}

/// How well ramps of every length and softness explain the cuts of a section.
struct Seen {
    across: f32,
    half: f32,
    /// How many cuts there are.
    count: f32,
    /// The sum of what the cuts tell.
    weight: f32,
    /// For each softness in pixels, for each length.
    misfits: [[f32; LENGTHS]; PIXELS.len()],
    /// How far a ramp of each length is from a sharp edge, where a cut has weight 1.
    apart: [[f32; LENGTHS]; PIXELS.len()],
}

impl Seen {
    fn new(across: f32, half: f32, cuts: impl Iterator<Item = Cut>, bank: &Bank) -> Self {
        let rows = PIXELS.map(|pixels| {
            let wanted = pixels / half;
            SOFT.iter().filter(|&&s| s * s < wanted * wanted * 1.3).count().saturating_sub(1)
        });
        let mut out = Self {
            across,
            half,
            count: 0.0,
            weight: 0.0,
            misfits: [[0.0; LENGTHS]; PIXELS.len()],
            apart: rows.map(|row| bank.apart[row]),
        };
        for cut in cuts.filter(|c| c.weight > 0.0) {
            let mut misfits = [[0.0_f32; LENGTHS]; PIXELS.len()];
            for (i, row) in rows.into_iter().enumerate() {
                // Little softness is the same row in long cuts.
                misfits[i] = match i > 0 && row == rows[i - 1] {
                    true => misfits[i - 1],
                    false => std::array::from_fn(|l| bank.misfit(&cut, half, row * LENGTHS + l)),
                };
            }
            if misfits.iter().flatten().all(|m| *m >= BAD) {
                continue;
            }
            out.count += 1.0;
            out.weight += cut.weight;
            for (sum, misfit) in out.misfits.iter_mut().flatten().zip(misfits.iter().flatten()) {
                *sum += cut.weight * misfit.min(BAD);
            }
        }
        out
    }

    /// What is wrong with a ramp of `length` pixels. The half makes cuts of any length count alike for
    /// a pixel.
    fn misfit(&self, softness: usize, length: f32) -> f32 {
        self.half * self.between(&self.misfits[softness], length)
    }

    /// Whether the cuts are like a sharp edge, -1, or like a ramp of `length` pixels, 1, or neither.
    fn lean(&self, softness: usize, length: f32) -> f32 {
        let row = &self.misfits[softness];
        let apart = self.weight * self.between(&self.apart[softness], length);
        if apart > 0.0 { (row[0] - self.between(row, length)) / apart } else { 0.0 }
    }

    /// How much of what is wrong with a sharp edge a ramp of `length` pixels explains.
    fn explained(&self, softness: usize, length: f32) -> f32 {
        let row = &self.misfits[softness];
        if row[0] > 0.0 { 1.0 - self.between(row, length) / row[0] } else { 0.0 }
    }

    fn between(&self, row: &[f32; LENGTHS], length: f32) -> f32 {
        let place = (length / self.half / LONGEST).min(1.0) * (LENGTHS - 1) as f32;
        let low = (place as usize).min(LENGTHS - 2);
        let part = place - low as f32;
        row[low] * (1.0 - part) + row[low + 1] * part
    }
}

/// Ramps of every softness, length and place, on cuts whose half is 1.
struct Bank {
    ramps: Vec<[f32; SAMPLES]>,
    /// For each softness and length, how far the ramp is from a sharp edge.
    apart: Vec<[f32; LENGTHS]>,
}

/// How far a ramp is out of place, in halves of a cut.
fn off(place: usize) -> f32 {
    OFF * (2.0 * place as f32 / (PLACES - 1) as f32 - 1.0)
}

impl Bank {
    fn new() -> Self {
        let ramps: Vec<[f32; SAMPLES]> = (0..SOFT.len() * LENGTHS * PLACES)
            .into_par_iter()
            .map(|i| {
                let (o, l, s) = (i % PLACES, i / PLACES % LENGTHS, i / PLACES / LENGTHS);
                ramp(LONGEST * l as f32 / (LENGTHS - 1) as f32, SOFT[s], off(o))
            })
            .collect();
        let middle = |s: usize, l: usize| &ramps[(s * LENGTHS + l) * PLACES + PLACES / 2];
        let apart =
            (0..SOFT.len()).map(|s| std::array::from_fn(|l| squares(middle(s, 0), middle(s, l)))).collect();
        Self { ramps, apart }
    }

    /// What is wrong with ramp `number`, a softness and a length, where it suits best.
    fn misfit(&self, cut: &Cut, half: f32, number: usize) -> f32 {
        let places = self.ramps[number * PLACES..(number + 1) * PLACES].iter().enumerate();
        places
            .filter(|(o, _)| off(*o).abs() * half <= FARTHEST)
            // Something out of place needs a reason.
            .map(|(o, model)| squares(model, &cut.values) * (1.0 + 0.1 * off(o).abs()))
            .fold(f32::INFINITY, f32::min)
    }
}

fn squares(a: &[f32; SAMPLES], b: &[f32; SAMPLES]) -> f32 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
}

/// A ramp of `length`, its middle `off` inwards of the cut's, between 0 and 1 as the mean of either
/// end; all in halves of the cut.
fn ramp(length: f32, softness: f32, off: f32) -> [f32; SAMPLES] {
    let scale = softness / LOGISTIC;
    // The integral of the logistic function.
    let area = |s: f32| if s > 30.0 * scale { s } else { scale * (s / scale).exp().ln_1p() };
    let length = length.max(0.01);
    let mut values: [f32; SAMPLES] = std::array::from_fn(|i| {
        let s = place(i) - off;
        (area(s + 0.5 * length) - area(s - 0.5 * length)) / length
    });
    let end = |values: &[f32; SAMPLES], within: fn(f32) -> bool| {
        let (mut sum, mut count) = (0.0, 0.0);
        for (i, v) in values.iter().enumerate() {
            if within(place(i)) {
                sum += v;
                count += 1.0;
            }
        }
        sum / f32::max(count, 1.0)
    };
    let (low, high) = (end(&values, |p| p <= -TAIL), end(&values, |p| p >= TAIL));
    values.iter_mut().for_each(|v| *v = (*v - low) / (high - low).max(1e-3));
    values
}

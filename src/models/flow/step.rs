//! From one frame to the next.
//!
//! Each pixel near the object is given log odds from where the flow puts the last labels, where the
//! object should be by its motion in older frames, the colours that object and background have
//! there and on the whole, and whether it moves as the object or as the camera does; a cut finds
//! the labels. Older frames are what lets an object come back from behind something: the flow
//! carries no label there, but place and colour still speak.

use rayon::prelude::*;

use super::energy;
use super::features::Features;
use super::flows::Flows;
use super::local::{Evidence, Local};
use super::memory::{FlowMemory, Reference};
use super::motion::{Motion, Similarity};
use super::plane::Plane;
use super::region::{Region, signed_distance};
use super::ways::{Leanings, Ways};

/// Price of an edge, in log odds a pixel.
const PRICE: f32 = 6.0;
/// How far around its last and its expected place the object is looked for, in pixels of the grid.
const MARGIN: usize = 24;
/// Log odds of a pixel far inside the labels that the flow brings, and the distance from their edge
/// at which they are three quarters of that, in pixels of the grid.
const CARRIED: (f32, f32) = (3.0, 5.0);
/// What is left of that where the flow is not to be trusted.
const BLIND: f32 = 0.3;
/// The same for where the object is expected: looser, as it does not move as one.
const EXPECTED: (f32, f32) = (1.5, 10.0);
/// Share of the older frames that must put the object at a pixel for it to be expected there.
const SHARE: f32 = 0.4;
/// Age in frames at which an older frame counts half.
const HALF: f32 = 60.0;
/// The most that colours in their place may say.
const HERE: f32 = 3.0;
/// The most that colours may say on the whole, and how much of that is taken.
const ANYWHERE: (f32, f32) = (2.0, 0.5);

/// What the step from frame to frame found.
pub(super) struct Step {
    /// 0 or 1.
    pub labels: Plane,
    /// 0 to 1.
    pub confidence: f32,
}

/// Labels of `now` from those of `last`, the last frame in `memory`; nothing when the object is
/// neither there nor expected.
pub(super) fn step(memory: &FlowMemory, last: &Reference, now: &Features, flows: &Flows) -> Option<Step> {
    let (w, h) = (now.width(), now.height());
    let motion = Motion::fit(&flows.forward, &flows.trust_before, &last.labels);
    let object = memory.object_motion(&motion);
    let back = &flows.backward;
    let carried: Vec<bool> = (0..w * h)
        .into_par_iter()
        .map(|i| {
            let (x, y) = ((i % w) as f32 + back.u.data[i], (i / w) as f32 + back.v.data[i]);
            last.labels.sample(x, y) > 0.5
        })
        .collect();
    let expected = expected(memory, &object, w, h);
    let region = Region::around(w, w * h, |i| carried[i] || expected[i])?.grown(MARGIN, w, h);
    let (to_carried, to_expected) =
        rayon::join(|| signed_distance(&carried, w), || signed_distance(&expected, w));
    let local = colours_in_place(memory, last, now, region, flows, &motion, &object);

    let leanings =
        Leanings { backward: back, camera_back: motion.camera.inverse(), object_back: object.inverse() };
    let mut ways = Ways::new();
    for i in region.indices(w).filter(|&i| carried[i] == expected[i]) {
        ways.add(leanings.of(i), carried[i], flows.trust_now.data[i]);
    }
    ways.learn();

    let indices: Vec<usize> = region.indices(w).collect();
    let evidence: Vec<f32> = indices
        .par_iter()
        .map(|&i| {
            let colour = now.colour_at(i);
            let trust = flows.trust_now.data[i];
            let place = CARRIED.0 * (to_carried[i] / CARRIED.1).tanh() * (BLIND + (1.0 - BLIND) * trust)
                + EXPECTED.0 * (to_expected[i] / EXPECTED.1).tanh();
            let here = local.odds((i % w) as f32, (i / w) as f32, colour).clamp(-HERE, HERE);
            let anywhere = memory.odds().map_or(0.0, |o| o.of(colour)).clamp(-ANYWHERE.0, ANYWHERE.0);
            place + here + ANYWHERE.1 * anywhere + trust * ways.odds(leanings.of(i))
        })
        .collect();
    let cut = energy::label(now, region, &evidence, PRICE);

    let mut labels = Plane::filled(w, h, 0.0);
    let (mut sure, mut area) = (0.0_f32, 0.0_f32);
    for ((&i, &e), _) in indices.iter().zip(&evidence).zip(&cut).filter(|(_, on)| **on) {
        labels.data[i] = 1.0;
        sure += 1.0 / (1.0 + (-e).exp());
        area += 1.0;
    }
    // Sure of what is seen, less what should be seen and is not.
    let seen = (area / memory.expected_area().max(1.0)).min(1.0).sqrt();
    Some(Step { labels, confidence: if area > 0.0 { seen * sure / area } else { 0.0 } })
}

/// Where the older frames put the object, when it went on as `object` says.
fn expected(memory: &FlowMemory, object: &Similarity, w: usize, h: usize) -> Vec<bool> {
    let mut votes = vec![0.0_f32; w * h];
    let mut total = 0.0;
    for kept in memory.kept() {
        let Some(bounds) = kept.reference.bounds else { continue };
        let weight = weight(kept.age);
        total += weight;
        let there = kept.object.then(object);
        let back = there.inverse();
        let Some(area) = moved(bounds, &there, w, h) else { continue };
        for i in area.indices(w) {
            let (x, y) = back.apply((i % w) as f32, (i / w) as f32);
            votes[i] += weight * kept.reference.labels.sample(x, y);
        }
    }
    votes.iter().map(|&v| v > SHARE * total && v > 0.0).collect()
}

/// Colours of object and background where the last and the older frames' pixels went: the last
/// one's by the flow, the others' by the motion of object and camera.
fn colours_in_place(
    memory: &FlowMemory,
    last: &Reference,
    now: &Features,
    region: Region,
    flows: &Flows,
    motion: &Motion,
    object: &Similarity,
) -> Local {
    let (w, h) = (now.width(), now.height());
    let mut local = Local::new(region, now);
    for i in 0..w * h {
        let (u, v) = (flows.forward.u.data[i], flows.forward.v.data[i]);
        local.add(&Evidence {
            x: (i % w) as f32 + u,
            y: (i / w) as f32 + v,
            colour: last.features.colour_at(i),
            label: last.labels.data[i],
            weight: 1.0,
        });
    }
    for kept in memory.kept() {
        // One pixel in four stands for all.
        let weight = 4.0 * weight(kept.age);
        let (on, off) = (kept.object.then(object), kept.camera.then(&motion.camera));
        for y in (0..h).step_by(2) {
            for x in (0..w).step_by(2) {
                let i = y * w + x;
                let label = kept.reference.labels.data[i];
                let way = if label > 0.5 { &on } else { &off };
                let (x, y) = way.apply(x as f32, y as f32);
                let colour = kept.reference.features.colour_at(i);
                local.add(&Evidence { x, y, colour, label, weight });
            }
        }
    }
    local.smooth();
    local
}

/// How much an older frame counts.
fn weight(age: usize) -> f32 {
    1.0 / (1.0 + age as f32 / HALF)
}

/// What `there` makes of a region, within a grid of `w` x `h`.
fn moved(r: Region, there: &Similarity, w: usize, h: usize) -> Option<Region> {
    let corners = [(r.x0, r.y0), (r.x1, r.y0), (r.x0, r.y1), (r.x1, r.y1)]
        .map(|(x, y)| there.apply(x as f32, y as f32));
    let low = corners.iter().fold((f32::MAX, f32::MAX), |a, c| (a.0.min(c.0), a.1.min(c.1)));
    let high = corners.iter().fold((f32::MIN, f32::MIN), |a, c| (a.0.max(c.0), a.1.max(c.1)));
    let out = Region {
        x0: (low.0.floor() - 1.0).max(0.0) as usize,
        y0: (low.1.floor() - 1.0).max(0.0) as usize,
        x1: ((high.0.ceil() + 2.0).max(0.0) as usize).min(w),
        y1: ((high.1.ceil() + 2.0).max(0.0) as usize).min(h),
    };
    (out.x0 < out.x1 && out.y0 < out.y1).then_some(out)
}

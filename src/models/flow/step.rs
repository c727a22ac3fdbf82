//! From one frame to the next.

use super::colour::Odds;
use super::dis::Flow;
use super::energy;
use super::features::Features;
use super::local::{Evidence, Local};
use super::plane::Plane;
use super::region::{Region, signed_distance};

/// Price of an edge, in log odds a pixel.
const PRICE: f32 = 6.0;

/// What the step from frame to frame found.
pub(super) struct Step {
    pub labels: Plane,
    pub confidence: f32,
}

/// How well each pixel's way to the other frame and back closes, 1 where it does.
pub(super) fn agreement(there: &Flow, back: &Flow) -> Plane {
    let (w, h) = (there.u.width, there.u.height);
    Plane::from_fn(w, h, |x, y| {
        let (u, v) = (there.u.at(x, y), there.v.at(x, y));
        let (px, py) = (x as f32 + u, y as f32 + v);
        let (du, dv) = (u + back.u.sample(px, py), v + back.v.sample(px, py));
        let tolerance = 0.7 + 0.05 * u.hypot(v);
        let off = (du * du + dv * dv) / (tolerance * tolerance);
        let inside = px >= 0.0 && py >= 0.0 && px <= (w - 1) as f32 && py <= (h - 1) as f32;
        if inside { (-0.5 * off).exp() } else { 0.0 }
    })
}

/// Labels of `now` from those of `before`, with the flow forwards and back between them.
pub(super) fn step(
    before: &Features,
    labels: &Plane,
    now: &Features,
    forward: &Flow,
    backward: &Flow,
    odds: Option<&Odds>,
) -> Option<Step> {
    let (w, h) = (now.width(), now.height());
    let warped = Plane::from_fn(w, h, |x, y| {
        labels.sample(x as f32 + backward.u.at(x, y), y as f32 + backward.v.at(x, y))
    });
    let on: Vec<bool> = warped.data.iter().map(|&v| v > 0.5).collect();
    let bounds = Region::around(w, w * h, |i| on[i])?;
    let region = bounds.grown(24, w, h);
    let agree = agreement(backward, forward);
    let distance = signed_distance(&on, w);

    let mut local = Local::new(region, now);
    for i in 0..w * h {
        let (x, y) = ((i % w) as f32 + forward.u.data[i], (i / w) as f32 + forward.v.data[i]);
        local.add(&Evidence { x, y, colour: before.colour_at(i), label: labels.data[i], weight: 1.0 });
    }
    local.smooth();
    let evidence: Vec<f32> = region
        .indices(w)
        .map(|i| {
            let colour = now.colour_at(i);
            let d = distance[i];
            let place =
                4.0 * (d / 5.0).tanh() * (0.3 + 0.7 * agree.data[i]) + if d < -16.0 { -4.0 } else { 0.0 };
            let here = local.odds((i % w) as f32, (i / w) as f32, colour).clamp(-3.0, 3.0);
            let all = odds.map_or(0.0, |o| o.of(colour)).clamp(-2.0, 2.0);
            place + here + 0.5 * all
        })
        .collect();
    let cut = energy::label(now, region, &evidence, PRICE);
    let mut out = Plane::filled(w, h, 0.0);
    for (i, on) in region.indices(w).zip(cut) {
        out.data[i] = f32::from(u8::from(on));
    }
    Some(Step { labels: out, confidence: 0.5 })
}

//! The flow between two frames, both ways.

use super::dis::{self, Flow};
use super::features::Features;
use super::plane::Plane;

/// The flow between two frames, both ways, and where it can be trusted.
pub(super) struct Flows {
    pub forward: Flow,
    pub backward: Flow,
    /// For each pixel of the earlier frame, 0 to 1.
    pub trust_before: Plane,
    /// For each pixel of the later frame.
    pub trust_now: Plane,
}

impl Flows {
    /// Between frames of one size.
    pub fn new(before: &Features, now: &Features) -> Self {
        let (forward, backward) =
            rayon::join(|| dis::flow(&before.levels, &now.levels), || dis::flow(&now.levels, &before.levels));
        let trust_before = agreement(&forward, &backward);
        let trust_now = agreement(&backward, &forward);
        Self { forward, backward, trust_before, trust_now }
    }
}

/// How well each pixel's way to the other frame and back closes, 1 where it does.
fn agreement(there: &Flow, back: &Flow) -> Plane {
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

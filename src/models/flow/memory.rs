//! What the flow tracker keeps of an object.

use std::sync::Arc;

use super::colour::{Counts, Odds};
use super::features::Features;
use super::motion::{Motion, Similarity};
use super::plane::Plane;
use super::region::Region;

/// Prompted frames that are kept: the first and the latest of the others.
pub(super) const PROMPTED: usize = 3;
/// Unprompted frames that are kept beside the last.
pub(super) const OLDER: usize = 4;
/// One in so many frames is kept.
const SPACING: usize = 4;
/// A frame is kept only when it shows at least this part of the object's area.
const WHOLE: f32 = 0.7;

/// A frame in which the object is known.
pub(super) struct Reference {
    pub features: Arc<Features>,
    pub labels: Plane,
    /// Where the object is, if it is seen.
    pub bounds: Option<Region>,
    area: f32,
}

impl Reference {
    /// Of a frame and the labels that the object has in it.
    pub fn new(features: Arc<Features>, labels: Plane) -> Self {
        let area = labels.data.iter().filter(|&&v| v > 0.5).count() as f32;
        let bounds = Region::around(features.width(), labels.data.len(), |i| labels.data[i] > 0.5);
        Self { features, labels, bounds, area }
    }
}

/// A reference and how its pixels came to where they are in the last frame.
#[derive(Clone)]
pub(super) struct Kept {
    pub reference: Arc<Reference>,
    pub camera: Similarity,
    pub object: Similarity,
    /// Frames since.
    pub age: usize,
}

/// The memory of one object: bounded by [`PROMPTED`] and [`OLDER`].
#[derive(Clone, Default)]
pub(super) struct FlowMemory {
    pub(super) last: Option<Arc<Reference>>,
    pub(super) prompted: Vec<Kept>,
    pub(super) older: Vec<Kept>,
    pub(super) counts: Option<Arc<Counts>>,
    /// Those of `counts`.
    pub(super) odds: Option<Arc<Odds>>,
    /// How the object moved against the camera when it was last seen, in pixels a frame.
    pub(super) drift: (f64, f64),
}

impl FlowMemory {
    pub fn last(&self) -> Option<&Arc<Reference>> {
        self.last.as_ref()
    }

    pub fn odds(&self) -> Option<&Odds> {
        self.odds.as_deref()
    }

    /// The references before the last.
    pub fn kept(&self) -> impl Iterator<Item = &Kept> {
        self.prompted.iter().chain(&self.older)
    }

    /// The object's motion, or what it most likely was where it cannot be seen.
    pub fn object_motion(&self, motion: &Motion) -> Similarity {
        motion.object.unwrap_or(Similarity {
            u: motion.camera.u + self.drift.0,
            v: motion.camera.v + self.drift.1,
            ..motion.camera
        })
    }

    /// Adds a frame; `motion` is that from the last one, if there is one.
    pub fn add(&mut self, features: &Arc<Features>, labels: Plane, prompted: bool, motion: Option<Motion>) {
        let w = features.width();
        let reference = Arc::new(Reference::new(features.clone(), labels));
        if let Some(motion) = motion {
            let object = self.object_motion(&motion);
            if let (Some(seen), Some(r)) = (motion.object, self.last.as_ref().and_then(|l| l.bounds)) {
                let (x, y) = ((r.x0 + r.x1) as f32 / 2.0, (r.y0 + r.y1) as f32 / 2.0);
                let (p, q) = (seen.apply(x, y), motion.camera.apply(x, y));
                let now = (f64::from(p.0 - q.0), f64::from(p.1 - q.1));
                self.drift = (0.5 * (self.drift.0 + now.0), 0.5 * (self.drift.1 + now.1));
            }
            for k in self.prompted.iter_mut().chain(&mut self.older) {
                k.camera = k.camera.then(&motion.camera);
                k.object = k.object.then(&object);
                k.age += 1;
            }
        }
        if prompted {
            let near =
                reference.bounds.map(|r| r.grown(r.width().max(r.height()) / 2 + 4, w, features.height()));
            let mut counts = self.counts.as_deref().cloned().unwrap_or_else(Counts::new);
            counts.add(features, &reference.labels, |i| match near {
                Some(r) if r.contains(i % w, i / w) => 1.0,
                _ => 0.2,
            });
            self.odds = Some(Arc::new(counts.odds()));
            self.counts = Some(Arc::new(counts));
        }
        self.last = Some(reference.clone());
        let area = reference.area;
        let kept = Kept { reference, camera: Similarity::IDENTITY, object: Similarity::IDENTITY, age: 0 };
        if prompted {
            if self.prompted.len() >= PROMPTED {
                self.prompted.remove(1);
            }
            self.prompted.push(kept);
        } else if self.kept().all(|k| k.age >= SPACING) && area > WHOLE * self.expected_area() {
            if self.older.len() >= OLDER {
                self.older.remove(0);
            }
            self.older.push(kept);
        }
    }

    /// The area that the object should have in the last frame: the mean of the references'.
    pub fn expected_area(&self) -> f32 {
        let (mut sum, mut count) = (0.0, 0.0);
        for k in self.kept().filter(|k| k.reference.area > 0.0) {
            sum += k.reference.area * (k.object.zoom() * k.object.zoom()) as f32;
            count += 1.0;
        }
        if count > 0.0 { sum / count } else { 0.0 }
    }
}

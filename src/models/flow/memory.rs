//! What the flow tracker keeps of an object.

use std::any::Any;
use std::sync::Arc;

use super::colour::{Counts, Odds};
use super::features::Features;
use super::plane::Plane;
use super::region::Region;
use crate::models::{Memory, ModelError};

/// A frame in which the object is known.
pub(super) struct Reference {
    pub features: Arc<Features>,
    pub labels: Plane,
}

/// The memory of one object. Bounded: the last frame, and counts of colours.
#[derive(Clone, Default)]
pub(super) struct FlowMemory {
    last: Option<Arc<Reference>>,
    prompted: Option<Arc<Counts>>,
    odds: Option<Arc<Odds>>,
}

impl FlowMemory {
    pub fn last(&self) -> Option<&Reference> {
        self.last.as_deref()
    }
}

pub(super) fn of(memory: &dyn Memory) -> Result<&FlowMemory, ModelError> {
    memory
        .as_any()
        .downcast_ref()
        .ok_or(ModelError::Internal("the flow tracker: the memory is of another tracker"))
}

pub(super) fn of_mut(memory: &mut dyn Memory) -> Result<&mut FlowMemory, ModelError> {
    memory
        .as_any_mut()
        .downcast_mut()
        .ok_or(ModelError::Internal("the flow tracker: the memory is of another tracker"))
}

impl FlowMemory {
    pub fn add(&mut self, features: &Arc<Features>, labels: Plane, prompted: bool) {
        if prompted || self.prompted.is_none() {
            let w = features.width();
            let near = Region::around(w, labels.data.len(), |i| labels.data[i] > 0.5)
                .map(|r| r.grown(r.width().max(r.height()) / 2 + 4, w, features.height()));
            let mut counts = self.prompted.as_deref().cloned().unwrap_or_else(Counts::new);
            counts.add(features, &labels, |i| match near {
                Some(r) if r.contains(i % w, i / w) => 1.0,
                _ => 0.2,
            });
            self.odds = Some(Arc::new(counts.odds()));
            self.prompted = Some(Arc::new(counts));
        }
        self.last = Some(Arc::new(Reference { features: features.clone(), labels }));
    }

    pub fn odds(&self) -> Option<&Odds> {
        self.odds.as_deref()
    }
}

impl Memory for FlowMemory {
    fn boxed_clone(&self) -> Box<dyn Memory> {
        Box::new(self.clone())
    }

    fn bytes(&self) -> usize {
        let last = self.last.as_ref().map_or(0, |r| r.features.bytes() + r.labels.bytes());
        let counts = self.prompted.as_ref().map_or(0, |c| c.bytes());
        last + counts + self.odds.as_ref().map_or(0, |o| o.bytes())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }
}

//! The memory of a tracker with the drawing that it is held to.

use std::any::Any;

use super::saved::{self, Known, Saved};
use crate::models::{Memory, ModelError};

/// The tracker's own memory, the drawing of the last keyframe, and the way back to it.
pub(super) struct HybridMemory {
    pub inner: Box<dyn Memory>,
    /// That of the second tracker.
    pub second: Option<Box<dyn Memory>>,
    pub known: Known,
}

impl HybridMemory {
    /// A memory in which nothing is drawn.
    pub fn new(inner: Box<dyn Memory>, second: Option<Box<dyn Memory>>, carries: bool) -> Self {
        Self { inner, second, known: Known { carries, ..Known::default() } }
    }
}

impl Memory for HybridMemory {
    fn boxed_clone(&self) -> Box<dyn Memory> {
        let second = self.second.as_ref().map(|second| second.boxed_clone());
        Box::new(Self { inner: self.inner.boxed_clone(), second, known: self.known.clone() })
    }

    fn bytes(&self) -> usize {
        let drawing = self.known.drawing.as_ref().map_or(0, |d| d.bytes());
        self.inner.bytes()
            + self.second.as_ref().map_or(0, |second| second.bytes())
            + drawing
            + self.known.way.as_ref().map_or(0, |w| w.bytes())
            + self.known.watch.bytes()
    }

    fn save(&self) -> Option<Vec<u8>> {
        let second = match &self.second {
            Some(second) => Some(second.save()?),
            None => None,
        };
        Some(saved::encode(&Saved { inner: self.inner.save()?, second, known: self.known.clone() }))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }
}

/// The memory behind the trait, if it is ours.
pub(super) fn of(memory: &dyn Memory) -> Result<&HybridMemory, ModelError> {
    memory.as_any().downcast_ref().ok_or(FOREIGN)
}

/// As [`of`], to be changed.
pub(super) fn of_mut(memory: &mut dyn Memory) -> Result<&mut HybridMemory, ModelError> {
    memory.as_any_mut().downcast_mut().ok_or(FOREIGN)
}

const FOREIGN: ModelError = ModelError::Internal("the hybrid tracker: the memory belongs to another tracker");

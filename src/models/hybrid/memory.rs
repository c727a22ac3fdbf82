//! The memory of a tracker with the drawing that it is held to.

use std::any::Any;

use super::saved::{self, Known};
use crate::models::{Memory, ModelError};

/// The tracker's own memory, the drawing of the last keyframe, and the way back to it.
pub(super) struct HybridMemory {
    pub inner: Box<dyn Memory>,
    pub known: Known,
}

impl HybridMemory {
    /// A memory in which nothing is drawn.
    pub fn new(inner: Box<dyn Memory>, carries: bool) -> Self {
        Self { inner, known: Known { carries, ..Known::default() } }
    }
}

impl Memory for HybridMemory {
    fn boxed_clone(&self) -> Box<dyn Memory> {
        Box::new(Self { inner: self.inner.boxed_clone(), known: self.known.clone() })
    }

    fn bytes(&self) -> usize {
        let drawing = self.known.drawing.as_ref().map_or(0, |d| d.bytes());
        self.inner.bytes()
            + drawing
            + self.known.way.as_ref().map_or(0, |w| w.bytes())
            + self.known.watch.bytes()
    }

    fn save(&self) -> Option<Vec<u8>> {
        Some(saved::encode(&self.inner.save()?, &self.known))
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

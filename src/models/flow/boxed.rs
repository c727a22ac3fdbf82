//! The flow tracker's memory behind the trait.

use std::any::Any;

use super::memory::FlowMemory;
use super::saved;
use crate::models::{Memory, ModelError};

impl Memory for FlowMemory {
    fn boxed_clone(&self) -> Box<dyn Memory> {
        Box::new(self.clone())
    }

    fn bytes(&self) -> usize {
        let references = self.kept().map(|k| &k.reference).chain(&self.last);
        let counts = self.counts.as_ref().map_or(0, |c| c.bytes());
        references.map(|r| r.features.bytes() + r.labels.bytes()).sum::<usize>()
            + counts
            + self.odds.as_ref().map_or(0, |o| o.bytes())
    }

    fn save(&self) -> Option<Vec<u8>> {
        saved::encode(self)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }
}

/// The memory behind the trait, if it is ours.
pub(super) fn of(memory: &dyn Memory) -> Result<&FlowMemory, ModelError> {
    memory.as_any().downcast_ref().ok_or(FOREIGN)
}

/// As [`of`], to be changed.
pub(super) fn of_mut(memory: &mut dyn Memory) -> Result<&mut FlowMemory, ModelError> {
    memory.as_any_mut().downcast_mut().ok_or(FOREIGN)
}

const FOREIGN: ModelError = ModelError::Internal("the flow tracker: the memory belongs to another tracker");

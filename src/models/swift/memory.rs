//! The bank behind the trait.

use std::any::Any;

use super::bank::Bank;
use super::saved;
use crate::models::runtime::Tensor;
use crate::models::{Memory, ModelError};

/// The bank in a memory, if it is ours.
pub(super) fn of(memory: &dyn Memory) -> Result<&Bank, ModelError> {
    memory.as_any().downcast_ref().ok_or(ModelError::Internal("swift: the memory belongs to another tracker"))
}

/// As [`of`], to be changed.
pub(super) fn of_mut(memory: &mut dyn Memory) -> Result<&mut Bank, ModelError> {
    memory
        .as_any_mut()
        .downcast_mut()
        .ok_or(ModelError::Internal("swift: the memory belongs to another tracker"))
}

impl Memory for Bank {
    fn boxed_clone(&self) -> Box<dyn Memory> {
        Box::new(self.clone())
    }

    fn bytes(&self) -> usize {
        let tensor = |t: &Tensor| t.data.len() * 4;
        let entries = self.prompted.iter().chain(&self.recent);
        let kept: usize = entries.map(|e| tensor(&e.key) + tensor(&e.value)).sum();
        let last = self
            .last
            .as_ref()
            .map_or(0, |l| tensor(&l.key) + tensor(&l.value) + l.mask.data().len() * 4 + l.picture.bytes());
        kept + last
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

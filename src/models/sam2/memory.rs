//! A bank as the memory that the engine keeps.

use std::any::Any;

use super::bank::Bank;
use super::saved;
use crate::models::{Memory, ModelError};

impl Memory for Bank {
    fn boxed_clone(&self) -> Box<dyn Memory> {
        Box::new(self.clone())
    }

    fn bytes(&self) -> usize {
        Self::bytes(self)
    }

    fn save(&self) -> Option<Vec<u8>> {
        Some(saved::encode(self))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }
}

/// The bank that a memory of this family is.
pub(super) fn bank(memory: &dyn Memory) -> Result<&Bank, ModelError> {
    memory.as_any().downcast_ref().ok_or(ModelError::Internal("sam2: the memory belongs to another tracker"))
}

/// The same, to be changed.
pub(super) fn bank_mut(memory: &mut dyn Memory) -> Result<&mut Bank, ModelError> {
    memory
        .as_any_mut()
        .downcast_mut()
        .ok_or(ModelError::Internal("sam2: the memory belongs to another tracker"))
}

//! Image memory: blocks behind a handle.

use super::block::Block;
use super::{guard, handles};
use crate::host::status::Status;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};

/// Image memory: a block behind a handle, whose address holds while it is locked.
pub(in crate::host) struct ImageMemory {
    id: usize,
    block: Block,
    locks: AtomicUsize,
    owner: Option<usize>,
}

impl Drop for ImageMemory {
    fn drop(&mut self) {
        handles::release(self.id);
    }
}

/// All image memory, which lives until it is freed.
static IMAGE_MEMORY: LazyLock<Mutex<HashMap<usize, Arc<ImageMemory>>>> = LazyLock::new(Mutex::default);

impl ImageMemory {
    /// A block for the effect whose handle is `owner`.
    pub(in crate::host) fn allocate(size: usize, owner: Option<usize>) -> Result<usize, Status> {
        let block = Block::new(size, false).ok_or(Status::MEMORY)?;
        let id = handles::reserve();
        let memory = Arc::new(Self { id, block, locks: AtomicUsize::new(0), owner });
        handles::register(id, &memory);
        IMAGE_MEMORY.lock().insert(id, memory);
        Ok(id)
    }

    /// Gives it back.
    pub(in crate::host) fn free(&self) {
        if self.locks.load(Ordering::Relaxed) != 0 {
            guard::fault("freed image memory that was locked".to_owned());
        }
        IMAGE_MEMORY.lock().remove(&self.id);
    }

    /// Its address.
    pub(in crate::host) fn lock(&self) -> *mut u8 {
        self.locks.fetch_add(1, Ordering::Relaxed);
        self.block.address()
    }

    /// One lock less.
    pub(in crate::host) fn unlock(&self) -> Result<(), Status> {
        let less = self.locks.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1));
        if less.is_err() {
            guard::fault("unlocked image memory that was not locked".to_owned());
            return Err(Status::FAILED);
        }
        Ok(())
    }

    /// How many blocks an effect has not freed.
    pub(in crate::host) fn unfreed(owner: usize) -> usize {
        IMAGE_MEMORY.lock().values().filter(|m| m.owner == Some(owner)).count()
    }
}

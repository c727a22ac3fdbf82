//! Blocks of memory at a fixed address, and those of the memory suite.

use crate::host::status::Status;
use parking_lot::Mutex;
use std::alloc::{Layout, alloc, alloc_zeroed, dealloc};
use std::collections::HashMap;
use std::sync::LazyLock;

/// Alignment of all memory: a cache line, which is enough for every vector instruction.
const ALIGNMENT: usize = 64;
/// Most bytes of one block; a negative size turned unsigned is more than that.
const MOST_BYTES: usize = 1 << 40;

/// Memory at a fixed address that a plugin writes to.
pub(in crate::host) struct Block {
    pointer: *mut u8,
    layout: Layout,
}

// SAFETY: a block is nothing but an address that this value alone owns.
unsafe impl Send for Block {}
// SAFETY: the host reads it only while no plugin writes to it (see the callers of `bytes`).
unsafe impl Sync for Block {}

impl Block {
    /// Memory of that size, filled with zeros when `zeroed`.
    pub(in crate::host) fn new(size: usize, zeroed: bool) -> Option<Self> {
        if size > MOST_BYTES {
            return None;
        }
        let layout = Layout::from_size_align(size.max(1), ALIGNMENT).ok()?;
        // SAFETY: the size is not 0.
        let pointer = unsafe { if zeroed { alloc_zeroed(layout) } else { alloc(layout) } };
        (!pointer.is_null()).then_some(Self { pointer, layout })
    }

    pub(in crate::host) fn address(&self) -> *mut u8 {
        self.pointer
    }

    /// How many bytes there are.
    pub(in crate::host) fn size(&self) -> usize {
        self.layout.size()
    }

    /// All bytes.
    ///
    /// # Safety
    /// They have been written, and nobody writes to them while the slice lives.
    pub(in crate::host) unsafe fn bytes(&self) -> &[u8] {
        // SAFETY: the block is that large; the caller vouches for the rest.
        unsafe { std::slice::from_raw_parts(self.pointer, self.layout.size()) }
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        // SAFETY: allocated with this layout, and dropped once.
        unsafe { dealloc(self.pointer, self.layout) };
    }
}

/// Blocks of the memory suite that have not been freed, by address.
static BLOCKS: LazyLock<Mutex<Blocks>> = LazyLock::new(Mutex::default);

/// Each with the handle of the effect that it is for.
type Blocks = HashMap<usize, (Block, Option<usize>)>;

/// Memory suite: a block for the effect whose handle is `owner`.
pub(in crate::host) fn allocate(size: usize, owner: Option<usize>) -> Result<*mut u8, Status> {
    let block = Block::new(size, false).ok_or(Status::MEMORY)?;
    let address = block.address();
    BLOCKS.lock().insert(address.addr(), (block, owner));
    Ok(address)
}

/// Memory suite: gives a block back.
pub(in crate::host) fn free(address: usize) -> Result<(), Status> {
    BLOCKS.lock().remove(&address).map(drop).ok_or(Status::BAD_HANDLE)
}

/// How many blocks and bytes an effect has not freed; they stay, since a plugin may still use
/// them for another instance.
pub(in crate::host) fn unfreed(owner: usize) -> (usize, usize) {
    let blocks = BLOCKS.lock();
    let mine = blocks.values().filter(|(_, o)| *o == Some(owner));
    mine.fold((0, 0), |(n, bytes), (block, _)| (n + 1, bytes + block.size()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::memory::handles;

    #[test]
    fn blocks_are_counted_until_freed() {
        let owner = handles::reserve();
        let address = allocate(100, Some(owner)).unwrap();
        assert_eq!(unfreed(owner), (1, 100));
        assert_eq!(free(address.addr()), Ok(()));
        assert_eq!(free(address.addr()), Err(Status::BAD_HANDLE));
        assert_eq!(allocate(usize::MAX, None).err(), Some(Status::MEMORY));
    }
}

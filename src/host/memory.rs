//! Memory that plugins get: blocks, images, locks.

use super::audit::Audit;
use super::guard;
use super::handles::{self, Object};
use super::image::{HostImage, RowBytes};
use super::kinds::{Components, Depth};
use super::status::Status;
use crate::raster::RectI;
use parking_lot::{Condvar, Mutex};
use std::alloc::{Layout, alloc, alloc_zeroed, dealloc};
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};
use std::thread::ThreadId;

/// Alignment of all memory: a cache line, which is enough for every vector instruction.
const ALIGNMENT: usize = 64;
/// Bytes around an image that a plugin must leave alone.
const GUARD_BYTES: usize = 256;
/// What stands in them.
const GUARD_VALUE: u8 = 0xA5;
/// Most bytes of one block; a negative size turned unsigned is more than that.
const MOST_BYTES: usize = 1 << 40;

/// Memory at a fixed address that a plugin writes to.
pub(super) struct Block {
    pointer: *mut u8,
    layout: Layout,
}

// SAFETY: a block is nothing but an address that this value alone owns.
unsafe impl Send for Block {}
// SAFETY: the host reads it only while no plugin writes to it (see the callers of `bytes`).
unsafe impl Sync for Block {}

impl Block {
    /// Memory of that size, filled with zeros when `zeroed`.
    pub(super) fn new(size: usize, zeroed: bool) -> Option<Self> {
        if size > MOST_BYTES {
            return None;
        }
        let layout = Layout::from_size_align(size.max(1), ALIGNMENT).ok()?;
        // SAFETY: the size is not 0.
        let pointer = unsafe { if zeroed { alloc_zeroed(layout) } else { alloc(layout) } };
        (!pointer.is_null()).then_some(Self { pointer, layout })
    }

    pub(super) fn address(&self) -> *mut u8 {
        self.pointer
    }

    /// All bytes.
    ///
    /// # Safety
    /// They have been written, and nobody writes to them while the slice lives.
    unsafe fn bytes(&self) -> &[u8] {
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

/// The pixels of an image while a plugin has their address, with guard bytes around and between
/// its rows.
pub(super) struct PixelMemory {
    block: Block,
    pub(super) bounds: RectI,
    pub(super) components: Components,
    pub(super) depth: Depth,
    pub(super) row_bytes: isize,
    tight: usize,
    stride: usize,
    rows: usize,
}

impl PixelMemory {
    /// An image of zeros, in `spare` where that is as large as it needs.
    pub(super) fn new(
        bounds: RectI,
        (components, depth): (Components, Depth),
        layout: RowBytes,
        spare: Option<Block>,
    ) -> Result<Self, Status> {
        let tight = bounds.width() as usize * components.count() * depth.bytes();
        let (stride, top_first) = layout.stride(tight);
        Self::with_stride(bounds, (components, depth), (stride, top_first), tight, spare)
    }

    fn with_stride(
        bounds: RectI,
        (components, depth): (Components, Depth),
        (stride, top_first): (usize, bool),
        tight: usize,
        spare: Option<Block>,
    ) -> Result<Self, Status> {
        let rows = bounds.height() as usize;
        let size = stride.checked_mul(rows).and_then(|n| n.checked_add(2 * GUARD_BYTES));
        let size = size.ok_or(Status::MEMORY)?;
        let block = match spare.filter(|block| block.layout.size() == size) {
            Some(block) => {
                // SAFETY: the block is that large, and nobody else knows it any more.
                unsafe { block.pointer.write_bytes(0, size) };
                block
            }
            None => Block::new(size, true).ok_or(Status::MEMORY)?,
        };
        let row_bytes = if top_first { -stride.cast_signed() } else { stride.cast_signed() };
        let memory = Self { block, bounds, components, depth, row_bytes, tight, stride, rows };
        memory.for_guards(|range| {
            // SAFETY: the ranges lie within the block, which nobody else knows yet.
            unsafe { memory.block.pointer.add(range.start).write_bytes(GUARD_VALUE, range.len()) };
        });
        Ok(memory)
    }

    /// A copy of an image, in its own layout.
    pub(super) fn copy_of(image: &HostImage) -> Result<Self, Status> {
        let tight = image.width() as usize * image.components().count() * image.depth().bytes();
        let memory = Self::with_stride(
            image.bounds(),
            (image.components(), image.depth()),
            (image.row_bytes().unsigned_abs(), image.row_bytes() < 0),
            tight,
            None,
        )?;
        for y in 0..image.height() {
            let row = image.row(y);
            // SAFETY: the row lies within the block, which nobody else knows yet.
            unsafe { memory.row_address(y).copy_from_nonoverlapping(row.as_ptr(), row.len()) };
        }
        Ok(memory)
    }

    /// The memory, for another image.
    pub(super) fn into_block(self) -> Block {
        self.block
    }

    /// The ranges of bytes that no pixel is in.
    fn for_guards(&self, mut f: impl FnMut(std::ops::Range<usize>)) {
        f(0..GUARD_BYTES);
        if self.stride > self.tight {
            for row in 0..self.rows {
                let start = GUARD_BYTES + row * self.stride;
                f(start + self.tight..start + self.stride);
            }
        }
        let end = GUARD_BYTES + self.rows * self.stride;
        f(end..end + GUARD_BYTES);
    }

    /// Address of row `y` counted from the bottom.
    fn row_address(&self, y: u32) -> *mut u8 {
        let index = if self.row_bytes < 0 { self.rows - 1 - y as usize } else { y as usize };
        // SAFETY: the row lies within the block.
        unsafe { self.block.pointer.add(GUARD_BYTES + index * self.stride) }
    }

    /// Address of the lower left pixel.
    pub(super) fn data(&self) -> *mut u8 {
        if self.rows == 0 { self.block.pointer } else { self.row_address(0) }
    }

    /// Whether bytes that belong to no pixel have been written.
    ///
    /// # Safety
    /// No plugin may write to the image any more.
    pub(super) unsafe fn overrun(&self) -> bool {
        // SAFETY: the block was zeroed; the caller says that nobody writes.
        let bytes = unsafe { self.block.bytes() };
        let mut touched = false;
        self.for_guards(|range| touched |= bytes[range].iter().any(|b| *b != GUARD_VALUE));
        touched
    }

    /// The pixels as an image of its own, tightly packed, bottom row first.
    ///
    /// # Safety
    /// No plugin may write to the image any more.
    pub(super) unsafe fn to_image(&self) -> Result<HostImage, super::HostError> {
        let mut data = Vec::with_capacity(self.tight * self.rows);
        for y in 0..self.bounds.height() {
            // SAFETY: the row lies within the block; the caller says that nobody writes.
            data.extend_from_slice(unsafe { std::slice::from_raw_parts(self.row_address(y), self.tight) });
        }
        HostImage::new(self.bounds, self.components, self.depth, self.tight.cast_signed(), data)
    }

    /// Whether the pixels are those of `image`, of which this is a copy.
    ///
    /// # Safety
    /// No plugin may write to the image any more.
    pub(super) unsafe fn same_as(&self, image: &HostImage) -> bool {
        (0..self.bounds.height()).all(|y| {
            // SAFETY: the row lies within the block; the caller says that nobody writes.
            let row = unsafe { std::slice::from_raw_parts(self.row_address(y), self.tight) };
            row == image.row(y)
        })
    }
}

/// Blocks of the memory suite that have not been freed, by address.
static BLOCKS: LazyLock<Mutex<Blocks>> = LazyLock::new(Mutex::default);

/// Each with the handle of the effect that it is for.
type Blocks = HashMap<usize, (Block, Option<usize>)>;

/// Memory suite: a block for the effect whose handle is `owner`.
pub(super) fn allocate(size: usize, owner: Option<usize>) -> Result<*mut u8, Status> {
    let block = Block::new(size, false).ok_or(Status::MEMORY)?;
    let address = block.address();
    BLOCKS.lock().insert(address.addr(), (block, owner));
    Ok(address)
}

/// Memory suite: gives a block back.
pub(super) fn free(address: usize) -> Result<(), Status> {
    BLOCKS.lock().remove(&address).map(drop).ok_or(Status::BAD_HANDLE)
}

/// How many blocks and bytes an effect has not freed; they stay, since a plugin may still use
/// them for another instance.
pub(super) fn unfreed(owner: usize) -> (usize, usize) {
    let blocks = BLOCKS.lock();
    let mine = blocks.values().filter(|(_, o)| *o == Some(owner));
    mine.fold((0, 0), |(n, bytes), (block, _)| (n + 1, bytes + block.layout.size()))
}

/// Image memory: a block behind a handle, whose address holds while it is locked.
pub(super) struct ImageMemory {
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
    pub(super) fn allocate(size: usize, owner: Option<usize>) -> Result<usize, Status> {
        let block = Block::new(size, false).ok_or(Status::MEMORY)?;
        let id = handles::reserve();
        let memory = Arc::new(Self { id, block, locks: AtomicUsize::new(0), owner });
        handles::register(id, Object::Memory(Arc::downgrade(&memory)));
        IMAGE_MEMORY.lock().insert(id, memory);
        Ok(id)
    }

    /// Gives it back.
    pub(super) fn free(&self) {
        if self.locks.load(Ordering::Relaxed) != 0 {
            guard::fault("freed image memory that was locked".to_owned());
        }
        IMAGE_MEMORY.lock().remove(&self.id);
    }

    /// Its address.
    pub(super) fn lock(&self) -> *mut u8 {
        self.locks.fetch_add(1, Ordering::Relaxed);
        self.block.address()
    }

    /// One lock less.
    pub(super) fn unlock(&self) -> Result<(), Status> {
        let less = self.locks.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1));
        if less.is_err() {
            guard::fault("unlocked image memory that was not locked".to_owned());
            return Err(Status::FAILED);
        }
        Ok(())
    }

    /// How many blocks an effect has not freed.
    pub(super) fn unfreed(owner: usize) -> usize {
        IMAGE_MEMORY.lock().values().filter(|m| m.owner == Some(owner)).count()
    }
}

/// A lock of the multithread suite. The thread that has it may lock it again.
pub(super) struct HostMutex {
    id: usize,
    state: Mutex<(Option<ThreadId>, usize)>,
    freed: Condvar,
    audit: Option<Arc<Audit>>,
}

impl Drop for HostMutex {
    fn drop(&mut self) {
        handles::release(self.id);
    }
}

/// All locks, which live until they are destroyed.
static MUTEXES: LazyLock<Mutex<HashMap<usize, Arc<HostMutex>>>> = LazyLock::new(Mutex::default);

impl HostMutex {
    /// A lock that the calling thread has `count` times.
    pub(super) fn create(count: usize) -> usize {
        let id = handles::reserve();
        let owner = (count > 0).then(|| std::thread::current().id());
        let audit = guard::current().map(|s| s.audit);
        let mutex = Arc::new(Self { id, state: Mutex::new((owner, count)), freed: Condvar::new(), audit });
        handles::register(id, Object::Mutex(Arc::downgrade(&mutex)));
        MUTEXES.lock().insert(id, mutex);
        id
    }

    /// Takes it away.
    pub(super) fn destroy(&self) {
        if self.state.lock().1 != 0 {
            self.fault("destroyed a mutex that was locked");
        }
        MUTEXES.lock().remove(&self.id);
    }

    fn fault(&self, what: &str) {
        match &self.audit {
            Some(audit) => audit.fault(what),
            None => guard::fault(what.to_owned()),
        }
    }

    /// Waits until this thread has it.
    pub(super) fn lock(&self) {
        let me = std::thread::current().id();
        let mut state = self.state.lock();
        while state.1 > 0 && state.0 != Some(me) {
            self.freed.wait(&mut state);
        }
        *state = (Some(me), state.1 + 1);
    }

    /// Takes it if nobody else has it.
    pub(super) fn try_lock(&self) -> Result<(), Status> {
        let me = std::thread::current().id();
        let mut state = self.state.lock();
        if state.1 > 0 && state.0 != Some(me) {
            return Err(Status::FAILED);
        }
        *state = (Some(me), state.1 + 1);
        Ok(())
    }

    /// Gives it back once.
    pub(super) fn unlock(&self) -> Result<(), Status> {
        let mut state = self.state.lock();
        if state.1 == 0 || state.0 != Some(std::thread::current().id()) {
            drop(state);
            self.fault("unlocked a mutex that this thread had not locked");
            return Err(Status::FAILED);
        }
        state.1 -= 1;
        if state.1 == 0 {
            state.0 = None;
            self.freed.notify_one();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writing_between_rows_is_seen() {
        let bounds = RectI::new(0, 0, 3, 2);
        for layout in [RowBytes::Padded(4), RowBytes::NegativePadded(4)] {
            let memory = PixelMemory::new(bounds, (Components::Rgb, Depth::Byte), layout, None).unwrap();
            // SAFETY: only this thread knows the memory, and all addresses lie within it.
            unsafe {
                memory.data().write_bytes(7, 9);
                assert!(!memory.overrun());
                assert_eq!(memory.to_image().unwrap().row(0), [7; 9]);
                memory.data().add(9).write(7);
                assert!(memory.overrun());
            }
        }
    }

    #[test]
    fn a_copy_knows_its_original() {
        let image = HostImage::from_rgba(
            2,
            2,
            &[0.5; 16],
            Components::Rgba,
            Depth::Byte,
            RowBytes::NegativePadded(3),
        )
        .unwrap();
        let copy = PixelMemory::copy_of(&image).unwrap();
        // SAFETY: only this thread knows the memory, and the address lies within it.
        unsafe {
            assert!(copy.same_as(&image));
            copy.data().write(9);
            assert!(!copy.same_as(&image));
        }
    }

    #[test]
    fn mutexes_are_recursive_and_owned() {
        let id = HostMutex::create(1);
        let mutex = handles::mutex(handles::pointer::<u8>(id)).unwrap();
        mutex.lock();
        let other = mutex.clone();
        let refused = std::thread::spawn(move || (other.try_lock(), other.unlock())).join().unwrap();
        assert_eq!(refused, (Err(Status::FAILED), Err(Status::FAILED)));
        assert_eq!((mutex.unlock(), mutex.unlock()), (Ok(()), Ok(())));
        mutex.destroy();
        drop(mutex);
        assert!(handles::mutex(handles::pointer::<u8>(id)).is_err());
    }

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

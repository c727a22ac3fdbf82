//! The pixels of an image while a plugin has their address.

use super::block::Block;
use crate::host::error::HostError;
use crate::host::image::{HostImage, RowBytes};
use crate::host::kinds::{Components, Depth};
use crate::host::status::Status;
use crate::raster::RectI;

/// Bytes around an image that a plugin must leave alone.
const GUARD_BYTES: usize = 256;
/// What stands in them.
const GUARD_VALUE: u8 = 0xA5;

/// The pixels of an image while a plugin has their address, with guard bytes around and between
/// its rows.
pub(in crate::host) struct PixelMemory {
    block: Block,
    pub(in crate::host) bounds: RectI,
    pub(in crate::host) components: Components,
    pub(in crate::host) depth: Depth,
    pub(in crate::host) row_bytes: isize,
    tight: usize,
    stride: usize,
    rows: usize,
}

impl PixelMemory {
    /// An image of zeros, in `spare` where that is as large as it needs.
    pub(in crate::host) fn new(
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
        let block = match spare.filter(|block| block.size() == size) {
            Some(block) => {
                // SAFETY: the block is that large, and nobody else knows it any more.
                unsafe { block.address().write_bytes(0, size) };
                block
            }
            None => Block::new(size, true).ok_or(Status::MEMORY)?,
        };
        let row_bytes = if top_first { -stride.cast_signed() } else { stride.cast_signed() };
        let memory = Self { block, bounds, components, depth, row_bytes, tight, stride, rows };
        memory.for_guards(|range| {
            // SAFETY: the ranges lie within the block, which nobody else knows yet.
            unsafe { memory.block.address().add(range.start).write_bytes(GUARD_VALUE, range.len()) };
        });
        Ok(memory)
    }

    /// A copy of an image, in its own layout.
    pub(in crate::host) fn copy_of(image: &HostImage) -> Result<Self, Status> {
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
    pub(in crate::host) fn into_block(self) -> Block {
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
        unsafe { self.block.address().add(GUARD_BYTES + index * self.stride) }
    }

    /// Address of the lower left pixel.
    pub(in crate::host) fn data(&self) -> *mut u8 {
        if self.rows == 0 { self.block.address() } else { self.row_address(0) }
    }

    /// Whether bytes that belong to no pixel have been written.
    ///
    /// # Safety
    /// No plugin may write to the image any more.
    pub(in crate::host) unsafe fn overrun(&self) -> bool {
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
    pub(in crate::host) unsafe fn to_image(&self) -> Result<HostImage, HostError> {
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
    pub(in crate::host) unsafe fn same_as(&self, image: &HostImage) -> bool {
        (0..self.bounds.height()).all(|y| {
            // SAFETY: the row lies within the block; the caller says that nobody writes.
            let row = unsafe { std::slice::from_raw_parts(self.row_address(y), self.tight) };
            row == image.row(y)
        })
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
}

//! What is read out of the cache folder, opened to `tests/fuzz`: anybody may have written there. No part of the
//! interface.

use super::digest::Digest;
use super::record::Record;
use super::{identified, store};
use crate::raster::Matte;

/// The kinds of files in the cache folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stored {
    /// A matte with what is known of it.
    Matte,
    /// What a tracker remembers after a frame.
    Memory,
    /// The digests of the frames that a track came along.
    Path,
    /// Which tracker it was.
    Tracker,
}

/// Whether the bytes of a file are taken for what they should be; a matte must be of `size`.
#[must_use]
pub fn reads(kind: Stored, bytes: &[u8], size: (u32, u32)) -> bool {
    match kind {
        Stored::Matte => Record::decode(bytes, size.0, size.1).is_ok(),
        Stored::Memory => store::unpack(bytes).is_some(),
        Stored::Path => store::read_path(bytes).is_some(),
        Stored::Tracker => identified(bytes).is_some(),
    }
}

/// A file of a matte.
#[must_use]
pub fn matte(matte: &Matte, confidence: f32, present: bool) -> Vec<u8> {
    Record { matte: matte.clone(), confidence, present }.encode()
}

/// A file of a tracker's memory.
#[must_use]
pub fn memory(memory: &[u8]) -> Vec<u8> {
    store::pack(memory)
}

/// A file of digests of frames.
#[must_use]
pub fn path(frames: &[[u8; 32]]) -> Vec<u8> {
    store::pack_path(&frames.iter().map(|frame| Digest(*frame)).collect::<Vec<_>>())
}

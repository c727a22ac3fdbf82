//! What is read out of the cache folder, opened to `tests/fuzz`: anybody may have written there. No part of the
//! interface.

use super::digest::Digest;
use super::store::entry::{self, EntryKind};
use super::store::{NotedFrame, Record, memory_entry, path_entry, tracker_entry};
use crate::raster::Matte;

pub use crate::models::fuzzing::{Family, memory as tracker_memory, restores};

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

impl Stored {
    fn kind(self) -> EntryKind {
        match self {
            Self::Matte => EntryKind::Matte,
            Self::Memory => EntryKind::Memory,
            Self::Path => EntryKind::Path,
            Self::Tracker => EntryKind::Tracker,
        }
    }
}

/// What is kept in a file that may be anything; none where it is no whole file of the cache folder.
#[must_use]
pub fn opens(kind: Stored, file: &[u8]) -> Option<&[u8]> {
    let key = file.get(8..40).and_then(|key| key.try_into().ok()).map_or(Digest([0; 32]), Digest);
    entry::open(kind.kind(), &key, file).ok()
}

/// What is kept, as a file.
#[must_use]
pub fn sealed(kind: Stored, kept: &[u8]) -> Vec<u8> {
    entry::seal(kind.kind(), &Digest([7; 32]), kept)
}

/// Whether what a file keeps is taken for what it should be; a matte must be of `size`.
#[must_use]
pub fn reads(kind: Stored, kept: &[u8], size: (u32, u32)) -> bool {
    match kind {
        Stored::Matte => Record::decode(kept, size.0, size.1).is_ok(),
        Stored::Memory => memory_entry::unpack(kept).is_some(),
        Stored::Path => !path_entry::read(kept).is_empty(),
        Stored::Tracker => tracker_entry::read(kept).is_some(),
    }
}

/// What is kept of a matte.
#[must_use]
pub fn matte(matte: &Matte, confidence: f32, present: bool) -> Vec<u8> {
    Record { matte: matte.clone(), confidence, confidence_map: None, present, carried: None, noticed: None }
        .encode()
}

/// What is kept of a tracker's memory.
#[must_use]
pub fn memory(memory: &[u8]) -> Vec<u8> {
    memory_entry::pack(memory)
}

/// What is kept of the frames along a path.
#[must_use]
pub fn path(frames: &[[u8; 32]]) -> Vec<u8> {
    let noted = |frame: &[u8; 32]| NotedFrame { digest: Digest(*frame), stamp: None };
    path_entry::write(&frames.iter().map(noted).collect::<Vec<_>>())
}

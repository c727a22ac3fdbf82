//! What a session spills that keeps no store: one file without a name, gone when the process is,
//! however that ends.
//!
//! The file is its own index, so that memory does not grow with the number of entries: each entry
//! is preceded by its digest, its length and the place of the entry before it in the same bucket.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

use crate::engine::digest::Digest;

/// Bytes that are spilled at most. Beyond it, mattes are computed again.
const LIMIT: u64 = 16 << 30;
/// Buckets: 128 kB of memory. A clip of 10,000 frames and four objects has three entries in each.
const BUCKETS: usize = 1 << 14;
/// Digest, u64 place of the entry before (0 for none), u32 length; little endian.
const HEADER: usize = 32 + 8 + 4;
/// Nothing lies at 0, which stands for nowhere.
const START: u64 = 16;

/// The file, made at the first entry.
#[derive(Debug, Default)]
pub struct Scratch {
    file: Option<File>,
    /// Where the latest entry of each bucket lies; 0 for none.
    buckets: Vec<u64>,
    end: u64,
}

struct Entry {
    at: u64,
    length: usize,
}

fn bucket(digest: &Digest) -> usize {
    usize::from(u16::from_le_bytes([digest.0[0], digest.0[1]])) % BUCKETS
}

impl Scratch {
    /// Whether there is an entry.
    pub fn contains(&mut self, digest: &Digest) -> bool {
        self.find(digest).ok().flatten().is_some()
    }

    /// Keeps an entry. One that cannot be spilled is computed again when it is needed, so failure is
    /// silent; of two under one digest the later one counts.
    pub fn write(&mut self, digest: &Digest, bytes: &[u8]) {
        if self.end + bytes.len() as u64 > LIMIT {
            *self = Self::default();
        }
        if self.file.is_none() {
            self.file = tempfile::tempfile_in(std::env::temp_dir()).ok();
            self.buckets = vec![0; BUCKETS];
            self.end = START;
        }
        let Ok(length) = u32::try_from(bytes.len()) else { return };
        let slot = &mut self.buckets[bucket(digest)];
        let mut entry = Vec::with_capacity(HEADER + bytes.len());
        entry.extend(digest.0);
        entry.extend(slot.to_le_bytes());
        entry.extend(length.to_le_bytes());
        entry.extend(bytes);
        let Some(file) = &mut self.file else { return };
        let written = file.seek(SeekFrom::Start(self.end)).and_then(|_| file.write_all(&entry));
        if written.is_ok() {
            *slot = self.end;
            self.end += entry.len() as u64;
        }
    }

    /// The bytes of an entry.
    pub fn read(&mut self, digest: &Digest) -> Option<Vec<u8>> {
        let entry = self.find(digest).ok()??;
        let file = self.file.as_mut()?;
        let mut bytes = vec![0; entry.length];
        file.seek(SeekFrom::Start(entry.at)).and_then(|_| file.read_exact(&mut bytes)).ok()?;
        Some(bytes)
    }

    fn find(&mut self, digest: &Digest) -> io::Result<Option<Entry>> {
        let Some(file) = &mut self.file else { return Ok(None) };
        let mut place = self.buckets[bucket(digest)];
        while place != 0 {
            let mut header = [0; HEADER];
            file.seek(SeekFrom::Start(place))?;
            file.read_exact(&mut header)?;
            let (name, rest) = header.split_at(32);
            let (before, length) = rest.split_at(8);
            if name == digest.0 {
                let length = length.iter().rev().fold(0, |sum, &byte| sum << 8 | usize::from(byte));
                return Ok(Some(Entry { at: place + HEADER as u64, length }));
            }
            let before = before.iter().rev().fold(0, |sum, &byte| sum << 8 | u64::from(byte));
            // Each lies before the next, so the way back ends whatever the file holds.
            place = if before < place { before } else { 0 };
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::digest::Recipe;

    fn digest(i: i64) -> Digest {
        Recipe::new("test").number(i).done()
    }

    #[test]
    fn what_was_spilled_is_found_and_nothing_else() {
        let mut scratch = Scratch::default();
        assert!(!scratch.contains(&digest(0)) && scratch.read(&digest(0)).is_none());
        // More than there are buckets, so that some hold several.
        let count = BUCKETS as i64 + 4000;
        for i in 0..count {
            scratch.write(&digest(i), &i.to_le_bytes()[..(i % 9) as usize]);
        }
        for i in (0..count).step_by(13) {
            assert_eq!(scratch.read(&digest(i)).as_deref(), Some(&i.to_le_bytes()[..(i % 9) as usize]));
            assert!(!scratch.contains(&digest(-1 - i)));
        }
        scratch.write(&digest(5), b"later");
        assert_eq!(scratch.read(&digest(5)).as_deref(), Some(&b"later"[..]));
    }
}

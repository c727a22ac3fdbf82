//! One entry of the track store as a file: what it is, by what it is known, and whether it is whole.
//!
//! Layout, little endian: magic `AIRE`, u16 version, u16 kind, 32 bytes of the key, 32 bytes of the BLAKE3 digest
//! of all else, and what is kept. The key stands in the file as well as in its name, so that a file which came to
//! another's place, by a hand or by a broken disk, is found.

use crate::engine::digest::{Digest, Recipe};

const MAGIC: &[u8; 4] = b"AIRE";
const VERSION: u16 = 1;
const KEY: usize = 8;
const SUM: usize = KEY + 32;
const HEADER: usize = SUM + 32;

/// What an entry keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// A matte and what is known of it.
    Matte = 1,
    /// The memory of a tracker.
    Memory = 2,
    /// How the frames along a chain look.
    Path = 3,
    /// Name, version and device of a tracker.
    Tracker = 4,
}

impl EntryKind {
    /// The end of its files' names.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Matte => "matte",
            Self::Memory => "memory",
            Self::Path => "path",
            Self::Tracker => "tracker",
        }
    }
}

/// Why bytes are not the entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadEntry {
    /// They are not whole, or none of ours.
    Damaged,
    /// They are another entry.
    Swapped,
}

/// `kept` as the file of `key`.
pub fn seal(kind: EntryKind, key: &Digest, kept: &[u8]) -> Vec<u8> {
    let mut file = Vec::with_capacity(HEADER + kept.len());
    file.extend(MAGIC);
    file.extend(VERSION.to_le_bytes());
    file.extend((kind as u16).to_le_bytes());
    file.extend(key.0);
    file.extend(sum(&file, kept).0);
    file.extend(kept);
    file
}

/// What is kept in `file`, which may be anything and is to be that of `key`.
pub fn open<'f>(kind: EntryKind, key: &Digest, file: &'f [u8]) -> Result<&'f [u8], BadEntry> {
    let (head, kept) = file.split_at_checked(HEADER).ok_or(BadEntry::Damaged)?;
    let (head, found) = head.split_at(SUM);
    let whole = head.starts_with(MAGIC) && head[4..6] == VERSION.to_le_bytes() && sum(head, kept).0 == found;
    if !whole {
        return Err(BadEntry::Damaged);
    }
    if head[6..8] != (kind as u16).to_le_bytes() || head[KEY..] != key.0 {
        return Err(BadEntry::Swapped);
    }
    Ok(kept)
}

fn sum(head: &[u8], kept: &[u8]) -> Digest {
    Recipe::new("store entry").bytes(head).bytes(kept).done()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key(i: i64) -> Digest {
        Recipe::new("test").number(i).done()
    }

    #[test]
    fn an_entry_is_known_by_its_kind_and_key() {
        let file = seal(EntryKind::Path, &key(1), b"kept");
        assert_eq!(open(EntryKind::Path, &key(1), &file), Ok(&b"kept"[..]));
        assert_eq!(open(EntryKind::Path, &key(2), &file), Err(BadEntry::Swapped));
        assert_eq!(open(EntryKind::Matte, &key(1), &file), Err(BadEntry::Swapped));
        assert_eq!(open(EntryKind::Path, &key(1), b""), Err(BadEntry::Damaged));
    }

    proptest! {
        #[test]
        fn damage_is_found(at in 0_usize..4096, value in any::<u8>(), cut in 0_usize..4096) {
            let good = seal(EntryKind::Memory, &key(1), b"something that is kept");
            let mut bad = good.clone();
            let at = at % bad.len();
            bad[at] = value;
            prop_assert_eq!(open(EntryKind::Memory, &key(1), &bad).is_ok(), bad == good);
            prop_assert_eq!(open(EntryKind::Memory, &key(1), &good[..cut % good.len()]), Err(BadEntry::Damaged));
        }
    }
}

//! The results that one request wants, held so that no cache has to.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::engine::digest::Digest;
use crate::engine::store::Record;

/// Bytes of mattes that a request holds as they are; beyond it they are held compressed.
const HELD_WHOLE: usize = 128 << 20;

/// Results of a request.
#[derive(Default)]
pub struct Results {
    /// What the frame itself needs.
    wanted: HashSet<Digest>,
    /// Those of it that are there.
    held: HashMap<Digest, Held>,
    /// Bytes of those that are held as they are.
    whole: usize,
    /// Those that could not be read though they are there.
    lost: HashSet<Digest>,
    /// How often each was computed.
    computed: HashMap<Digest, u32>,
}

/// A result that is held.
pub enum Held {
    /// As it is.
    Whole(Arc<Record>),
    /// Compressed.
    Packed(Vec<u8>),
}

impl Held {
    /// The result of `size`; none where it is damaged.
    pub fn record(&self, size: (u32, u32)) -> Option<Arc<Record>> {
        match self {
            Self::Whole(record) => Some(Arc::clone(record)),
            Self::Packed(bytes) => Record::decode(bytes, size.0, size.1).ok().map(Arc::new),
        }
    }
}

impl Results {
    /// Holds these from now on when they are computed.
    pub fn want(&mut self, results: impl IntoIterator<Item = Digest>) {
        self.wanted = results.into_iter().collect();
    }

    /// Whether a result is there, where `stored` tells whether the store has it.
    pub fn has(&self, result: &Digest, stored: impl FnOnce() -> bool) -> bool {
        self.held.contains_key(result) || (!self.lost.contains(result) && stored())
    }

    /// A result that is held.
    pub fn held(&self, result: &Digest) -> Option<&Held> {
        self.held.get(result)
    }

    /// A result could not be read though the store has it.
    pub fn lose(&mut self, result: Digest) {
        self.lost.insert(result);
    }

    /// A result was computed; it is held where it is wanted.
    pub fn add(&mut self, result: Digest, record: &Arc<Record>) {
        *self.computed.entry(result).or_default() += 1;
        if !self.wanted.contains(&result) {
            return;
        }
        let bytes = record.matte.memory();
        let whole = self.whole + bytes <= HELD_WHOLE;
        self.whole += if whole { bytes } else { 0 };
        let held = if whole { Held::Whole(Arc::clone(record)) } else { Held::Packed(record.encode()) };
        self.held.insert(result, held);
    }

    /// How often one result was computed at most.
    pub fn most_computed(&self) -> u32 {
        self.computed.values().copied().max().unwrap_or(0)
    }
}

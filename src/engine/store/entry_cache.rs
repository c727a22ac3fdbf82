//! Compressed mattes in memory, within a limit of bytes.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::engine::digest::Digest;

/// Entries in memory at most, so that those of tiny frames are bounded too: what is asked for again
/// is a neighbour. 16 objects between two keyframes, four times.
const MOST_IN_MEMORY: usize = 128;

/// Least recently used entries go first.
#[derive(Debug)]
pub struct EntryCache {
    entries: HashMap<Digest, (Arc<[u8]>, u64)>,
    order: BTreeMap<u64, Digest>,
    clock: u64,
    bytes: usize,
    limit: usize,
}

impl EntryCache {
    /// An empty cache of at most `limit` bytes.
    pub fn new(limit: usize) -> Self {
        Self { entries: HashMap::new(), order: BTreeMap::new(), clock: 0, bytes: 0, limit }
    }

    /// The entry of this digest, which becomes the latest.
    pub fn get(&mut self, digest: &Digest) -> Option<Arc<[u8]>> {
        let (bytes, used) = self.entries.get_mut(digest)?;
        self.order.remove(used);
        self.clock += 1;
        *used = self.clock;
        self.order.insert(self.clock, *digest);
        Some(Arc::clone(bytes))
    }

    /// Whether there is an entry.
    pub fn contains(&self, digest: &Digest) -> bool {
        self.entries.contains_key(digest)
    }

    /// Bytes of all entries.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Keeps an entry as the latest.
    pub fn put(&mut self, digest: Digest, bytes: Arc<[u8]>) {
        self.remove(&digest);
        self.clock += 1;
        self.bytes += bytes.len();
        self.order.insert(self.clock, digest);
        self.entries.insert(digest, (bytes, self.clock));
        // The latest stays, however large it is.
        while self.entries.len() > 1 && (self.bytes > self.limit || self.entries.len() > MOST_IN_MEMORY) {
            let Some((_, oldest)) = self.order.pop_first() else { break };
            self.remove(&oldest);
        }
    }

    fn remove(&mut self, digest: &Digest) {
        if let Some((bytes, used)) = self.entries.remove(digest) {
            self.bytes -= bytes.len();
            self.order.remove(&used);
        }
    }
}

//! What results along chains are known by, remembered for a while.

use std::collections::HashMap;

use parking_lot::Mutex;

use crate::engine::digest::Digest;

/// What every so many results of a chain are known by, so that a far one is told without telling all
/// before it. Belongs to one footage, of which every frame is known to be what it was.
#[derive(Debug, Default)]
pub struct ChainDigests(Mutex<Remembered>);

#[derive(Debug, Default)]
struct Remembered {
    /// All of it was told of frames that were sure from here on.
    since: u64,
    chains: HashMap<Digest, Vec<Digest>>,
}

/// Frames between two results of which it is remembered; the spacing of memories is a multiple.
pub(super) const SPACING: usize = 32;
/// Chains of which it is remembered; of more, all is told anew.
const MOST_CHAINS: usize = 512;

impl ChainDigests {
    /// What was told of frames that were sure before `since` is not remembered any more.
    pub fn enter(&self, since: u64) {
        let mut remembered = self.0.lock();
        if remembered.since < since {
            remembered.chains.clear();
        }
        remembered.since = since;
    }

    /// The last that is remembered up to `distance`; the chain itself at 0.
    pub(super) fn before(&self, chain: &Digest, distance: usize, since: u64) -> (usize, Digest) {
        let remembered = self.0.lock();
        if remembered.since < since {
            return (0, *chain);
        }
        let known =
            remembered.chains.get(chain).map_or(&[][..], |line| &line[..line.len().min(distance / SPACING)]);
        known.last().map_or((0, *chain), |result| (known.len() * SPACING, *result))
    }

    /// Remembers what the result at `distance` of a chain is known by, where it is the next that is.
    pub(super) fn add(&self, chain: Digest, (distance, result): (usize, Digest), since: u64) {
        let mut remembered = self.0.lock();
        // Another request asks for frames that are sure from later on.
        if remembered.since > since {
            return;
        }
        let chains = &mut remembered.chains;
        if chains.len() >= MOST_CHAINS && !chains.contains_key(&chain) {
            chains.clear();
        }
        let line = chains.entry(chain).or_default();
        if distance == (line.len() + 1) * SPACING {
            line.push(result);
        }
    }

    /// A frame is not what it was.
    pub fn forget(&self) {
        self.0.lock().chains.clear();
    }
}

//! Memories along chains: the tip of each, and checkpoints every few frames.

use std::collections::{BTreeMap, HashMap};

use crate::engine::digest::Digest;
use crate::models::Memory;

/// Checkpoints of a chain at most. When there would be more, every other one goes, so that a long
/// chain has them farther apart: those that are near lie in the track store.
const MOST_CHECKPOINTS: usize = 4;
/// Frames between checkpoints at first. Neighbours share what they remember, so that closer ones
/// would cost little at the start of a clip and ever more as they move apart.
const FIRST_SPACING: usize = 32;
/// Bytes of memories that are not in use now.
const BUDGET: usize = 256 << 20;
/// A chain that was used in the last so many uses is in use: 16 objects between two keyframes, and
/// as much again for another thread.
const IN_USE: u64 = 64;

/// Memories of all chains of one tracker.
#[derive(Default)]
pub struct ChainMemories {
    chains: HashMap<Digest, Checkpoints>,
    clock: u64,
}

/// The memories of one chain: its tip and its checkpoints.
struct Checkpoints {
    /// By distance from the keyframe; each with the digest of the result that it comes from.
    memories: BTreeMap<usize, (Digest, Box<dyn Memory>)>,
    spacing: usize,
    used: u64,
}

impl ChainMemories {
    /// The distance of the memory that is nearest before `length`; 0 is the keyframe's own, known by
    /// `chain`. Memories up to there that follow from another result than `result` gives for their
    /// distance are of frames that changed, and go.
    pub fn nearest(
        &mut self,
        chain: &Digest,
        length: usize,
        result: &dyn Fn(usize) -> Option<Digest>,
    ) -> Option<usize> {
        let checkpoints = self.chains.get_mut(chain)?;
        self.clock += 1;
        checkpoints.used = self.clock;
        checkpoints.memories.retain(|&d, (of, _)| match d {
            0 => of == chain,
            d if d > length => true,
            d => result(d).is_none_or(|r| r == *of),
        });
        checkpoints.memories.range(..length).next_back().map(|(d, _)| *d)
    }

    /// The memory to be carried on: a copy of a checkpoint, any other itself.
    pub fn take(&mut self, chain: &Digest, distance: usize) -> Option<Box<dyn Memory>> {
        let checkpoints = self.chains.get_mut(chain)?;
        if distance.is_multiple_of(checkpoints.spacing) {
            return checkpoints.memories.get(&distance).map(|(_, m)| m.boxed_clone());
        }
        checkpoints.memories.remove(&distance).map(|(_, m)| m)
    }

    /// Keeps the memory at `distance` of `chain`, which follows from the result `of`.
    pub fn put(&mut self, chain: Digest, distance: usize, of: Digest, memory: Box<dyn Memory>) {
        self.clock += 1;
        let checkpoints = self.chains.entry(chain).or_insert(Checkpoints {
            memories: BTreeMap::new(),
            spacing: FIRST_SPACING,
            used: 0,
        });
        checkpoints.used = self.clock;
        checkpoints.memories.insert(distance, (of, memory));
        while checkpoints.memories.len() > MOST_CHECKPOINTS + 2 {
            // What a thread that went back left goes first, then every other checkpoint.
            let (before, spacing) = (checkpoints.memories.len(), checkpoints.spacing);
            let tip = checkpoints.memories.keys().next_back().copied();
            let spared = |d: usize| Some(d) == tip || d == distance;
            checkpoints.memories.retain(|&d, _| d.is_multiple_of(spacing) || spared(d));
            if checkpoints.memories.len() == before {
                checkpoints.spacing *= 2;
            }
        }
        self.keep_below_budget();
    }

    /// Bytes of all memories.
    pub fn bytes(&self) -> usize {
        self.chains.values().map(Checkpoints::bytes).sum()
    }

    fn keep_below_budget(&mut self) {
        let mut total = self.bytes();
        if total <= BUDGET {
            return;
        }
        let mut by_use: Vec<(u64, Digest)> =
            self.chains.iter().map(|(id, chain)| (chain.used, *id)).collect();
        by_use.sort_unstable_by_key(|(used, _)| *used);
        // First what is not in use, then the checkpoints of what is; never a tip in use, without
        // which a frame that is being computed would start from its keyframe again.
        for (used, id) in &by_use {
            if total > BUDGET && used + IN_USE < self.clock {
                total -= self.chains.remove(id).map_or(0, |chain| chain.bytes());
            }
        }
        for (_, id) in &by_use {
            if total > BUDGET
                && let Some(checkpoints) = self.chains.get_mut(id)
            {
                let before = checkpoints.bytes();
                let tip = checkpoints.memories.keys().next_back().copied();
                checkpoints.memories.retain(|d, _| Some(*d) == tip);
                total -= before - checkpoints.bytes();
            }
        }
    }
}

impl Checkpoints {
    fn bytes(&self) -> usize {
        self.memories.values().map(|(_, m)| m.bytes()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::digest::Recipe;
    use std::any::Any;

    struct Big(usize);

    impl Memory for Big {
        fn boxed_clone(&self) -> Box<dyn Memory> {
            Box::new(Self(self.0))
        }
        fn bytes(&self) -> usize {
            self.0
        }
        fn as_any(&self) -> &dyn Any {
            self
        }
        fn as_any_mut(&mut self) -> &mut dyn Any {
            self
        }
    }

    fn digest(i: usize) -> Digest {
        Recipe::new("test").number(i as i64).done()
    }

    /// Of the chain 0, whose results are given.
    fn nearest(memories: &mut ChainMemories, results: &[Digest]) -> Option<usize> {
        memories.nearest(&digest(0), results.len(), &|d| results.get(d - 1).copied())
    }

    #[test]
    fn checkpoints_are_bounded_and_spread() {
        let mut memories = ChainMemories::default();
        let results: Vec<Digest> = (1..=2000).map(digest).collect();
        memories.put(digest(0), 0, digest(0), Box::new(Big(1)));
        for distance in 1..=2000 {
            let before = nearest(&mut memories, &results[..distance]).expect("a tip");
            assert_eq!(before, distance - 1);
            let memory = memories.take(&digest(0), before).expect("there");
            memories.put(digest(0), distance, results[distance - 1], memory);
            assert!(memories.bytes() <= MOST_CHECKPOINTS + 2);
        }
        // From the nearest checkpoint to any frame it is a quarter of the chain or so.
        for distance in (1..=2000).step_by(37) {
            let before = nearest(&mut memories, &results[..distance]).expect("one");
            assert!(distance - before <= 512, "{before} for {distance}");
        }
    }

    #[test]
    fn memories_of_changed_frames_go() {
        let mut memories = ChainMemories::default();
        memories.put(digest(0), 0, digest(0), Box::new(Big(1)));
        memories.put(digest(0), 8, digest(8), Box::new(Big(1)));
        let changed: Vec<Digest> = (101..=120).map(digest).collect();
        assert_eq!(nearest(&mut memories, &changed), Some(0));
        assert_eq!(memories.bytes(), 1);
    }

    #[test]
    fn the_budget_spares_tips_in_use() {
        let mut memories = ChainMemories::default();
        for chain in 0..200 {
            memories.put(digest(chain), 0, digest(chain), Box::new(Big(BUDGET / 100)));
            memories.put(digest(chain), 1, digest(chain + 1000), Box::new(Big(BUDGET / 100)));
            let tip = memories.nearest(&digest(chain), 2, &|d| (d == 1).then(|| digest(chain + 1000)));
            assert_eq!(tip, Some(1));
        }
        assert!(memories.bytes() <= BUDGET + BUDGET / 10, "{}", memories.bytes());
    }
}

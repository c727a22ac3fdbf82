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

/// A memory, and what is known of it.
pub struct KeptMemory {
    /// The result that it follows from.
    pub of: Digest,
    /// Itself.
    pub memory: Box<dyn Memory>,
    /// Whether it belongs on disk when the session ends, if it is its chain's last then.
    pub unsaved: bool,
}

/// The memories of one chain: its tip and its checkpoints.
struct Checkpoints {
    /// By distance from the keyframe.
    memories: BTreeMap<usize, KeptMemory>,
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
        checkpoints.memories.retain(|&d, kept| match d {
            0 => kept.of == *chain,
            d if d > length => true,
            d => result(d).is_none_or(|r| r == kept.of),
        });
        checkpoints.memories.range(..length).next_back().map(|(d, _)| *d)
    }

    /// The memory to be carried on: a copy of a checkpoint, any other itself.
    pub fn take(&mut self, chain: &Digest, distance: usize) -> Option<Box<dyn Memory>> {
        let checkpoints = self.chains.get_mut(chain)?;
        if distance.is_multiple_of(checkpoints.spacing) {
            return checkpoints.memories.get(&distance).map(|kept| kept.memory.boxed_clone());
        }
        checkpoints.memories.remove(&distance).map(|kept| kept.memory)
    }

    /// Keeps the memory at `distance` of `chain`.
    pub fn put(&mut self, chain: Digest, distance: usize, kept: KeptMemory) {
        self.clock += 1;
        let checkpoints = self.chains.entry(chain).or_insert(Checkpoints {
            memories: BTreeMap::new(),
            spacing: FIRST_SPACING,
            used: 0,
        });
        checkpoints.used = self.clock;
        checkpoints.memories.insert(distance, kept);
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

    /// Gives the last memory of each chain that is not on disk yet and belongs there, once.
    pub fn tips(&mut self, save: &mut dyn FnMut(Digest, &dyn Memory)) {
        for checkpoints in self.chains.values_mut() {
            if let Some((_, tip)) = checkpoints.memories.iter_mut().next_back()
                && std::mem::take(&mut tip.unsaved)
            {
                save(tip.of, tip.memory.as_ref());
            }
        }
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
        self.memories.values().map(|kept| kept.memory.bytes()).sum()
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

    fn big(of: Digest, bytes: usize) -> KeptMemory {
        KeptMemory { of, memory: Box::new(Big(bytes)), unsaved: true }
    }

    /// Of the chain 0, whose results are given.
    fn nearest(memories: &mut ChainMemories, results: &[Digest]) -> Option<usize> {
        memories.nearest(&digest(0), results.len(), &|d| results.get(d - 1).copied())
    }

    #[test]
    fn checkpoints_are_bounded_and_spread() {
        let mut memories = ChainMemories::default();
        let results: Vec<Digest> = (1..=2000).map(digest).collect();
        memories.put(digest(0), 0, big(digest(0), 1));
        for distance in 1..=2000 {
            let before = nearest(&mut memories, &results[..distance]).expect("a tip");
            assert_eq!(before, distance - 1);
            let memory = memories.take(&digest(0), before).expect("there");
            let of = results[distance - 1];
            memories.put(digest(0), distance, KeptMemory { of, memory, unsaved: true });
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
        memories.put(digest(0), 0, big(digest(0), 1));
        memories.put(digest(0), 8, big(digest(8), 1));
        let changed: Vec<Digest> = (101..=120).map(digest).collect();
        assert_eq!(nearest(&mut memories, &changed), Some(0));
        assert_eq!(memories.bytes(), 1);
    }

    #[test]
    fn the_last_memory_of_each_chain_is_given_once() {
        let mut memories = ChainMemories::default();
        for (chain, distance) in [(0, 3), (0, 9), (1, 2)] {
            memories.put(digest(chain), distance, big(digest(distance), 1));
        }
        memories.put(digest(2), 5, KeptMemory { unsaved: false, ..big(digest(5), 1) });
        let given = |memories: &mut ChainMemories| {
            let mut given = Vec::new();
            memories.tips(&mut |of, _| given.push(of));
            given.sort();
            given
        };
        let mut expected = vec![digest(9), digest(2)];
        expected.sort();
        assert_eq!(given(&mut memories), expected);
        assert!(given(&mut memories).is_empty());
    }

    #[test]
    fn the_budget_spares_tips_in_use() {
        let mut memories = ChainMemories::default();
        for chain in 0..200 {
            memories.put(digest(chain), 0, big(digest(chain), BUDGET / 100));
            memories.put(digest(chain), 1, big(digest(chain + 1000), BUDGET / 100));
            let tip = memories.nearest(&digest(chain), 2, &|d| (d == 1).then(|| digest(chain + 1000)));
            assert_eq!(tip, Some(1));
        }
        assert!(memories.bytes() <= BUDGET + BUDGET / 10, "{}", memories.bytes());
    }
}

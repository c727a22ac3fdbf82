//! What is believed of the Mask input: digests of its mattes, as they were last seen.
//!
//! Several nodes may have the same plate and each another Mask input, and an artist edits and undoes. So a footage has
//! a few sets of beliefs, and what a request sees of its masks tells which one is meant.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use parking_lot::Mutex;

use crate::engine::digest::Digest;
use crate::job::Stamp;

/// Sets that are remembered of one footage.
const MOST: usize = 8;

/// A mask that was fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeenMask {
    /// Of its values.
    pub digest: Digest,
    /// Whether nothing is in it.
    pub empty: bool,
    /// What tells that it is as it was, where its source tells that.
    pub stamp: Option<Stamp>,
    /// When it was fetched, or found to have the stamp that it had, counted in requests.
    pub at: u64,
}

/// What is believed of the masks of one Mask input, by frame.
#[derive(Debug, Default)]
pub struct MaskBeliefs(Mutex<HashMap<i64, SeenMask>>);

impl MaskBeliefs {
    /// What is believed of the mask on a frame.
    pub fn mask(&self, time: i64) -> Option<SeenMask> {
        self.0.lock().get(&time).copied()
    }

    /// Believes what was seen.
    pub fn add(&self, time: i64, seen: SeenMask) {
        self.0.lock().insert(time, seen);
    }

    /// Compares what is believed of the masks from `first` on with their stamps, as they were told at `at` in a run
    /// that began at `since`, and forgets those that have another or none.
    pub fn check(&self, first: i64, stamps: &[Option<Stamp>], (since, at): (u64, u64)) {
        let mut known = self.0.lock();
        for (time, stamp) in (first..).zip(stamps) {
            let Some(belief) = known.get_mut(&time).filter(|belief| belief.at < since) else { continue };
            if stamp.is_some() && *stamp == belief.stamp {
                belief.at = at;
            } else {
                known.remove(&time);
            }
        }
    }

    /// Whether both say the same of masks where both say something.
    fn agrees(&self, seen: &HashMap<i64, SeenMask>) -> bool {
        let known = self.0.lock();
        seen.iter().all(|(time, seen)| known.get(time).is_none_or(|known| known.digest == seen.digest))
    }
}

/// The Mask inputs that were seen with a footage.
#[derive(Debug, Default)]
pub struct MaskInputs {
    /// The latest first.
    sets: Mutex<Vec<Arc<MaskBeliefs>>>,
    /// Whether their source has no stamps.
    pub stampless: AtomicBool,
}

impl MaskInputs {
    /// The Mask input of which this was seen: the latest that agrees, or else a new one. It believes what was seen.
    pub fn identify(&self, seen: &HashMap<i64, SeenMask>) -> Arc<MaskBeliefs> {
        let mut sets = self.sets.lock();
        let found = match sets.iter().position(|set| set.agrees(seen)) {
            Some(place) => sets.remove(place),
            None => Arc::default(),
        };
        seen.iter().for_each(|(time, seen)| found.add(*time, *seen));
        sets.insert(0, Arc::clone(&found));
        sets.truncate(MOST);
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::digest::Recipe;

    fn seen(masks: &[(i64, i64)]) -> HashMap<i64, SeenMask> {
        let mask = |v: i64| SeenMask {
            digest: Recipe::new("test").number(v).done(),
            empty: false,
            stamp: None,
            at: 1,
        };
        masks.iter().map(|&(time, v)| (time, mask(v))).collect()
    }

    #[test]
    fn an_edit_is_another_set_and_its_undo_the_first_one() {
        let inputs = MaskInputs::default();
        let first = inputs.identify(&seen(&[(1, 1), (5, 5)]));
        assert!(Arc::ptr_eq(&first, &inputs.identify(&seen(&[(5, 5)]))));
        let edited = inputs.identify(&seen(&[(5, 6)]));
        assert!(!Arc::ptr_eq(&first, &edited) && edited.mask(1).is_none(), "it may be another anywhere");
        assert!(Arc::ptr_eq(&edited, &inputs.identify(&seen(&[(1, 1)]))), "the latest that agrees");
        assert!(Arc::ptr_eq(&first, &inputs.identify(&seen(&[(5, 5)]))));
    }

    #[test]
    fn a_stamp_tells_whether_a_mask_is_what_it_was() {
        let stamp = |v: u8| Some(Stamp([v; 32]));
        let beliefs = MaskBeliefs::default();
        for (time, mask) in seen(&[(1, 1), (2, 2), (3, 3)]) {
            beliefs.add(time, SeenMask { stamp: stamp(time as u8), ..mask });
        }
        beliefs.check(1, &[stamp(1), stamp(9), None], (2, 4));
        let at: Vec<Option<u64>> = (1..=3).map(|time| beliefs.mask(time).map(|mask| mask.at)).collect();
        assert_eq!(at, [Some(4), None, None]);
        beliefs.check(1, &[None], (3, 5));
        assert!(beliefs.mask(1).is_some(), "what is sure is not looked at");
    }
}

//! What is believed of the footage: the digests of its frames, as they were last seen.
//!
//! A stored matte depends on every frame between its keyframe and itself, and a host is not asked
//! for all of them each time. So the digests that were seen are believed until a frame is seen to
//! be another. The frame that is rendered is always fetched and compared; if it contradicts, all
//! that was believed of that footage is forgotten, and what was forgotten is fetched again before
//! anything is built on it.
//!
//! Which footage a request speaks of is told by pixels, never by who asks: by the frame itself when
//! exactly one known footage has it there, else by the nearest keyframe as well.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;

use super::digest::Digest;
use super::resolve::Lines;

/// How many are remembered. A render uses one; a handful of nodes may alternate.
const MOST: usize = 32;

/// Digests of one footage.
#[derive(Debug, Default)]
pub struct Digests {
    /// Of frames, by time.
    pub frames: HashMap<i64, Digest>,
    /// Of the Mask input, by time.
    pub masks: HashMap<i64, Digest>,
}

/// What is known of a footage, compactly, since it stays for as long as the footage is used.
#[derive(Debug, Default)]
struct Beliefs {
    /// In blocks of neighbours.
    frames: HashMap<i64, Box<[Option<Digest>; BLOCK]>>,
    masks: HashMap<i64, Digest>,
}

/// Frames in a block.
const BLOCK: usize = 16;

/// The block of a frame and its place in it.
fn place(time: i64) -> (i64, usize) {
    (time.div_euclid(BLOCK as i64), time.rem_euclid(BLOCK as i64) as usize)
}

impl Beliefs {
    fn frame(&self, time: i64) -> Option<Digest> {
        let (block, at) = place(time);
        self.frames.get(&block)?[at]
    }

    /// Whether both say the same where both say something.
    fn agrees(&self, seen: &Digests) -> bool {
        let same = |known: Option<Digest>, seen: &Digest| known.is_none_or(|k| k == *seen);
        seen.frames.iter().all(|(time, digest)| same(self.frame(*time), digest))
            && seen.masks.iter().all(|(time, digest)| same(self.masks.get(time).copied(), digest))
    }

    fn add(&mut self, seen: &Digests) {
        for (&time, &digest) in &seen.frames {
            let (block, at) = place(time);
            self.frames.entry(block).or_default()[at] = Some(digest);
        }
        self.masks.extend(&seen.masks);
    }
}

/// One footage.
#[derive(Debug)]
pub struct Footage {
    size: (u32, u32),
    /// Whether a frame was seen to have changed. Then nothing that an earlier session noted is
    /// believed.
    pub changed: bool,
    known: Mutex<Beliefs>,
    /// What the results along its chains are known by.
    pub lines: Lines,
    /// How many frames of each stretch of a chain are noted on disk.
    pub noted: Mutex<HashMap<Digest, usize>>,
}

impl Footage {
    /// What is believed of the frame at `time`.
    pub fn frame(&self, time: i64) -> Option<Digest> {
        self.known.lock().frame(time)
    }

    /// What is believed of the Mask input at `time`.
    pub fn mask(&self, time: i64) -> Option<Digest> {
        self.known.lock().masks.get(&time).copied()
    }

    /// Believes what was seen just now.
    pub fn believe_seen(&self, seen: &Digests) {
        let mut known = self.known.lock();
        // Two threads may see a frame for the first time at once, and each another picture.
        if !known.agrees(seen) {
            self.lines.forget();
        }
        known.add(seen);
    }

    /// Believes what an earlier session noted of the frames at `times`, unless it contradicts.
    pub fn believe(&self, noted: Digests) {
        let mut known = self.known.lock();
        if !self.changed && known.agrees(&noted) {
            known.add(&noted);
        }
    }
}

/// All that are remembered, the latest first.
#[derive(Debug, Default)]
pub struct Footages {
    list: Mutex<Vec<Arc<Footage>>>,
}

/// The answer to which footage it is.
#[derive(Debug)]
pub enum Known {
    /// This one.
    Yes(Arc<Footage>),
    /// It cannot be said before the frame at the anchor is seen.
    NeedsAnchor,
}

impl Footages {
    /// The footage of which `seen` was seen. `time` is the frame that is rendered, `anchor` the
    /// nearest keyframe; `alone` when the anchor is not to be had, so that the latest that agrees
    /// has to do.
    pub fn identify(&self, size: (u32, u32), seen: &Digests, time: i64, anchor: i64, alone: bool) -> Known {
        let mut list = self.list.lock();
        let agreeing = |f: &Arc<Footage>| f.size == size && f.known.lock().agrees(seen);
        let knows = |f: &Arc<Footage>, at: i64| {
            seen.frames.get(&at).is_some_and(|d| f.known.lock().frame(at) == Some(*d))
        };
        let with_frame: Vec<_> = list.iter().filter(|f| agreeing(f) && knows(f, time)).cloned().collect();
        if let [only] = &with_frame[..] {
            return Known::Yes(self.chosen(&mut list, only, seen));
        }
        let anchored = seen.frames.contains_key(&anchor);
        if !anchored && !alone {
            return Known::NeedsAnchor;
        }
        let fits = |f: &&Arc<Footage>| agreeing(f) && (alone || knows(f, anchor));
        if let Some(found) = list.iter().find(fits).cloned() {
            return Known::Yes(self.chosen(&mut list, &found, seen));
        }
        // The same keyframe and yet another picture: the plate was changed.
        let before = list.len();
        list.retain(|f| !(f.size == size && knows(f, anchor)));
        let changed = list.len() < before;
        Known::Yes(Self::insert(&mut list, size, changed, seen))
    }

    /// Forgets `footage`, a frame of which is not what it was believed to be; `seen` is what is
    /// known for sure.
    pub fn contradicted(&self, footage: &Arc<Footage>, seen: &Digests) -> Arc<Footage> {
        let mut list = self.list.lock();
        list.retain(|f| !Arc::ptr_eq(f, footage));
        Self::insert(&mut list, footage.size, true, seen)
    }

    fn chosen(&self, list: &mut Vec<Arc<Footage>>, footage: &Arc<Footage>, seen: &Digests) -> Arc<Footage> {
        footage.known.lock().add(seen);
        list.retain(|f| !Arc::ptr_eq(f, footage));
        list.insert(0, Arc::clone(footage));
        Arc::clone(footage)
    }

    fn insert(list: &mut Vec<Arc<Footage>>, size: (u32, u32), changed: bool, seen: &Digests) -> Arc<Footage> {
        let mut known = Beliefs::default();
        known.add(seen);
        let footage = Arc::new(Footage {
            size,
            changed,
            known: Mutex::new(known),
            lines: Lines::default(),
            noted: Mutex::default(),
        });
        list.insert(0, Arc::clone(&footage));
        list.truncate(MOST);
        footage
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::digest::Recipe;

    const SIZE: (u32, u32) = (4, 4);

    fn seen(frames: &[(i64, i64)]) -> Digests {
        let digest = |v: i64| Recipe::new("test").number(v).done();
        Digests { frames: frames.iter().map(|&(t, v)| (t, digest(v))).collect(), ..Digests::default() }
    }

    fn found(known: Known) -> Arc<Footage> {
        match known {
            Known::Yes(footage) => footage,
            Known::NeedsAnchor => panic!("the anchor was given"),
        }
    }

    #[test]
    fn a_frame_that_is_known_needs_no_anchor_and_a_new_one_does() {
        let all = Footages::default();
        let first = found(all.identify(SIZE, &seen(&[(0, 1), (5, 6)]), 5, 0, false));
        assert!(Arc::ptr_eq(&first, &found(all.identify(SIZE, &seen(&[(5, 6)]), 5, 0, false))));
        assert!(matches!(all.identify(SIZE, &seen(&[(6, 7)]), 6, 0, false), Known::NeedsAnchor));
        let again = found(all.identify(SIZE, &seen(&[(6, 7), (0, 1)]), 6, 0, false));
        assert!(Arc::ptr_eq(&first, &again));
        // Another clip under the same prompts.
        let other = found(all.identify(SIZE, &seen(&[(6, 8), (0, 9)]), 6, 0, false));
        assert!(!Arc::ptr_eq(&first, &other) && !other.changed);
        assert!(Arc::ptr_eq(&first, &found(all.identify(SIZE, &seen(&[(6, 7)]), 6, 0, false))));
    }

    #[test]
    fn a_changed_frame_makes_all_else_unknown() {
        let all = Footages::default();
        let first = found(all.identify(SIZE, &seen(&[(0, 1), (5, 6), (9, 10)]), 5, 0, false));
        let second = found(all.identify(SIZE, &seen(&[(5, 7), (0, 1)]), 5, 0, false));
        assert!(!Arc::ptr_eq(&first, &second) && second.changed);
        assert_eq!(second.frame(9), None);
        // Frame 9 is as it was, but what was believed of the frames before it is gone.
        let third = found(all.identify(SIZE, &seen(&[(9, 10), (0, 1)]), 9, 0, false));
        assert!(Arc::ptr_eq(&second, &third));
        second.believe(seen(&[(7, 8)]));
        assert_eq!(second.frame(7), None, "nothing noted is believed of footage that changed");
    }

    #[test]
    fn without_the_anchor_the_latest_that_agrees_has_to_do() {
        let all = Footages::default();
        let first = found(all.identify(SIZE, &seen(&[(0, 1)]), 0, 0, false));
        let next = found(all.identify(SIZE, &seen(&[(1, 2)]), 1, 0, true));
        assert!(Arc::ptr_eq(&first, &next));
        assert!(next.frame(1).is_some());
    }
}

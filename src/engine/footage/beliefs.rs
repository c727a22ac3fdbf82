//! Digests of frames with where they come from, compactly, since they stay for as long as a footage is used.

use std::collections::HashMap;

use crate::engine::digest::Digest;
use crate::engine::store::NotedFrame;
use crate::job::Provenance;

/// A frame that was fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeenFrame {
    /// Of its pixels.
    pub digest: Digest,
    /// What its source said of it.
    pub provenance: Provenance,
    /// When, counted in requests.
    pub at: u64,
}

/// What was fetched for one request.
#[derive(Debug, Default)]
pub struct SeenPixels {
    /// Frames, by time.
    pub frames: HashMap<i64, SeenFrame>,
}

/// What is believed of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Belief {
    /// Of its pixels.
    pub digest: Digest,
    /// What its source said of it.
    pub provenance: Provenance,
    /// When it was last seen, or found to have the stamp that it had; 0 for never in this session.
    pub checked: u64,
    /// Whether its pixels were seen in this session.
    pub seen: bool,
}

impl Belief {
    /// What an earlier session noted.
    pub fn noted(noted: &NotedFrame) -> Self {
        Self {
            digest: noted.digest,
            provenance: Provenance { stamp: noted.stamp, name: None },
            checked: 0,
            seen: false,
        }
    }

    /// What is believed when `new` was seen and `old` was believed.
    fn after(old: Option<Self>, new: &SeenFrame) -> Self {
        let same = old.filter(|old| old.digest == new.digest);
        let provenance = Provenance {
            // That the pixels with this stamp were these is true for ever.
            stamp: new.provenance.stamp.or_else(|| same?.provenance.stamp),
            name: new.provenance.name.or_else(|| same?.provenance.name),
        };
        let checked = same.map_or(new.at, |same| same.checked.max(new.at));
        Self { digest: new.digest, provenance, checked, seen: true }
    }
}

/// What is believed of a footage.
#[derive(Debug, Default)]
pub struct Beliefs {
    /// In blocks of neighbours.
    frames: HashMap<i64, Box<[Option<Belief>; BLOCK]>>,
}

/// Frames in a block.
const BLOCK: usize = 16;

/// The block of a frame and its place in it.
fn place(time: i64) -> (i64, usize) {
    (time.div_euclid(BLOCK as i64), time.rem_euclid(BLOCK as i64) as usize)
}

impl Beliefs {
    /// What is believed of a frame.
    pub fn frame(&self, time: i64) -> Option<Belief> {
        let (block, at) = place(time);
        self.frames.get(&block)?[at]
    }

    /// Believes something of a frame.
    pub fn put(&mut self, time: i64, belief: Belief) {
        let (block, at) = place(time);
        self.frames.entry(block).or_default()[at] = Some(belief);
    }

    /// Believes nothing of a frame any more.
    pub fn remove(&mut self, time: i64) {
        let (block, at) = place(time);
        if let Some(block) = self.frames.get_mut(&block) {
            block[at] = None;
        }
    }

    /// Whether both say the same of pixels where both say something.
    pub fn agrees(&self, seen: &SeenPixels) -> bool {
        let same = |known: Option<Digest>, seen: Digest| known.is_none_or(|k| k == seen);
        seen.frames.iter().all(|(time, seen)| same(self.frame(*time).map(|b| b.digest), seen.digest))
    }

    /// Believes what was seen.
    pub fn add(&mut self, seen: &SeenPixels) {
        for (&time, seen) in &seen.frames {
            self.put(time, Belief::after(self.frame(time), seen));
        }
    }

    /// What is believed of the frames from `first` to `last`, in order.
    pub fn within(&self, (first, last): (i64, i64)) -> Vec<(i64, Belief)> {
        let (low, high) = (place(first).0, place(last).0);
        let blocks = self.frames.iter().filter(|(block, _)| (low..=high).contains(*block));
        let mut found: Vec<(i64, Belief)> = blocks
            .flat_map(|(block, beliefs)| (block * BLOCK as i64..).zip(beliefs.iter()))
            .filter_map(|(time, belief)| Some((time, (*belief)?)))
            .filter(|(time, _)| (first..=last).contains(time))
            .collect();
        found.sort_unstable_by_key(|(time, _)| *time);
        found
    }
}

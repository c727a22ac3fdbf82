//! One footage: what is believed of its frames, and how sure that is.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use parking_lot::Mutex;

use super::beliefs::{Belief, Beliefs, SeenPixels};
use super::masks::MaskInputs;
use super::spot_checks::Doubt;
use crate::engine::chain::ChainDigests;
use crate::engine::digest::Digest;
use crate::engine::store::NotedFrame;
use crate::job::Stamp;

/// One footage.
#[derive(Debug)]
pub struct Footage {
    /// Width and height in pixels.
    pub(super) size: (u32, u32),
    /// Whether a frame was seen to have changed. Then nothing that an earlier session noted is
    /// believed, unless a stamp tells that it is as it was.
    changed: AtomicBool,
    /// Whether its source has no stamps.
    pub stampless: AtomicBool,
    pub(super) known: Mutex<KnownFrames>,
    /// What is believed of the Mask inputs that were seen with it.
    pub masks: Arc<MaskInputs>,
    /// What results along its chains are known by.
    pub digests: ChainDigests,
    /// How many frames of each stretch of a chain are noted on disk.
    pub noted: Mutex<HashMap<Digest, usize>>,
    /// Frames that an earlier session noted and that were fetched and found to be as noted.
    pub compared: AtomicUsize,
    /// Runs that were told what is trusted.
    pub told: Mutex<HashSet<u64>>,
    /// The same footage before the host gave its pictures other names, until that is judged.
    pub(super) before: Mutex<Option<Arc<Footage>>>,
}

/// What is believed, and what is not believed any more.
#[derive(Debug, Default)]
pub(super) struct KnownFrames {
    pub beliefs: Beliefs,
    /// Frames that are not what an earlier session noted.
    refuted: HashSet<i64>,
}

/// What is known of a frame's pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certainty {
    /// Nothing.
    Unknown,
    /// They were seen or checked since the run began.
    Sure(Digest),
    /// They were these when they were seen last: in this session, or in an earlier one.
    Believed(Digest, Age),
}

/// When something was seen last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Age {
    /// In this session.
    Session,
    /// In an earlier one.
    Earlier,
}

impl Footage {
    /// A footage of which `seen` was seen.
    pub(super) fn new(size: (u32, u32), changed: bool, seen: &SeenPixels) -> Self {
        let mut known = KnownFrames::default();
        known.beliefs.add(seen);
        Self {
            size,
            changed: AtomicBool::new(changed),
            stampless: AtomicBool::new(false),
            known: Mutex::new(known),
            masks: Arc::default(),
            digests: ChainDigests::default(),
            noted: Mutex::default(),
            compared: AtomicUsize::new(0),
            told: Mutex::default(),
            before: Mutex::default(),
        }
    }

    /// What is believed of the frame at `time`, however old that is.
    pub fn frame(&self, time: i64) -> Option<Digest> {
        self.known.lock().beliefs.frame(time).map(|b| b.digest)
    }

    /// The same as it is noted for the next session.
    pub fn noted(&self, time: i64) -> Option<NotedFrame> {
        self.known
            .lock()
            .beliefs
            .frame(time)
            .map(|b| NotedFrame { digest: b.digest, stamp: b.provenance.stamp })
    }

    /// What is known of the frame at `time` in a run that began at `since`.
    pub fn certainty(&self, time: i64, since: u64) -> Certainty {
        match self.known.lock().beliefs.frame(time) {
            None => Certainty::Unknown,
            Some(belief) if belief.checked >= since => Certainty::Sure(belief.digest),
            Some(belief) if belief.seen => Certainty::Believed(belief.digest, Age::Session),
            Some(belief) => Certainty::Believed(belief.digest, Age::Earlier),
        }
    }

    /// Whether something was seen to have changed.
    pub fn changed(&self) -> bool {
        self.changed.load(Ordering::Relaxed)
    }

    /// Believes what was seen just now.
    pub fn believe_seen(&self, seen: &SeenPixels) {
        let mut known = self.known.lock();
        // Two threads may see a frame for the first time at once, and each another picture.
        if !known.beliefs.agrees(seen) {
            self.digests.forget();
        }
        self.add(&mut known, seen);
    }

    fn add(&self, known: &mut KnownFrames, seen: &SeenPixels) {
        for (time, new) in &seen.frames {
            if let Some(old) = known.beliefs.frame(*time)
                && old.checked < new.at
            {
                if old.digest != new.digest
                    || new.provenance.stamp.is_some_and(|s| old.provenance.stamp != Some(s))
                {
                    // What is noted on disk is not so any more.
                    self.noted.lock().clear();
                } else if !old.seen {
                    self.compared.fetch_add(1, Ordering::Relaxed);
                }
            }
            known.refuted.remove(time);
        }
        known.beliefs.add(seen);
    }

    /// Believes what an earlier session noted of frames of which nothing is known, unless it contradicts.
    pub fn believe(&self, noted: &HashMap<i64, NotedFrame>) {
        let mut known = self.known.lock();
        let contradicts = |(time, noted): (&i64, &NotedFrame)| {
            known.beliefs.frame(*time).is_some_and(|b| b.digest != noted.digest)
        };
        if noted.iter().any(contradicts) {
            self.changed.store(true, Ordering::Relaxed);
            self.digests.forget();
        }
        for (&time, noted) in noted {
            // Where it contradicts, only a stamp can tell that one is as it was.
            let usable = noted.stamp.is_some() || !self.changed();
            if usable && !known.refuted.contains(&time) && known.beliefs.frame(time).is_none() {
                known.beliefs.put(time, Belief::noted(noted));
            }
        }
    }

    /// Compares what is believed of the frames from `first` on with their stamps, as they were told at `at`, and
    /// forgets those that have another or none.
    pub fn check(&self, first: i64, stamps: &[Option<Stamp>], (since, at): (u64, u64)) {
        let mut known = self.known.lock();
        let mut forgot = false;
        for (time, stamp) in (first..).zip(stamps) {
            let Some(mut belief) = known.beliefs.frame(time).filter(|b| b.checked < since) else { continue };
            if stamp.is_some() && *stamp == belief.provenance.stamp {
                belief.checked = at;
                known.beliefs.put(time, belief);
            } else {
                known.beliefs.remove(time);
                known.refuted.insert(time);
                forgot = true;
            }
        }
        if forgot {
            self.digests.forget();
            self.noted.lock().clear();
        }
    }

    /// The frames from `first` to `last` of which something is believed that was not checked in a run that began at
    /// `since`, in order.
    pub fn doubts(&self, frames: (i64, i64), since: u64) -> Vec<Doubt> {
        let doubt = |(time, belief): (i64, Belief)| {
            (belief.checked < since).then_some(Doubt { time, checked: belief.checked, noted: !belief.seen })
        };
        self.known.lock().beliefs.within(frames).into_iter().filter_map(doubt).collect()
    }

    /// Those of which no pixel was seen in this session, in order.
    pub fn unseen(&self, frames: (i64, i64)) -> Vec<(i64, Digest)> {
        let unseen = |(time, belief): (i64, Belief)| (!belief.seen).then_some((time, belief.digest));
        self.known.lock().beliefs.within(frames).into_iter().filter_map(unseen).collect()
    }
}

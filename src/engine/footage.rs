//! What is believed of the footage: the digests of its frames, as they were last seen.
//!
//! A stored matte depends on every frame between its keyframe and itself, and a host is not asked
//! for all of them each time. So what was seen is believed, and checked:
//!
//! - Within one render (a *run*) no frame changes: what was seen or checked since it began is sure.
//! - Footage in files has *stamps*, which tell that a frame is as it was without its being read. A frame
//!   whose stamp is another, or was never noted, is not known, and is fetched.
//! - Where there are no stamps, as of a host's clips, some frames of a path are fetched and compared
//!   ([`trust`](super::trust)). A host that gives a picture another *name* than before, though it looks the
//!   same, says that something was changed: then nothing is known but what is fetched again.
//!
//! The frame that is rendered is always fetched and compared; if it contradicts, all that was
//! believed of that footage is forgotten, and what was forgotten is fetched again before anything is
//! built on it.
//!
//! Which footage a request speaks of is told by pixels, never by who asks: by the frame itself when
//! exactly one known footage has it there, else by the nearest keyframe as well.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use parking_lot::Mutex;

use super::beliefs::{Belief, Beliefs, Digests};
use super::digest::Digest;
use super::resolve::Lines;
use super::store::Noted;
use super::trust::{Doubt, Names};
use crate::job::Stamp;

/// How many are remembered. A render uses one; a handful of nodes may alternate.
const MOST: usize = 32;
/// Runs of which it is remembered when they began.
const MOST_RUNS: usize = 64;

/// One footage.
#[derive(Debug)]
pub struct Footage {
    size: (u32, u32),
    /// Whether a frame was seen to have changed. Then nothing that an earlier session noted is
    /// believed, unless a stamp tells that it is as it was.
    changed: AtomicBool,
    /// Whether its source has no stamps.
    pub stampless: AtomicBool,
    known: Mutex<Held>,
    /// What the results along its chains are known by.
    pub lines: Lines,
    /// How many frames of each stretch of a chain are noted on disk.
    pub noted: Mutex<HashMap<Digest, usize>>,
    /// Frames that an earlier session noted and that were fetched and found to be as noted.
    pub compared: AtomicUsize,
    /// Runs that were told what is trusted.
    pub told: Mutex<HashSet<u64>>,
    /// The same footage before the host gave its pictures other names, until that is judged.
    before: Mutex<Option<Arc<Footage>>>,
}

#[derive(Debug, Default)]
struct Held {
    beliefs: Beliefs,
    /// Frames that are not what an earlier session noted.
    refuted: HashSet<i64>,
}

/// What is known of a frame's pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
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
    fn new(size: (u32, u32), changed: bool, seen: &Digests) -> Self {
        let mut known = Held::default();
        known.beliefs.add(seen);
        Self {
            size,
            changed: AtomicBool::new(changed),
            stampless: AtomicBool::new(false),
            known: Mutex::new(known),
            lines: Lines::default(),
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
    pub fn noted(&self, time: i64) -> Option<Noted> {
        self.known.lock().beliefs.frame(time).map(|b| Noted { digest: b.digest, stamp: b.provenance.stamp })
    }

    /// What is known of the frame at `time` in a run that began at `since`.
    pub fn look(&self, time: i64, since: u64) -> Look {
        match self.known.lock().beliefs.frame(time) {
            None => Look::Unknown,
            Some(belief) if belief.checked >= since => Look::Sure(belief.digest),
            Some(belief) if belief.seen => Look::Believed(belief.digest, Age::Session),
            Some(belief) => Look::Believed(belief.digest, Age::Earlier),
        }
    }

    /// What is believed of the Mask input at `time`, and whether it was seen since.
    pub fn mask(&self, time: i64, since: u64) -> Option<(Digest, bool)> {
        self.known.lock().beliefs.mask(time).map(|(digest, at)| (digest, at >= since))
    }

    /// Whether something was seen to have changed.
    pub fn changed(&self) -> bool {
        self.changed.load(Ordering::Relaxed)
    }

    /// Believes what was seen just now.
    pub fn believe_seen(&self, seen: &Digests) {
        let mut known = self.known.lock();
        // Two threads may see a frame for the first time at once, and each another picture.
        if !known.beliefs.agrees(seen) {
            self.lines.forget();
        }
        self.add(&mut known, seen);
    }

    fn add(&self, known: &mut Held, seen: &Digests) {
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
    pub fn believe(&self, noted: &HashMap<i64, Noted>) {
        let mut known = self.known.lock();
        let contradicts = |(time, noted): (&i64, &Noted)| {
            known.beliefs.frame(*time).is_some_and(|b| b.digest != noted.digest)
        };
        if noted.iter().any(contradicts) {
            self.changed.store(true, Ordering::Relaxed);
            self.lines.forget();
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
            self.lines.forget();
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

/// All that are remembered, the latest first.
#[derive(Debug, Default)]
pub struct Footages {
    list: Mutex<Vec<Arc<Footage>>>,
    /// Requests so far, which is what time is counted in.
    requests: AtomicU64,
    /// When runs began.
    runs: Mutex<HashMap<u64, u64>>,
    names: Mutex<Names>,
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
    /// A request begins that belongs to `run`, 0 for none; gives the time from which on what was seen is sure.
    pub fn begin(&self, run: u64) -> u64 {
        let now = self.requests.fetch_add(1, Ordering::Relaxed) + 1;
        if run == 0 {
            return now;
        }
        let mut runs = self.runs.lock();
        if runs.len() >= MOST_RUNS && !runs.contains_key(&run) {
            runs.clear();
        }
        *runs.entry(run).or_insert(now)
    }

    /// What time it is.
    pub fn now(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// The footage of which `seen` was seen. `time` is the frame that is rendered, `anchor` the
    /// nearest keyframe; `alone` when the anchor is not to be had, so that the latest that agrees
    /// has to do.
    pub fn identify(&self, size: (u32, u32), seen: &Digests, time: i64, anchor: i64, alone: bool) -> Known {
        let mut list = self.list.lock();
        let agreeing = |f: &Arc<Footage>| f.size == size && f.known.lock().beliefs.agrees(seen);
        let knows = |f: &Arc<Footage>, at: i64| {
            let believed = f.frame(at);
            seen.frames.get(&at).is_some_and(|s| believed == Some(s.digest))
        };
        let with_frame: Vec<_> = list.iter().filter(|f| agreeing(f) && knows(f, time)).cloned().collect();
        if let [only] = &with_frame[..] {
            return Known::Yes(latest(&mut list, only));
        }
        let anchored = seen.frames.contains_key(&anchor);
        if !anchored && !alone {
            return Known::NeedsAnchor;
        }
        let fits = |f: &&Arc<Footage>| agreeing(f) && (alone || knows(f, anchor));
        if let Some(found) = list.iter().find(fits).cloned() {
            return Known::Yes(latest(&mut list, &found));
        }
        // The same keyframe and yet another picture: the plate was changed.
        let before = list.len();
        list.retain(|f| !(f.size == size && knows(f, anchor)));
        let changed = list.len() < before;
        Known::Yes(insert(&mut list, Footage::new(size, changed, seen)))
    }

    /// Forgets `footage`, a frame of which is not what it was believed to be; `seen` is what is
    /// known for sure.
    pub fn contradicted(&self, footage: &Arc<Footage>, seen: &Digests) -> Arc<Footage> {
        let mut list = self.list.lock();
        list.retain(|f| !Arc::ptr_eq(f, footage));
        let next = Footage::new(footage.size, true, seen);
        next.stampless.store(footage.stampless.load(Ordering::Relaxed), Ordering::Relaxed);
        insert(&mut list, next)
    }

    /// Believes what was seen just now of `footage`, which belongs to `all` that is sure. Gives another where the
    /// host says that this is not the footage that it was, though what was seen looks the same.
    pub fn seen(&self, footage: &Arc<Footage>, seen: &Digests, all: &Digests) -> Arc<Footage> {
        let renamed = {
            let known = footage.known.lock();
            let mut names = self.names.lock();
            let named = seen.frames.iter().filter_map(|(time, new)| {
                let old = known.beliefs.frame(*time)?;
                let same_picture = old.checked < new.at && old.digest == new.digest;
                Some(old.provenance.name? == new.provenance.name?).filter(|_| same_picture)
            });
            names.hear(named)
        };
        if renamed {
            let next = self.contradicted(footage, all);
            // One is enough, however often names change.
            *footage.before.lock() = None;
            *next.before.lock() = Some(Arc::clone(footage));
            return next;
        }
        let mut before = footage.before.lock();
        if let Some(old) = &*before
            && seen.frames.iter().any(|(time, new)| old.frame(*time).is_some_and(|d| d != new.digest))
        {
            self.names.lock().were_right();
            *before = None;
        }
        drop(before);
        footage.believe_seen(seen);
        Arc::clone(footage)
    }

    /// A request is done for which the frames of a whole path were fetched.
    pub fn judge(&self, footage: &Footage) {
        if footage.before.lock().take().is_some() {
            self.names.lock().were_wrong();
        }
    }
}

/// Puts a footage before all others.
fn latest(list: &mut Vec<Arc<Footage>>, footage: &Arc<Footage>) -> Arc<Footage> {
    list.retain(|f| !Arc::ptr_eq(f, footage));
    list.insert(0, Arc::clone(footage));
    Arc::clone(footage)
}

fn insert(list: &mut Vec<Arc<Footage>>, footage: Footage) -> Arc<Footage> {
    let footage = Arc::new(footage);
    list.insert(0, Arc::clone(&footage));
    list.truncate(MOST);
    footage
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::beliefs::Seen;
    use crate::engine::digest::Recipe;
    use crate::job::Provenance;

    const SIZE: (u32, u32) = (4, 4);

    fn digest(v: i64) -> Digest {
        Recipe::new("test").number(v).done()
    }

    fn stamp(v: u8) -> Option<Stamp> {
        Some(Stamp([v; 32]))
    }

    fn seen(frames: &[(i64, i64)]) -> Digests {
        let one =
            |&(t, v): &(i64, i64)| (t, Seen { digest: digest(v), provenance: Provenance::default(), at: 1 });
        Digests { frames: frames.iter().map(one).collect(), ..Digests::default() }
    }

    /// The same, each with the name of a number.
    fn named(frames: &[(i64, i64)], name: u8, at: u64) -> Digests {
        let mut seen = seen(frames);
        for frame in seen.frames.values_mut() {
            (frame.provenance.name, frame.at) = (stamp(name), at);
        }
        seen
    }

    fn noted(frames: &[(i64, i64, Option<Stamp>)]) -> HashMap<i64, Noted> {
        frames.iter().map(|&(time, v, stamp)| (time, Noted { digest: digest(v), stamp })).collect()
    }

    /// The footage of which this was seen.
    fn found(all: &Footages, seen: &Digests, time: i64, alone: bool) -> Option<Arc<Footage>> {
        match all.identify(SIZE, seen, time, 0, alone) {
            Known::Yes(footage) => Some(all.seen(&footage, seen, seen)),
            Known::NeedsAnchor => None,
        }
    }

    #[test]
    fn a_frame_that_is_known_needs_no_anchor_and_a_new_one_does() {
        let all = Footages::default();
        let get = |frames: &[(i64, i64)], time: i64| found(&all, &seen(frames), time, false);
        let first = get(&[(0, 1), (5, 6)], 5).expect("anchored");
        assert!(Arc::ptr_eq(&first, &get(&[(5, 6)], 5).expect("known")));
        assert!(get(&[(6, 7)], 6).is_none());
        assert!(Arc::ptr_eq(&first, &get(&[(6, 7), (0, 1)], 6).expect("anchored")));
        // Another clip under the same prompts.
        let other = get(&[(6, 8), (0, 9)], 6).expect("anchored");
        assert!(!Arc::ptr_eq(&first, &other) && !other.changed());
        assert!(Arc::ptr_eq(&first, &get(&[(6, 7)], 6).expect("known")));
    }

    #[test]
    fn a_changed_frame_makes_all_else_unknown() {
        let all = Footages::default();
        let get = |frames: &[(i64, i64)], time: i64| found(&all, &seen(frames), time, false);
        let first = get(&[(0, 1), (5, 6), (9, 10)], 5).expect("anchored");
        let second = get(&[(5, 7), (0, 1)], 5).expect("anchored");
        assert!(!Arc::ptr_eq(&first, &second) && second.changed());
        assert_eq!(second.frame(9), None);
        // Frame 9 is as it was, but what was believed of the frames before it is gone.
        let third = get(&[(9, 10), (0, 1)], 9).expect("anchored");
        assert!(Arc::ptr_eq(&second, &third));
        second.believe(&noted(&[(7, 8, None), (8, 9, stamp(1))]));
        assert_eq!(second.frame(7), None, "what is noted of footage that changed needs a stamp");
        assert_eq!(second.look(8, 1), Look::Believed(digest(9), Age::Earlier));
    }

    #[test]
    fn without_the_anchor_the_latest_that_agrees_has_to_do() {
        let all = Footages::default();
        let first = found(&all, &seen(&[(0, 1)]), 0, false).expect("anchored");
        let next = found(&all, &seen(&[(1, 2)]), 1, true).expect("alone");
        assert!(Arc::ptr_eq(&first, &next));
        assert!(next.frame(1).is_some());
    }

    #[test]
    fn a_stamp_tells_whether_a_frame_is_what_it_was() {
        let all = Footages::default();
        let footage = found(&all, &seen(&[(0, 1)]), 0, false).expect("anchored");
        let notes = noted(&[(1, 2, stamp(1)), (2, 3, stamp(2)), (3, 4, None), (4, 5, stamp(4))]);
        footage.believe(&notes);
        assert_eq!(footage.look(1, 1), Look::Believed(digest(2), Age::Earlier));
        footage.check(1, &[stamp(1), stamp(9), stamp(3), None], (1, 5));
        let looks: Vec<Look> = (1..=4).map(|time| footage.look(time, 1)).collect();
        assert_eq!(looks, [Look::Sure(digest(2)), Look::Unknown, Look::Unknown, Look::Unknown]);
        // What was refuted is not believed again.
        footage.believe(&notes);
        assert_eq!(
            (footage.look(2, 1), footage.look(1, 6)),
            (Look::Unknown, Look::Believed(digest(2), Age::Earlier))
        );
        assert_eq!(footage.unseen((0, 9)), [(1, digest(2))]);
    }

    #[test]
    fn what_was_seen_since_a_run_began_is_sure() {
        let all = Footages::default();
        let since = all.begin(7);
        let footage = found(&all, &named(&[(0, 1)], 1, all.now()), 0, false).expect("anchored");
        assert_eq!(all.begin(7), since, "the same run");
        assert_eq!(footage.look(0, since), Look::Sure(digest(1)));
        let alone = all.begin(0);
        assert_eq!(footage.look(0, alone), Look::Believed(digest(1), Age::Session));
        assert_eq!(footage.doubts((-5, 5), alone).len(), 1);
        assert!(footage.doubts((-5, 5), since).is_empty() && footage.doubts((1, 5), alone).is_empty());
    }

    #[test]
    fn a_picture_of_another_name_makes_all_else_unknown() {
        let all = Footages::default();
        let get = |name: u8, at: u64, frames: &[(i64, i64)]| {
            found(&all, &named(frames, name, at), 0, false).expect("anchored")
        };
        let first = get(1, 1, &[(0, 1), (5, 6)]);
        assert!(Arc::ptr_eq(&first, &get(1, 2, &[(0, 1)])));
        let second = get(2, 3, &[(0, 1)]);
        assert!(!Arc::ptr_eq(&first, &second) && second.frame(5).is_none());
        // It was so in vain, again and again.
        for at in 4..10_u8 {
            let footage = get(at, u64::from(at) * 2, &[(0, 1)]);
            all.judge(&footage);
            get(at, u64::from(at) * 2 + 1, &[(0, 1)]);
        }
        let known = get(9, 40, &[(0, 1), (5, 6)]);
        assert!(Arc::ptr_eq(&known, &get(99, 41, &[(0, 1)])), "it is not listened to any more");
    }
}

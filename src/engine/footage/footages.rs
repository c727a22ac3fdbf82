//! All footages that are remembered, and which of them a request speaks of.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;

use super::beliefs::SeenPixels;
use super::one_footage::Footage;
use super::spot_checks::PictureNames;

/// How many are remembered. A render uses one; a handful of nodes may alternate.
const MOST: usize = 32;
/// Runs of which it is remembered when they began.
const MOST_RUNS: usize = 64;

/// All that are remembered, the latest first.
#[derive(Debug, Default)]
pub struct Footages {
    list: Mutex<Vec<Arc<Footage>>>,
    /// Requests so far, which is what time is counted in.
    requests: AtomicU64,
    /// When runs began.
    runs: Mutex<HashMap<u64, u64>>,
    names: Mutex<PictureNames>,
}

/// What a request saw of its footage so far.
#[derive(Debug, Clone, Copy)]
pub struct Sighting<'a> {
    /// Width and height in pixels.
    pub size: (u32, u32),
    /// The frames that it fetched.
    pub seen: &'a SeenPixels,
    /// The frame that is rendered.
    pub time: i64,
    /// The nearest keyframe.
    pub anchor: i64,
    /// Whether the anchor is not to be had, so that the latest footage that agrees has to do.
    pub alone: bool,
}

/// The answer to which footage it is.
#[derive(Debug)]
pub enum Identified {
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

    /// The footage of a sighting; a new one where none is known that agrees.
    pub fn identify(&self, sighting: Sighting) -> Identified {
        let Sighting { size, seen, time, anchor, alone } = sighting;
        let mut list = self.list.lock();
        let agreeing = |f: &Arc<Footage>| f.size == size && f.known.lock().beliefs.agrees(seen);
        let knows = |f: &Arc<Footage>, at: i64| {
            let believed = f.frame(at);
            seen.frames.get(&at).is_some_and(|s| believed == Some(s.digest))
        };
        let with_frame: Vec<_> = list.iter().filter(|f| agreeing(f) && knows(f, time)).cloned().collect();
        if let [only] = &with_frame[..] {
            return Identified::Yes(latest(&mut list, only));
        }
        let anchored = seen.frames.contains_key(&anchor);
        if !anchored && !alone {
            return Identified::NeedsAnchor;
        }
        let fits = |f: &&Arc<Footage>| agreeing(f) && (alone || knows(f, anchor));
        if let Some(found) = list.iter().find(fits).cloned() {
            return Identified::Yes(latest(&mut list, &found));
        }
        // The same keyframe and yet another picture: the plate was changed.
        let before = list.len();
        list.retain(|f| !(f.size == size && knows(f, anchor)));
        let changed = list.len() < before;
        Identified::Yes(insert(&mut list, Footage::new(size, changed, seen)))
    }

    /// Forgets `footage`, a frame of which is not what it was believed to be; `seen` is what is
    /// known for sure.
    pub fn contradicted(&self, footage: &Arc<Footage>, seen: &SeenPixels) -> Arc<Footage> {
        let mut list = self.list.lock();
        list.retain(|f| !Arc::ptr_eq(f, footage));
        let mut next = Footage::new(footage.size, true, seen);
        // The Mask input is apart from the plate.
        next.masks = Arc::clone(&footage.masks);
        next.stampless.store(footage.stampless.load(Ordering::Relaxed), Ordering::Relaxed);
        insert(&mut list, next)
    }

    /// Believes what was seen just now of `footage`, which belongs to `all` that is sure. Gives another where the
    /// host says that this is not the footage that it was, though what was seen looks the same.
    pub fn seen(&self, footage: &Arc<Footage>, seen: &SeenPixels, all: &SeenPixels) -> Arc<Footage> {
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
    use crate::engine::digest::{Digest, Recipe};
    use crate::engine::footage::{Age, Certainty, SeenFrame};
    use crate::engine::store::NotedFrame;
    use crate::job::{Provenance, Stamp};

    const SIZE: (u32, u32) = (4, 4);

    fn digest(v: i64) -> Digest {
        Recipe::new("test").number(v).done()
    }

    fn stamp(v: u8) -> Option<Stamp> {
        Some(Stamp([v; 32]))
    }

    fn seen(frames: &[(i64, i64)]) -> SeenPixels {
        let one = |&(t, v): &(i64, i64)| {
            (t, SeenFrame { digest: digest(v), provenance: Provenance::default(), at: 1 })
        };
        SeenPixels { frames: frames.iter().map(one).collect() }
    }

    /// The same, each with the name of a number.
    fn named(frames: &[(i64, i64)], name: u8, at: u64) -> SeenPixels {
        let mut seen = seen(frames);
        for frame in seen.frames.values_mut() {
            (frame.provenance.name, frame.at) = (stamp(name), at);
        }
        seen
    }

    fn noted(frames: &[(i64, i64, Option<Stamp>)]) -> HashMap<i64, NotedFrame> {
        frames.iter().map(|&(time, v, stamp)| (time, NotedFrame { digest: digest(v), stamp })).collect()
    }

    /// The footage of which this was seen.
    fn found(all: &Footages, seen: &SeenPixels, time: i64, alone: bool) -> Option<Arc<Footage>> {
        match all.identify(Sighting { size: SIZE, seen, time, anchor: 0, alone }) {
            Identified::Yes(footage) => Some(all.seen(&footage, seen, seen)),
            Identified::NeedsAnchor => None,
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
        assert_eq!(second.certainty(8, 1), Certainty::Believed(digest(9), Age::Earlier));
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
        assert_eq!(footage.certainty(1, 1), Certainty::Believed(digest(2), Age::Earlier));
        footage.check(1, &[stamp(1), stamp(9), stamp(3), None], (1, 5));
        let looks: Vec<Certainty> = (1..=4).map(|time| footage.certainty(time, 1)).collect();
        assert_eq!(
            looks,
            [Certainty::Sure(digest(2)), Certainty::Unknown, Certainty::Unknown, Certainty::Unknown]
        );
        // What was refuted is not believed again.
        footage.believe(&notes);
        assert_eq!(
            (footage.certainty(2, 1), footage.certainty(1, 6)),
            (Certainty::Unknown, Certainty::Believed(digest(2), Age::Earlier))
        );
        assert_eq!(footage.unseen((0, 9)), [(1, digest(2))]);
    }

    #[test]
    fn what_was_seen_since_a_run_began_is_sure() {
        let all = Footages::default();
        let since = all.begin(7);
        let footage = found(&all, &named(&[(0, 1)], 1, all.now()), 0, false).expect("anchored");
        assert_eq!(all.begin(7), since, "the same run");
        assert_eq!(footage.certainty(0, since), Certainty::Sure(digest(1)));
        let alone = all.begin(0);
        assert_eq!(footage.certainty(0, alone), Certainty::Believed(digest(1), Age::Session));
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

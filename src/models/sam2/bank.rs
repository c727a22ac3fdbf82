//! The memory of one object: prompted frames for good, recent frames for a while.

use std::collections::VecDeque;
use std::sync::Arc;

use half::bf16;

use super::constants::{Constants, Precision};
use super::network::Recall;

/// What is kept of one frame.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entry {
    /// The frame.
    pub time: i64,
    /// The memory, T x C numbers; none once only the pointer is still in use.
    pub feature: Option<Arc<Feature>>,
    /// The object pointer, P numbers.
    pub pointer: Arc<[f32]>,
}

/// A memory in the precision in which the reference keeps it.
#[derive(Debug, PartialEq)]
pub(super) enum Feature {
    /// As it left the graph.
    Full(Vec<f32>),
    /// Rounded to bfloat16, to the nearest and ties to even, as the reference does.
    Brain(Vec<bf16>),
}

impl Feature {
    /// Keeps `values` in `precision`.
    pub fn new(values: Vec<f32>, precision: Precision) -> Self {
        match precision {
            Precision::F32 => Self::Full(values),
            Precision::Bf16 => Self::Brain(values.into_iter().map(bf16::from_f32).collect()),
        }
    }

    /// Appends the values to `out`.
    pub fn append_to(&self, out: &mut Vec<f32>) {
        match self {
            Self::Full(values) => out.extend_from_slice(values),
            Self::Brain(values) => out.extend(values.iter().map(|v| v.to_f32())),
        }
    }

    /// Bytes that it holds.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Full(values) => values.len() * 4,
            Self::Brain(values) => values.len() * 2,
        }
    }
}

/// How much is kept and attended to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Limits {
    /// Memories, one prompted frame's included.
    pub memories: usize,
    /// Most prompted frames attended to; none for all.
    pub prompted: Option<usize>,
    /// The largest distance of a pointer in frames, plus one: at least 2.
    pub pointers: usize,
}

impl Limits {
    /// Those of the constants for footage of `frames` frames, as short as which distances of
    /// pointers are measured.
    pub fn new(constants: &Constants, frames: Option<usize>) -> Self {
        let most = constants.max_pointers;
        Self {
            memories: constants.memories,
            prompted: usize::try_from(constants.max_conditioning).ok(),
            pointers: frames.map_or(most, |frames| most.min(frames.max(2))),
        }
    }
}

/// The bank: bounded by the number of prompted frames and the limits, whatever the length of the
/// footage.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Bank {
    /// In order of time.
    pub prompted: Vec<Entry>,
    /// In the order in which they came.
    pub recent: VecDeque<Entry>,
    /// How much is kept.
    pub limits: Limits,
}

impl Bank {
    /// An empty bank.
    pub fn new(limits: Limits) -> Self {
        Self { prompted: Vec::new(), recent: VecDeque::new(), limits }
    }

    /// Whether no prompted frame is remembered, without which nothing can be followed.
    pub fn is_empty(&self) -> bool {
        self.prompted.is_empty()
    }

    /// Bytes that it holds.
    pub fn bytes(&self) -> usize {
        let entries = self.prompted.iter().chain(&self.recent);
        entries.map(|e| e.pointer.len() * 4 + e.feature.as_ref().map_or(0, |f| f.bytes())).sum()
    }

    /// Remembers a prompted frame, in the place of what was known of it.
    pub fn remember_prompted(&mut self, entry: Entry) {
        self.recent.retain(|e| e.time != entry.time);
        self.prompted.retain(|e| e.time != entry.time);
        let at = self.prompted.partition_point(|e| e.time < entry.time);
        self.prompted.insert(at, entry);
    }

    /// Remembers a frame that was propagated to. What no later frame of the same direction attends
    /// to is forgotten: pointers reach farther back than memories, which are large.
    pub fn remember_recent(&mut self, entry: Entry) {
        let now = entry.time;
        self.recent.retain(|e| e.time != now);
        self.recent.push_back(entry);
        let Limits { memories, pointers, .. } = self.limits;
        // The next frame is one step away, so this one will be at a distance of one more.
        let within = |e: &Entry, most: usize| e.time.abs_diff(now) + 1 < most as u64;
        self.recent.retain(|e| e.time == now || within(e, pointers.max(memories)));
        for old in self.recent.iter_mut().filter(|e| e.time != now && !within(e, memories)) {
            old.feature = None;
        }
    }

    /// The prompted frames that are attended to: all, or the nearest before, the nearest after and
    /// then the nearest of the rest where the model has a limit.
    fn selected(&self, time: i64) -> Vec<&Entry> {
        let Some(limit) = self.limits.prompted.filter(|&limit| self.prompted.len() > limit) else {
            return self.prompted.iter().collect();
        };
        let before = self.prompted.iter().rfind(|e| e.time < time);
        let after = self.prompted.iter().find(|e| e.time >= time);
        let mut chosen: Vec<&Entry> = before.into_iter().chain(after).collect();
        let mut rest: Vec<&Entry> =
            self.prompted.iter().filter(|e| chosen.iter().all(|c| c.time != e.time)).collect();
        rest.sort_by_key(|e| e.time.abs_diff(time));
        let room = limit.saturating_sub(chosen.len());
        chosen.extend(rest.into_iter().take(room));
        chosen
    }

    /// What the frame at `time` attends to, into `out`. The object is followed backward where `time`
    /// lies before every prompted frame.
    ///
    /// Memories: the prompted frames with the last row of the temporal table, then the recent ones
    /// from far to near with row offset - 1; a prompted frame that was not selected counts as a
    /// recent one. Pointers: prompted frames that lie behind, then the recent ones from near to far;
    /// each with its distance over the largest that is used.
    pub fn recall(&self, time: i64, out: &mut Recall) {
        let Limits { memories, pointers, .. } = self.limits;
        out.features.clear();
        out.rows.clear();
        out.pointers.clear();
        out.distances.clear();
        let backward = self.prompted.first().is_some_and(|first| time < first.time);
        let behind = |e: &Entry| if backward { e.time - time } else { time - e.time };
        let at = |offset: usize| move |e: &&Entry| behind(e) == offset as i64;
        let mut attend = |entry: &Entry, row: usize| {
            if let Some(feature) = &entry.feature {
                feature.append_to(&mut out.features);
                out.rows.push(row as i64);
            }
        };
        let selected = self.selected(time);
        selected.iter().for_each(|entry| attend(entry, memories - 1));
        let left = || self.prompted.iter().filter(|e| selected.iter().all(|s| s.time != e.time));
        for offset in (1..memories).rev() {
            if let Some(entry) = self.recent.iter().find(at(offset)).or_else(|| left().find(at(offset))) {
                attend(entry, offset - 1);
            }
        }
        let largest = (pointers - 1) as f32;
        let mut point = |entry: &Entry| {
            out.pointers.extend_from_slice(&entry.pointer);
            out.distances.push(behind(entry) as f32 / largest);
        };
        self.prompted.iter().filter(|e| behind(e) >= 0).for_each(&mut point);
        for offset in 1..pointers {
            self.recent.iter().filter(at(offset)).for_each(&mut point);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { memories: 7, prompted: None, pointers: 16 };

    fn entry(time: i64) -> Entry {
        Entry {
            time,
            feature: Some(Arc::new(Feature::new(vec![time as f32; 4], Precision::F32))),
            pointer: Arc::from([time as f32; 2]),
        }
    }

    fn recall(bank: &Bank, time: i64) -> Recall {
        let mut out = Recall { features: vec![9.0; 9], rows: vec![9], ..Recall::default() };
        bank.recall(time, &mut out);
        out
    }

    /// The frames whose pointers are attended to.
    fn pointed(recall: &Recall) -> Vec<f32> {
        recall.pointers.iter().copied().step_by(2).collect()
    }

    #[test]
    fn a_long_walk_keeps_seven_memories_and_sixteen_pointers() {
        let mut bank = Bank::new(LIMITS);
        bank.remember_prompted(entry(0));
        let mut kept = 0;
        for time in 1..2000 {
            let found = recall(&bank, time);
            assert!(found.rows.len() <= 7 && found.distances.len() <= 16);
            assert_eq!(found.rows[0], 6);
            bank.remember_recent(entry(time));
            if time == 50 {
                kept = bank.bytes();
            }
        }
        assert_eq!(bank.bytes(), kept);
        assert_eq!(kept, 7 * 16 + 16 * 8);
        let found = recall(&bank, 2000);
        assert_eq!(found.rows, [6, 5, 4, 3, 2, 1, 0]);
        let frames: Vec<f32> = found.features.iter().copied().step_by(4).collect();
        assert_eq!(frames, [0.0, 1994.0, 1995.0, 1996.0, 1997.0, 1998.0, 1999.0]);
        assert_eq!(pointed(&found)[..3], [0.0, 1999.0, 1998.0]);
        assert_eq!((found.distances.len(), found.distances[1], found.distances[15]), (16, 1.0 / 15.0, 1.0));
    }

    #[test]
    fn backward_mirrors_forward() {
        let (mut forward, mut backward) = (Bank::new(LIMITS), Bank::new(LIMITS));
        forward.remember_prompted(entry(50));
        backward.remember_prompted(entry(50));
        for step in 1..9 {
            forward.remember_recent(entry(50 + step));
            backward.remember_recent(entry(50 - step));
        }
        let (f, b) = (recall(&forward, 59), recall(&backward, 41));
        assert_eq!((f.rows, f.distances), (b.rows, b.distances));
        assert_eq!(b.pointers[2..4], [42.0, 42.0]);
    }

    #[test]
    fn a_prompt_ahead_is_attended_to_but_its_pointer_is_not() {
        let mut bank = Bank::new(LIMITS);
        bank.remember_prompted(entry(30));
        bank.remember_prompted(entry(0));
        let found = recall(&bank, 10);
        assert_eq!((found.rows.len(), pointed(&found)), (2, vec![0.0]));
        let found = recall(&bank, -2);
        assert_eq!((found.rows.len(), pointed(&found)), (2, vec![0.0, 30.0]));
        assert_eq!(found.distances, [2.0 / 15.0, 32.0 / 15.0]);
    }

    #[test]
    fn a_prompt_takes_the_place_of_what_was_known_of_its_frame() {
        let mut bank = Bank::new(LIMITS);
        bank.remember_prompted(entry(0));
        bank.remember_recent(entry(1));
        bank.remember_prompted(Entry { pointer: Arc::from([5.0; 2]), ..entry(0) });
        bank.remember_prompted(Entry { pointer: Arc::from([6.0; 2]), ..entry(1) });
        let found = recall(&bank, 2);
        assert_eq!((found.rows, found.distances), (vec![6, 6], vec![2.0 / 15.0, 1.0 / 15.0]));
        assert_eq!(found.pointers, [5.0, 5.0, 6.0, 6.0]);
    }

    #[test]
    fn a_limit_takes_the_nearest_prompts_and_the_others_as_recent_frames() {
        let mut bank = Bank::new(Limits { prompted: Some(2), ..LIMITS });
        [0, 7, 9, 30].into_iter().for_each(|time| bank.remember_prompted(entry(time)));
        let found = recall(&bank, 10);
        // The nearest before and after; 7 is three frames behind and no longer a prompted one.
        assert_eq!(found.rows, [6, 6, 2]);
        assert_eq!(found.features.iter().copied().step_by(4).collect::<Vec<_>>(), [9.0, 30.0, 7.0]);
        assert_eq!(pointed(&found), [0.0, 7.0, 9.0]);
    }

    #[test]
    fn a_short_sequence_measures_distance_by_its_own_length() {
        let constants = Constants { max_pointers: 16, memories: 7, ..Constants::of_pointer(2) };
        for (frames, expected) in [(Some(5), 0.5), (Some(1), 2.0), (Some(16), 2.0 / 15.0), (None, 2.0 / 15.0)]
        {
            let mut bank = Bank::new(Limits::new(&constants, frames));
            bank.remember_prompted(entry(0));
            assert_eq!(recall(&bank, 2).distances, [expected], "{frames:?}");
        }
    }
}

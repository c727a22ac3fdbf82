//! The memory of one object: prompted frames for good, recent frames for a while.

use std::any::Any;
use std::collections::VecDeque;
use std::sync::Arc;

use half::bf16;

use super::constants::{Constants, Precision};
use crate::models::Memory;

/// What is kept of one frame.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// The frame.
    pub time: i64,
    /// The spatial memory, T x channels values; none once only the pointer is still in use.
    pub feature: Option<Arc<Feature>>,
    /// The object pointer.
    pub pointer: Arc<[f32]>,
}

/// A spatial memory in the precision in which the reference keeps it.
#[derive(Debug)]
pub(super) enum Feature {
    /// As it left the graph.
    Full(Vec<f32>),
    /// Rounded to bfloat16, to the nearest and ties to even, as PyTorch does.
    Brain(Vec<bf16>),
}

impl Feature {
    /// Keeps `values` in `precision`.
    pub fn new(values: &[f32], precision: Precision) -> Self {
        match precision {
            Precision::F32 => Self::Full(values.to_vec()),
            Precision::Bf16 => Self::Brain(values.iter().map(|&v| bf16::from_f32(v)).collect()),
        }
    }

    /// Appends the values to `out`.
    pub fn append_to(&self, out: &mut Vec<f32>) {
        match self {
            Self::Full(values) => out.extend_from_slice(values),
            Self::Brain(values) => out.extend(values.iter().map(|v| v.to_f32())),
        }
    }

    fn bytes(&self) -> usize {
        match self {
            Self::Full(values) => values.len() * 4,
            Self::Brain(values) => values.len() * 2,
        }
    }
}

/// The bank: bounded by the number of prompted frames and the constants of the model.
#[derive(Debug, Clone)]
pub(super) struct Bank {
    prompted: Vec<Entry>,
    recent: VecDeque<Entry>,
    memories: usize,
    max_prompted: Option<usize>,
    max_pointers: usize,
}

/// What memory attention is given for one frame, in the order of the reference.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Recall {
    /// Number of spatial memories.
    pub memories: usize,
    /// Their values, one after another.
    pub features: Vec<f32>,
    /// The row of the temporal table for each.
    pub positions: Vec<i64>,
    /// Number of pointers.
    pub pointers: usize,
    /// Their values, one after another.
    pub pointer_values: Vec<f32>,
    /// The distance in frames of each, over the largest.
    pub distances: Vec<f32>,
}

impl Bank {
    /// An empty bank for a sequence of `frames` frames.
    pub fn new(constants: &Constants, frames: usize) -> Self {
        Self {
            prompted: Vec::new(),
            recent: VecDeque::new(),
            memories: constants.memories,
            max_prompted: usize::try_from(constants.max_conditioning).ok(),
            max_pointers: constants.max_pointers.min(frames.max(2)),
        }
    }

    /// Whether nothing is remembered.
    pub fn is_empty(&self) -> bool {
        self.prompted.is_empty()
    }

    /// Remembers a prompted frame, in the place of what was known of it.
    pub fn remember_prompted(&mut self, entry: Entry) {
        self.prompted.retain(|e| e.time != entry.time);
        self.prompted.push(entry);
        self.prompted.sort_by_key(|e| e.time);
    }

    /// Remembers a frame that was propagated to; the oldest makes room.
    pub fn remember_recent(&mut self, entry: Entry) {
        self.recent.push_back(entry);
        while self.recent.len() > self.max_pointers.max(self.memories) {
            self.recent.pop_front();
        }
        // Spatial memories are large and read for a few frames only; pointers are small and read for longer.
        let stale = self.recent.len().saturating_sub(self.memories);
        for old in self.recent.iter_mut().take(stale) {
            old.feature = None;
        }
    }

    /// The prompted frames that are attended to: all, or the nearest before, the nearest after and then the
    /// nearest of the rest where the model has a limit.
    fn selected(&self, time: i64) -> Vec<&Entry> {
        let Some(limit) = self.max_prompted.filter(|&l| self.prompted.len() > l) else {
            return self.prompted.iter().collect();
        };
        let before = self.prompted.iter().rfind(|e| e.time < time);
        let after = self.prompted.iter().find(|e| e.time >= time);
        let mut chosen: Vec<&Entry> = before.into_iter().chain(after).collect();
        let mut rest: Vec<&Entry> =
            self.prompted.iter().filter(|e| chosen.iter().all(|c| c.time != e.time)).collect();
        rest.sort_by_key(|e| (e.time - time).abs());
        let room = limit.saturating_sub(chosen.len());
        chosen.extend(rest.into_iter().take(room));
        chosen
    }

    /// What the frame at `time` attends to when the object is followed forward or `backward`.
    ///
    /// Spatial memories: the prompted frames with the last row of the temporal table, then the recent ones
    /// from far to near with row offset - 1. Pointers: prompted frames that lie behind, then the recent ones
    /// from near to far; each with its distance over the largest that is used.
    pub fn recall(&self, time: i64, backward: bool) -> Recall {
        let mut out = Recall::default();
        let behind = |t: i64| if backward { t - time } else { time - t };
        let mut add = |entry: &Entry, position: usize| {
            if let Some(feature) = &entry.feature {
                feature.append_to(&mut out.features);
                out.positions.push(position as i64);
                out.memories += 1;
            }
        };
        for entry in self.selected(time) {
            add(entry, self.memories - 1);
        }
        for offset in (1..self.memories).rev() {
            if let Some(entry) = self.recent.iter().find(|e| behind(e.time) == offset as i64) {
                add(entry, offset - 1);
            }
        }
        let largest = (self.max_pointers - 1) as f32;
        let mut point = |entry: &Entry| {
            out.pointer_values.extend_from_slice(&entry.pointer);
            out.distances.push(behind(entry.time) as f32 / largest);
            out.pointers += 1;
        };
        self.prompted.iter().filter(|e| behind(e.time) >= 0).for_each(&mut point);
        for offset in 1..self.max_pointers {
            if let Some(entry) = self.recent.iter().find(|e| behind(e.time) == offset as i64) {
                point(entry);
            }
        }
        out
    }
}

impl Memory for Bank {
    fn boxed_clone(&self) -> Box<dyn Memory> {
        Box::new(self.clone())
    }

    fn bytes(&self) -> usize {
        let entries = self.prompted.iter().chain(&self.recent);
        entries.map(|e| e.pointer.len() * 4 + e.feature.as_ref().map_or(0, |f| f.bytes())).sum()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(time: i64) -> Entry {
        Entry {
            time,
            feature: Some(Arc::new(Feature::new(&[time as f32; 4], Precision::F32))),
            pointer: Arc::from([time as f32; 2]),
        }
    }

    fn bank(frames: usize) -> Bank {
        Bank::new(&Constants::default(), frames)
    }

    #[test]
    fn a_long_walk_keeps_seven_memories_and_sixteen_pointers() {
        let mut bank = bank(2000);
        bank.remember_prompted(entry(0));
        let mut largest = 0;
        for time in 1..2000 {
            let recall = bank.recall(time, false);
            assert!(recall.memories <= 7 && recall.pointers <= 16);
            assert_eq!(recall.positions[0], 6);
            bank.remember_recent(entry(time));
            if time > 50 {
                largest = largest.max(bank.bytes());
                assert_eq!(bank.bytes(), largest);
            }
        }
        let recall = bank.recall(2000, false);
        assert_eq!(recall.positions, [6, 5, 4, 3, 2, 1, 0]);
        assert_eq!(recall.features[4], 1994.0);
        assert_eq!(recall.distances[1], 1.0 / 15.0);
    }

    #[test]
    fn backward_mirrors_forward() {
        let (mut forward, mut backward) = (bank(100), bank(100));
        forward.remember_prompted(entry(50));
        backward.remember_prompted(entry(50));
        for step in 1..9 {
            forward.remember_recent(entry(50 + step));
            backward.remember_recent(entry(50 - step));
        }
        let (f, b) = (forward.recall(59, false), backward.recall(41, true));
        assert_eq!((f.positions, f.distances), (b.positions, b.distances));
    }

    #[test]
    fn a_prompt_ahead_is_attended_to_but_its_pointer_is_not() {
        let mut bank = bank(100);
        bank.remember_prompted(entry(0));
        bank.remember_prompted(entry(30));
        let recall = bank.recall(10, false);
        assert_eq!((recall.memories, recall.pointers), (2, 1));
    }

    #[test]
    fn a_short_sequence_measures_distance_by_its_own_length() {
        let mut bank = bank(5);
        bank.remember_prompted(entry(0));
        assert_eq!(bank.recall(2, false).distances, [0.5]);
    }
}

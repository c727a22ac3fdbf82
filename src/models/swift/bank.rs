//! The memory of one object: prompted frames for good, a few older ones, and the last.

use std::sync::Arc;

use super::cues::Picture;
use crate::models::runtime::Tensor;
use crate::raster::Matte;

/// The frame from which the next one is found.
#[derive(Clone)]
pub(super) struct Last {
    pub picture: Arc<Picture>,
    /// At the size of `picture`.
    pub mask: Arc<Matte>,
    pub key: Arc<Tensor>,
    pub value: Arc<Tensor>,
}

/// What is remembered of a frame.
#[derive(Clone)]
pub(super) struct Entry {
    pub time: i64,
    pub key: Arc<Tensor>,
    pub value: Arc<Tensor>,
}

/// Bounded by the number of prompted frames and of memories, whatever the length of the footage.
#[derive(Clone, Default)]
pub(super) struct Bank {
    pub(super) prompted: Vec<Entry>,
    pub(super) recent: Vec<Entry>,
    pub(super) last: Option<Last>,
}

impl Bank {
    pub fn last(&self) -> Option<&Last> {
        self.last.as_ref()
    }

    /// Adds a frame; of those that were not prompted, one in `every` is kept, and `most` of them.
    pub fn add(&mut self, time: i64, last: Last, prompted: bool, every: i64, most: usize) {
        let entry = Entry { time, key: last.key.clone(), value: last.value.clone() };
        if prompted {
            self.prompted.retain(|e| e.time != time);
            self.prompted.push(entry);
        } else if time.rem_euclid(every) == 0 {
            self.recent.retain(|e| e.time != time);
            self.recent.push(entry);
            if self.recent.len() > most {
                self.recent.remove(0);
            }
        }
        self.last = Some(last);
    }

    /// Keys and values of the frames that are attended to at `time`, one after another, and how
    /// many they are: at most `most` and at least one once a frame was added.
    pub fn gather(&self, time: i64, most: usize) -> (Vec<f32>, Vec<f32>, usize) {
        // A prompt is true, what was found from it may not be: prompts have most of the places.
        let mut prompted: Vec<&Entry> = self.prompted.iter().collect();
        prompted.sort_by_key(|e| ((e.time - time).abs(), e.time));
        let places = if self.recent.is_empty() { most } else { most.saturating_sub(1).max(1) };
        prompted.truncate(places);
        let rest = most - prompted.len();
        let mut chosen = prompted;
        chosen.extend(self.recent.iter().rev().take(rest));
        // Order does not matter to the sum but to its last bit.
        chosen.sort_by_key(|e| e.time);
        let (mut keys, mut values) = (Vec::new(), Vec::new());
        for entry in &chosen {
            keys.extend_from_slice(&entry.key.data);
            values.extend_from_slice(&entry.value.data);
        }
        match (chosen.len(), &self.last) {
            (0, Some(last)) => (last.key.data.clone(), last.value.data.clone(), 1),
            (count, _) => (keys, values, count),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::Memory;
    use crate::raster::Frame;

    fn frame(mark: f32) -> Last {
        let tensor = || Arc::new(Tensor { shape: vec![1, 1, 1, 1], data: vec![mark] });
        Last {
            picture: Arc::new(Picture::new(Frame::filled(8, 8, [0; 3]))),
            mask: Arc::new(Matte::filled(8, 8, 0.0)),
            key: tensor(),
            value: tensor(),
        }
    }

    fn bank(prompted: &[i64], recent: std::ops::Range<i64>) -> Bank {
        let mut bank = Bank::default();
        for &time in prompted {
            bank.add(time, frame(time as f32), true, 5, 3);
        }
        for time in recent {
            bank.add(time, frame(time as f32), false, 5, 3);
        }
        bank
    }

    #[test]
    fn it_does_not_grow_with_the_footage() {
        let (short, long) = (bank(&[0], 1..30), bank(&[0], 1..2000));
        assert_eq!(short.bytes(), long.bytes());
    }

    #[test]
    fn the_nearest_prompts_and_a_recent_frame_are_attended_to() {
        let (keys, _, count) = bank(&[0, 40, 90, 200], 201..213).gather(213, 3);
        assert_eq!((keys, count), (vec![90.0, 200.0, 210.0], 3));
        let (keys, _, count) = bank(&[7], 8..9).gather(9, 3);
        assert_eq!((keys, count), (vec![7.0], 1));
    }

    #[test]
    fn a_frame_that_was_never_prompted_still_serves() {
        let (keys, _, count) = bank(&[], 3..4).gather(4, 3);
        assert_eq!((keys, count), (vec![3.0], 1));
        assert_eq!(Bank::default().gather(0, 3).2, 0);
    }
}

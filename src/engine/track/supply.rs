//! What a request supplies to its steps: the frames that it has at hand, what it believes of the others, and what
//! the track store keeps.

use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::path_notes::noted_frames;
use super::reader::FootageReader;
use super::results::Results;
use crate::engine::chain::Chain;
use crate::engine::digest::Digest;
use crate::engine::footage::{Age, Certainty, Footage};
use crate::engine::store::{Record, RecordSummary, StoreTrouble, TrackStore};
use crate::engine::supply::StepSupply;
use crate::models::Memory;
use crate::raster::Frame;

/// The track store, as a request uses it.
#[derive(Clone, Copy)]
pub struct StoreAccess<'a> {
    /// The store.
    pub store: &'a TrackStore,
    /// Whether what is on disk counts.
    pub on_disk: bool,
    /// Width and height of mattes in pixels.
    pub size: (u32, u32),
    /// What went wrong, until it is told.
    pub troubles: &'a RefCell<Vec<StoreTrouble>>,
    /// What else is to be told.
    pub notes: &'a RefCell<Vec<String>>,
}

impl StoreAccess<'_> {
    /// What was found; none where something went wrong, which is told.
    fn told<T>(&self, found: Result<Option<T>, StoreTrouble>) -> Option<T> {
        found.unwrap_or_else(|trouble| {
            self.troubles.borrow_mut().push(trouble);
            None
        })
    }
}

/// The supply of one try.
pub struct JobSupply<'a, 'r> {
    access: StoreAccess<'a>,
    results: &'a RefCell<Results>,
    reader: &'a FootageReader<'r>,
    footage: &'a Footage,
    /// Sources without stamps are believed, and looked at where time allows.
    stampless: bool,
    /// A frame of which nobody asked yet whether it is what it was.
    unchecked: Cell<Option<i64>>,
    /// Chains of which it was looked up what an earlier session noted.
    recalled: RefCell<HashSet<Digest>>,
}

impl<'a, 'r> JobSupply<'a, 'r> {
    /// The supply of a try with `footage`.
    pub fn new(
        access: StoreAccess<'a>,
        results: &'a RefCell<Results>,
        reader: &'a FootageReader<'r>,
        footage: &'a Footage,
    ) -> Self {
        Self {
            access,
            results,
            reader,
            footage,
            stampless: footage.stampless.load(Ordering::Relaxed),
            unchecked: Cell::new(None),
            recalled: RefCell::default(),
        }
    }

    /// From when on frames have to be sure, counted in requests. What is believed anyway need not be.
    pub fn sure_since(&self) -> u64 {
        if self.stampless { 0 } else { self.reader.since() }
    }

    /// The first frame that was asked for and of which it has to be found out whether it is what it was.
    pub fn unchecked(&self) -> Option<i64> {
        self.unchecked.get()
    }
}

impl StepSupply for JobSupply<'_, '_> {
    fn frame_digest(&self, time: i64) -> Option<Digest> {
        match self.footage.certainty(time, self.reader.since()) {
            Certainty::Unknown => None,
            Certainty::Sure(digest) => Some(digest),
            // Nobody can tell whether it is so.
            Certainty::Believed(_, Age::Earlier)
                if self.stampless && (self.reader.is_alone() || self.footage.changed()) =>
            {
                None
            }
            Certainty::Believed(digest, _) if self.stampless => Some(digest),
            Certainty::Believed(..) => {
                self.unchecked.set(self.unchecked.get().or(Some(time)));
                None
            }
        }
    }

    fn frame(&self, time: i64) -> Option<Arc<Frame>> {
        self.reader.at_hand(self.footage, time)
    }

    fn recall(&self, chain: &Chain) {
        let StoreAccess { store, on_disk, troubles, .. } = self.access;
        if on_disk && self.recalled.borrow_mut().insert(chain.id) {
            self.footage.believe(&noted_frames(store, chain, &mut troubles.borrow_mut()));
        }
    }

    fn has_record(&self, result: &Digest) -> bool {
        let StoreAccess { store, on_disk, .. } = self.access;
        self.results.borrow().has(result, || store.contains(result, on_disk))
    }

    fn confidence(&self, result: &Digest) -> Option<f32> {
        let StoreAccess { store, on_disk, size, .. } = self.access;
        if let Some(held) = self.results.borrow().held(result) {
            return held.record(size).map(|record| record.confidence);
        }
        store.confidence(result, on_disk)
    }

    fn summary(&self, result: &Digest) -> Option<RecordSummary> {
        let StoreAccess { store, on_disk, size, .. } = self.access;
        if let Some(held) = self.results.borrow().held(result) {
            return held.record(size).map(|record| record.summary());
        }
        store.summary(result, on_disk)
    }

    fn kept_confidence(&self, about: &Digest) -> Option<f32> {
        self.access.store.confidences.get(about)
    }

    fn keep_confidence(&self, about: Digest, confidence: f32) {
        self.access.store.confidences.put(about, confidence);
    }

    fn record(&self, result: &Digest) -> Option<Arc<Record>> {
        let StoreAccess { store, on_disk, size, .. } = self.access;
        if let Some(held) = self.results.borrow().held(result) {
            return held.record(size);
        }
        let found = self.access.told(store.get(result, size, on_disk));
        if found.is_none() {
            self.results.borrow_mut().lose(*result);
        }
        found
    }

    fn keep_record(&self, result: Digest, record: Record) {
        let StoreAccess { store, on_disk, troubles, .. } = self.access;
        let record = Arc::new(record);
        self.results.borrow_mut().add(result, &record);
        troubles.borrow_mut().extend(store.put(result, &record, on_disk));
    }

    fn memory(&self, result: &Digest) -> Option<Vec<u8>> {
        let StoreAccess { store, on_disk, .. } = self.access;
        self.access.told(store.memory(result, on_disk))
    }

    fn tell(&self, note: String) {
        self.access.notes.borrow_mut().push(note);
    }

    fn lasts(&self) -> bool {
        self.access.on_disk
    }

    fn keep_memory(&self, result: Digest, memory: &dyn Memory) {
        let StoreAccess { store, on_disk, troubles, .. } = self.access;
        if on_disk && let Some(bytes) = memory.save() {
            troubles.borrow_mut().extend(store.put_memory(result, bytes));
        }
    }
}

//! The trackers that are open, by name and device.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;

use super::tracker_lane::TrackerLane;
use crate::engine::open_model::{CPU, with_less_memory};
use crate::engine::store::{TrackStore, tracker_entry};
use crate::engine::threads::Threads;
use crate::job::{JobError, ModelInfo, Request};
use crate::models::{ModelError, Tracker};

/// Opens the tracker of a name on a device with so many threads.
pub type TrackerOpener = dyn Fn(&str, &str, usize) -> Result<Box<dyn Tracker>, ModelError> + Send + Sync;

/// A lane that is filled by the first thread that needs it, while others wait for it alone.
type Slot = Arc<Mutex<Option<Arc<TrackerLane>>>>;

/// The lanes of all trackers that were asked for.
pub struct TrackerLanes {
    open: Box<TrackerOpener>,
    threads: Threads,
    /// By tracker and device.
    slots: Mutex<HashMap<(String, String), Slot>>,
}

impl TrackerLanes {
    /// No lanes yet; their trackers are opened by `open`.
    pub fn new(open: Box<TrackerOpener>, threads: Threads) -> Self {
        Self { open, threads, slots: Mutex::default() }
    }

    /// The lane of the tracker called `tracker` on the device of `request`, opened when it is first asked for. A
    /// tracker that cannot be opened but is known from `store` has a lane that gives what is kept.
    ///
    /// # Errors
    /// [`JobError`] by who must act, of a tracker that cannot be opened and is not known.
    pub fn get(
        &self,
        request: &Request,
        tracker: &str,
        store: &TrackStore,
    ) -> Result<Arc<TrackerLane>, JobError> {
        let name = (tracker.to_owned(), request.device.clone());
        let slot = Arc::clone(self.slots.lock().entry(name).or_default());
        let mut slot = slot.lock();
        if let Some(lane) = slot.as_ref().filter(|l| !l.broken()) {
            return Ok(Arc::clone(lane));
        }
        let key = tracker_entry::key(tracker, &request.device);
        match self.open(tracker, &request.device, slot.as_deref()) {
            Ok((tracker, note)) => {
                let mut info = tracker.info();
                info.note = note.or(info.note);
                if request.store {
                    store.put_tracker(&key, &info);
                }
                let lane = Arc::new(TrackerLane::new(info, Ok(tracker)));
                *slot = Some(Arc::clone(&lane));
                Ok(lane)
            }
            // A machine without the model renders what is in the store. It is not kept, so that a
            // model that is installed meanwhile is found.
            Err(error) => match store.tracker(&key).filter(|_| request.store) {
                Some(info) => Ok(Arc::new(TrackerLane::new(info, Err(error.into())))),
                None => Err(error.into()),
            },
        }
    }

    /// The lane of the tracker called `tracker` on `device`, if it is open.
    pub fn opened(&self, tracker: &str, device: &str) -> Option<Arc<TrackerLane>> {
        let name = (tracker.to_owned(), device.to_owned());
        let slot = self.slots.lock().get(&name).cloned()?;
        slot.lock().clone()
    }

    /// The lanes of all trackers that are open.
    pub fn all(&self) -> Vec<Arc<TrackerLane>> {
        let slots: Vec<_> = self.slots.lock().values().cloned().collect();
        slots.iter().filter_map(|slot| slot.lock().clone()).collect()
    }

    /// Bytes of the memories of all trackers.
    pub fn memory_bytes(&self) -> usize {
        self.all().iter().map(|lane| lane.memory_bytes()).sum()
    }

    /// Opens a tracker, and says how it goes on where the one `before` ran out of its device's memory: with a
    /// smaller input, then without that device. Objects are tracked one at a time at any rate.
    fn open(
        &self,
        tracker: &str,
        device: &str,
        before: Option<&TrackerLane>,
    ) -> Result<(Box<dyn Tracker>, Option<String>), ModelError> {
        let threads = self.threads.count();
        let open = |name: &str, device: &str| (self.open)(name, device, threads);
        let Some((lane, reason)) = before.and_then(|lane| Some((lane, lane.spent()?))) else {
            return Ok((open(tracker, device)?, None));
        };
        let smaller = lane.smaller.as_deref();
        let (opened, last) = with_less_memory(smaller, |name| open(name, device), || open(tracker, CPU))?;
        let ModelInfo { name, device, .. } = opened.info();
        let how = match last {
            true => format!("on the {device}"),
            false => format!("with {name} and its smaller input"),
        };
        Ok((opened, Some(format!("{reason}: tracking {how} from here on"))))
    }
}

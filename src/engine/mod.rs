//! Prompts, objects, the propagation plan, memory checkpoints and the track store.

mod beliefs;
mod compose;
mod detect;
mod digest;
mod disk;
mod edge;
mod entry;
mod error;
mod footage;
#[doc(hidden)]
pub mod fuzzing;
mod lane;
mod load;
mod opened;
mod plan;
mod pool;
mod process;
mod record;
mod resolve;
mod scratch;
mod states;
mod store;
#[cfg(test)]
mod tests;
mod track;
mod trust;
mod writer;

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;

use self::detect::Detectors;
use self::digest::{Digest, Recipe};
use self::edge::{Edges, Finish, Nearby};
use self::footage::Footages;
use self::lane::Lane;
use self::load::Plans;
use self::opened::with_less_memory;
use self::pool::Pool;
use self::store::Store;
use self::track::{Traced, TrackJob};
use self::trust::Budget;
use crate::job::prompts::Prompts;
use crate::job::{
    Device, EdgeSettings, EngineSettings, FrameSource, FrameState, JobError, ModelInfo, Note, ObjectMatte,
    Request, TrackedFrame,
};
use crate::models::{self, ModelError, Tracker};
pub use process::{environment, graph_time, on_overdue, set_bundle};

/// Frames of which is told at once what is known.
const MOST_SURVEYED: usize = 100_000;

/// The device that has the memory of the machine.
const CPU: &str = "cpu";

/// Threads of inference that are taken unasked: beyond it a model of this kind gains little, and a
/// host has other uses for its processors.
const MOST_THREADS: usize = 8;

/// Opens the tracker of a name on a device with so many threads.
type Opener = dyn Fn(&str, &str, usize) -> Result<Box<dyn Tracker>, ModelError> + Send + Sync;

/// Lanes by tracker and device. Each slot is filled by the first thread that needs it, while others wait for it alone.
type Lanes = HashMap<(String, String), Arc<Mutex<Option<Arc<Lane>>>>>;

/// Tracks objects through footage; shared by all threads.
pub struct Engine {
    settings: EngineSettings,
    open: Box<Opener>,
    lanes: Mutex<Lanes>,
    store: Store,
    footages: Footages,
    budget: Mutex<Budget>,
    plans: Plans,
    pool: Pool,
    edges: Edges,
    detectors: Detectors,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl Engine {
    /// An engine that has done nothing yet.
    #[must_use]
    pub fn new(settings: EngineSettings) -> Self {
        Self::with_trackers(settings, open)
    }

    /// An engine that opens its trackers by `open`, which is given name, device and threads.
    pub fn with_trackers(
        settings: EngineSettings,
        open: impl Fn(&str, &str, usize) -> Result<Box<dyn Tracker>, ModelError> + Send + Sync + 'static,
    ) -> Self {
        Self {
            store: Store::new(&settings),
            settings,
            open: Box::new(open),
            lanes: Mutex::default(),
            footages: Footages::default(),
            budget: Mutex::default(),
            plans: Plans::default(),
            pool: Pool::default(),
            edges: Edges::default(),
            detectors: Detectors::default(),
        }
    }

    /// All objects of `request` in the frame at `time`. Frames are taken from `source` on the
    /// calling thread, and no lock is held meanwhile.
    ///
    /// # Errors
    /// [`JobError`] by who must act.
    pub fn track(
        &self,
        request: &Request,
        time: i64,
        source: &mut dyn FrameSource,
        notes: &mut dyn FnMut(Note),
    ) -> Result<TrackedFrame, JobError> {
        let prompts = checked(request, time)?;
        let mut nearby = Nearby::new(source, time, prompts.reach(&request.edge));
        let tracked = self.tracked(request, &prompts, time, &mut nearby, notes)?;
        let edges: Vec<EdgeSettings> =
            (0..prompts.objects.len()).map(|i| prompts.edge(i, &request.edge).into_owned()).collect();
        if edges.iter().all(EdgeSettings::is_off) {
            return Ok(tracked);
        }
        let (source, prompts, edges) = (&mut nearby, &*prompts, &edges[..]);
        Finish { engine: self, request, prompts, edges, source, notes, time }.run(tracked)
    }

    /// All objects in the frame at `time` with the edges that their trackers give them.
    fn tracked(
        &self,
        request: &Request,
        prompts: &Prompts,
        time: i64,
        source: &mut dyn FrameSource,
        notes: &mut dyn FnMut(Note),
    ) -> Result<TrackedFrame, JobError> {
        self.detectors.let_go();
        let mut found: HashMap<String, Traced> = HashMap::new();
        let mut tracker = None;
        for part in parts(request, prompts) {
            let lane = self.lane(request, part.tracker)?;
            if let Some(note) = &lane.info.note {
                notes(Note::Warning(note.clone()));
            }
            let (objects, info) = TrackJob::new(self, request, part, lane, time, source, notes)?.run()?;
            found.extend(objects.into_iter().map(|o| (o.matte.name.clone(), o)));
            tracker.get_or_insert(info);
        }
        let (mut objects, mut fixed) = (Vec::new(), Vec::new());
        for object in &prompts.objects {
            let there = found.remove(&object.name);
            fixed.push(there.as_ref().is_some_and(|f| f.fixed));
            objects.push(there.map_or_else(|| absent(request, &object.name), |f| f.matte));
        }
        compose::resolve_overlaps(&mut objects, &fixed, request.overlap);
        // Where nothing is shown nothing tracks.
        let idle = || ModelInfo {
            name: request.tracker.clone(),
            version: String::new(),
            device: request.device.clone(),
            note: None,
        };
        Ok(TrackedFrame { objects, tracker: tracker.unwrap_or_else(idle) })
    }

    /// What is known of the frames from `first` to `last`. Nothing is computed; the frame at `time`, and others that
    /// tell which footage it is, are taken from `source`.
    ///
    /// # Errors
    /// [`JobError`] by who must act.
    pub fn known(
        &self,
        request: &Request,
        time: i64,
        (first, last): (i64, i64),
        source: &mut dyn FrameSource,
    ) -> Result<Vec<FrameState>, JobError> {
        let prompts = checked(request, time)?;
        let (first, last) = (first.max(request.first), last.min(request.last));
        let frames = usize::try_from(last.saturating_sub(first).saturating_add(1)).unwrap_or(0);
        if frames > MOST_SURVEYED {
            return Err(JobError::User(format!(
                "what is known of {frames} frames is asked for, {MOST_SURVEYED} are the most"
            )));
        }
        let mut states = vec![FrameState { tracked: true, pinned: false }; frames];
        let parts = parts(request, &prompts);
        if parts.is_empty() {
            states.iter_mut().for_each(|s| s.tracked = false);
        }
        let mut nearby = Nearby::new(source, time, 0);
        for part in parts {
            let lane = self.lane(request, part.tracker)?;
            let nobody = &mut |_| {};
            let session = TrackJob::new(self, request, part, lane, time, &mut nearby, nobody)?;
            for (state, part) in states.iter_mut().zip(session.survey((first, last))?) {
                state.tracked &= part.tracked;
                state.pinned |= part.pinned;
            }
        }
        Ok(states)
    }

    /// Does what is left to be done for the frames that were tracked with the trackers of `request`: they
    /// learn from them. Nobody has to wait for it; a frame that is asked for meanwhile does.
    pub fn settle(&self, request: &Request) {
        let Ok(prompts) = load::checked(request) else { return };
        for part in parts(request, &prompts) {
            let name = (part.tracker.to_owned(), request.device.clone());
            let slot = self.lanes.lock().get(&name).cloned();
            let Some(lane) = slot.and_then(|slot| slot.lock().clone()) else { continue };
            for (digest, memory) in lane.settle() {
                if request.store {
                    // A folder that cannot be written to is told with the next frame's matte.
                    let _ = self.store.put_memory(digest, memory);
                }
            }
        }
    }

    /// Removes from the store what sessions have left that were ended while they wrote.
    pub fn tidy(&self) {
        self.store.tidy();
    }

    /// Waits until the store is written, as it is when the engine is gone.
    #[cfg(test)]
    pub fn flush(&self) {
        self.store.flush();
    }

    /// Bytes held in memory by tracks: compressed mattes and memories of trackers.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        let slots: Vec<_> = self.lanes.lock().values().cloned().collect();
        let lanes = slots.iter().filter_map(|slot| slot.lock().clone());
        self.store.memory_bytes()
            + self.edges.memory_bytes()
            + lanes.map(|lane| lane.memory_bytes()).sum::<usize>()
    }

    /// Threads of inference.
    fn threads(&self) -> usize {
        match self.settings.threads {
            0 => std::thread::available_parallelism().map_or(1, |n| n.get().min(MOST_THREADS)),
            asked => asked,
        }
    }

    /// The lane of the tracker called `named` on the device of `request`, opened when it is first asked for.
    fn lane(&self, request: &Request, named: &str) -> Result<Arc<Lane>, JobError> {
        let name = (named.to_owned(), request.device.clone());
        let slot = Arc::clone(self.lanes.lock().entry(name).or_default());
        let mut slot = slot.lock();
        if let Some(lane) = slot.as_ref().filter(|l| !l.broken()) {
            return Ok(Arc::clone(lane));
        }
        let spent = slot.as_ref().and_then(|lane| Some((lane.spent()?, lane.smaller.clone())));
        let asked = asked_for(named, &request.device);
        let threads = self.threads();
        // After it ran out of its device's memory it goes on with a smaller input, then without that
        // device. Objects are tracked one at a time at any rate.
        let open = |name: &str, device: &str| (self.open)(name, device, threads);
        let opened = match spent {
            None => open(named, &request.device).map(|tracker| (tracker, None)),
            Some((reason, smaller)) => {
                let less = with_less_memory(
                    smaller.as_deref(),
                    |name| open(name, &request.device),
                    || open(named, CPU),
                );
                less.map(|(tracker, last)| {
                    let ModelInfo { name, device, .. } = tracker.info();
                    let how = match last {
                        true => format!("on the {device}"),
                        false => format!("with {name} and its smaller input"),
                    };
                    (tracker, Some(format!("{reason}: tracking {how} from here on")))
                })
            }
        };
        match opened {
            Ok((tracker, note)) => {
                let mut info = tracker.info();
                info.note = note.or(info.note);
                if request.store {
                    self.store.put_tracker_identity(&asked, &identity(&info));
                }
                let lane = Arc::new(Lane::new(info, Ok(tracker)));
                *slot = Some(Arc::clone(&lane));
                Ok(lane)
            }
            // A machine without the model renders what is in the store. It is not kept, so that a
            // model that is installed meanwhile is found.
            Err(error) => {
                let known = self.store.tracker_identity(&asked).filter(|_| request.store);
                match known.and_then(|bytes| identified(&bytes)) {
                    Some(info) => Ok(Arc::new(Lane::new(info, Err(error.into())))),
                    None => Err(error.into()),
                }
            }
        }
    }
}

/// Checks what can be checked of a request without its frames; gives its prompts.
fn checked(request: &Request, time: i64) -> Result<Arc<Prompts>, JobError> {
    if !(request.first..=request.last).contains(&time) {
        return Err(JobError::Host(format!(
            "frame {time} is asked for, the footage has frames {} to {}",
            request.first, request.last
        )));
    }
    let prompts = load::checked(request)?;
    match request.device.parse::<Device>() {
        Ok(_) => Ok(prompts),
        Err(unknown) => Err(JobError::User(unknown.to_string())),
    }
}

/// The objects that one tracker tracks.
struct Part<'a> {
    /// By which it is asked for.
    tracker: &'a str,
    /// Their names.
    objects: Vec<&'a str>,
}

/// The objects that are shown and of which something is said, by their trackers in the order in which these come.
fn parts<'a>(request: &'a Request, prompts: &'a Prompts) -> Vec<Part<'a>> {
    let mut parts: Vec<Part> = Vec::new();
    for (i, object) in prompts.objects.iter().enumerate() {
        let said = !object.prompts.is_empty() || i == 0 && request.mask_frame.is_some();
        if !said || !prompts.shows(i) {
            continue;
        }
        let tracker = object.tracker.as_deref().unwrap_or(&request.tracker);
        match parts.iter_mut().find(|p| p.tracker == tracker) {
            Some(part) => part.objects.push(&object.name),
            None => parts.push(Part { tracker, objects: vec![&object.name] }),
        }
    }
    parts
}

/// An object that is in no frame: it is hidden, or nothing is said of it.
fn absent(request: &Request, name: &str) -> ObjectMatte {
    let record = compose::absent(request.width, request.height);
    ObjectMatte {
        name: name.to_owned(),
        matte: record.matte,
        confidence: record.confidence,
        pinned: false,
        present: false,
        trimap: None,
        blur: None,
    }
}

/// By what the identity of a tracker is known.
fn asked_for(tracker: &str, device: &str) -> Digest {
    Recipe::new("tracker asked for").text(tracker).text(device).done()
}

fn identity(info: &ModelInfo) -> Vec<u8> {
    serde_json::json!([info.name, info.version, info.device]).to_string().into_bytes()
}

fn identified(bytes: &[u8]) -> Option<ModelInfo> {
    let (name, version, device) = serde_json::from_slice(bytes).ok()?;
    Some(ModelInfo { name, version, device, note: None })
}

/// The trackers that there are.
fn open(name: &str, device: &str, threads: usize) -> Result<Box<dyn Tracker>, ModelError> {
    models::open(name, device.parse()?, threads)
}

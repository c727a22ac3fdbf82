//! A tracker that never forgets and footage that can be changed.

use std::any::Any;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::engine::Engine;
use crate::job::prompts::FramePrompt;
use crate::job::{ConfidenceMap, ModelInfo};
use crate::job::{
    EngineSettings, FrameSource, JobError, Note, Provenance, Request, Run, SourceError, Stamp, TrackedFrame,
};
use crate::models::{Embedding, Memory, Model, ModelError, Prediction, Tracker};
use crate::raster::{Frame, Matte};

pub const WIDTH: u32 = 16;
pub const HEIGHT: u32 = 12;

/// Mixes two numbers well.
fn mix(a: u64, b: u64) -> u64 {
    let mut z = (a ^ b.rotate_left(32)).wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

fn hash(bytes: impl IntoIterator<Item = u8>) -> u64 {
    bytes.into_iter().fold(1, |h, b| mix(h, u64::from(b)))
}

fn hash_matte(matte: &Matte) -> u64 {
    hash(matte.data().iter().flat_map(|v| v.to_le_bytes()))
}

/// The pixels that a history gives.
fn matte(size: (u32, u32), history: u64) -> Matte {
    let data = (0..u64::from(size.0 * size.1)).map(|i| (mix(history, i) % 256) as f32 / 255.0).collect();
    Matte::new(size.0, size.1, data).expect("the size")
}

/// Its memory is the hash of all frames that it was given, in order.
struct History(u64);

impl Memory for History {
    fn boxed_clone(&self) -> Box<dyn Memory> {
        Box::new(Self(self.0))
    }
    fn bytes(&self) -> usize {
        8
    }
    fn save(&self) -> Option<Vec<u8>> {
        Some(self.0.to_le_bytes().to_vec())
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }
}

/// How often each call was made.
#[derive(Default)]
pub struct Counts {
    pub embed: AtomicU64,
    pub segment: AtomicU64,
    pub propagate: AtomicU64,
}

pub struct Elephant(pub Arc<Counts>);

struct Seen {
    size: (u32, u32),
    hash: u64,
}

fn seen(embedding: &Embedding) -> &Seen {
    embedding.downcast_ref().expect("our own")
}

impl Model for Elephant {
    fn info(&self) -> ModelInfo {
        ModelInfo { name: "elephant".into(), version: "1".into(), device: "CPU".into(), note: None }
    }
}

impl Tracker for Elephant {
    fn embed(&mut self, frame: &Arc<Frame>) -> Result<Embedding, ModelError> {
        self.0.embed.fetch_add(1, Ordering::Relaxed);
        assert!(frame.pixel(0, 0) != [255, 0, 255], "magenta is not for elephants");
        let size = (frame.width(), frame.height());
        Ok(Arc::new(Seen { size, hash: hash(frame.data().iter().copied()) }))
    }

    fn segment(
        &mut self,
        embedding: &Embedding,
        prompt: &FramePrompt,
        earlier: Option<&Matte>,
    ) -> Result<Prediction, ModelError> {
        self.0.segment.fetch_add(1, Ordering::Relaxed);
        let seen = seen(embedding);
        let mut provenance = hash(format!("{:?} {:?}", prompt.points, prompt.bounds).bytes());
        provenance = mix(provenance, earlier.map_or(0, hash_matte));
        provenance = mix(provenance, prompt.mask.as_ref().map_or(0, hash_matte));
        let state = mix(seen.hash, provenance);
        let found = prompt.mask.clone().unwrap_or_else(|| matte(seen.size, state));
        let state = Some(Arc::new(state) as _);
        Ok(Prediction { present: true, state, ..Prediction::new(found, 0.9) })
    }

    fn memory(&self, _frames: Option<usize>) -> Box<dyn Memory> {
        Box::new(History(0))
    }

    fn restore(&self, saved: &[u8]) -> Option<Box<dyn Memory>> {
        Some(Box::new(History(u64::from_le_bytes(saved.try_into().ok()?))))
    }

    fn remember(
        &mut self,
        memory: &mut dyn Memory,
        time: i64,
        embedding: &Embedding,
        found: &Prediction,
        prompted: bool,
    ) -> Result<(), ModelError> {
        let history = memory.as_any_mut().downcast_mut::<History>().expect("our own");
        let state = found.state.as_ref().and_then(|s| s.downcast_ref::<u64>()).copied();
        let parts = [seen(embedding).hash, time as u64, hash_matte(&found.matte), u64::from(prompted)];
        history.0 = parts.into_iter().chain(state).fold(history.0, mix);
        Ok(())
    }

    fn propagate(
        &mut self,
        memory: &dyn Memory,
        time: i64,
        embedding: &Embedding,
    ) -> Result<Prediction, ModelError> {
        self.0.propagate.fetch_add(1, Ordering::Relaxed);
        let history = memory.as_any().downcast_ref::<History>().expect("our own").0;
        let seen = seen(embedding);
        let state = mix(mix(history, time as u64), seen.hash);
        let confidence = (state % 1000) as f32 / 1000.0;
        Ok(Prediction {
            matte: matte(seen.size, state),
            confidence,
            confidence_map: ConfidenceMap::new(3, 2, &state.to_le_bytes()[..6]).ok(),
            present: true,
            state: Some(Arc::new(state)),
            carried: None,
        })
    }
}

/// Footage of noise, one picture a seed.
#[derive(Clone)]
pub struct Noise {
    pub seed: u64,
    /// Frames that are another picture than the seed gives.
    pub changed: HashMap<i64, u64>,
    pub masks: HashMap<i64, Matte>,
    /// Frames whose mask was fetched, in order.
    pub looked: Vec<i64>,
    /// The number of masks after which the render is stopped.
    pub stop_after_masks: usize,
    /// Frames that cannot be had.
    pub missing: Vec<i64>,
    /// The only frame that can be had, for hosts without temporal access.
    pub only: Option<i64>,
    pub size: (u32, u32),
    /// What was fetched, in order.
    pub fetched: Vec<i64>,
    /// The number of fetches after which the render is stopped.
    pub stop_after: usize,
    /// Whether its frames have stamps, as those of files have.
    pub stamped: bool,
    /// Frames of which it cannot be told now whether they are as they were.
    pub unsettled: Vec<i64>,
    /// The name that a host gives all of its pictures, with their time; none for no names.
    pub name: Option<u64>,
    /// The render that frames are asked for, 0 for none.
    pub run: u64,
    /// The first and the last frame of it, where that is said.
    pub rendered: Option<(i64, i64)>,
    /// First and last frame of which stamps were asked for, in order.
    pub asked: Vec<(i64, i64)>,
}

impl Noise {
    /// What a picture is made of.
    fn picture(&self, time: i64) -> u64 {
        mix(self.changed.get(&time).copied().unwrap_or(self.seed), time as u64)
    }

    fn stamp(&self, time: i64) -> Option<Stamp> {
        let settled = self.stamped && !self.unsettled.contains(&time);
        settled.then(|| Stamp(*blake3::hash(&self.picture(time).to_le_bytes()).as_bytes()))
    }

    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            changed: HashMap::new(),
            masks: HashMap::new(),
            looked: Vec::new(),
            stop_after_masks: usize::MAX,
            missing: Vec::new(),
            only: None,
            size: (WIDTH, HEIGHT),
            fetched: Vec::new(),
            stop_after: usize::MAX,
            stamped: true,
            unsettled: Vec::new(),
            name: None,
            run: 0,
            rendered: None,
            asked: Vec::new(),
        }
    }
}

impl FrameSource for Noise {
    fn frame(&mut self, time: i64) -> Result<Arc<Frame>, SourceError> {
        self.fetched.push(time);
        if self.only.is_some_and(|only| only != time) {
            return Err(SourceError::OnlyCurrent);
        }
        if self.missing.contains(&time) {
            return Err(SourceError::Failed(format!("frame {time} is not there")));
        }
        let seed = self.picture(time);
        let count = u64::from(self.size.0 * self.size.1 * 3);
        let data = (0..count).map(|i| (mix(seed, i) % 250) as u8).collect();
        Ok(Arc::new(Frame::new(self.size.0, self.size.1, data).expect("the size")))
    }

    fn mask(&mut self, time: i64) -> Result<Option<Matte>, SourceError> {
        self.looked.push(time);
        if self.only.is_some_and(|only| only != time) {
            return Err(SourceError::OnlyCurrent);
        }
        Ok(self.masks.get(&time).cloned())
    }

    fn aborted(&mut self) -> bool {
        self.fetched.len() > self.stop_after || self.looked.len() > self.stop_after_masks
    }

    fn provenance(&mut self, time: i64) -> Provenance {
        let name =
            self.name.map(|name| Stamp(*blake3::hash(&mix(name, time as u64).to_le_bytes()).as_bytes()));
        Provenance { stamp: self.stamp(time), name }
    }

    fn stamps(&mut self, (first, last): (i64, i64)) -> Result<Vec<Option<Stamp>>, SourceError> {
        self.asked.push((first, last));
        Ok(if self.stamped { (first..=last).map(|time| self.stamp(time)).collect() } else { Vec::new() })
    }

    fn mask_stamps(&mut self, (first, last): (i64, i64)) -> Result<Vec<Option<Stamp>>, SourceError> {
        let stamp = |time: i64| {
            let mask = self.masks.get(&time).map_or(0, hash_matte);
            Some(Stamp(*blake3::hash(&mask.to_le_bytes()).as_bytes()))
        };
        Ok(if self.stamped { (first..=last).map(stamp).collect() } else { Vec::new() })
    }

    fn run(&self) -> Run {
        Run { id: self.run, frames: self.rendered }
    }
}

pub struct Rig {
    pub engine: Engine,
    pub counts: Arc<Counts>,
    pub notes: parking_lot::Mutex<Vec<Note>>,
}

impl Rig {
    pub fn new(cache: Option<&Path>) -> Self {
        Self::with_memory(cache, 1 << 20)
    }

    pub fn with_memory(cache: Option<&Path>, memory_limit: usize) -> Self {
        let counts = Arc::new(Counts::default());
        let settings = EngineSettings {
            cache: cache.map(Path::to_owned),
            memory_limit,
            disk_limit: 1 << 30,
            threads: 1,
        };
        let for_tracker = Arc::clone(&counts);
        let engine = Engine::with_trackers(settings, move |name, _, _| match name {
            "none" => Err(ModelError::Runtime("there is no library".into())),
            _ => Ok(Box::new(Elephant(Arc::clone(&for_tracker)))),
        });
        Self { engine, counts, notes: parking_lot::Mutex::default() }
    }

    pub fn track(&self, request: &Request, time: i64, source: &mut Noise) -> Result<TrackedFrame, JobError> {
        self.engine.track(request, time, source, &mut |note| self.notes.lock().push(note))
    }

    /// All frames in `order`, as bytes that tell any difference, in order of time.
    pub fn render(
        &self,
        request: &Request,
        order: impl IntoIterator<Item = i64>,
        source: &mut Noise,
    ) -> Vec<Vec<u8>> {
        let mut frames: Vec<(i64, Vec<u8>)> = order
            .into_iter()
            .map(|time| (time, bytes(&self.track(request, time, source).expect("tracked"))))
            .collect();
        frames.sort();
        frames.into_iter().map(|(_, bytes)| bytes).collect()
    }

    pub fn propagated(&self) -> u64 {
        self.counts.propagate.load(Ordering::Relaxed)
    }

    pub fn warnings(&self) -> Vec<String> {
        let warning = |note: Note| match note {
            Note::Warning(text) => Some(text),
            Note::Info(_) | Note::Trusted { .. } | Note::Progress { .. } => None,
        };
        self.notes.lock().drain(..).filter_map(warning).collect()
    }
}

pub fn bytes(frame: &TrackedFrame) -> Vec<u8> {
    let mut bytes = Vec::new();
    for object in &frame.objects {
        bytes.extend(object.name.bytes());
        bytes.extend(object.matte.data().iter().flat_map(|v| v.to_le_bytes()));
        bytes.extend(object.confidence.to_le_bytes());
        bytes.extend(object.confidence_map.iter().flat_map(|map| map.cells().iter().copied()));
        bytes.extend([u8::from(object.pinned), u8::from(object.present)]);
    }
    bytes
}

/// What a text of prompts says.
pub fn parsed(prompts: &str) -> std::sync::Arc<crate::job::prompts::Prompts> {
    std::sync::Arc::new(crate::job::prompts::parse(prompts).expect("prompts"))
}

pub fn request(prompts: &str, last: i64) -> Request {
    Request {
        prompts: parsed(prompts),
        tracker: "elephant".into(),
        width: WIDTH,
        height: HEIGHT,
        first: 0,
        last,
        ..Request::default()
    }
}

/// One object with prompts.
pub fn object(name: &str, prompts: &[String]) -> String {
    format!(r#"{{"name":"{name}","prompts":[{}]}}"#, prompts.join(","))
}

pub fn objects(all: &[String]) -> String {
    format!(r#"{{"objects":[{}]}}"#, all.join(","))
}

pub fn one(prompts: &[String]) -> String {
    objects(&[object("dog", prompts)])
}

pub fn a_box(frame: i64) -> String {
    format!(r#"{{"frame":{frame},"box":[2,2,9,8]}}"#)
}

pub fn a_point(frame: i64, x: i64) -> String {
    format!(r#"{{"frame":{frame},"point":[{x},3]}}"#)
}

/// All files in a folder and in those in it.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let list = |p: &Path| std::fs::read_dir(p).expect("a folder").map(|e| e.expect("an entry").path());
    list(folder).flat_map(|p| if p.is_dir() { files(&p) } else { vec![p] }).collect()
}

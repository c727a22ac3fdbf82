//! One tracker at work: the only place where results are computed.
//!
//! A lane takes one step at a time under its lock and never waits for a frame: when it lacks one it
//! says so, and the thread that asked fetches it from its own host with no lock held. So threads
//! share their work, and none can wait for another's host.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;

use super::compose;
use super::digest::{Digest, Recipe};
use super::plan::Anchors;
use super::record::Record;
use super::resolve::{self, Chain, Reach, Resolver, Unknown};
use super::states::States;
use crate::job::{JobError, ModelInfo, Propagation};
use crate::models::{Embedding, Memory, ModelError, Prediction, Tracker};
use crate::raster::Frame;

/// Embeddings kept: one for each direction, the keyframe's, and one for another thread. At 1024
/// pixels they have 17 MB each.
const EMBEDDINGS: usize = 4;
/// Keyframes kept, compressed: those of 16 objects between two keyframes, twice.
const KEYFRAMES: usize = 64;
/// A memory in so many is saved on disk: what a frame costs at most that another session reached.
const SAVED_EVERY: usize = 16;
/// Goals of which it is remembered that the disk was searched for them.
const SEARCHED: usize = 64;

/// What a result is computed towards.
#[derive(Debug, Clone)]
pub enum Goal {
    /// The keyframe of a node.
    Key(usize),
    /// A result along a chain.
    Chain(Reach),
}

/// Why a step was not taken.
#[derive(Debug)]
pub enum StepError {
    /// The pixels of this frame are needed.
    Frame(i64),
    /// The tracker's device has too little memory: another lane of it is to be taken.
    OutOfMemory(String),
    /// It cannot be done.
    Failed(JobError),
}

impl From<JobError> for StepError {
    fn from(error: JobError) -> Self {
        Self::Failed(error)
    }
}

impl From<ModelError> for StepError {
    fn from(error: ModelError) -> Self {
        match error {
            ModelError::OutOfMemory { .. } => Self::OutOfMemory(error.to_string()),
            other => Self::Failed(other.into()),
        }
    }
}

/// What the lane may use while it takes a step.
pub struct StepInputs<'a> {
    /// Of each object.
    pub resolvers: &'a [Resolver<'a>],
    /// The pixels of a frame, where they are at hand.
    pub pixels: &'a dyn Fn(i64) -> Option<Arc<Frame>>,
    /// A result that is kept; none when it is not.
    pub load: &'a dyn Fn(&Digest) -> Option<Arc<Record>>,
    /// Keeps a result.
    pub keep: &'a dyn Fn(Digest, Record),
    /// The memory that an earlier session saved after a result.
    pub restore: &'a dyn Fn(&Digest) -> Option<Vec<u8>>,
    /// Saves the memory after a result.
    pub save: &'a dyn Fn(Digest, &dyn Memory),
}

/// One tracker.
pub struct Lane {
    /// Name, version, device.
    pub info: ModelInfo,
    /// The tracker to go on with where there is too little memory for this one.
    pub smaller: Option<String>,
    /// Of all three: part of what every result is known by.
    pub digest: Digest,
    broken: AtomicBool,
    /// How its device ran out of memory.
    spent: Mutex<Option<String>>,
    work: Mutex<Work>,
}

struct Work {
    tracker: Result<Box<dyn Tracker>, JobError>,
    embeddings: VecDeque<(Digest, Embedding)>,
    keyframes: VecDeque<(Digest, KeptPrediction)>,
    states: States,
    searched: VecDeque<Digest>,
    /// Frames that were answered before the tracker learned from them.
    pending: Vec<Pending>,
    /// What went wrong with one of them.
    late: Option<StepError>,
}

/// A step of a walk that was taken but for what the next step needs of it.
struct Pending {
    chain: Digest,
    /// Steps along the chain, this one included.
    distance: usize,
    result: Digest,
    time: i64,
    embedding: Embedding,
    found: Prediction,
    memory: Box<dyn Memory>,
}

/// A prediction with its matte compressed.
struct KeptPrediction {
    bytes: Vec<u8>,
    state: Option<Arc<dyn std::any::Any + Send + Sync>>,
}

/// The next thing to do towards a goal, all of it in one frame.
enum Action {
    Segment {
        object: usize,
        node: usize,
    },
    /// A keyframe is put into the memory that a walk begins with, after so many others.
    Begin {
        object: usize,
        reach: Reach,
        told: usize,
    },
    Propagate {
        object: usize,
        reach: Reach,
        at: usize,
    },
    /// The walk comes by a keyframe.
    Pass {
        object: usize,
        node: usize,
        reach: Reach,
        at: usize,
    },
}

/// By what the memory is known that a walk begins with, when it was told of `told` of its keyframes.
fn beginning(chain: &Chain, told: usize, of: usize) -> Digest {
    if told == of {
        return chain.id;
    }
    Recipe::new("beginning").digest(&chain.id).number(told as i64).done()
}

impl Action {
    fn time(&self, inputs: &StepInputs) -> i64 {
        match self {
            Self::Segment { object, node } => inputs.resolvers[*object].plan.keyframes[*node].time,
            Self::Begin { object, reach, told } => {
                let plan = inputs.resolvers[*object].plan;
                let next = plan.remembered(reach.chain.key).get(*told).copied();
                next.map_or(reach.chain.from, |node| plan.keyframes[node].time)
            }
            Self::Propagate { reach, at, .. } | Self::Pass { reach, at, .. } => reach.chain.time(at + 1),
        }
    }

    /// What it makes, so that it is made once.
    fn what(&self, inputs: &StepInputs) -> Option<Digest> {
        match self {
            Self::Segment { object, node } => inputs.resolvers[*object].key(*node).ok(),
            Self::Begin { reach, .. } => Some(reach.chain.id),
            Self::Propagate { object, reach, at } | Self::Pass { object, reach, at, .. } => {
                inputs.resolvers[*object].result(&reach.chain, at + 1)
            }
        }
    }

    fn backward(&self) -> bool {
        matches!(self, Self::Propagate { reach, .. } | Self::Pass { reach, .. } if reach.chain.step < 0)
    }

    /// Steps that are left, this one included.
    fn left(&self) -> usize {
        match self {
            Self::Segment { .. } => 1,
            Self::Begin { reach, .. } => reach.length,
            Self::Propagate { reach, at, .. } | Self::Pass { reach, at, .. } => reach.length - at,
        }
    }
}

impl Lane {
    /// A lane of `tracker`; of an error where it cannot be opened but is known from the store.
    pub fn new(info: ModelInfo, tracker: Result<Box<dyn Tracker>, JobError>) -> Self {
        let digest = Recipe::new("tracker").text(&info.name).text(&info.version).text(&info.device).done();
        let smaller = tracker.as_ref().ok().and_then(|tracker| tracker.smaller());
        let work = Work {
            tracker,
            embeddings: VecDeque::new(),
            keyframes: VecDeque::new(),
            states: States::default(),
            searched: VecDeque::new(),
            pending: Vec::new(),
            late: None,
        };
        Self {
            info,
            smaller,
            digest,
            broken: AtomicBool::new(false),
            spent: Mutex::default(),
            work: Mutex::new(work),
        }
    }

    /// Whether its tracker panicked or is [`Self::spent`], so that another must be opened.
    pub fn broken(&self) -> bool {
        self.broken.load(Ordering::Relaxed) || self.spent.lock().is_some()
    }

    /// How the tracker's device ran out of memory, if it did.
    pub fn spent(&self) -> Option<String> {
        self.spent.lock().clone()
    }

    /// Bytes of the memories that it keeps.
    pub fn memory_bytes(&self) -> usize {
        self.work.lock().states.bytes()
    }

    /// Has the tracker learn from the frames that were answered. Gives the memories that are to be saved
    /// on disk. What goes wrong is told with the next step.
    pub fn settle(&self) -> Vec<(Digest, Vec<u8>)> {
        let mut work = self.work.lock();
        let mut saved = Vec::new();
        if self.broken() || work.pending.is_empty() {
            return saved;
        }
        let settle = std::panic::AssertUnwindSafe(|| {
            work.settle(&mut |digest, memory| saved.extend(memory.save().map(|bytes| (digest, bytes))))
        });
        match std::panic::catch_unwind(settle) {
            Ok(done) => work.late = done.err(),
            Err(_) => self.broken.store(true, Ordering::Relaxed),
        }
        saved
    }

    /// Takes one step towards `goals`, each with the index of its object: one frame, all objects
    /// that are at it. Gives the number of steps that were left before it.
    pub fn step(&self, goals: &[(usize, Goal)], inputs: &StepInputs) -> Result<usize, StepError> {
        let mut work = self.work.lock();
        if let Some(reason) = self.spent() {
            return Err(StepError::OutOfMemory(reason));
        }
        if self.broken() {
            return Err(JobError::Internal(format!("tracker {} panicked before", self.info.name)).into());
        }
        let step = std::panic::AssertUnwindSafe(|| match work.step(&self.info.name, goals, inputs) {
            Err(StepError::OutOfMemory(_)) => {
                // What is kept of other frames may be what is too much.
                work.embeddings.clear();
                work.step(&self.info.name, goals, inputs)
            }
            other => other,
        });
        let stepped = std::panic::catch_unwind(step).unwrap_or_else(|panic| {
            // Its state may be anything; the next request opens it anew.
            self.broken.store(true, Ordering::Relaxed);
            let said = panic
                .downcast_ref::<&str>()
                .map(|s| (*s).to_owned())
                .or_else(|| panic.downcast_ref::<String>().cloned())
                .unwrap_or_else(|| "no message".into());
            Err(JobError::Internal(format!("tracker {} panicked: {said}", self.info.name)).into())
        });
        match stepped {
            // There is no other memory to go to.
            Err(StepError::OutOfMemory(reason)) if self.info.device.eq_ignore_ascii_case("cpu") => {
                Err(JobError::Model(reason).into())
            }
            Err(StepError::OutOfMemory(reason)) => {
                *self.spent.lock() = Some(reason.clone());
                // Room for the one that follows, and for the host.
                work.let_go();
                Err(StepError::OutOfMemory(reason))
            }
            other => other,
        }
    }
}

impl Work {
    /// Drops the tracker and all that it holds on its device.
    fn let_go(&mut self) {
        self.tracker = Err(JobError::Internal("the tracker was let go".into()));
        self.embeddings.clear();
        self.keyframes.clear();
        self.states = States::default();
        self.pending.clear();
    }

    /// Learns from the frames that were answered; `save` is given what belongs on disk.
    fn settle(&mut self, save: &mut dyn FnMut(Digest, &dyn Memory)) -> Result<(), StepError> {
        for Pending { chain, distance, result, time, embedding, found, mut memory } in
            std::mem::take(&mut self.pending)
        {
            self.tracker()?.remember(memory.as_mut(), time, &embedding, &found, false)?;
            self.walked((chain, distance), result, memory, save);
        }
        Ok(())
    }

    fn step(&mut self, name: &str, goals: &[(usize, Goal)], inputs: &StepInputs) -> Result<usize, StepError> {
        if let Some(halt) = self.late.take() {
            return Err(halt);
        }
        self.settle(&mut |digest, memory| (inputs.save)(digest, memory))?;
        let mut actions = Vec::with_capacity(goals.len());
        // Two goals may want the same step: objects of equal prompts, a correction and its track.
        let mut found = HashSet::new();
        for (object, goal) in goals {
            // Another thread may have computed it while this one waited.
            let resolver = &inputs.resolvers[*object];
            let result = match goal {
                Goal::Key(node) => resolver.key(*node).ok(),
                Goal::Chain(reach) => Some(reach.wanted),
            };
            if result.is_some_and(|r| (resolver.kept)(&r)) {
                continue;
            }
            let action = self.next(*object, goal.clone(), inputs)?;
            if found.insert(action.what(inputs)) {
                actions.push(action);
            }
        }
        let left = actions.iter().map(Action::left).sum();
        // The one that is farthest behind, so that the others join it and share its embedding.
        let forward = actions.iter().filter(|a| !a.backward()).map(|a| a.time(inputs)).min();
        let backward = actions.iter().filter(|a| a.backward()).map(|a| a.time(inputs)).max();
        let Some(time) = forward.or(backward) else { return Ok(0) };
        let embedding = self.embedding(time, inputs)?;
        for action in actions {
            if action.time(inputs) == time {
                self.act(action, name, &embedding, inputs)?;
            }
        }
        Ok(left)
    }

    fn tracker(&mut self) -> Result<&mut Box<dyn Tracker>, StepError> {
        self.tracker.as_mut().map_err(|e| StepError::Failed(e.clone()))
    }

    /// What is to be done next towards `goal`.
    fn next(&mut self, object: usize, goal: Goal, inputs: &StepInputs) -> Result<Action, StepError> {
        self.tracker()?;
        let resolver = &inputs.resolvers[object];
        match goal {
            Goal::Key(node) => {
                let about = &resolver.plan.keyframes[node];
                let Some(earlier) = about.earlier else { return Ok(Action::Segment { object, node }) };
                let reaches = match resolver.around(earlier, about.time) {
                    Ok(reaches) => reaches,
                    Err(Unknown::Frame(time)) => return Err(StepError::Frame(time)),
                    Err(Unknown::Behind(reach)) => return self.next(object, Goal::Chain(reach), inputs),
                    Err(Unknown::Far { time, from }) => return Err(resolve::too_far(time, from).into()),
                };
                for reach in reaches {
                    if (inputs.load)(&reach.wanted).is_none() {
                        return self.next(object, Goal::Chain(reach), inputs);
                    }
                }
                Ok(Action::Segment { object, node })
            }
            Goal::Chain(reach) => {
                let plan = resolver.plan;
                let (node, action) = match self.nearest(object, &reach, inputs)? {
                    Some(at) => match plan.passed(reach.chain.time(at + 1)) {
                        Some(node) => (node, Action::Pass { object, node, reach, at }),
                        None => return Ok(Action::Propagate { object, reach, at }),
                    },
                    None => {
                        let remembered = plan.remembered(reach.chain.key);
                        let mut known = |told: &usize| {
                            let id = beginning(&reach.chain, *told, remembered.len());
                            self.states.nearest(&id, 1, &|_| None).is_some()
                        };
                        let told = (1..remembered.len()).rev().find(&mut known).unwrap_or(0);
                        (remembered[told], Action::Begin { object, reach, told })
                    }
                };
                match resolver.key(node) {
                    Err(Unknown::Frame(time)) => Err(StepError::Frame(time)),
                    Err(Unknown::Behind(behind)) => self.next(object, Goal::Chain(behind), inputs),
                    Err(Unknown::Far { time, from }) => Err(resolve::too_far(time, from).into()),
                    Ok(key) if self.keyframes.iter().any(|(k, _)| *k == key) => Ok(action),
                    Ok(_) => self.next(object, Goal::Key(node), inputs),
                }
            }
        }
    }

    /// How far along the chain there is a memory to go on from; one that is on disk is fetched when
    /// it is much nearer to the goal.
    fn nearest(
        &mut self,
        object: usize,
        reach: &Reach,
        inputs: &StepInputs,
    ) -> Result<Option<usize>, StepError> {
        let chain = &reach.chain;
        let result = |distance: usize| inputs.resolvers[object].result(chain, distance);
        let nearest = self.states.nearest(&chain.id, reach.length, &result);
        let after = nearest.unwrap_or(0) + SAVED_EVERY;
        if after >= reach.length || self.searched.contains(&reach.wanted) {
            return Ok(nearest);
        }
        if self.searched.len() >= SEARCHED {
            self.searched.pop_front();
        }
        self.searched.push_back(reach.wanted);
        for at in (after..reach.length).rev().filter(|at| at.is_multiple_of(SAVED_EVERY)) {
            let Some(result) = result(at) else { continue };
            let Some(saved) = (inputs.restore)(&result) else { continue };
            if let Some(memory) = self.tracker()?.restore(&saved) {
                self.states.put(chain.id, at, result, memory);
                return Ok(Some(at));
            }
        }
        Ok(nearest)
    }

    /// What the tracker gave in a keyframe.
    fn keyframe(&self, resolver: &Resolver, node: usize) -> Result<(Prediction, Record), StepError> {
        let internal = |what: &str| StepError::Failed(JobError::Internal(what.into()));
        let key = resolver.key(node).map_err(|_| internal("a keyframe lost its digest"))?;
        let kept = self.keyframes.iter().find(|(k, _)| *k == key).map(|(_, kept)| kept);
        let kept = kept.ok_or_else(|| internal("a keyframe was dropped too early"))?;
        let record = Record::decode(&kept.bytes, resolver.size.0, resolver.size.1)
            .map_err(|_| internal("a keyframe is damaged"))?;
        let found = Prediction {
            matte: record.matte.clone(),
            confidence: record.confidence,
            present: record.present,
            state: kept.state.clone(),
        };
        Ok((found, record))
    }

    fn embedding(&mut self, time: i64, inputs: &StepInputs) -> Result<Embedding, StepError> {
        let digest = (inputs.resolvers[0].frame)(time).ok_or(StepError::Frame(time))?;
        if let Some(i) = self.embeddings.iter().position(|(d, _)| *d == digest) {
            let found = self.embeddings.remove(i).ok_or(StepError::Frame(time))?;
            let embedding = Arc::clone(&found.1);
            self.embeddings.push_back(found);
            return Ok(embedding);
        }
        let frame = (inputs.pixels)(time).ok_or(StepError::Frame(time))?;
        // Room first: an embedding may be large.
        while self.embeddings.len() >= EMBEDDINGS {
            self.embeddings.pop_front();
        }
        let embedding = self.tracker()?.embed(&frame)?;
        self.embeddings.push_back((digest, Arc::clone(&embedding)));
        Ok(embedding)
    }

    fn act(
        &mut self,
        action: Action,
        name: &str,
        embedding: &Embedding,
        inputs: &StepInputs,
    ) -> Result<(), StepError> {
        let internal = |what: &str| StepError::Failed(JobError::Internal(what.into()));
        match action {
            Action::Segment { object, node } => {
                let resolver = &inputs.resolvers[object];
                let about = &resolver.plan.keyframes[node];
                let key = resolver.key(node).map_err(|_| internal("a keyframe lost its digest"))?;
                let earlier = match about.earlier {
                    None => None,
                    Some(around) => match composed(resolver, around, about.time, inputs)? {
                        Some(record) => Some(Arc::unwrap_or_clone(record).matte),
                        // Lost since it was looked for: the next step computes it.
                        None => return Ok(()),
                    },
                };
                let prompt = about.whole_prompt().map_err(|_| internal("a mask prompt is damaged"))?;
                let mut found = self.tracker()?.segment(embedding, &prompt, earlier.as_ref())?;
                if let Some(mask) = prompt.mask {
                    found.present = !about.absent();
                    found.matte = mask;
                }
                let record = checked(&mut found, name, about.time, resolver.size)?;
                while self.keyframes.len() >= KEYFRAMES {
                    self.keyframes.pop_front();
                }
                self.keyframes.retain(|(k, _)| *k != key);
                let kept = KeptPrediction { bytes: record.encode(), state: found.state };
                (inputs.keep)(key, record);
                self.keyframes.push_back((key, kept));
            }
            Action::Begin { object, reach, told } => {
                let resolver = &inputs.resolvers[object];
                let remembered = resolver.plan.remembered(reach.chain.key);
                let before = beginning(&reach.chain, told, remembered.len());
                let begun = if told == 0 { None } else { self.states.take(&before, 0) };
                let (told, mut memory) = match begun {
                    Some(memory) => (told, memory),
                    None => {
                        let walk = resolver.plan.propagation;
                        let frames = (walk == Propagation::Reference).then_some(resolver.frames);
                        (0, self.tracker()?.memory(frames))
                    }
                };
                let node = remembered[told];
                let time = resolver.plan.keyframes[node].time;
                let (found, _) = self.keyframe(resolver, node)?;
                self.tracker()?.remember(memory.as_mut(), time, embedding, &found, true)?;
                let after = beginning(&reach.chain, told + 1, remembered.len());
                self.states.put(after, 0, after, memory);
            }
            Action::Pass { object, node, reach, at } => {
                let resolver = &inputs.resolvers[object];
                let mut memory = self
                    .states
                    .take(&reach.chain.id, at)
                    .ok_or_else(|| internal("a memory was dropped too early"))?;
                let (found, record) = self.keyframe(resolver, node)?;
                self.tracker()?.remember(
                    memory.as_mut(),
                    reach.chain.time(at + 1),
                    embedding,
                    &found,
                    true,
                )?;
                let result = walked_to(&inputs.resolvers[object], &reach, at)?;
                (inputs.keep)(result, record);
                self.walked((reach.chain.id, at + 1), result, memory, &mut |digest, memory| {
                    (inputs.save)(digest, memory);
                });
            }
            Action::Propagate { object, reach, at } => {
                let time = reach.chain.time(at + 1);
                let memory = self
                    .states
                    .take(&reach.chain.id, at)
                    .ok_or_else(|| internal("a memory was dropped too early"))?;
                let size = inputs.resolvers[0].size;
                let tracker = self.tracker()?;
                let mut found = tracker.propagate(memory.as_ref(), time, embedding)?;
                let record = checked(&mut found, name, time, size)?;
                let result = walked_to(&inputs.resolvers[object], &reach, at)?;
                (inputs.keep)(result, record);
                // The frame is answered before the tracker learns from it.
                self.pending.push(Pending {
                    chain: reach.chain.id,
                    distance: at + 1,
                    result,
                    time,
                    embedding: Arc::clone(embedding),
                    found,
                    memory,
                });
            }
        }
        Ok(())
    }

    /// Keeps the memory of a walk after so many steps along its chain, which gave `result`.
    fn walked(
        &mut self,
        (chain, distance): (Digest, usize),
        result: Digest,
        memory: Box<dyn Memory>,
        save: &mut dyn FnMut(Digest, &dyn Memory),
    ) {
        if distance.is_multiple_of(SAVED_EVERY) {
            save(result, memory.as_ref());
        }
        self.states.put(chain, distance, result, memory);
    }
}

/// By what the result of the next step is known.
fn walked_to(resolver: &Resolver, reach: &Reach, at: usize) -> Result<Digest, StepError> {
    resolver.result(&reach.chain, at + 1).ok_or(StepError::Frame(reach.chain.time(at + 1)))
}

/// The matte of a frame that is no keyframe, from results that are kept; none when one of them is
/// lost.
pub fn composed(
    resolver: &Resolver,
    around: Anchors,
    time: i64,
    inputs: &StepInputs,
) -> Result<Option<Arc<Record>>, JobError> {
    let Ok(reaches) = resolver.around(around, time) else { return Ok(None) };
    let mut records = Vec::with_capacity(2);
    for reach in &reaches {
        let Some(record) = (inputs.load)(&reach.wanted) else { return Ok(None) };
        records.push(record);
    }
    Ok(Some(Arc::new(match (&reaches[..], &records[..]) {
        ([one, other], [before, after]) => {
            let distance = (one.length as u64, other.length as u64);
            compose::blend(before, after, distance)
        }
        (_, [only]) => return Ok(Some(Arc::clone(only))),
        _ => compose::absent(resolver.size.0, resolver.size.1),
    })))
}

/// Alpha below this is none: a quarter of the last step of an 8-bit matte. Networks that end in a sigmoid
/// give some everywhere, and what is 0 need not be kept.
const LEAST: f32 = 1.0 / 1024.0;

/// What a tracker gave, as it is kept: of the right size, 0 or within [`LEAST`] to 1, empty when not present.
fn checked(found: &mut Prediction, name: &str, time: i64, size: (u32, u32)) -> Result<Record, JobError> {
    let (width, height) = (found.matte.width(), found.matte.height());
    if (width, height) != size {
        return Err(JobError::Internal(format!(
            "tracker {name} gave a matte of {width}x{height} pixels in frame {time}, expected {}x{}",
            size.0, size.1
        )));
    }
    let support = found.matte.support();
    if found.matte.rows(support).flatten().any(|v| !v.is_finite()) || !found.confidence.is_finite() {
        return Err(JobError::Model(format!(
            "tracker {name} gave values that are not numbers in frame {time}"
        )));
    }
    let present = found.present;
    for v in found.matte.rows_mut(support).flatten() {
        *v = if present && *v >= LEAST { v.min(1.0) } else { 0.0 };
    }
    found.matte.tighten();
    found.confidence = found.confidence.clamp(0.0, 1.0);
    Ok(Record { matte: found.matte.clone(), confidence: found.confidence, present })
}

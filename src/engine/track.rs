//! One request: from the frame that is asked for to its mattes.
//!
//! The request is worked on by trying: each try runs with what is at hand until it lacks something,
//! a frame or a result; that is fetched or computed one step further with no lock held between, and
//! the next try finds it. What other threads did meanwhile is found as well.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use super::digest::{Digest, Recipe};
use super::footage::{Digests, Footage, Known};
use super::lane::{self, Desk, Goal, Halt, Lane};
use super::load::{self, Plan};
use super::plan::Around;
use super::record::Record;
use super::resolve::{Chain, Resolver, Unknown};
use super::store::{Store, StoreTrouble};
use super::{Engine, Part};
use crate::job::{EngineError, FrameSource, FrameState, ModelInfo, Note, ObjectMatte, Request, SourceError};
use crate::models::Memory;
use crate::raster::{Frame, Matte};

/// Frames that a request holds beside the one it renders.
const HELD_FRAMES: usize = 4;
/// How often the footage may change under one request, or a result may have to be computed again.
const PATIENCE: u32 = 8;
/// Frames in one note of how a chain's frames look, so that a note of a long chain is a small file.
const STRETCH: usize = 64;
/// Times that a request goes on with less memory: with smaller inputs, and on the processor.
const MOST_STEPS_DOWN: u32 = 4;
/// Steps of a request after which it is noted how far its chains are.
const NOTED_EVERY: usize = 64;
/// Stretches of chains of which it is remembered that they are on disk.
const MOST_NOTED: usize = 4096;

/// What a try lacked.
enum Lack {
    /// The pixels of a frame.
    Frame(i64),
    /// The pixels of the nearest keyframe, to tell which footage it is.
    Anchor(i64),
    /// The matte of the Mask input.
    Mask(i64),
    /// The footage is not what it was believed to be: begin again.
    Again,
    /// The tracker's device has too little memory: begin again on another.
    Device(String),
    /// It cannot be done.
    Failed(EngineError),
}

impl From<EngineError> for Lack {
    fn from(error: EngineError) -> Self {
        Self::Failed(error)
    }
}

impl From<Halt> for Lack {
    fn from(halt: Halt) -> Self {
        match halt {
            Halt::Frame(time) => Self::Frame(time),
            Halt::OutOfMemory(reason) => Self::Device(reason),
            Halt::Failed(error) => Self::Failed(error),
        }
    }
}

/// A request being worked on.
pub struct Session<'a> {
    engine: &'a Engine,
    request: &'a Request,
    part: Part<'a>,
    lane: Arc<Lane>,
    time: i64,
    anchor: i64,
    source: &'a mut dyn FrameSource,
    notes: &'a mut dyn FnMut(Note),
    /// What was fetched for this request, so what is sure.
    seen: Digests,
    footage: Option<Arc<Footage>>,
    current: Option<Arc<Frame>>,
    held: VecDeque<(i64, Arc<Frame>)>,
    mask: Option<Matte>,
    /// The host gives no frame but the one that it renders.
    alone: bool,
    contradictions: u32,
    /// How often less memory was gone on with.
    steps_down: u32,
    results: RefCell<Results>,
    troubles: RefCell<Vec<StoreTrouble>>,
    done: usize,
    /// First and last frame of which is asked what is known.
    surveyed: Option<(i64, i64)>,
}

/// Results of this request.
#[derive(Default)]
struct Results {
    /// Those that are wanted, so that no cache has to hold them.
    held: HashMap<Digest, Held>,
    /// Bytes of those that are held as they are.
    whole: usize,
    /// Those that could not be read though they are there.
    lost: HashSet<Digest>,
    /// How often each was computed.
    computed: HashMap<Digest, u32>,
}

/// Bytes of mattes that a request holds as they are; beyond it they are held compressed.
const HELD_WHOLE: usize = 128 << 20;

/// A result that is held.
enum Held {
    Whole(Arc<Record>),
    Packed(Vec<u8>),
}

impl Held {
    fn record(&self, size: (u32, u32)) -> Option<Arc<Record>> {
        match self {
            Self::Whole(record) => Some(Arc::clone(record)),
            Self::Packed(bytes) => Record::decode(bytes, size.0, size.1).ok().map(Arc::new),
        }
    }
}

impl Results {
    fn hold(&mut self, digest: Digest, record: &Arc<Record>) {
        let bytes = record.matte.memory();
        let whole = self.whole + bytes <= HELD_WHOLE;
        self.whole += if whole { bytes } else { 0 };
        let held = if whole { Held::Whole(Arc::clone(record)) } else { Held::Packed(record.encode()) };
        self.held.insert(digest, held);
    }
}

impl<'a> Session<'a> {
    /// Begins to work on `part` of the objects of `request`, whose prompts are checked.
    pub fn new(
        engine: &'a Engine,
        request: &'a Request,
        part: Part<'a>,
        lane: Arc<Lane>,
        time: i64,
        source: &'a mut dyn FrameSource,
        notes: &'a mut dyn FnMut(Note),
    ) -> Result<Self, EngineError> {
        let prompts = load::checked(request)?;
        let keys = prompts.frames().into_iter().chain(request.mask_frame);
        let anchor = keys.min_by_key(|k| (k.abs_diff(time), *k)).unwrap_or(time);
        Ok(Self {
            engine,
            request,
            part,
            lane,
            time,
            anchor,
            source,
            notes,
            seen: Digests::default(),
            footage: None,
            current: None,
            held: VecDeque::new(),
            mask: None,
            alone: false,
            contradictions: 0,
            steps_down: 0,
            results: RefCell::default(),
            troubles: RefCell::default(),
            done: 0,
            surveyed: None,
        })
    }

    /// Works until the objects are there; gives them in the order of the prompts, and what tracked them.
    pub fn run(mut self) -> Result<(Vec<Traced>, ModelInfo), EngineError> {
        self.fetch(self.time)?;
        loop {
            if self.source.aborted() {
                return Err(EngineError::Aborted);
            }
            let tried = self.attempt();
            for trouble in self.troubles.take() {
                (self.notes)(Note::Warning(trouble.to_string()));
            }
            match tried {
                Ok(Tried::Finished(objects)) => {
                    return Ok((objects, self.lane.info.clone()));
                }
                Ok(Tried::Stepped(left)) => self.progress(left),
                Ok(Tried::Surveyed(_)) => {
                    return Err(EngineError::Internal("nobody asked what is known".into()));
                }
                Err(Lack::Again) => {}
                Err(Lack::Frame(time)) => self.fetch(time)?,
                Err(Lack::Anchor(time)) => self.fetch_anchor(time)?,
                Err(Lack::Mask(time)) => self.fetch_mask(time)?,
                Err(Lack::Device(reason)) => self.step_down(reason)?,
                Err(Lack::Failed(error)) => return Err(error),
            }
        }
    }

    /// What is known of the frames from `first` to `last`, none of which is computed or, but for those that tell
    /// which footage it is, fetched.
    pub fn survey(mut self, (first, last): (i64, i64)) -> Result<Vec<FrameState>, EngineError> {
        self.surveyed = Some((first, last));
        self.fetch(self.time)?;
        loop {
            if self.source.aborted() {
                return Err(EngineError::Aborted);
            }
            match self.attempt() {
                Ok(Tried::Surveyed(states)) => return Ok(states),
                Ok(_) => return Err(EngineError::Internal("a survey was computed".into())),
                Err(Lack::Again) => {}
                Err(Lack::Frame(time)) => self.fetch(time)?,
                Err(Lack::Anchor(time)) => self.fetch_anchor(time)?,
                Err(Lack::Mask(time)) => self.fetch_mask(time)?,
                Err(Lack::Device(reason)) => return Err(EngineError::Model(reason)),
                Err(Lack::Failed(error)) => return Err(error),
            }
        }
    }

    /// Goes on with a smaller input, or with the tracker on a device with more memory. All that is known by the tracker is
    /// known by its device too, so nothing that the other one computed is taken for its own.
    fn step_down(&mut self, reason: String) -> Result<(), EngineError> {
        self.steps_down += 1;
        if self.steps_down > MOST_STEPS_DOWN {
            return Err(EngineError::Model(reason));
        }
        self.lane = self.engine.lane(self.request, self.part.tracker)?;
        self.results = RefCell::default();
        if let Some(note) = &self.lane.info.note {
            (self.notes)(Note::Warning(note.clone()));
        }
        Ok(())
    }

    fn progress(&mut self, left: usize) {
        self.done += 1;
        let (done, left) = (self.done as u64, left as u64);
        if done + left > 2 {
            (self.notes)(Note::Progress { done, total: done + left.saturating_sub(1) });
        }
    }

    /// Fetches the frame at `time` and compares it with what was believed.
    fn fetch(&mut self, time: i64) -> Result<(), EngineError> {
        let frame = self.source.frame(time).map_err(|e| match e {
            SourceError::OnlyCurrent => EngineError::Host(format!(
                "frame {time} is needed to track frame {}, but the host gives only the frame that it renders: render on from frame {time} in order",
                self.time
            )),
            other => other.into(),
        })?;
        self.take_frame(time, frame)
    }

    fn fetch_anchor(&mut self, time: i64) -> Result<(), EngineError> {
        match self.source.frame(time) {
            Ok(frame) => self.take_frame(time, frame),
            Err(SourceError::OnlyCurrent) => {
                self.alone = true;
                let text = "the host gives only the frame that it renders: frames are tracked as they come, render them in order";
                (self.notes)(Note::Info(text.into()));
                Ok(())
            }
            Err(other) => Err(other.into()),
        }
    }

    fn take_frame(&mut self, time: i64, frame: Arc<Frame>) -> Result<(), EngineError> {
        if (frame.width(), frame.height()) != (self.request.width, self.request.height) {
            return Err(EngineError::Host(format!(
                "frame {time} has {}x{} pixels, the footage has {}x{}",
                frame.width(),
                frame.height(),
                self.request.width,
                self.request.height
            )));
        }
        let digest = Digest::of_frame(&frame);
        self.engine.pool.put(digest, &frame);
        if time == self.time {
            self.current = Some(Arc::clone(&frame));
        } else {
            self.held.retain(|(t, _)| *t != time);
            self.held.push_back((time, frame));
            if self.held.len() > HELD_FRAMES {
                self.held.pop_front();
            }
        }
        let before = self.seen.frames.insert(time, digest);
        let believed = self.footage.as_ref().and_then(|f| f.frame(time)).or(before);
        self.compare(believed, digest, &format!("frame {time}"))
    }

    fn fetch_mask(&mut self, time: i64) -> Result<(), EngineError> {
        let Some(matte) = self.source.mask(time)? else {
            return Err(EngineError::User(format!(
                "the Mask input is to be a prompt on frame {time}, but gives no picture there"
            )));
        };
        if (matte.width(), matte.height()) != (self.request.width, self.request.height) {
            return Err(EngineError::Host(format!(
                "the Mask input has {}x{} pixels on frame {time}, the footage has {}x{}",
                matte.width(),
                matte.height(),
                self.request.width,
                self.request.height
            )));
        }
        let digest = Digest::of_matte(&matte);
        self.mask = Some(matte);
        let before = self.seen.masks.insert(time, digest);
        let believed = self.footage.as_ref().and_then(|f| f.mask(time)).or(before);
        self.compare(believed, digest, &format!("the Mask input on frame {time}"))
    }

    /// Believes what was seen; forgets the footage when it was another before.
    fn compare(&mut self, believed: Option<Digest>, digest: Digest, what: &str) -> Result<(), EngineError> {
        let Some(footage) = &self.footage else { return Ok(()) };
        if believed.is_none_or(|b| b == digest) {
            footage.believe_seen(&self.seen);
            return Ok(());
        }
        self.contradictions += 1;
        if self.contradictions > PATIENCE {
            return Err(EngineError::Host(format!(
                "{what} is another picture each time that it is read: freeze what changes before this node"
            )));
        }
        self.footage = Some(self.engine.footages.contradicted(footage, &self.seen));
        Ok(())
    }

    /// Which footage this is.
    fn identified(&mut self) -> Result<Arc<Footage>, Lack> {
        if let Some(footage) = &self.footage {
            return Ok(Arc::clone(footage));
        }
        let size = (self.request.width, self.request.height);
        match self.engine.footages.identify(size, &self.seen, self.time, self.anchor, self.alone) {
            Known::Yes(footage) => {
                self.footage = Some(Arc::clone(&footage));
                Ok(footage)
            }
            Known::NeedsAnchor => Err(Lack::Anchor(self.anchor)),
        }
    }

    fn plan(&mut self, footage: &Footage) -> Result<Arc<Plan>, Lack> {
        let Some(frame) = self.request.mask_frame else {
            return match self.engine.plans.get(self.request, None) {
                Some(plan) => Ok(plan),
                None => Ok(self.engine.plans.make(self.request, None).map_err(EngineError::from)?),
            };
        };
        let Some(digest) = footage.mask(frame) else { return Err(Lack::Mask(frame)) };
        if self.time == frame && !self.seen.masks.contains_key(&frame) {
            return Err(Lack::Mask(frame));
        }
        if let Some(plan) = self.engine.plans.get(self.request, Some(digest)) {
            return Ok(plan);
        }
        let Some(mask) = self.mask.take() else { return Err(Lack::Mask(frame)) };
        Ok(self.engine.plans.make(self.request, Some(mask)).map_err(EngineError::from)?)
    }

    /// Runs with what is at hand.
    fn attempt(&mut self) -> Result<Tried, Lack> {
        let footage = self.identified()?;
        let plan = self.plan(&footage)?;
        let size = (self.request.width, self.request.height);
        let frames = usize::try_from(self.request.last.abs_diff(self.request.first))
            .map_or(usize::MAX, |n| n.saturating_add(1));
        let (store, on_disk) = (&self.engine.store, self.request.store);
        let (results, troubles) = (&self.results, &self.troubles);

        let frame = |time: i64| footage.frame(time);
        let kept = |d: &Digest| {
            let results = results.borrow();
            results.held.contains_key(d) || (!results.lost.contains(d) && store.contains(d, on_disk))
        };
        let recalled = RefCell::new(HashSet::new());
        let recall = |chain: &Chain| {
            if on_disk && recalled.borrow_mut().insert(chain.id) {
                let frames = noted_path(store, chain);
                footage.believe(Digests { frames, ..Digests::default() });
            }
        };
        let load = |d: &Digest| {
            if let Some(held) = results.borrow().held.get(d) {
                return held.record(size);
            }
            let found = store.get(d, size, on_disk).unwrap_or_else(|trouble| {
                troubles.borrow_mut().push(trouble);
                None
            });
            if found.is_none() {
                results.borrow_mut().lost.insert(*d);
            }
            found
        };
        let pixels = |time: i64| {
            let held = || self.held.iter().find(|(t, _)| *t == time).map(|(_, f)| Arc::clone(f));
            let current = self.current.as_ref().filter(|_| time == self.time).map(Arc::clone);
            current.or_else(held).or_else(|| self.engine.pool.get(&footage.frame(time)?))
        };
        let resolvers: Vec<Resolver> = plan
            .iter()
            .filter(|object| self.part.objects.contains(&object.name.as_str()))
            .map(|object| {
                Resolver::new(
                    object,
                    self.lane.digest,
                    (size, frames),
                    &frame,
                    &kept,
                    (&recall, &footage.lines),
                )
            })
            .collect();

        if let Some((first, last)) = self.surveyed {
            let keys = resolvers.iter().flat_map(|r| r.plan.nodes.iter().map(|node| node.time));
            if let Some(unseen) = keys.into_iter().find(|&time| footage.frame(time).is_none()) {
                return Err(Lack::Frame(unseen));
            }
            return Ok(Tried::Surveyed((first..=last).map(|time| state(&resolvers, time)).collect()));
        }
        let goals = goals(&resolvers, self.time)?;
        let final_results: HashSet<Digest> = goals.iter().filter_map(|g| g.result).collect();
        let keep = |digest: Digest, record: Record| {
            let record = Arc::new(record);
            let mut results = results.borrow_mut();
            *results.computed.entry(digest).or_default() += 1;
            if final_results.contains(&digest) {
                results.hold(digest, &record);
            }
            troubles.borrow_mut().extend(store.put(digest, &record, on_disk));
        };
        let restore = |digest: &Digest| {
            store.memory(digest, on_disk).unwrap_or_else(|trouble| {
                troubles.borrow_mut().push(trouble);
                None
            })
        };
        let save = |digest: Digest, memory: &dyn Memory| {
            if on_disk && let Some(bytes) = memory.save() {
                troubles.borrow_mut().extend(store.put_memory(digest, bytes));
            }
        };
        let desk = Desk {
            resolvers: &resolvers,
            pixels: &pixels,
            load: &load,
            keep: &keep,
            restore: &restore,
            save: &save,
        };
        let tried = if goals.is_empty() {
            finish(self.time, &desk)?
        } else {
            let goals: Vec<(usize, Goal)> = goals.into_iter().map(|g| (g.object, g.goal)).collect();
            Tried::Stepped(self.lane.step(&goals, &desk)?)
        };
        if on_disk && (matches!(tried, Tried::Finished(_)) || self.done.is_multiple_of(NOTED_EVERY)) {
            note_paths(self.engine, &resolvers, self.time, &footage, troubles);
        }
        if results.borrow().computed.values().any(|&n| n > PATIENCE) {
            let text = "mattes cannot be kept: neither the cache folder nor a temporary file can be written";
            return Err(EngineError::Internal(text.into()).into());
        }
        Ok(tried)
    }
}

/// An object of one frame, before those that lie over each other are told apart.
pub struct Traced {
    /// As its tracker gives it.
    pub matte: ObjectMatte,
    /// Whether a mask gives it.
    pub fixed: bool,
}

/// What became of a try.
enum Tried {
    /// The frame is there.
    Finished(Vec<Traced>),
    /// A step was taken; so many were left before it.
    Stepped(usize),
    /// What is known of the frames that were asked about.
    Surveyed(Vec<FrameState>),
}

/// What one object lacks.
struct Lacking {
    object: usize,
    goal: Goal,
    /// What it is known by, when the frame itself needs it.
    result: Option<Digest>,
}

/// What is known of a frame.
fn state(resolvers: &[Resolver], time: i64) -> FrameState {
    let kept = |resolver: &Resolver, found: Result<Digest, Unknown>| found.is_ok_and(|d| (resolver.kept)(&d));
    let tracked = |resolver: &Resolver| match resolver.plan.around(time) {
        Around::On(node) => resolver.plan.nodes[node].mask.is_some() || kept(resolver, resolver.key(node)),
        around => around.keys().all(|key| kept(resolver, resolver.reach(key, time).map(|r| r.wanted))),
    };
    FrameState {
        tracked: resolvers.iter().all(tracked),
        pinned: resolvers.iter().any(|r| matches!(r.plan.around(time), Around::On(_))),
    }
}

/// What has to be computed for the frame at `time`.
fn goals(resolvers: &[Resolver], time: i64) -> Result<Vec<Lacking>, Lack> {
    let mut goals = Vec::new();
    let mut unseen = None;
    for (object, resolver) in resolvers.iter().enumerate() {
        let around = resolver.plan.around(time);
        let mut lacks = |found: Result<Option<(Goal, Digest)>, Unknown>| match found {
            Ok(None) => {}
            Ok(Some((goal, result))) => goals.push(Lacking { object, goal, result: Some(result) }),
            Err(Unknown::Frame(time)) => unseen = unseen.or(Some(time)),
            Err(Unknown::Behind(reach)) => {
                goals.push(Lacking { object, goal: Goal::Chain(reach), result: None });
            }
        };
        if let Around::On(node) = around {
            if resolver.plan.nodes[node].mask.is_none() {
                let key = resolver.key(node);
                lacks(key.map(|k| (!(resolver.kept)(&k)).then_some((Goal::Key(node), k))));
            }
            continue;
        }
        for key in around.keys() {
            lacks(resolver.reach(key, time).map(|reach| {
                let result = reach.wanted;
                (!(resolver.kept)(&result)).then_some((Goal::Chain(reach), result))
            }));
        }
    }
    // Steps first, so that all objects come to the frame that is fetched next.
    match unseen {
        Some(time) if goals.is_empty() => Err(Lack::Frame(time)),
        _ => Ok(goals),
    }
}

/// The objects, all of whose results are kept.
fn finish(time: i64, desk: &Desk) -> Result<Tried, Lack> {
    let mut objects = Vec::with_capacity(desk.resolvers.len());
    for resolver in desk.resolvers {
        let around = resolver.plan.around(time);
        let found = match around {
            Around::On(node) => on_keyframe(resolver, node, desk)?,
            _ => lane::composed(resolver, around, time, desk)?,
        };
        // What was kept a moment ago and is not now is computed again.
        let Some(record) = found else { return Err(Lack::Again) };
        let pinned = matches!(around, Around::On(_));
        let fixed = matches!(around, Around::On(node) if resolver.plan.nodes[node].mask.is_some());
        let matte = ObjectMatte {
            name: resolver.plan.name.clone(),
            confidence: record.confidence,
            present: record.present,
            matte: Arc::unwrap_or_clone(record).matte,
            pinned,
            trimap: None,
            blur: None,
        };
        objects.push(Traced { matte, fixed });
    }
    Ok(Tried::Finished(objects))
}

fn on_keyframe(resolver: &Resolver, node: usize, desk: &Desk) -> Result<Option<Arc<Record>>, Lack> {
    let about = &resolver.plan.nodes[node];
    let Some(mask) = &about.mask else {
        let key = resolver.key(node).map_err(|_| Lack::Again)?;
        return Ok((desk.load)(&key));
    };
    let matte = mask.matte().map_err(|_| EngineError::Internal("a mask prompt is damaged".into()))?;
    Ok(Some(Arc::new(Record { matte, confidence: 1.0, present: !mask.empty })))
}

/// Notes for the next session what the frames along the chains to `time` look like.
fn note_paths(
    engine: &Engine,
    resolvers: &[Resolver],
    time: i64,
    footage: &Footage,
    troubles: &RefCell<Vec<StoreTrouble>>,
) {
    for resolver in resolvers {
        for key in resolver.plan.around(time).keys() {
            let Ok(chain) = resolver.chain(key, time) else { continue };
            for stretch in 0.. {
                let id = stretch_id(&chain, stretch);
                let known = footage.noted.lock().get(&id).copied().unwrap_or(0);
                if known == STRETCH {
                    continue;
                }
                let places = stretch * STRETCH + 1..=(stretch + 1) * STRETCH;
                let frames: Vec<Digest> = places.map_while(|d| footage.frame(chain.time(d))).collect();
                if frames.len() > known {
                    let mut noted = footage.noted.lock();
                    if noted.len() >= MOST_NOTED {
                        noted.clear();
                    }
                    noted.insert(id, frames.len());
                    drop(noted);
                    troubles.borrow_mut().extend(engine.store.put_path(id, &frames));
                }
                if frames.len() < STRETCH {
                    break;
                }
            }
        }
    }
}

/// By what the note of a stretch of a chain is known.
fn stretch_id(chain: &Chain, stretch: usize) -> Digest {
    Recipe::new("stretch").digest(&chain.id).number(stretch as i64).done()
}

/// What an earlier session noted of the frames along a chain, by time.
fn noted_path(store: &Store, chain: &Chain) -> HashMap<i64, Digest> {
    let mut frames = HashMap::new();
    for stretch in 0.. {
        let noted = store.path_of(&stretch_id(chain, stretch));
        let first = stretch * STRETCH + 1;
        frames.extend(noted.iter().take(STRETCH).enumerate().map(|(i, d)| (chain.time(first + i), *d)));
        if noted.len() < STRETCH {
            break;
        }
    }
    frames
}

//! One request: from the frame that is asked for to its mattes.
//!
//! The request is worked on by trying: each try runs with what is at hand until it lacks something,
//! a frame or a result; that is fetched or computed one step further with no lock held between, and
//! the next try finds it. What other threads did meanwhile is found as well.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::beliefs::{Digests, Seen};
use super::digest::{Digest, Recipe};
use super::footage::{Age, Footage, Known, Look};
use super::lane::{self, Goal, Lane, StepError, StepInputs};
use super::load::{self, Plan};
use super::plan::Anchors;
use super::record::Record;
use super::resolve::{self, Chain, Resolver, Unknown};
use super::store::{Noted, Store, StoreTrouble};
use super::{Engine, Part, trust};
use crate::job::JobError;
use crate::job::ModelInfo;
use crate::job::{FrameSource, FrameState, Note, ObjectMatte, Request, Run, SourceError};
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
/// Frames whose stamps are asked for at once.
const STAMPS: i64 = 1024;
/// Digits of a digest of footage that a person reads.
const DIGITS: usize = 16;

/// What a try lacked.
enum Missing {
    /// The pixels of a frame.
    Frame(i64),
    /// The pixels of the nearest keyframe, to tell which footage it is.
    Anchor(i64),
    /// The matte of the Mask input.
    Mask(i64),
    /// Whether a frame is what it was.
    Stamp(i64),
    /// The footage is not what it was believed to be: begin again.
    Again,
    /// The tracker's device has too little memory: begin again on another.
    Device(String),
    /// It cannot be done.
    Failed(JobError),
}

impl From<JobError> for Missing {
    fn from(error: JobError) -> Self {
        Self::Failed(error)
    }
}

impl From<StepError> for Missing {
    fn from(halt: StepError) -> Self {
        match halt {
            StepError::Frame(time) => Self::Frame(time),
            StepError::OutOfMemory(reason) => Self::Device(reason),
            StepError::Failed(error) => Self::Failed(error),
        }
    }
}

/// A request being worked on.
pub struct TrackJob<'a> {
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
    /// From when on what was seen is sure.
    since: u64,
    contradictions: u32,
    /// When it began, and how long frames took that nobody but itself asked for.
    began: Instant,
    spent: Duration,
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

impl<'a> TrackJob<'a> {
    /// Begins to work on `part` of the objects of `request`, whose prompts are checked.
    pub fn new(
        engine: &'a Engine,
        request: &'a Request,
        part: Part<'a>,
        lane: Arc<Lane>,
        time: i64,
        source: &'a mut dyn FrameSource,
        notes: &'a mut dyn FnMut(Note),
    ) -> Result<Self, JobError> {
        let prompts = load::checked(request)?;
        let keys = prompts.frames().into_iter().chain(request.mask_frame);
        let anchor = keys.min_by_key(|k| (k.abs_diff(time), *k)).unwrap_or(time);
        let since = engine.footages.begin(source.run().id);
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
            since,
            contradictions: 0,
            began: Instant::now(),
            spent: Duration::ZERO,
            steps_down: 0,
            results: RefCell::default(),
            troubles: RefCell::default(),
            done: 0,
            surveyed: None,
        })
    }

    /// Works until the objects are there; gives them in the order of the prompts, and what tracked them.
    pub fn run(mut self) -> Result<(Vec<Traced>, ModelInfo), JobError> {
        self.fetch(self.time)?;
        loop {
            if self.source.aborted() {
                return Err(JobError::Aborted);
            }
            let tried = self.attempt();
            for trouble in self.troubles.take() {
                (self.notes)(Note::Warning(trouble.to_string()));
            }
            match tried {
                Ok(Tried::Finished(objects, path)) => {
                    if self.look_around(path)? {
                        self.tell_trusted(path);
                        return Ok((objects, self.lane.info.clone()));
                    }
                }
                Ok(Tried::Stepped(left)) => self.progress(left),
                Ok(Tried::Surveyed(_)) => {
                    return Err(JobError::Internal("nobody asked what is known".into()));
                }
                Err(Missing::Again) => {}
                Err(Missing::Frame(time)) => self.fetch(time)?,
                Err(Missing::Anchor(time)) => self.fetch_anchor(time)?,
                Err(Missing::Mask(time)) => self.fetch_mask(time)?,
                Err(Missing::Stamp(time)) => self.check_stamps(time)?,
                Err(Missing::Device(reason)) => self.fall_back(reason)?,
                Err(Missing::Failed(error)) => return Err(error),
            }
        }
    }

    /// What is known of the frames from `first` to `last`, none of which is computed or, but for those that tell
    /// which footage it is, fetched.
    pub fn survey(mut self, (first, last): (i64, i64)) -> Result<Vec<FrameState>, JobError> {
        self.surveyed = Some((first, last));
        self.fetch(self.time)?;
        loop {
            if self.source.aborted() {
                return Err(JobError::Aborted);
            }
            match self.attempt() {
                Ok(Tried::Surveyed(states)) => return Ok(states),
                Ok(_) => return Err(JobError::Internal("a survey was computed".into())),
                Err(Missing::Again) => {}
                Err(Missing::Frame(time)) => self.fetch(time)?,
                Err(Missing::Anchor(time)) => self.fetch_anchor(time)?,
                Err(Missing::Mask(time)) => self.fetch_mask(time)?,
                Err(Missing::Stamp(time)) => self.check_stamps(time)?,
                Err(Missing::Device(reason)) => return Err(JobError::Model(reason)),
                Err(Missing::Failed(error)) => return Err(error),
            }
        }
    }

    /// Goes on with a smaller input, or with the tracker on a device with more memory. All that is known by the tracker is
    /// known by its device too, so nothing that the other one computed is taken for its own.
    fn fall_back(&mut self, reason: String) -> Result<(), JobError> {
        self.steps_down += 1;
        if self.steps_down > MOST_STEPS_DOWN {
            return Err(JobError::Model(reason));
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
    fn fetch(&mut self, time: i64) -> Result<(), JobError> {
        let frame = self.source.frame(time).map_err(|e| match e {
            SourceError::OnlyCurrent => JobError::Host(format!(
                "frame {time} is needed to track frame {}, but the host gives only the frame that it renders: render on from frame {time} in order",
                self.time
            )),
            other => other.into(),
        })?;
        self.take_frame(time, frame)
    }

    fn fetch_anchor(&mut self, time: i64) -> Result<(), JobError> {
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

    fn take_frame(&mut self, time: i64, frame: Arc<Frame>) -> Result<(), JobError> {
        if (frame.width(), frame.height()) != (self.request.width, self.request.height) {
            return Err(JobError::Host(format!(
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
        let seen = Seen { digest, provenance: self.source.provenance(time), at: self.engine.footages.now() };
        let before = self.seen.frames.insert(time, seen).map(|before| before.digest);
        let believed = self.footage.as_ref().and_then(|f| f.frame(time)).or(before);
        let now = Digests { frames: HashMap::from([(time, seen)]), ..Digests::default() };
        self.compare(believed, digest, &now, &format!("frame {time}"))
    }

    /// Asks for the stamps of the frames from `time` on towards the one that is rendered, and compares them with
    /// those that frames had when they were seen.
    fn check_stamps(&mut self, time: i64) -> Result<(), JobError> {
        let Some(footage) = self.footage.clone() else { return Ok(()) };
        let (first, last) = match time <= self.time {
            true => (time, self.time.min(time + STAMPS - 1)),
            false => (self.time.max(time - STAMPS + 1), time),
        };
        let at = self.engine.footages.now();
        let mut stamps = self.source.stamps((first, last))?;
        if stamps.is_empty() {
            footage.stampless.store(true, Ordering::Relaxed);
            return Ok(());
        }
        // What is not told is not known.
        stamps.resize(usize::try_from(last - first).unwrap_or(0) + 1, None);
        footage.check(first, &stamps, (self.since, at));
        Ok(())
    }

    /// Fetches some of the frames between the two of `path` of which it is not sure that they are what they were;
    /// gives whether they are.
    fn look_around(&mut self, path: (i64, i64)) -> Result<bool, JobError> {
        let Some(footage) = self.footage.clone() else { return Ok(true) };
        if self.seen.frames.len() > 2 {
            self.engine.footages.judge(&footage);
        }
        if footage.stampless.load(Ordering::Relaxed) && !self.alone {
            let doubts = footage.doubts(path, self.since);
            let must = trust::must(&doubts, footage.compared.load(Ordering::Relaxed));
            let may = trust::may(&doubts, self.engine.footages.now());
            let count = must.len();
            for (i, time) in must.into_iter().chain(may).enumerate() {
                if self.seen.frames.contains_key(&time) {
                    continue;
                }
                if i >= count && !self.engine.budget.lock().affords() {
                    break;
                }
                if !self.look_at(time)? {
                    break;
                }
                if self.footage.as_ref().is_none_or(|now| !Arc::ptr_eq(now, &footage)) {
                    return Ok(false);
                }
            }
        }
        self.engine.budget.lock().earn(self.began.elapsed().saturating_sub(self.spent));
        Ok(true)
    }

    /// Fetches a frame that nobody asked for; gives whether there is one.
    fn look_at(&mut self, time: i64) -> Result<bool, JobError> {
        let began = Instant::now();
        let there = match self.source.frame(time) {
            Ok(frame) => {
                self.take_frame(time, frame)?;
                true
            }
            Err(SourceError::Aborted) => return Err(JobError::Aborted),
            // What is not to be had is not missed: the matte is there.
            Err(SourceError::OnlyCurrent | SourceError::Failed(_)) => false,
        };
        let took = began.elapsed();
        self.spent += took;
        self.engine.budget.lock().spend(took);
        Ok(there)
    }

    /// Says once in each run which frames of a path are taken to be what an earlier session saw.
    fn tell_trusted(&mut self, path: (i64, i64)) {
        let Some(footage) = &self.footage else { return };
        let Run { id, frames } = self.source.run();
        let mut unseen = footage.unseen(path);
        // Those that are rendered are still to be read.
        unseen.retain(|(time, _)| frames.is_none_or(|(first, last)| !(first..=last).contains(time)));
        let (Some((first, _)), Some((last, _))) = (unseen.first(), unseen.last()) else { return };
        let run = if id == 0 { 0 } else { self.since };
        if !footage.told.lock().insert(run) {
            return;
        }
        let of_all = Recipe::new("trusted footage");
        let digest = unseen.iter().fold(of_all, |recipe, (time, pixels)| recipe.number(*time).digest(pixels));
        let stampless = footage.stampless.load(Ordering::Relaxed);
        (self.notes)(Note::Trusted {
            first: *first,
            last: *last,
            frames: unseen.len() as u64,
            compared: stampless.then(|| footage.compared.load(Ordering::Relaxed) as u64),
            digest: digest.done().hex()[..DIGITS].to_owned(),
        });
    }

    fn fetch_mask(&mut self, time: i64) -> Result<(), JobError> {
        let Some(matte) = self.source.mask(time)? else {
            return Err(JobError::User(format!(
                "the Mask input is to be a prompt on frame {time}, but gives no picture there"
            )));
        };
        if (matte.width(), matte.height()) != (self.request.width, self.request.height) {
            return Err(JobError::Host(format!(
                "the Mask input has {}x{} pixels on frame {time}, the footage has {}x{}",
                matte.width(),
                matte.height(),
                self.request.width,
                self.request.height
            )));
        }
        let digest = Digest::of_matte(&matte);
        self.mask = Some(matte);
        let seen = (digest, self.engine.footages.now());
        let before = self.seen.masks.insert(time, seen).map(|before| before.0);
        let believed = self.footage.as_ref().and_then(|f| f.mask(time, 0)).map(|(mask, _)| mask).or(before);
        let now = Digests { masks: HashMap::from([(time, seen)]), ..Digests::default() };
        self.compare(believed, digest, &now, &format!("the Mask input on frame {time}"))
    }

    /// Believes what was seen `now`; forgets the footage when it was another before.
    fn compare(
        &mut self,
        believed: Option<Digest>,
        digest: Digest,
        now: &Digests,
        what: &str,
    ) -> Result<(), JobError> {
        let Some(footage) = &self.footage else { return Ok(()) };
        if believed.is_none_or(|b| b == digest) {
            self.footage = Some(self.engine.footages.seen(footage, now, &self.seen));
            return Ok(());
        }
        self.contradictions += 1;
        if self.contradictions > PATIENCE {
            return Err(JobError::Host(format!(
                "{what} is another picture each time that it is read: freeze what changes before this node"
            )));
        }
        self.footage = Some(self.engine.footages.contradicted(footage, &self.seen));
        Ok(())
    }

    /// Which footage this is.
    fn identified(&mut self) -> Result<Arc<Footage>, Missing> {
        if let Some(footage) = &self.footage {
            return Ok(Arc::clone(footage));
        }
        let size = (self.request.width, self.request.height);
        match self.engine.footages.identify(size, &self.seen, self.time, self.anchor, self.alone) {
            Known::Yes(footage) => {
                let footage = self.engine.footages.seen(&footage, &self.seen, &self.seen);
                self.footage = Some(Arc::clone(&footage));
                Ok(footage)
            }
            Known::NeedsAnchor => Err(Missing::Anchor(self.anchor)),
        }
    }

    fn plan(&mut self, footage: &Footage) -> Result<Arc<Plan>, Missing> {
        let Some(frame) = self.request.mask_frame else {
            return match self.engine.plans.get(self.request, None) {
                Some(plan) => Ok(plan),
                None => Ok(self.engine.plans.make(self.request, None).map_err(JobError::from)?),
            };
        };
        let Some((digest, sure)) = footage.mask(frame, self.since) else { return Err(Missing::Mask(frame)) };
        // It is one frame: it is looked at in each run, and where there are none as often as may be.
        let may = || self.source.run().id != 0 || self.engine.budget.lock().affords();
        let due = self.time == frame || !sure && !self.alone && may();
        if due && !self.seen.masks.contains_key(&frame) {
            return Err(Missing::Mask(frame));
        }
        if let Some(plan) = self.engine.plans.get(self.request, Some(digest)) {
            return Ok(plan);
        }
        let Some(mask) = self.mask.take() else { return Err(Missing::Mask(frame)) };
        Ok(self.engine.plans.make(self.request, Some(mask)).map_err(JobError::from)?)
    }

    /// Runs with what is at hand.
    fn attempt(&mut self) -> Result<Tried, Missing> {
        let footage = self.identified()?;
        let plan = self.plan(&footage)?;
        let size = (self.request.width, self.request.height);
        let frames = usize::try_from(self.request.last.abs_diff(self.request.first))
            .map_or(usize::MAX, |n| n.saturating_add(1));
        let (store, on_disk) = (&self.engine.store, self.request.store);
        let (results, troubles) = (&self.results, &self.troubles);

        // Sources without stamps are believed, and looked at where time allows.
        let stampless = footage.stampless.load(Ordering::Relaxed);
        let unchecked = Cell::new(None);
        let frame = |time: i64| match footage.look(time, self.since) {
            Look::Unknown => None,
            Look::Sure(digest) => Some(digest),
            // Nobody can tell whether it is so.
            Look::Believed(_, Age::Earlier) if stampless && (self.alone || footage.changed()) => None,
            Look::Believed(digest, _) if stampless => Some(digest),
            Look::Believed(..) => {
                unchecked.set(unchecked.get().or(Some(time)));
                None
            }
        };
        // What is believed anyway need not be sure.
        let sure_since = if stampless { 0 } else { self.since };
        footage.lines.enter(sure_since);
        let kept = |d: &Digest| {
            let results = results.borrow();
            results.held.contains_key(d) || (!results.lost.contains(d) && store.contains(d, on_disk))
        };
        let recalled = RefCell::new(HashSet::new());
        let recall = |chain: &Chain| {
            if on_disk && recalled.borrow_mut().insert(chain.id) {
                footage.believe(&noted_path(store, chain, &mut troubles.borrow_mut()));
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
                    (&recall, (&footage.lines, sure_since)),
                )
            })
            .collect();

        if let Some((first, last)) = self.surveyed {
            let keys = resolvers.iter().flat_map(|r| r.plan.keyframes.iter().map(|node| node.time));
            if let Some(unseen) = keys.into_iter().find(|&time| footage.frame(time).is_none()) {
                return Err(Missing::Frame(unseen));
            }
            let states = (first..=last).map(|time| state(&resolvers, time)).collect();
            return unchecked.get().map_or(Ok(Tried::Surveyed(states)), |time| Err(Missing::Stamp(time)));
        }
        let goals = goals(&resolvers, self.time);
        if let Some(time) = unchecked.get() {
            return Err(Missing::Stamp(time));
        }
        let goals = goals?;
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
        let inputs = StepInputs {
            resolvers: &resolvers,
            pixels: &pixels,
            load: &load,
            keep: &keep,
            restore: &restore,
            save: &save,
        };
        let tried = if goals.is_empty() {
            Tried::Finished(finish(self.time, &inputs)?, path(&resolvers, self.time))
        } else {
            let goals: Vec<(usize, Goal)> = goals.into_iter().map(|g| (g.object, g.goal)).collect();
            Tried::Stepped(self.lane.step(&goals, &inputs)?)
        };
        if on_disk && (matches!(tried, Tried::Finished(..)) || self.done.is_multiple_of(NOTED_EVERY)) {
            note_paths(self.engine, &resolvers, self.time, &footage, troubles);
        }
        if results.borrow().computed.values().any(|&n| n > PATIENCE) {
            let text = "mattes cannot be kept: neither the cache folder nor a temporary file can be written";
            return Err(JobError::Internal(text.into()).into());
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
    /// The frame is there, and depends on frames between these two.
    Finished(Vec<Traced>, (i64, i64)),
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
        Anchors::On(node) => {
            resolver.plan.keyframes[node].mask.is_some() || kept(resolver, resolver.key(node))
        }
        around => around.keys().all(|key| kept(resolver, resolver.reach(key, time).map(|r| r.wanted))),
    };
    FrameState {
        tracked: resolvers.iter().all(tracked),
        pinned: resolvers.iter().any(|r| matches!(r.plan.around(time), Anchors::On(_))),
    }
}

/// What has to be computed for the frame at `time`.
fn goals(resolvers: &[Resolver], time: i64) -> Result<Vec<Lacking>, Missing> {
    let mut goals = Vec::new();
    let (mut unseen, mut far) = (None, None);
    for (object, resolver) in resolvers.iter().enumerate() {
        let around = resolver.plan.around(time);
        let mut lacks = |found: Result<Option<(Goal, Digest)>, Unknown>| match found {
            Ok(None) => {}
            Ok(Some((goal, result))) => goals.push(Lacking { object, goal, result: Some(result) }),
            Err(Unknown::Frame(time)) => unseen = unseen.or(Some(time)),
            Err(Unknown::Behind(reach)) => {
                goals.push(Lacking { object, goal: Goal::Chain(reach), result: None });
            }
            Err(Unknown::Far { time, from }) => far = Some(resolve::too_far(time, from)),
        };
        if let Anchors::On(node) = around {
            if resolver.plan.keyframes[node].mask.is_none() {
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
    if let Some(error) = far {
        return Err(error.into());
    }
    // Steps first, so that all objects come to the frame that is fetched next.
    match unseen {
        Some(time) if goals.is_empty() => Err(Missing::Frame(time)),
        _ => Ok(goals),
    }
}

/// The objects, all of whose results are kept.
fn finish(time: i64, inputs: &StepInputs) -> Result<Vec<Traced>, Missing> {
    let mut objects = Vec::with_capacity(inputs.resolvers.len());
    for resolver in inputs.resolvers {
        let around = resolver.plan.around(time);
        let found = match around {
            Anchors::On(node) => on_keyframe(resolver, node, inputs)?,
            _ => lane::composed(resolver, around, time, inputs)?,
        };
        // What was kept a moment ago and is not now is computed again.
        let Some(record) = found else { return Err(Missing::Again) };
        let pinned = matches!(around, Anchors::On(_));
        let fixed = matches!(around, Anchors::On(node) if resolver.plan.keyframes[node].mask.is_some());
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
    Ok(objects)
}

/// The first and the last frame that the one at `time` depends on.
fn path(resolvers: &[Resolver], time: i64) -> (i64, i64) {
    let (mut first, mut last) = (time, time);
    for resolver in resolvers {
        let keyframes = &resolver.plan.keyframes;
        let of = |around: Anchors| match around {
            Anchors::On(node) => vec![node],
            around => around.keys().collect(),
        };
        let mut open = of(resolver.plan.around(time));
        let mut met = vec![false; keyframes.len()];
        while let Some(node) = open.pop() {
            if std::mem::replace(&mut met[node], true) {
                continue;
            }
            (first, last) = (first.min(keyframes[node].time), last.max(keyframes[node].time));
            open.extend(resolver.plan.remembered(node));
            open.extend(keyframes[node].earlier.map(of).into_iter().flatten());
        }
    }
    (first, last)
}

fn on_keyframe(
    resolver: &Resolver,
    node: usize,
    inputs: &StepInputs,
) -> Result<Option<Arc<Record>>, Missing> {
    let about = &resolver.plan.keyframes[node];
    let Some(mask) = &about.mask else {
        let key = resolver.key(node).map_err(|_| Missing::Again)?;
        return Ok((inputs.load)(&key));
    };
    let matte = mask.matte().map_err(|_| JobError::Internal("a mask prompt is damaged".into()))?;
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
                let frames: Vec<Noted> = places.map_while(|d| footage.noted(chain.time(d))).collect();
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
fn noted_path(store: &Store, chain: &Chain, troubles: &mut Vec<StoreTrouble>) -> HashMap<i64, Noted> {
    let mut frames = HashMap::new();
    for stretch in 0.. {
        let noted = store.path_of(&stretch_id(chain, stretch)).unwrap_or_else(|trouble| {
            troubles.push(trouble);
            Vec::new()
        });
        let first = stretch * STRETCH + 1;
        frames.extend(noted.iter().take(STRETCH).enumerate().map(|(i, n)| (chain.time(first + i), *n)));
        if noted.len() < STRETCH {
            break;
        }
    }
    frames
}

//! One request: from the frame that is asked for to its mattes.
//!
//! The request is worked on by trying: each try runs with what is at hand until it lacks something,
//! a frame or a result; that is fetched or computed one step further with no lock held between, and
//! the next try finds it. What other threads did meanwhile is found as well.

use std::cell::RefCell;
use std::sync::Arc;

use super::asked::{Caller, FrameRequest};
use super::finish::{TrackedObject, finish};
use super::goals::{goals, path, state};
use super::missing::Missing;
use super::path_notes::note_paths;
use super::reader::FootageReader;
use super::results::Results;
use super::supply::{JobSupply, StoreAccess};
use crate::engine::chain::{Resolver, ResolverInputs};
use crate::engine::footage::Footage;
use crate::engine::lane::{Goal, StepInputs, TrackerLane};
use crate::engine::plan::{Plan, TrackerPart};
use crate::engine::shared::SharedParts;
use crate::engine::store::StoreTrouble;
use crate::job::{FrameState, JobError, ModelInfo, Note};

/// How often a result is computed at most, where it is lost each time.
const MOST_COMPUTED: u32 = 8;
/// Times that a request goes on with less memory: with smaller inputs, and on the processor.
const MOST_FALLBACKS: u32 = 4;
/// Steps of a request after which it is noted how far its chains are.
const NOTED_EVERY: usize = 64;

/// A frame of a request being worked on, for the objects that one tracker tracks.
pub struct TrackJob<'a> {
    shared: &'a SharedParts,
    asked: FrameRequest<'a>,
    part: TrackerPart<'a>,
    lane: Arc<TrackerLane>,
    reader: FootageReader<'a>,
    /// How often less memory was gone on with.
    fallbacks: u32,
    results: RefCell<Results>,
    troubles: RefCell<Vec<StoreTrouble>>,
    /// What the steps have to tell.
    notes: RefCell<Vec<String>>,
    /// Steps that were taken.
    done: usize,
    /// First and last frame of which is asked what is known.
    surveyed: Option<(i64, i64)>,
}

/// What became of a try.
enum Attempt {
    /// The frame is there, and depends on frames between these two.
    Finished(Vec<TrackedObject>, (i64, i64)),
    /// A step was taken; so many were left before it.
    Stepped(usize),
    /// What is known of the frames that were asked about.
    Surveyed(Vec<FrameState>),
}

impl<'a> TrackJob<'a> {
    /// Begins to work on `part` of the objects of a request; its tracker is opened where it is not.
    ///
    /// # Errors
    /// [`JobError`] of a tracker that cannot be opened.
    pub fn new(
        shared: &'a SharedParts,
        asked: FrameRequest<'a>,
        part: TrackerPart<'a>,
        mut caller: Caller<'a>,
    ) -> Result<Self, JobError> {
        let lane = shared.lanes.get(asked.request, part.tracker, &shared.store)?;
        if let Some(note) = &lane.info.note {
            caller.warn(note);
        }
        Ok(Self {
            shared,
            asked,
            part,
            lane,
            reader: FootageReader::new(shared, asked, caller),
            fallbacks: 0,
            results: RefCell::default(),
            troubles: RefCell::default(),
            notes: RefCell::default(),
            done: 0,
            surveyed: None,
        })
    }

    /// Works until the objects are there; gives them in the order of the prompts, and what tracked them.
    ///
    /// # Errors
    /// [`JobError`] by who must act.
    pub fn run(mut self) -> Result<(Vec<TrackedObject>, ModelInfo), JobError> {
        self.reader.fetch(self.asked.time)?;
        loop {
            self.reader.caller.check_aborted()?;
            let tried = self.attempt();
            for trouble in self.troubles.take() {
                self.reader.caller.warn(trouble.to_string());
            }
            for note in self.notes.take() {
                (self.reader.caller.notes)(Note::Info(note));
            }
            match tried {
                Ok(Attempt::Finished(objects, path)) => {
                    if self.reader.spot_check(path)? {
                        self.reader.tell_trusted(path);
                        self.tell_noticed(&objects);
                        return Ok((objects, self.lane.info.clone()));
                    }
                }
                Ok(Attempt::Stepped(left)) => self.progress(left),
                Ok(Attempt::Surveyed(_)) => {
                    return Err(JobError::Internal("a survey was computed instead of mattes".into()));
                }
                Err(missing) => self.get(missing)?,
            }
        }
    }

    /// Tells what was noticed on the way to the frame.
    fn tell_noticed(&mut self, objects: &[TrackedObject]) {
        for object in objects {
            if let Some(noticed) = object.noticed {
                let text = noticed.told(&object.matte.name, self.asked.time);
                let note = if noticed.is_warning() { Note::Warning(text) } else { Note::Info(text) };
                (self.reader.caller.notes)(note);
            }
        }
    }

    /// What is known of the frames from `first` to `last`, none of which is computed or, but for those that tell
    /// which footage it is, fetched.
    ///
    /// # Errors
    /// [`JobError`] by who must act.
    pub fn survey(mut self, (first, last): (i64, i64)) -> Result<Vec<FrameState>, JobError> {
        self.surveyed = Some((first, last));
        self.reader.fetch(self.asked.time)?;
        loop {
            self.reader.caller.check_aborted()?;
            match self.attempt() {
                Ok(Attempt::Surveyed(states)) => return Ok(states),
                Ok(_) => return Err(JobError::Internal("mattes were computed instead of a survey".into())),
                Err(Missing::Device(reason)) => return Err(JobError::Model(reason)),
                Err(missing) => self.get(missing)?,
            }
        }
    }

    /// Gets what a try lacked.
    fn get(&mut self, missing: Missing) -> Result<(), JobError> {
        match missing {
            Missing::Again => Ok(()),
            Missing::Frame(time) => self.reader.fetch(time),
            Missing::Anchor(time) => self.reader.fetch_anchor(time),
            Missing::Masks(times) => self.reader.fetch_masks(&times),
            Missing::MaskStamps(times) => self.reader.check_mask_stamps(times),
            Missing::Stamp(time) => self.reader.check_stamps(time),
            Missing::Device(reason) => self.fall_back(reason),
            Missing::Failed(error) => Err(error),
        }
    }

    /// Goes on with a smaller input, or with the tracker on a device with more memory. All that is known by the
    /// tracker is known by its device too, so nothing that the other one computed is taken for its own.
    fn fall_back(&mut self, reason: String) -> Result<(), JobError> {
        self.fallbacks += 1;
        if self.fallbacks > MOST_FALLBACKS {
            return Err(JobError::Model(reason));
        }
        self.lane = self.shared.lanes.get(self.asked.request, self.part.tracker, &self.shared.store)?;
        self.results = RefCell::default();
        if let Some(note) = &self.lane.info.note {
            self.reader.caller.warn(note);
        }
        Ok(())
    }

    fn progress(&mut self, left: usize) {
        self.done += 1;
        let (done, left) = (self.done as u64, left as u64);
        if done + left > 2 {
            (self.reader.caller.notes)(Note::Progress { done, total: done + left.saturating_sub(1) });
        }
    }

    /// The plan of all objects of the request.
    fn plan(&mut self, footage: &Footage) -> Result<Arc<Plan>, Missing> {
        let request = self.asked.request;
        let keys = self.reader.mask_keys(footage)?;
        if let Some(plan) = self.shared.plans.get(request, keys.as_ref().map(|keys| keys.digest)) {
            return Ok(plan);
        }
        let masks = keys.map(|keys| self.reader.mask_input(&keys)).transpose()?;
        Ok(self.shared.plans.make(request, masks).map_err(JobError::from)?)
    }

    /// Runs with what is at hand.
    fn attempt(&mut self) -> Result<Attempt, Missing> {
        let footage = self.reader.identified()?;
        let plan = self.plan(&footage)?;
        let (request, time) = (self.asked.request, self.asked.time);
        let access = StoreAccess {
            store: &self.shared.store,
            on_disk: request.store,
            size: (request.width, request.height),
            troubles: &self.troubles,
            notes: &self.notes,
        };
        let supply = JobSupply::new(access, &self.results, &self.reader, &footage);
        footage.digests.enter(supply.sure_since());
        let inputs = ResolverInputs {
            tracker: self.lane.digest,
            size: access.size,
            frames: usize::try_from(request.last.abs_diff(request.first))
                .map_or(usize::MAX, |n| n.saturating_add(1)),
            supply: &supply,
            digests: &footage.digests,
            since: supply.sure_since(),
        };
        let objects = plan.iter().filter(|object| self.part.objects.contains(&object.name.as_str()));
        let resolvers: Vec<Resolver> = objects.map(|object| Resolver::new(object, inputs)).collect();

        if let Some(frames) = self.surveyed {
            let states = states(&resolvers, &footage, frames)?;
            return supply
                .unchecked()
                .map_or(Ok(Attempt::Surveyed(states)), |time| Err(Missing::Stamp(time)));
        }
        let goals = goals(&resolvers, time);
        if let Some(time) = supply.unchecked() {
            return Err(Missing::Stamp(time));
        }
        let goals = goals?;
        self.results.borrow_mut().want(goals.iter().filter_map(|lacking| lacking.result));
        let inputs = StepInputs { resolvers: &resolvers, supply: &supply };
        let tried = if goals.is_empty() {
            Attempt::Finished(finish(&resolvers, time)?, path(&resolvers, time))
        } else {
            let goals: Vec<Goal> = goals.into_iter().map(|lacking| lacking.goal).collect();
            Attempt::Stepped(self.lane.step(&goals, &inputs)?)
        };
        if request.store && (matches!(tried, Attempt::Finished(..)) || self.done.is_multiple_of(NOTED_EVERY))
        {
            note_paths(access.store, &resolvers, (time, &footage), &self.troubles);
        }
        if self.results.borrow().most_computed() > MOST_COMPUTED {
            let text = "cannot keep mattes: neither the cache folder nor a temporary file is writable";
            return Err(JobError::Internal(text.into()).into());
        }
        Ok(tried)
    }
}

/// What is known of the frames from `first` to `last`; the keyframes that tell it have to be seen for it.
fn states(
    resolvers: &[Resolver],
    footage: &Footage,
    (first, last): (i64, i64),
) -> Result<Vec<FrameState>, Missing> {
    for resolver in resolvers {
        let telling = resolver.plan.telling((first, last));
        let mut times = telling.into_iter().map(|keyframe| resolver.plan.keyframes[keyframe].time);
        if let Some(unseen) = times.find(|&time| footage.frame(time).is_none()) {
            return Err(Missing::Frame(unseen));
        }
    }
    Ok((first..=last).map(|time| state(resolvers, time)).collect())
}

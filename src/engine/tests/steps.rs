//! A lane needs a supply and nothing else: no store, no host, no footage.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::rig::{Counts, Elephant, HEIGHT, Noise, WIDTH};
use crate::engine::chain::{Chain, ChainDigests, Resolver, ResolverInputs};
use crate::engine::digest::Digest;
use crate::engine::lane::{Goal, StepError, StepInputs, Target, TrackerLane};
use crate::engine::plan::{KeyPrompt, ObjectPlan};
use crate::engine::store::Record;
use crate::engine::supply::StepSupply;
use crate::job::prompts::{Label, PointPrompt, PromptKind};
use crate::job::{FrameSource, ModelInfo, Propagation};
use crate::models::Memory;
use crate::raster::{Frame, PixelPoint};

/// All in memory.
#[derive(Default)]
struct InMemory {
    frames: RefCell<HashMap<i64, Arc<Frame>>>,
    records: RefCell<HashMap<Digest, Arc<Record>>>,
    memories: RefCell<HashMap<Digest, Vec<u8>>>,
    recalled: RefCell<HashSet<Digest>>,
}

impl StepSupply for InMemory {
    fn frame_digest(&self, time: i64) -> Option<Digest> {
        self.frame(time).map(|frame| Digest::of_frame(&frame))
    }
    fn frame(&self, time: i64) -> Option<Arc<Frame>> {
        self.frames.borrow().get(&time).cloned()
    }
    fn recall(&self, chain: &Chain) {
        self.recalled.borrow_mut().insert(chain.id);
    }
    fn has_record(&self, result: &Digest) -> bool {
        self.records.borrow().contains_key(result)
    }
    fn record(&self, result: &Digest) -> Option<Arc<Record>> {
        self.records.borrow().get(result).cloned()
    }
    fn keep_record(&self, result: Digest, record: Record) {
        self.records.borrow_mut().insert(result, Arc::new(record));
    }
    fn memory(&self, result: &Digest) -> Option<Vec<u8>> {
        self.memories.borrow().get(result).cloned()
    }
    fn tell(&self, _: String) {}
    fn lasts(&self) -> bool {
        true
    }
    fn keep_memory(&self, result: Digest, memory: &dyn Memory) {
        self.memories.borrow_mut().extend(memory.save().map(|bytes| (result, bytes)));
    }
}

fn lane(counts: &Arc<Counts>) -> TrackerLane {
    let info = ModelInfo { name: "elephant".into(), version: "1".into(), device: "CPU".into(), note: None };
    TrackerLane::new(info, Ok(Box::new(Elephant(Arc::clone(counts)))))
}

/// Steps towards the frame at `time` until it is there; frames that are lacking are fetched, and told in order.
fn step_to(time: i64, lane: &TrackerLane, supply: &InMemory) -> Vec<i64> {
    let at = PixelPoint { x: 1.0, y: 1.0 };
    let click = KeyPrompt::PointOrBox(PromptKind::Point(PointPrompt { at, label: Label::Positive }));
    let plan = ObjectPlan::new("dog".into(), vec![(0, click)], Propagation::Spans);
    let digests = ChainDigests::default();
    let (size, frames) = ((WIDTH, HEIGHT), 100);
    let inputs = ResolverInputs { tracker: lane.digest, size, frames, supply, digests: &digests, since: 0 };
    let mut fetched = Vec::new();
    loop {
        let resolvers = [Resolver::new(&plan, inputs)];
        let goal = match resolvers[0].reach(0, time) {
            Ok(reach) if supply.has_record(&reach.wanted) => return fetched,
            Ok(reach) => Goal { object: 0, target: Target::Chain(reach) },
            Err(_) => Goal { object: 0, target: Target::Keyframe(0) },
        };
        let lacking = match lane.step(&[goal], &StepInputs { resolvers: &resolvers, supply }) {
            Ok(0) => fetched.last().map_or(0, |last| last + 1),
            Ok(_) => continue,
            Err(StepError::Frame(lacking)) => lacking,
            Err(other) => panic!("{other:?}"),
        };
        let frame = Noise::new(1).frame(lacking).expect("a frame");
        supply.frames.borrow_mut().insert(lacking, frame);
        fetched.push(lacking);
    }
}

#[test]
fn a_step_says_which_frame_it_lacks_and_keeps_what_it_makes() {
    let (counts, supply) = (Arc::default(), InMemory::default());
    let lane = lane(&counts);
    assert_eq!(step_to(20, &lane, &supply), (0..=20).collect::<Vec<_>>());
    assert_eq!(counts.propagate.load(Ordering::Relaxed), 20);
    assert_eq!(supply.records.borrow().len(), 21, "the keyframe and the frames after it");
    assert_eq!(supply.recalled.borrow().len(), 1, "the chain that came to a frame that was not known");
    lane.settle();
    assert_eq!(supply.memories.borrow().len(), 1, "that of frame 16");
}

#[test]
fn another_lane_goes_on_from_the_memory_that_was_kept() {
    let (first, second) = (Arc::default(), Arc::default());
    let supply = InMemory::default();
    step_to(20, &lane(&first), &supply);
    let before = supply.records.take();
    step_to(20, &lane(&second), &supply);
    let after = supply.records.borrow();
    assert!(second.propagate.load(Ordering::Relaxed) < first.propagate.load(Ordering::Relaxed));
    assert!(after.iter().all(|(result, record)| before.get(result) == Some(record)), "the same bytes");
}

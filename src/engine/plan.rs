//! The propagation plan of one object: which keyframes there are, what corrects what, and from
//! which keyframes a frame is reached.
//!
//! A frame before the first keyframe is tracked backward from it, one after the last forward, one
//! between two from both. A keyframe whose mask is empty says that the object is not there: nothing
//! is tracked from it, and what is tracked from its other neighbour ends at it.
//!
//! Clicks correct what the prompts listed before them give on that frame. So a keyframe of clicks
//! is a node whose *earlier* matte is the track of the nodes before it, and a prompt that is added
//! to the end of the list changes no other keyframe.
//!
//! All of this is [`Propagation::Spans`]. In [`Propagation::Reference`] every frame is reached from
//! the first keyframe with all keyframes remembered, and clicks say all by themselves.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::digest::{Digest, Recipe};
use super::record::{Damaged, Record};
use crate::job::Propagation;
use crate::job::prompts::{FramePrompt, Label, PromptKind};
use crate::raster::Matte;

/// A mask prompt, compressed.
#[derive(Debug, Clone)]
pub struct MaskPrompt {
    /// Of its values.
    pub digest: Digest,
    /// Whether it says that the object is not there.
    pub empty: bool,
    bytes: Arc<[u8]>,
    size: (u32, u32),
}

impl MaskPrompt {
    /// Keeps `matte`.
    pub fn new(matte: Matte) -> Self {
        let digest = Digest::of_matte(&matte);
        let size = (matte.width(), matte.height());
        let empty = matte.is_empty();
        let bytes = Record { matte, confidence: 1.0, present: !empty }.encode().into();
        Self { digest, empty, bytes, size }
    }

    /// As it was given.
    pub fn matte(&self) -> Result<Matte, Damaged> {
        Record::decode(&self.bytes, self.size.0, self.size.1).map(|r| r.matte)
    }
}

/// One prompt of the object, its mask loaded.
#[derive(Debug, Clone)]
pub enum KeyPrompt {
    /// A point or a box.
    PointOrBox(PromptKind),
    /// A mask.
    Mask(MaskPrompt),
}

/// A keyframe, as far as some prefix of the list of prompts tells.
#[derive(Debug, Clone)]
pub struct Keyframe {
    /// The frame's number.
    pub time: i64,
    /// Clicks and box; the mask is kept apart.
    pub prompt: FramePrompt,
    /// The matte of the frame, when it is given.
    pub mask: Option<MaskPrompt>,
    /// Of all that is said here.
    pub digest: Digest,
    /// Where the matte that clicks correct comes from.
    pub earlier: Option<Anchors>,
}

impl Keyframe {
    /// Whether it says that the object is not there.
    pub fn absent(&self) -> bool {
        self.mask.as_ref().is_some_and(|m| m.empty)
    }

    /// What the tracker is given.
    pub fn whole_prompt(&self) -> Result<FramePrompt, Damaged> {
        let mut prompt = self.prompt.clone();
        if let Some(mask) = &self.mask {
            prompt.mask = Some(mask.matte()?);
        }
        Ok(prompt)
    }
}

/// From where a frame is reached: indices of nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchors {
    /// A keyframe itself.
    On(usize),
    /// From one keyframe only.
    From(usize),
    /// From the keyframes before and after it.
    Between(usize, usize),
    /// The object is said not to be there.
    Nowhere,
}

impl Anchors {
    /// The keyframes whose chains lead there, the one before first; none on a keyframe.
    pub fn keys(self) -> impl Iterator<Item = usize> {
        let (one, other) = match self {
            Self::On(_) | Self::Nowhere => (None, None),
            Self::From(key) => (Some(key), None),
            Self::Between(before, after) => (Some(before), Some(after)),
        };
        one.into_iter().chain(other)
    }
}

/// One object.
#[derive(Debug, Clone)]
pub struct ObjectPlan {
    /// Its name.
    pub name: String,
    /// All nodes; those that another refers to come before it.
    pub keyframes: Vec<Keyframe>,
    /// How the frames between are reached.
    pub propagation: Propagation,
    /// The keyframes of the whole list, by time.
    keys: BTreeMap<i64, usize>,
}

impl ObjectPlan {
    /// The plan of an object of which `said` is said, in that order.
    pub fn new(name: String, prompts: Vec<(i64, KeyPrompt)>, propagation: Propagation) -> Self {
        let mut builder = Builder::default();
        for (time, prompts) in usable_first(prompts) {
            builder.add(time, prompts);
        }
        if propagation == Propagation::Reference {
            builder.listed.clear();
        }
        let (keyframes, keys) = builder.done();
        Self { name, keyframes, propagation, keys }
    }

    /// From where the frame at `time` is reached.
    pub fn around(&self, time: i64) -> Anchors {
        match (self.propagation, self.keys.first_key_value()) {
            (Propagation::Reference, Some((_, &first))) => {
                self.keys.get(&time).map_or(Anchors::From(first), |&node| Anchors::On(node))
            }
            _ => around(&self.keys, &self.keyframes, time),
        }
    }

    /// The keyframes that a walk from `key` remembers from its beginning, in the order in which it
    /// is told of them: the one that it starts from comes last.
    pub fn remembered(&self, key: usize) -> Vec<usize> {
        match self.propagation {
            Propagation::Spans => vec![key],
            Propagation::Reference => self.keys.values().rev().copied().collect(),
        }
    }

    /// The keyframe at `time` that a walk comes by; none where it ends at keyframes.
    pub fn passed(&self, time: i64) -> Option<usize> {
        let passes = self.propagation == Propagation::Reference;
        self.keys.get(&time).copied().filter(|_| passes)
    }
}

/// Negative points can only correct: those listed before anything that says where the object is
/// count as listed after it.
fn usable_first(prompts: Vec<(i64, KeyPrompt)>) -> Vec<(i64, KeyPrompt)> {
    let positive = |s: &KeyPrompt| match s {
        KeyPrompt::PointOrBox(PromptKind::Point(p)) => p.label == Label::Positive,
        KeyPrompt::PointOrBox(_) => true,
        KeyPrompt::Mask(m) => !m.empty,
    };
    let tell: HashSet<i64> = prompts.iter().filter(|(_, s)| positive(s)).map(|(t, _)| *t).collect();
    let Some(first) = prompts.iter().position(|(t, _)| tell.contains(t)) else {
        return prompts;
    };
    let only_corrects = |s: &KeyPrompt| matches!(s, KeyPrompt::PointOrBox(_));
    let late: Vec<_> = prompts[..first].iter().filter(|(_, s)| only_corrects(s)).cloned().collect();
    let mut ordered: Vec<_> = prompts[..first].iter().filter(|(_, s)| !only_corrects(s)).cloned().collect();
    ordered.push(prompts[first].clone());
    ordered.extend(late);
    ordered.extend_from_slice(&prompts[first + 1..]);
    ordered
}

/// A keyframe as it was when so many of its prompts were listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Version {
    time: i64,
    count: usize,
    absent: bool,
}

#[derive(Default)]
struct Builder {
    /// All that is said of a frame, in order.
    prompts: HashMap<i64, Vec<KeyPrompt>>,
    /// Frames in the order in which they are first listed, with their neighbours at that time.
    listed: Vec<(i64, Neighbours)>,
    /// The keyframes as of now.
    current: BTreeMap<i64, Version>,
    keyframes: Vec<Keyframe>,
    known: HashMap<Version, usize>,
    earlier: HashMap<i64, Anchors>,
}

/// The keyframes before and after a frame.
type Neighbours = (Option<Version>, Option<Version>);

impl Builder {
    fn add(&mut self, time: i64, prompts: KeyPrompt) {
        if !self.current.contains_key(&time) {
            let left = self.current.range(..time).next_back().map(|(_, v)| *v);
            let right = self.current.range(time..).next().map(|(_, v)| *v);
            self.listed.push((time, (left, right)));
        }
        let version = self.current.entry(time).or_insert(Version { time, count: 0, absent: false });
        version.count += 1;
        version.absent |= matches!(&prompts, KeyPrompt::Mask(m) if m.empty);
        self.prompts.entry(time).or_default().push(prompts);
    }

    fn done(mut self) -> (Vec<Keyframe>, BTreeMap<i64, usize>) {
        // In the order of the list, so that what a node refers to is there before it.
        for (time, (left, right)) in std::mem::take(&mut self.listed) {
            let left = left.filter(|v| !v.absent).map(|v| self.node(v));
            let right = right.filter(|v| !v.absent).map(|v| self.node(v));
            match (left, right) {
                (Some(left), Some(right)) => self.earlier.insert(time, Anchors::Between(left, right)),
                (Some(node), None) | (None, Some(node)) => self.earlier.insert(time, Anchors::From(node)),
                (None, None) => None,
            };
        }
        let current = std::mem::take(&mut self.current);
        let keys = current.into_iter().map(|(time, version)| (time, self.node(version))).collect();
        (self.keyframes, keys)
    }

    fn node(&mut self, version: Version) -> usize {
        if let Some(&known) = self.known.get(&version) {
            return known;
        }
        let time = version.time;
        let mut shapes = FramePrompt::default();
        let mut mask = None;
        for prompts in self.prompts.get(&time).into_iter().flatten().take(version.count) {
            match prompts {
                KeyPrompt::PointOrBox(PromptKind::Point(point)) => shapes.points.push(*point),
                KeyPrompt::PointOrBox(PromptKind::Box(bounds)) => shapes.bounds = Some(*bounds),
                KeyPrompt::PointOrBox(PromptKind::Mask(_) | PromptKind::Shapes { .. }) => {}
                KeyPrompt::Mask(given) => mask = Some(given.clone()),
            }
        }
        if mask.is_some() {
            // The mask is the matte: there is nothing left for clicks to say.
            shapes = FramePrompt::default();
        }
        // A mask or a box says all by itself.
        let corrects = mask.is_none() && shapes.bounds.is_none();
        let earlier = self.earlier.get(&time).copied().filter(|_| corrects);
        let digest = said_digest(&shapes, mask.as_ref());
        self.keyframes.push(Keyframe { time, prompt: shapes, mask, digest, earlier });
        self.known.insert(version, self.keyframes.len() - 1);
        self.keyframes.len() - 1
    }
}

fn said_digest(shapes: &FramePrompt, mask: Option<&MaskPrompt>) -> Digest {
    let mut recipe = Recipe::new("prompt").number(shapes.points.len() as i64);
    for point in &shapes.points {
        let positive = i64::from(point.label == Label::Positive);
        recipe = recipe.real(point.at.x).real(point.at.y).number(positive);
    }
    if let Some(b) = shapes.bounds {
        recipe = recipe.text("box").real(b.x0).real(b.y0).real(b.x1).real(b.y1);
    }
    if let Some(mask) = mask {
        recipe = recipe.text("mask").digest(&mask.digest);
    }
    recipe.done()
}

fn around(keys: &BTreeMap<i64, usize>, keyframes: &[Keyframe], time: i64) -> Anchors {
    if let Some(&node) = keys.get(&time) {
        return Anchors::On(node);
    }
    let present = |found: Option<(&i64, &usize)>| found.map(|(_, &n)| n).filter(|&n| !keyframes[n].absent());
    let left = present(keys.range(..time).next_back());
    let right = present(keys.range(time..).next());
    match (left, right) {
        (Some(left), Some(right)) => Anchors::Between(left, right),
        (Some(node), None) | (None, Some(node)) => Anchors::From(node),
        (None, None) => Anchors::Nowhere,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::prompts::PointPrompt;
    use crate::raster::PixelPoint;

    fn click(x: f64) -> KeyPrompt {
        let at = PixelPoint { x, y: 1.0 };
        KeyPrompt::PointOrBox(PromptKind::Point(PointPrompt { at, label: Label::Positive }))
    }

    fn mask(value: f32) -> KeyPrompt {
        KeyPrompt::Mask(MaskPrompt::new(Matte::filled(2, 2, value)))
    }

    fn key(plan: &ObjectPlan, time: i64) -> &Keyframe {
        match plan.around(time) {
            Anchors::On(node) => &plan.keyframes[node],
            other => panic!("frame {time} is {other:?}"),
        }
    }

    #[test]
    fn frames_are_reached_from_their_neighbouring_keyframes() {
        let plan = ObjectPlan::new(
            "a".into(),
            vec![(10, mask(1.0)), (20, mask(1.0)), (30, mask(0.0))],
            Propagation::Spans,
        );
        assert_eq!(plan.around(5), Anchors::From(0));
        assert_eq!(plan.around(10), Anchors::On(0));
        assert_eq!(plan.around(15), Anchors::Between(0, 1));
        assert_eq!(plan.around(25), Anchors::From(1));
        assert_eq!(plan.around(31), Anchors::Nowhere);
    }

    #[test]
    fn a_correction_at_the_end_of_the_list_changes_no_other_keyframe() {
        let before = ObjectPlan::new("a".into(), vec![(0, mask(1.0)), (30, click(1.0))], Propagation::Spans);
        let after = ObjectPlan::new(
            "a".into(),
            vec![(0, mask(1.0)), (30, click(1.0)), (15, click(2.0))],
            Propagation::Spans,
        );
        assert_eq!(key(&before, 30).earlier, Some(Anchors::From(0)));
        assert_eq!(key(&after, 30).earlier, Some(Anchors::From(0)));
        assert!(matches!(key(&after, 15).earlier, Some(Anchors::Between(0, _))));
        // A further click on 15 corrects the same earlier matte and is not seen by 30 either.
        let again = vec![(0, mask(1.0)), (15, click(2.0)), (30, click(1.0)), (15, click(3.0))];
        let again = ObjectPlan::new("a".into(), again, Propagation::Spans);
        assert_eq!(key(&again, 15).prompt.points.len(), 2);
        let Some(Anchors::From(seen)) = key(&again, 30).earlier else { panic!("30 is corrected") };
        assert_eq!((again.keyframes[seen].time, again.keyframes[seen].prompt.points.len()), (15, 1));
    }

    #[test]
    fn masks_and_boxes_need_no_earlier_matte() {
        let plan = ObjectPlan::new(
            "a".into(),
            vec![(0, click(1.0)), (9, mask(1.0)), (9, click(1.0))],
            Propagation::Spans,
        );
        assert_eq!(key(&plan, 0).earlier, None);
        assert_eq!(key(&plan, 9).earlier, None);
        assert!(key(&plan, 9).prompt.points.is_empty());
    }

    #[test]
    fn the_reference_reaches_all_frames_from_the_first_keyframe() {
        let prompts = vec![(20, mask(1.0)), (10, click(1.0)), (30, mask(0.0))];
        let plan = ObjectPlan::new("a".into(), prompts, Propagation::Reference);
        let times =
            |keyframes: Vec<usize>| keyframes.iter().map(|&n| plan.keyframes[n].time).collect::<Vec<_>>();
        for time in [5, 15, 25, 35] {
            let Anchors::From(key) = plan.around(time) else { panic!("frame {time} is tracked") };
            assert_eq!(times(plan.remembered(key)), [30, 20, 10]);
        }
        assert!(plan.keyframes.iter().all(|n| n.earlier.is_none()));
        assert_eq!(plan.passed(20).map(|n| plan.keyframes[n].time), Some(20));
        assert_eq!(plan.passed(21), None);
    }

    #[test]
    fn negative_points_wait_for_something_to_correct() {
        let at = PixelPoint { x: 1.0, y: 1.0 };
        let off = KeyPrompt::PointOrBox(PromptKind::Point(PointPrompt { at, label: Label::Negative }));
        let plan = ObjectPlan::new("a".into(), vec![(3, off), (5, mask(1.0))], Propagation::Spans);
        assert!(matches!(key(&plan, 3).earlier, Some(Anchors::From(_))));
    }
}

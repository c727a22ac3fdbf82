//! The propagation plan of one object: which keyframes there are, what corrects what, and from
//! which keyframes a frame is reached.
//!
//! A frame before the first keyframe is tracked backward from it, one after the last forward, one
//! between two from both. A keyframe whose mask is empty says that the object is not there: nothing
//! is tracked from it, and what is tracked from its other neighbour ends at it.
//!
//! Clicks correct what the prompts listed before them give on that frame. So a keyframe of clicks
//! has an *earlier* matte, the track of the keyframes before it, and a prompt that is added
//! to the end of the list changes no other keyframe.
//!
//! All of this is [`Propagation::Spans`]. In [`Propagation::Reference`] every frame is reached from
//! the first keyframe with all keyframes remembered, and clicks say all by themselves.

use std::collections::{BTreeMap, BTreeSet};

use super::builder::{Builder, usable_first};
use super::key_prompt::KeyPrompt;
use super::keyframe::{Anchors, Keyframe};
use crate::job::Propagation;

/// One object.
#[derive(Debug, Clone)]
pub struct ObjectPlan {
    /// Its name.
    pub name: String,
    /// All keyframes; those that another refers to come before it.
    pub keyframes: Vec<Keyframe>,
    /// How the frames between are reached.
    pub propagation: Propagation,
    /// The keyframes of the whole list, by time.
    keys: BTreeMap<i64, usize>,
}

impl ObjectPlan {
    /// The plan of an object of the prompts on these frames, in that order.
    pub fn new(name: String, prompts: Vec<(i64, KeyPrompt)>, propagation: Propagation) -> Self {
        let mut builder = Builder::default();
        for (time, prompt) in usable_first(prompts) {
            builder.add(time, prompt);
        }
        if propagation == Propagation::Reference {
            builder.correct_nothing();
        }
        let (keyframes, keys) = builder.done();
        Self { name, keyframes, propagation, keys }
    }

    /// From where the frame at `time` is reached.
    pub fn around(&self, time: i64) -> Anchors {
        match (self.propagation, self.keys.first_key_value()) {
            (Propagation::Reference, Some((_, &first))) => {
                self.keys.get(&time).map_or(Anchors::From(first), |&keyframe| Anchors::On(keyframe))
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

    /// The keyframes by whose frames is told what is known of the frames from `first` to `last`. One whose mask is
    /// given, between others of that kind, tells nothing.
    pub fn telling(&self, (first, last): (i64, i64)) -> BTreeSet<usize> {
        if self.propagation == Propagation::Reference {
            return (0..self.keyframes.len()).collect();
        }
        let of = |around: Anchors| match around {
            Anchors::On(keyframe) => self.keyframes[keyframe].given().is_none().then_some(keyframe),
            _ => None,
        };
        let mut found = BTreeSet::new();
        for time in first..=last {
            let around = self.around(time);
            found.extend(of(around).into_iter().chain(around.keys()));
        }
        // What clicks correct is told by other keyframes.
        for (i, keyframe) in
            self.keyframes.iter().enumerate().filter(|(_, keyframe)| keyframe.earlier.is_some())
        {
            found.insert(i);
            found.extend(keyframe.earlier.into_iter().flat_map(Anchors::keys));
        }
        found
    }

    /// The keyframe at `time` that a walk comes by; none where it ends at keyframes.
    pub fn passed(&self, time: i64) -> Option<usize> {
        let passes = self.propagation == Propagation::Reference;
        self.keys.get(&time).copied().filter(|_| passes)
    }
}

fn around(keys: &BTreeMap<i64, usize>, keyframes: &[Keyframe], time: i64) -> Anchors {
    if let Some(&keyframe) = keys.get(&time) {
        return Anchors::On(keyframe);
    }
    let present = |found: Option<(&i64, &usize)>| found.map(|(_, &n)| n).filter(|&n| !keyframes[n].absent());
    let left = present(keys.range(..time).next_back());
    let right = present(keys.range(time..).next());
    match (left, right) {
        (Some(left), Some(right)) => Anchors::Between(left, right),
        (Some(keyframe), None) | (None, Some(keyframe)) => Anchors::From(keyframe),
        (None, None) => Anchors::Nowhere,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::plan::key_prompt::MaskPrompt;
    use crate::job::prompts::{Label, PointPrompt, PromptKind};
    use crate::raster::{Matte, PixelPoint};

    fn click(x: f64) -> KeyPrompt {
        let at = PixelPoint { x, y: 1.0 };
        KeyPrompt::PointOrBox(PromptKind::Point(PointPrompt { at, label: Label::Positive }))
    }

    fn mask(value: f32) -> KeyPrompt {
        KeyPrompt::Mask(MaskPrompt::new(Matte::filled(2, 2, value)))
    }

    fn key(plan: &ObjectPlan, time: i64) -> &Keyframe {
        match plan.around(time) {
            Anchors::On(keyframe) => &plan.keyframes[keyframe],
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
    fn masks_side_by_side_tell_nothing_of_other_frames() {
        let masks = (0..20).chain(30..50).map(|time| (time, mask(1.0))).collect();
        let plan = ObjectPlan::new("a".into(), masks, Propagation::Spans);
        let times =
            |frames| plan.telling(frames).into_iter().map(|n| plan.keyframes[n].time).collect::<Vec<_>>();
        assert_eq!(
            (times((0, 49)), times((0, 19)), times((25, 60))),
            (vec![19, 30], vec![], vec![19, 30, 49])
        );
        let clicked = ObjectPlan::new("a".into(), vec![(0, mask(1.0)), (9, click(1.0))], Propagation::Spans);
        assert_eq!(clicked.telling((9, 9)).len(), 2, "what it corrects");
    }

    #[test]
    fn negative_points_wait_for_something_to_correct() {
        let at = PixelPoint { x: 1.0, y: 1.0 };
        let off = KeyPrompt::PointOrBox(PromptKind::Point(PointPrompt { at, label: Label::Negative }));
        let plan = ObjectPlan::new("a".into(), vec![(3, off), (5, mask(1.0))], Propagation::Spans);
        assert!(matches!(key(&plan, 3).earlier, Some(Anchors::From(_))));
    }
}

//! By what digest each result of one object is known, found without computing anything.
//!
//! - A *keyframe* is known by the tracker, the size, its frame's number and pixels, its
//!   prompts, and the results that clicks correct.
//! - A *chain* is a direction of propagation from a keyframe; each of its results is known by the
//!   one before it and the pixels of its own frame, so by all frames on the way.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::digests::{ChainDigests, SPACING};
use super::reach::{Chain, MOST_STEPS, Reach, Unknown};
use crate::engine::digest::{Digest, Recipe};
use crate::engine::plan::{Anchors, ObjectPlan};
use crate::engine::store::Record;
use crate::engine::supply::StepSupply;
use crate::job::Propagation;

/// Keyframes of which one may need the next, each of which takes some of the stack.
const MOST_NESTED: usize = 64;

/// What the resolvers of all objects of a request have in common.
#[derive(Clone, Copy)]
pub struct ResolverInputs<'a> {
    /// Of the tracker.
    pub tracker: Digest,
    /// Width and height of the footage in pixels.
    pub size: (u32, u32),
    /// Length of the footage.
    pub frames: usize,
    /// Where digests of frames come from, and which results are kept.
    pub supply: &'a dyn StepSupply,
    /// What is remembered of the footage.
    pub digests: &'a ChainDigests,
    /// From when on what was seen of the footage is sure, counted in requests.
    pub since: u64,
}

/// Finds what the results of one object are known by.
pub struct Resolver<'a> {
    /// The object.
    pub plan: &'a ObjectPlan,
    inputs: ResolverInputs<'a>,
    keys: RefCell<HashMap<usize, Digest>>,
}

impl<'a> Resolver<'a> {
    /// A resolver of `plan`.
    pub fn new(plan: &'a ObjectPlan, inputs: ResolverInputs<'a>) -> Self {
        Self { plan, inputs, keys: RefCell::default() }
    }

    /// Width and height of the footage in pixels.
    pub fn size(&self) -> (u32, u32) {
        self.inputs.size
    }

    /// Length of the footage in frames.
    pub fn frames(&self) -> usize {
        self.inputs.frames
    }

    /// A result that is kept; none when it is not.
    pub fn record(&self, result: &Digest) -> Option<Arc<Record>> {
        self.inputs.supply.record(result)
    }

    /// What the frames of its results are asked for.
    pub fn supply(&self) -> &'a dyn StepSupply {
        self.inputs.supply
    }

    /// Whether a result is kept.
    pub fn has(&self, result: &Digest) -> bool {
        self.inputs.supply.has_record(result)
    }

    /// By what the result of a keyframe is known.
    ///
    /// A keyframe refers only to such as were listed before it, and each is found once. Of a long row of
    /// corrections, each of the last one's track, the first are found first, since each takes some of the
    /// stack until those before it are.
    ///
    /// # Errors
    /// [`Unknown`]: a frame that has to be seen first.
    pub fn key(&self, keyframe: usize) -> Result<Digest, Unknown> {
        if let Some(known) = self.keys.borrow().get(&keyframe) {
            return Ok(*known);
        }
        let mut before = self.unknown_before(keyframe);
        if before.len() > MOST_NESTED {
            before.sort_unstable();
            for keyframe in before {
                self.key_after_others(keyframe)?;
            }
        }
        self.key_after_others(keyframe)
    }

    /// The keyframes that `keyframe` refers to, and those that they refer to, of which nothing is known yet.
    fn unknown_before(&self, keyframe: usize) -> Vec<usize> {
        let keys = self.keys.borrow();
        let (mut found, mut open) = (HashSet::new(), vec![keyframe]);
        while let Some(keyframe) = open.pop() {
            let earlier = self.plan.keyframes[keyframe].earlier.into_iter().flat_map(Anchors::keys);
            let unknown = earlier.filter(|key| !keys.contains_key(key));
            open.extend(unknown.filter(|key| found.insert(*key)));
        }
        found.into_iter().collect()
    }

    fn key_after_others(&self, keyframe: usize) -> Result<Digest, Unknown> {
        if let Some(known) = self.keys.borrow().get(&keyframe) {
            return Ok(*known);
        }
        let about = &self.plan.keyframes[keyframe];
        let pixels = self.inputs.supply.frame_digest(about.time).ok_or(Unknown::Frame(about.time))?;
        let mut recipe = Recipe::new("keyframe")
            .digest(&self.inputs.tracker)
            .size(self.inputs.size.0, self.inputs.size.1)
            .number(about.time)
            .digest(&pixels)
            .digest(&about.digest);
        if let Some(earlier) = about.earlier {
            for reach in self.around(earlier, about.time)? {
                recipe = recipe.digest(&reach.wanted);
            }
        }
        let digest = recipe.done();
        self.keys.borrow_mut().insert(keyframe, digest);
        Ok(digest)
    }

    /// The one or two chains by which the frame at `time` is reached; none on a keyframe.
    ///
    /// # Errors
    /// [`Unknown`] as of [`Self::reach`].
    pub fn around(&self, around: Anchors, time: i64) -> Result<Vec<Reach>, Unknown> {
        around.keys().map(|key| self.reach(key, time)).collect()
    }

    /// The chain from `key` towards `time`.
    ///
    /// # Errors
    /// [`Unknown`] of the keyframes that it remembers.
    pub fn chain(&self, key: usize, time: i64) -> Result<Chain, Unknown> {
        let from = self.plan.keyframes[key].time;
        let step = if time < from { -1 } else { 1 };
        let recipe = match self.plan.propagation {
            Propagation::Spans => Recipe::new("chain"),
            Propagation::Reference => Recipe::new("reference chain").number(self.inputs.frames as i64),
        };
        let remembered = self.plan.remembered(key).into_iter().map(|key| self.key(key));
        let keys = remembered.collect::<Result<Vec<_>, _>>()?;
        let id = keys.iter().fold(recipe, |recipe, key| recipe.digest(key)).number(step).done();
        Ok(Chain { id, key, from, step })
    }

    /// The chain from `key` up to the frame at `time`.
    ///
    /// # Errors
    /// [`Unknown`]: a frame that has to be seen, or results that are to be computed first.
    pub fn reach(&self, key: usize, time: i64) -> Result<Reach, Unknown> {
        let chain = self.chain(key, time)?;
        let length = usize::try_from(time.abs_diff(chain.from)).unwrap_or(usize::MAX);
        if length > MOST_STEPS {
            return Err(Unknown::Far { time, from: chain.from });
        }
        let (mut distance, mut last) = self.inputs.digests.before(&chain.id, length, self.inputs.since);
        let mut recalled = false;
        while distance < length {
            let at = chain.time(distance + 1);
            let mut pixels = self.inputs.supply.frame_digest(at);
            if pixels.is_none() && !recalled {
                recalled = true;
                self.inputs.supply.recall(&chain);
                pixels = self.inputs.supply.frame_digest(at);
            }
            let Some(pixels) = pixels else {
                return Err(match distance > 0 && !self.has(&last) {
                    true => Unknown::Behind(Reach { chain, length: distance, wanted: last }),
                    false => Unknown::Frame(at),
                });
            };
            last = following(&last, &pixels);
            distance += 1;
            if distance.is_multiple_of(SPACING) {
                self.inputs.digests.add(chain.id, (distance, last), self.inputs.since);
            }
        }
        Ok(Reach { chain, length, wanted: last })
    }

    /// By what the result at `distance` of a chain is known; none when a frame on the way is not.
    pub fn result(&self, chain: &Chain, distance: usize) -> Option<Digest> {
        let (known, last) = self.inputs.digests.before(&chain.id, distance, self.inputs.since);
        let mut rest = known + 1..=distance;
        rest.try_fold(last, |last, d| {
            Some(following(&last, &self.inputs.supply.frame_digest(chain.time(d))?))
        })
    }
}

/// By what the result after `last` is known.
fn following(last: &Digest, pixels: &Digest) -> Digest {
    Recipe::new("result").digest(last).digest(pixels).done()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::plan::KeyPrompt;
    use crate::job::prompts::{Label, MAX_PROMPTS, PointPrompt, PromptKind};
    use crate::models::Memory;
    use crate::raster::{Frame, PixelPoint};

    /// Clicks on so many frames, each of which corrects the track of those before it.
    fn row(frames: usize) -> ObjectPlan {
        let at = PixelPoint { x: 1.0, y: 1.0 };
        let click = KeyPrompt::PointOrBox(PromptKind::Point(PointPrompt { at, label: Label::Positive }));
        let prompts = (0..frames).map(|frame| (frame as i64, click.clone())).collect();
        ObjectPlan::new("a".into(), prompts, Propagation::Spans)
    }

    /// Knows the digest of every frame, and nothing else.
    struct EveryFrame;

    impl StepSupply for EveryFrame {
        fn frame_digest(&self, time: i64) -> Option<Digest> {
            Some(Recipe::new("frame").number(time).done())
        }
        fn frame(&self, _: i64) -> Option<Arc<Frame>> {
            None
        }
        fn recall(&self, _: &Chain) {}
        fn has_record(&self, _: &Digest) -> bool {
            true
        }
        fn record(&self, _: &Digest) -> Option<Arc<Record>> {
            None
        }
        fn keep_record(&self, _: Digest, _: Record) {}
        fn memory(&self, _: &Digest) -> Option<Vec<u8>> {
            None
        }
        fn tell(&self, _: String) {}
        fn lasts(&self) -> bool {
            false
        }
        fn keep_memory(&self, _: Digest, _: &dyn Memory) {}
    }

    /// What `ask` finds of the keyframes of `plan`.
    fn resolved(plan: &ObjectPlan, ask: impl FnOnce(&Resolver) -> Digest) -> Digest {
        let inputs = ResolverInputs {
            tracker: Recipe::new("tracker").done(),
            size: (8, 8),
            frames: plan.keyframes.len(),
            supply: &EveryFrame,
            digests: &ChainDigests::default(),
            since: 0,
        };
        ask(&Resolver::new(plan, inputs))
    }

    fn key_of_last(plan: &ObjectPlan) -> Digest {
        let Anchors::On(last) = plan.around(plan.keyframes.len() as i64 - 1) else { panic!("a keyframe") };
        resolved(plan, |resolver| resolver.key(last).expect("all frames are known"))
    }

    #[test]
    fn the_longest_row_of_corrections_fits_on_the_stack() {
        let plan = row(MAX_PROMPTS);
        // As small as that of any thread of a host.
        let run = std::thread::Builder::new().stack_size(256 << 10).spawn(move || key_of_last(&plan));
        let found = run.expect("a thread").join().expect("no overflow");
        assert_ne!(found, key_of_last(&row(MAX_PROMPTS - 1)));
    }

    #[test]
    fn a_long_row_is_known_by_what_it_was_known_by_one_at_a_time() {
        let plan = row(3 * MOST_NESTED);
        let one_by_one = resolved(&plan, |resolver| {
            let keys = (0..plan.keyframes.len()).map(|n| resolver.key(n).expect("known"));
            keys.last().expect("a keyframe")
        });
        assert_eq!(one_by_one, key_of_last(&plan));
    }
}

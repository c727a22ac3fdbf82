//! By what digest each result of one object is known, found without computing anything.
//!
//! - A *keyframe* is known by the tracker, the size, its frame's number and pixels, what is said
//!   there, and the results that clicks correct.
//! - A *chain* is a direction of propagation from a keyframe; each of its results is known by the
//!   one before it and the pixels of its own frame, so by all frames on the way.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

use parking_lot::Mutex;

use super::digest::{Digest, Recipe};
use super::plan::{Anchors, ObjectPlan};
use crate::job::JobError;
use crate::job::Propagation;

/// Propagation from a keyframe in one direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chain {
    /// Of the keyframes that are remembered and the direction.
    pub id: Digest,
    /// The keyframe's index among the nodes.
    pub key: usize,
    /// The keyframe's frame.
    pub from: i64,
    /// 1 or -1.
    pub step: i64,
}

impl Chain {
    /// The frame `distance` steps away.
    pub fn time(&self, distance: usize) -> i64 {
        self.from + self.step * distance as i64
    }
}

/// A chain up to the result that is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reach {
    /// The chain.
    pub chain: Chain,
    /// How far from the keyframe the result is, in frames.
    pub length: usize,
    /// By what it is known.
    pub wanted: Digest,
}

/// What every so many results of a chain are known by, so that a far one is told without telling all
/// before it. Belongs to one footage, of which every frame is known to be what it was.
#[derive(Debug, Default)]
pub struct Lines(Mutex<Told>);

#[derive(Debug, Default)]
struct Told {
    /// All of it was told of frames that were sure from here on.
    since: u64,
    lines: HashMap<Digest, Vec<Digest>>,
}

/// Frames between two results of which it is remembered; the spacing of memories is a multiple.
const SPACING: usize = 32;
/// Keyframes of which one may need the next, each of which takes some of the stack.
const MOST_NESTED: usize = 64;
/// Chains of which it is remembered; of more, all is told anew.
const MOST_LINES: usize = 512;

impl Lines {
    /// What was told of frames that were sure before `since` is not remembered any more.
    pub fn enter(&self, since: u64) {
        let mut told = self.0.lock();
        if told.since < since {
            told.lines.clear();
        }
        told.since = since;
    }

    /// The last that is remembered up to `distance`; the chain itself at 0.
    fn before(&self, chain: &Digest, distance: usize, since: u64) -> (usize, Digest) {
        let told = self.0.lock();
        if told.since < since {
            return (0, *chain);
        }
        let known = told.lines.get(chain).map_or(&[][..], |line| &line[..line.len().min(distance / SPACING)]);
        known.last().map_or((0, *chain), |result| (known.len() * SPACING, *result))
    }

    fn add(&self, chain: Digest, distance: usize, result: Digest, since: u64) {
        let mut told = self.0.lock();
        // Another request asks for frames that are sure from later on.
        if told.since > since {
            return;
        }
        let lines = &mut told.lines;
        if lines.len() >= MOST_LINES && !lines.contains_key(&chain) {
            lines.clear();
        }
        let line = lines.entry(chain).or_default();
        if distance == (line.len() + 1) * SPACING {
            line.push(result);
        }
    }

    /// A frame is not what it was.
    pub fn forget(&self) {
        self.0.lock().lines.clear();
    }
}

/// Most frames from a prompt to a frame that is tracked from it: more than any shot has. A host may name any frame.
pub const MOST_STEPS: usize = 1_000_000;

/// Why a digest cannot be told.
#[derive(Debug, Clone, Copy)]
pub enum Unknown {
    /// The pixels of this frame have to be seen first.
    Frame(i64),
    /// The chain goes on over frames that were never seen; it is better computed up to here first,
    /// so that each frame is fetched once.
    Behind(Reach),
    /// The frame is too far from the one whose prompt leads to it.
    Far {
        /// The frame.
        time: i64,
        /// The frame of the prompt.
        from: i64,
    },
}

/// What is said of a frame that is too far from a prompt.
pub fn too_far(time: i64, from: i64) -> JobError {
    JobError::User(format!(
        "frame {time} is {} frames from the prompt on frame {from}, expected at most {MOST_STEPS}: prompt a frame nearer to it",
        time.abs_diff(from)
    ))
}

/// Makes frames along a chain known, where it can.
type Recall<'a> = &'a dyn Fn(&Chain);

/// What the digests of one object are made of.
pub struct Resolver<'a> {
    /// The object.
    pub plan: &'a ObjectPlan,
    /// Of the tracker.
    pub tracker: Digest,
    /// Width and height of the footage in pixels.
    pub size: (u32, u32),
    /// Length of the footage.
    pub frames: usize,
    /// The digest of a frame's pixels, where it is known.
    pub frame: &'a dyn Fn(i64) -> Option<Digest>,
    /// Whether a result is kept.
    pub kept: &'a dyn Fn(&Digest) -> bool,
    /// Asked once for each chain that comes to a frame that is not known: it may make frames known.
    pub recall: Recall<'a>,
    /// Of the footage.
    pub lines: &'a Lines,
    /// From when on what was seen of it is sure.
    pub since: u64,
    keys: RefCell<HashMap<usize, Digest>>,
}

impl<'a> Resolver<'a> {
    /// A resolver of `plan`.
    pub fn new(
        plan: &'a ObjectPlan,
        tracker: Digest,
        (size, frames): ((u32, u32), usize),
        frame: &'a dyn Fn(i64) -> Option<Digest>,
        kept: &'a dyn Fn(&Digest) -> bool,
        (recall, (lines, since)): (Recall<'a>, (&'a Lines, u64)),
    ) -> Self {
        Self { plan, tracker, size, frames, frame, kept, recall, lines, since, keys: RefCell::default() }
    }

    /// By what the result of a keyframe is known.
    ///
    /// A keyframe refers only to such as were listed before it, and each is found once. Of a long row of
    /// corrections, each of the last one's track, the first are found first, since each takes some of the
    /// stack until those before it are.
    pub fn key(&self, node: usize) -> Result<Digest, Unknown> {
        if let Some(known) = self.keys.borrow().get(&node) {
            return Ok(*known);
        }
        let mut before = self.unknown_before(node);
        if before.len() > MOST_NESTED {
            before.sort_unstable();
            for node in before {
                self.key_after_others(node)?;
            }
        }
        self.key_after_others(node)
    }

    /// The nodes that `node` refers to, and those that they refer to, of which nothing is known yet.
    fn unknown_before(&self, node: usize) -> Vec<usize> {
        let keys = self.keys.borrow();
        let (mut found, mut open) = (HashSet::new(), vec![node]);
        while let Some(node) = open.pop() {
            let earlier = self.plan.keyframes[node].earlier.into_iter().flat_map(Anchors::keys);
            let unknown = earlier.filter(|key| !keys.contains_key(key));
            open.extend(unknown.filter(|key| found.insert(*key)));
        }
        found.into_iter().collect()
    }

    fn key_after_others(&self, node: usize) -> Result<Digest, Unknown> {
        if let Some(known) = self.keys.borrow().get(&node) {
            return Ok(*known);
        }
        let about = &self.plan.keyframes[node];
        let pixels = (self.frame)(about.time).ok_or(Unknown::Frame(about.time))?;
        let mut recipe = Recipe::new("keyframe")
            .digest(&self.tracker)
            .size(self.size.0, self.size.1)
            .number(about.time)
            .digest(&pixels)
            .digest(&about.digest);
        if let Some(earlier) = about.earlier {
            for reach in self.around(earlier, about.time)? {
                recipe = recipe.digest(&reach.wanted);
            }
        }
        let digest = recipe.done();
        self.keys.borrow_mut().insert(node, digest);
        Ok(digest)
    }

    /// The one or two chains by which the frame at `time` is reached; none on a keyframe.
    pub fn around(&self, around: Anchors, time: i64) -> Result<Vec<Reach>, Unknown> {
        around.keys().map(|key| self.reach(key, time)).collect()
    }

    /// The chain from `key` towards `time`.
    pub fn chain(&self, key: usize, time: i64) -> Result<Chain, Unknown> {
        let from = self.plan.keyframes[key].time;
        let step = if time < from { -1 } else { 1 };
        let recipe = match self.plan.propagation {
            Propagation::Spans => Recipe::new("chain"),
            Propagation::Reference => Recipe::new("reference chain").number(self.frames as i64),
        };
        let remembered = self.plan.remembered(key).into_iter().map(|key| self.key(key));
        let keys = remembered.collect::<Result<Vec<_>, _>>()?;
        let id = keys.iter().fold(recipe, |recipe, key| recipe.digest(key)).number(step).done();
        Ok(Chain { id, key, from, step })
    }

    /// The chain from `key` up to the frame at `time`.
    pub fn reach(&self, key: usize, time: i64) -> Result<Reach, Unknown> {
        let chain = self.chain(key, time)?;
        let length = usize::try_from(time.abs_diff(chain.from)).unwrap_or(usize::MAX);
        if length > MOST_STEPS {
            return Err(Unknown::Far { time, from: chain.from });
        }
        let (mut distance, mut last) = self.lines.before(&chain.id, length, self.since);
        let mut recalled = false;
        while distance < length {
            let at = chain.time(distance + 1);
            let mut pixels = (self.frame)(at);
            if pixels.is_none() && !recalled {
                recalled = true;
                (self.recall)(&chain);
                pixels = (self.frame)(at);
            }
            let Some(pixels) = pixels else {
                return Err(match distance > 0 && !(self.kept)(&last) {
                    true => Unknown::Behind(Reach { chain, length: distance, wanted: last }),
                    false => Unknown::Frame(at),
                });
            };
            last = following(&last, &pixels);
            distance += 1;
            if distance.is_multiple_of(SPACING) {
                self.lines.add(chain.id, distance, last, self.since);
            }
        }
        Ok(Reach { chain, length, wanted: last })
    }

    /// By what the result at `distance` of a chain is known; none when a frame on the way is not.
    pub fn result(&self, chain: &Chain, distance: usize) -> Option<Digest> {
        let (known, last) = self.lines.before(&chain.id, distance, self.since);
        let mut rest = known + 1..=distance;
        rest.try_fold(last, |last, d| Some(following(&last, &(self.frame)(chain.time(d))?)))
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
    use crate::raster::PixelPoint;

    /// Clicks on so many frames, each of which corrects the track of those before it.
    fn row(frames: usize) -> ObjectPlan {
        let at = PixelPoint { x: 1.0, y: 1.0 };
        let click = KeyPrompt::PointOrBox(PromptKind::Point(PointPrompt { at, label: Label::Positive }));
        let said = (0..frames).map(|frame| (frame as i64, click.clone())).collect();
        ObjectPlan::new("a".into(), said, Propagation::Spans)
    }

    fn key_of_last(plan: &ObjectPlan) -> Digest {
        let frame = |time: i64| Some(Recipe::new("frame").number(time).done());
        let (kept, recall, lines) = (|_: &Digest| true, |_: &Chain| {}, Lines::default());
        let size = ((8, 8), plan.keyframes.len());
        let resolver =
            Resolver::new(plan, Recipe::new("tracker").done(), size, &frame, &kept, (&recall, (&lines, 0)));
        let Anchors::On(last) = plan.around(plan.keyframes.len() as i64 - 1) else { panic!("a keyframe") };
        resolver.key(last).expect("all frames are known")
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
        let frame = |time: i64| Some(Recipe::new("frame").number(time).done());
        let (kept, recall, lines) = (|_: &Digest| true, |_: &Chain| {}, Lines::default());
        let size = ((8, 8), plan.keyframes.len());
        let resolver =
            Resolver::new(&plan, Recipe::new("tracker").done(), size, &frame, &kept, (&recall, (&lines, 0)));
        let one_by_one = (0..plan.keyframes.len()).map(|n| resolver.key(n).expect("known")).last();
        assert_eq!(one_by_one, Some(key_of_last(&plan)));
    }
}

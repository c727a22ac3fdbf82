//! By what digest each result of one object is known, found without computing anything.
//!
//! - A *keyframe* is known by the tracker, the size, its frame's number and pixels, what is said
//!   there, and the results that clicks correct.
//! - A *chain* is a direction of propagation from a keyframe; each of its results is known by the
//!   one before it and the pixels of its own frame, so by all frames on the way.

use std::cell::RefCell;
use std::collections::HashMap;

use parking_lot::Mutex;

use super::digest::{Digest, Recipe};
use super::plan::{Around, ObjectPlan};
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
pub struct Lines(Mutex<HashMap<Digest, Vec<Digest>>>);

/// Frames between two results of which it is remembered; the spacing of memories is a multiple.
const SPACING: usize = 32;
/// Chains of which it is remembered; of more, all is told anew.
const MOST_LINES: usize = 512;

impl Lines {
    /// The last that is remembered up to `distance`; the chain itself at 0.
    fn before(&self, chain: &Digest, distance: usize) -> (usize, Digest) {
        let lines = self.0.lock();
        let known = lines.get(chain).map_or(&[][..], |line| &line[..line.len().min(distance / SPACING)]);
        known.last().map_or((0, *chain), |result| (known.len() * SPACING, *result))
    }

    fn add(&self, chain: Digest, distance: usize, result: Digest) {
        let mut lines = self.0.lock();
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
        self.0.lock().clear();
    }
}

/// Why a digest cannot be told.
#[derive(Debug, Clone, Copy)]
pub enum Unknown {
    /// The pixels of this frame have to be seen first.
    Frame(i64),
    /// The chain goes on over frames that were never seen; it is better computed up to here first,
    /// so that each frame is fetched once.
    Behind(Reach),
}

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
    pub recall: &'a dyn Fn(&Chain),
    /// Of the footage.
    pub lines: &'a Lines,
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
        (recall, lines): (&'a dyn Fn(&Chain), &'a Lines),
    ) -> Self {
        Self { plan, tracker, size, frames, frame, kept, recall, lines, keys: RefCell::default() }
    }

    /// By what the result of a keyframe is known.
    ///
    /// Recursion is bounded: a keyframe refers only to such as were listed before it, and each is
    /// found once. Its depth is the length of a row of corrections, each of the last one's track.
    pub fn key(&self, node: usize) -> Result<Digest, Unknown> {
        if let Some(known) = self.keys.borrow().get(&node) {
            return Ok(*known);
        }
        let about = &self.plan.nodes[node];
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
    pub fn around(&self, around: Around, time: i64) -> Result<Vec<Reach>, Unknown> {
        around.keys().map(|key| self.reach(key, time)).collect()
    }

    /// The chain from `key` towards `time`.
    pub fn chain(&self, key: usize, time: i64) -> Result<Chain, Unknown> {
        let from = self.plan.nodes[key].time;
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
        let length = usize::try_from(time.abs_diff(chain.from)).unwrap_or(0);
        let (mut distance, mut last) = self.lines.before(&chain.id, length);
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
                self.lines.add(chain.id, distance, last);
            }
        }
        Ok(Reach { chain, length, wanted: last })
    }

    /// By what the result at `distance` of a chain is known; none when a frame on the way is not.
    pub fn result(&self, chain: &Chain, distance: usize) -> Option<Digest> {
        let (known, last) = self.lines.before(&chain.id, distance);
        let mut rest = known + 1..=distance;
        rest.try_fold(last, |last, d| Some(following(&last, &(self.frame)(chain.time(d))?)))
    }
}

/// By what the result after `last` is known.
fn following(last: &Digest, pixels: &Digest) -> Digest {
    Recipe::new("result").digest(last).digest(pixels).done()
}

//! The next thing to do towards a goal, all of it in one frame.

use super::goal::StepInputs;
use crate::engine::chain::{Chain, Reach};
use crate::engine::digest::{Digest, Recipe};

/// What is done for one object.
pub struct Action {
    /// The index of the object.
    pub object: usize,
    /// What is done.
    pub kind: ActionKind,
}

/// What is done in a frame.
pub enum ActionKind {
    /// A keyframe is segmented from its prompts.
    Segment {
        /// Its index.
        keyframe: usize,
    },
    /// A keyframe is put into the memory that a walk begins with, after so many others.
    Begin {
        /// Where the walk leads.
        reach: Reach,
        /// How many keyframes it remembers already.
        told: usize,
    },
    /// The walk goes on by one frame.
    Propagate(Walk),
    /// The walk comes by a keyframe.
    Pass {
        /// Its index.
        keyframe: usize,
        /// The walk.
        walk: Walk,
    },
}

/// Along a chain, from a memory to the next frame.
#[derive(Clone, Copy)]
pub struct Walk {
    /// Where it leads.
    pub reach: Reach,
    /// The distance of the memory from the keyframe, in frames.
    pub at: usize,
}

impl Walk {
    /// The next frame.
    pub fn time(&self) -> i64 {
        self.reach.chain.time(self.at + 1)
    }
}

impl Action {
    /// The frame that it is done in.
    pub fn time(&self, inputs: &StepInputs) -> i64 {
        let plan = inputs.resolvers[self.object].plan;
        match &self.kind {
            ActionKind::Segment { keyframe } => plan.keyframes[*keyframe].time,
            ActionKind::Begin { reach, told } => {
                let next = plan.remembered(reach.chain.key).get(*told).copied();
                next.map_or(reach.chain.from, |keyframe| plan.keyframes[keyframe].time)
            }
            ActionKind::Propagate(walk) | ActionKind::Pass { walk, .. } => walk.time(),
        }
    }

    /// By what is known what it makes, so that it is made once; none when a frame on the way is not known.
    pub fn result(&self, inputs: &StepInputs) -> Option<Digest> {
        let resolver = &inputs.resolvers[self.object];
        match &self.kind {
            ActionKind::Segment { keyframe } => resolver.key(*keyframe).ok(),
            ActionKind::Begin { reach, .. } => Some(reach.chain.id),
            ActionKind::Propagate(walk) | ActionKind::Pass { walk, .. } => {
                resolver.result(&walk.reach.chain, walk.at + 1)
            }
        }
    }

    /// Whether it goes towards earlier frames.
    pub fn backward(&self) -> bool {
        match &self.kind {
            ActionKind::Propagate(walk) | ActionKind::Pass { walk, .. } => walk.reach.chain.step < 0,
            ActionKind::Segment { .. } | ActionKind::Begin { .. } => false,
        }
    }

    /// Steps that are left, this one included.
    pub fn left(&self) -> usize {
        match &self.kind {
            ActionKind::Segment { .. } => 1,
            ActionKind::Begin { reach, .. } => reach.length,
            ActionKind::Propagate(walk) | ActionKind::Pass { walk, .. } => walk.reach.length - walk.at,
        }
    }
}

/// By what the memory is known that a walk begins with, when it was told of `told` of its keyframes.
pub fn beginning(chain: &Chain, told: usize, of: usize) -> Digest {
    if told == of {
        return chain.id;
    }
    Recipe::new("beginning").digest(&chain.id).number(told as i64).done()
}

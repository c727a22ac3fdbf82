//! What a step is taken towards, and what it is taken with.

use crate::engine::chain::{Reach, Resolver};
use crate::engine::digest::Digest;
use crate::engine::supply::StepSupply;

/// What a result is computed towards.
#[derive(Debug, Clone, Copy)]
pub struct Goal {
    /// The index of the object.
    pub object: usize,
    /// Its result.
    pub target: Target,
}

/// A result of one object.
#[derive(Debug, Clone, Copy)]
pub enum Target {
    /// That of a keyframe, by its index.
    Keyframe(usize),
    /// One along a chain.
    Chain(Reach),
}

/// What the lane may use while it takes a step.
#[derive(Clone, Copy)]
pub struct StepInputs<'a> {
    /// Of each object.
    pub resolvers: &'a [Resolver<'a>],
    /// What it lacks comes from here, and what it makes goes there.
    pub supply: &'a dyn StepSupply,
}

impl Goal {
    /// By what its result is known; none when a frame on the way is not.
    pub fn result(&self, inputs: &StepInputs) -> Option<Digest> {
        match self.target {
            Target::Keyframe(keyframe) => inputs.resolvers[self.object].key(keyframe).ok(),
            Target::Chain(reach) => Some(reach.wanted),
        }
    }
}

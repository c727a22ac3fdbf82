//! Chains: propagation from a keyframe in one direction, up to the result that is wanted.

use crate::engine::digest::Digest;
use crate::job::JobError;

/// Propagation from a keyframe in one direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chain {
    /// Of the keyframes that are remembered and the direction.
    pub id: Digest,
    /// The keyframe's index in the plan.
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

/// The error of a frame that is too far from a prompt.
pub fn too_far(time: i64, from: i64) -> JobError {
    JobError::User(format!(
        "frame {time} is {} frames from the prompt on frame {from}, expected at most {MOST_STEPS}: prompt a frame nearer to it",
        time.abs_diff(from)
    ))
}

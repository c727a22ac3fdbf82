//! Chains of results from keyframe to frame: what each result is known by, and the matte that they give.

mod composed;
mod digests;
mod reach;
mod resolver;

pub use composed::{composed, confidence};
pub use digests::ChainDigests;
pub use reach::{Chain, Reach, Unknown, too_far};
pub use resolver::{Resolver, ResolverInputs};

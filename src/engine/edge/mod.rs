//! From tracked mattes to their edges: the unknown band, alpha in it, motion blur and stability.
//!
//! An edge is a function of the frame, of its tracked matte and, where motion counts, of the frames
//! and mattes beside it: it is the same in whatever order frames are asked for.

mod cache;
mod job;
mod nearby;
mod networks;

pub use cache::EdgeCache;
pub use job::EdgeJob;
pub use nearby::NearbyFrames;
pub use networks::MattingNetworks;

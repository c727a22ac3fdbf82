//! From masks to mattes: what happens at the edge.
//!
//! [`trimap::make`] marks a band around a tracked mask in which alpha is not known, [`fast::refine`]
//! solves for alpha there. Everything works on the band: what a frame costs goes with its edge.

mod band;
mod distance;
pub mod edges;
mod error;
pub mod fast;
pub mod foreground;
pub mod guided;
mod hair;
mod laplacian;
pub mod motion;
mod multigrid;
mod solve;
pub mod trimap;

pub use error::Error;
pub use trimap::{Trimap, Widths, Zone};

//! From masks to mattes: what happens at the edge.
//!
//! [`trimap::make`] marks a band around a tracked mask in which alpha is not known, [`fast::refine`]
//! solves for alpha there. [`blur`] measures motion blur on the plate and gives edges the matching
//! ramp, [`temporal`] steadies alpha over frames; both go by the object's [`motion`]. Everything works on the band: what a frame costs goes with its edge.
//!
//! [`islands`] that are too small go afterwards, and [`levels`] make what is nearly inside or outside exactly that.

mod band;
pub mod blur;
pub mod edges;
mod error;
pub mod fast;
pub mod foreground;
mod hair;
pub mod islands;
mod laplacian;
pub mod levels;
mod local;
pub mod motion;
mod multigrid;
mod solve;
pub mod temporal;
pub mod trimap;
pub mod upsample;

pub use error::Error;
pub use trimap::{Trimap, Widths, Zone};

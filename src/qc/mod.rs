//! Scores, reports, and scenes to be scored on.

pub mod cuts;
pub mod edges;
mod error_region;
pub mod interpolate;
mod matting;
mod score;
pub mod synth;

pub use error_region::{ErrorRegion, largest_error};
pub use matting::{MattingErrors, matting_errors};
pub use score::{Score, boundary, region};

//! Scores and reports.

mod error_region;
mod score;

pub use error_region::{ErrorRegion, largest_error};
pub use score::{Score, boundary, region};

//! Trackers at work: the only place where results are computed.

mod act;
mod action;
mod error;
mod goal;
mod lanes;
mod memories;
mod prediction;
mod state;
mod step;
mod tracker_lane;

pub use error::StepError;
pub use goal::{Goal, StepInputs, Target};
pub use lanes::{TrackerLanes, TrackerOpener};
pub use tracker_lane::TrackerLane;

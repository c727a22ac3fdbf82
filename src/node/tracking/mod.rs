//! The buttons of the Tracking group.
//!
//! A button tracks frame after frame through the same engine as renders do, so that what it has tracked is there
//! when it is rendered. What is tracked, stale and prompted is shown in a status line and as keys of a parameter.

mod buttons;
mod error;
mod job;
mod range;
mod refresh;
mod run;
mod state;
mod status;
mod timeline;
mod walk;

pub use buttons::pressed;
pub use range::TrackRange;
pub use refresh::refresh;
pub use state::{forget, timeline};
pub use status::Mark;
pub use timeline::Timeline;

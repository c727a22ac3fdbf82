//! The buttons of the Tracking group.
//!
//! A button tracks frame after frame through the same engine as renders do, so that what it has tracked is there
//! when it is rendered. What is tracked, stale and prompted is shown in a status line and as keys of a parameter.

mod buttons;
mod error;
mod job;
mod refresh;
mod run;
mod state;
mod status;
mod walk;

pub use buttons::pressed;
pub use refresh::refresh;
pub use state::forget;

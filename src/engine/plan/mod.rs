//! Plans: the prompts of a request, checked, and the keyframes from which the frames of each object are reached.

mod builder;
mod checked_prompts;
mod key_prompt;
mod keyframe;
mod masks;
mod object_plan;
mod plans;
mod tracker_part;

pub use checked_prompts::checked_prompts;
#[cfg(test)]
pub use key_prompt::KeyPrompt;
pub use key_prompt::{MaskPrompt, draw_strokes};
pub use keyframe::Anchors;
pub use object_plan::ObjectPlan;
pub use plans::{MaskInput, Plan, Plans};
pub use tracker_part::{TrackerPart, tracker_parts};

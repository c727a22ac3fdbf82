//! Model families behind small traits; the only place that imports ONNX Runtime.
//!
//! A [`Tracker`] is a promptable video object segmenter seen as a state machine: it embeds a frame
//! once, segments an object from the prompts of one frame, remembers what it found, and predicts
//! the object in the next frame from that memory. It holds no track: the engine owns the
//! [`Memory`] of each object and decides the order of frames, so that a track is a function of
//! frames, prompts and model alone.
//!
//! A [`Matter`] finds the alpha of the pixels that a trimap leaves unknown, frame by frame. A
//! [`Detector`] finds boxes around what a text names.

pub mod deadline;
mod declared;
mod detector;
mod device;
pub mod flow;
pub mod grounding_dino;
mod manifest;
mod matter;
mod model;
mod normal;
pub mod onnx;
pub mod pack;
pub mod place;
mod registry;
pub mod runtime;
pub mod sam2;
pub mod shelf;
mod stray;
pub mod swift;
mod telemetry;
mod tracker;
mod trial;
pub mod vitmatte;

pub use detector::Detector;
pub use matter::Matter;
pub use model::Model;
pub use registry::{
    DEFAULT, FLOW, detects, first_detector, first_matter, open, open_detector, open_detector_found,
    open_found, open_matter, open_matter_found, purpose, refines,
};
pub use telemetry::SWITCH as TELEMETRY_SWITCH;
pub use tracker::{Embedding, Memory, ModelError, Prediction, Tracker};
pub use trial::{Trial, trial};

//! Model families behind small traits; the only place that imports ONNX Runtime.
//!
//! A [`Tracker`] is a promptable video object segmenter seen as a state machine: it embeds a frame
//! once, segments an object from the prompts of one frame, remembers what it found, and predicts
//! the object in the next frame from that memory. It holds no track: the engine owns the
//! [`Memory`] of each object and decides the order of frames, so that a track is a function of
//! frames, prompts and model alone.
//!
//! A [`MattingNetwork`] finds the alpha of the pixels that a trimap leaves unknown, frame by frame. A
//! [`Detector`] finds boxes around what a text names.

pub mod deadline;
mod declared;
mod detector;
mod device;
pub mod flow;
#[doc(hidden)]
pub mod fuzzing;
pub mod grounding_dino;
pub mod hybrid;
pub mod installed;
mod manifest;
mod matting_network;
mod model;
mod normalise;
mod not_a_pack;
pub mod onnx;
pub mod pack;
mod port_error;
mod registry;
pub mod runtime;
pub mod sam2;
mod saved;
pub mod search_path;
mod smoke_test;
pub mod swift;
mod telemetry;
mod tracker;
pub mod vitmatte;

pub use detector::Detector;
pub use matting_network::MattingNetwork;
pub use model::Model;
pub use registry::{
    DEFAULT, FLOW, WITH_FLOW, detects, first_detector, first_matting_network, open, open_detector,
    open_detector_found, open_found, open_matting_network, open_matting_network_found, purpose, refines,
};
pub use smoke_test::{SmokeTest, smoke_test};
pub use telemetry::SWITCH as TELEMETRY_SWITCH;
pub use tracker::{Embedding, IdleClick, IdleReason, Memory, ModelError, Prediction, Tracker};

//! What is asked and what is answered: the words in which node, worker, engine, models, command line and host
//! speak of tracking.
//!
//! A [`Request`] holds all that a track depends on besides pixels; a [`FrameSource`] has the pixels. The answer is
//! a [`TrackedFrame`], a list of [`FrameState`]s or an [`JobError`]; [`Note`]s are told on the way. A
//! [`DetectRequest`] asks for what a text names, and [`Detections`] answers it. Nothing is computed here.

mod answer;
mod confidence_map;
mod detect;
mod device;
mod edge;
mod error;
mod mask_keys;
mod next;
mod noticed;
pub mod prompts;
mod request;
mod settings;
mod source;

pub use answer::{FrameState, ModelInfo, Note, ObjectMatte, TrackedFrame};
pub use confidence_map::ConfidenceMap;
pub use detect::{Candidate, DetectRequest, Detections, Thresholds};
pub use device::{DEVICES, Device, UnknownDevice};
pub use edge::{EdgeSettings, HAIR, MotionBlur, Quality, STEADIED_BY};
pub use error::JobError;
pub use mask_keys::{FrameListError, MOST_MASK_FRAMES, MaskKeys};
pub use next::{SURE, UNSURE, next_frame};
pub use noticed::{Happening, Noticed};
pub use request::{Overlap, Propagation, Request};
pub use settings::EngineSettings;
pub use source::{FrameSource, Provenance, Run, SourceError, Stamp};

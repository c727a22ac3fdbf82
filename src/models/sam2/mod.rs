//! The SAM 2 family (SAM 2, SAM 2.1, EdgeTAM) from a model pack: the state machine around five graphs.
//!
//! Ravi et al., "SAM 2: Segment Anything in Images and Videos", 2024; Zhou et al., "EdgeTAM: On-Device Track
//! Anything Model", 2025. What each graph takes and gives is written in `models/export/airoto_export/graphs.py`,
//! which makes them; the rules of choice and memory follow the public reference implementation, with which
//! `cargo xtask parity` compares.

mod bank;
mod choose;
mod constants;

use std::any::Any;
use std::sync::Arc;

use self::bank::{Bank, Entry, Feature};
use self::choose::{Choice, choose};
use self::constants::Constants;
use super::graph::{Graph, Tensor};
use super::{Embedding, FramePrompt, Label, Memory, ModelError, Prediction, Tracker, TrackerInfo};
use crate::raster::{Frame, Matte, PixelPoint, resize};

/// Logit of a pixel that surely is not the object, from the reference.
const ABSENT: f32 = -1024.0;

/// What is computed once a frame.
struct Features {
    frame: (u32, u32),
    fine: Tensor,
    middle: Tensor,
    pixel: Tensor,
    initial: Tensor,
}

/// What [`Sam2::remember`] wants back of a frame.
struct Found {
    /// Logits at a quarter of the input's side, or at the input's side for a mask prompt.
    logits: Matte,
    pointer: Arc<[f32]>,
    score: f32,
}

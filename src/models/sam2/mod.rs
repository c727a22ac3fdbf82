//! The SAM 2 family (SAM 2, SAM 2.1, EdgeTAM) from a model pack: the state machine around the graphs.
//!
//! Ravi et al., "SAM 2: Segment Anything in Images and Videos", 2024; Zhou et al., "EdgeTAM: On-Device
//! Track Anything Model", 2025. The rules of choice and memory are those of the public reference
//! implementation, with which `cargo xtask parity` compares; what a network has to offer is said in
//! `network.rs`.

mod ailia;
mod bank;
mod choose;
mod constants;
mod contract;
mod cpp;
mod hints;
mod logits;
mod memory;
mod native;
mod network;
mod open;
mod parts;
mod pixels;
mod ports;
mod saved;
mod still;
mod tracker;

pub(super) use open::FAMILIES;
pub use open::remark;
pub use tracker::{Sam2Tracker, logits};

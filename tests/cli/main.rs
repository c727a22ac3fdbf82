//! The program `airoto`, driven as a person drives it.

mod artist;
mod bad_input;
mod bounds;
mod cleaning;
mod closed_pipe;
mod colour;
mod common;
mod corrections;
mod exr;
#[allow(dead_code, reason = "its own test uses the rest")]
#[path = "../models/packs/hostile.rs"]
mod hostile;
mod kept;
mod made;
mod mask_sequence;
mod models;
mod next_frame;
#[allow(dead_code, reason = "its own test uses the rest")]
#[path = "../models/packs/onnx.rs"]
mod onnx;
mod pages;
mod render;
mod synth;

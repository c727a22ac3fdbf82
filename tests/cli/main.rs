//! The program `airoto`, driven as a person drives it.

mod bad_input;
mod common;
mod corrections;
mod models;
mod render;
mod synth;

//! Shapes: traced, drawn, written and read.

mod cli;
mod common;
mod limits;
mod lives;
mod parts;
mod tracing;

//! What an ONNX file says of itself, read without running anything.
//!
//! A graph comes from anywhere. Before ONNX Runtime sees its bytes they are walked here, once and
//! from end to end, and refused when they would read other files, bring operators of their own, run
//! without an end, claim numbers that are not in them, or cost more than any model does, see [`estimate`]. Field
//! numbers are those of `onnx.proto`.

pub mod estimate;
mod fault;
mod impostor;
mod infer;
mod inferred;
mod inspect;
mod parts;
mod port;
mod tensor;
#[cfg(test)]
pub(super) mod tests;
mod wire;

pub use fault::Fault;
pub use impostor::Impostor;
pub(super) use impostor::impostor;
pub use inspect::{Summary, glance, inspect};
pub use port::Port;

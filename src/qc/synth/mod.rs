//! Scenes whose alpha is known exactly, to measure what is made of their edges: an object with
//! hair-like strands, motion blur, defocus and sensor noise, each as much as is asked for, before a
//! background that moves differently.
//!
//! Light is mixed as in a camera, linearly, and encoded as sRGB afterwards; noise is added to what
//! is encoded. A pixel is the mean of many samples, each at its own place in the pixel, moment of
//! the shutter and point of the lens, so its alpha is known to about 1/256.

mod object;
mod scene;
pub mod texture;

pub use scene::{Scene, Settings, Shot};

//! The effect "AI Roto": describe, instance, render, overlay, buttons.
//!
//! A render reads the parameters (`settings`), fetches the plate (`source`, `plate`), asks the worker for the matte of
//! the frame (`clients`), and writes it as the artist wants to see it (`view`). Outlines of rendered frames are
//! collected for the shape files (`shapes_out`), which a thread of their own writes (`background`).

mod background;
mod clients;
mod decontaminate;
mod describe;
mod effect;
mod frames;
mod idmatte;
mod objects;
mod overlay;
mod pixels;
mod plate;
mod presets;
mod render;
mod runs;
mod sequence;
mod session;
mod settings;
mod shapes_out;
mod source;
mod text;
mod tracking;
mod view;

pub use describe::{DESCRIPTION, INFO, MASK, OUTPUT, SOURCE};
pub use settings::{MaskUse, Settings};
pub use view::View;

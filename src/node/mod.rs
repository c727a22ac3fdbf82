//! The effect "AI Roto": describe, instance, render, overlay, buttons.
//!
//! A render reads the parameters (`settings`), fetches the plate and asks the worker for the matte of the frame
//! (`shot`), and writes it as the artist wants to see it (`render`, `view`). Outlines of rendered frames are collected
//! for the shape files (`shapes_out`), which a thread of their own writes (`background`).

mod background;
mod describe;
mod detect;
mod edit;
mod effect;
mod objects;
mod overlay;
mod presets;
mod ramp;
mod render;
mod settings;
mod shapes_out;
mod shot;
mod tracking;
mod view;

pub use describe::{DESCRIPTION, INFO, MASK, OUTPUT, SOURCE};
pub use settings::{MaskUse, Settings};
pub use view::View;

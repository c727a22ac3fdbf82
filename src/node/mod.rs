//! The effect "AI Roto": parameter table, describe, instance, render.

pub mod params;
mod view;

pub use view::View;

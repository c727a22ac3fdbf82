//! The node, driven through the C ABI of the built library by our own host.

mod actions;
mod candidates;
mod colour;
mod drawings;
mod edges;
mod many_points;
mod mask_keys;
mod objects;
mod overlay;
mod panel;
mod pictures;
mod presets;
mod ranges;
mod readings;
mod session;
mod shapes_kept;
mod shapes_later;
mod stage;
mod text;
mod trusting;
mod views;
mod worker;

//! What the artist sees and does over the viewer.
//!
//! A click is a point on the active object, with Alt or Control held a negative one; a drag draws its box;
//! points and corners of boxes are dragged; Delete takes the selected one away. With the lasso and the brush a drag
//! draws on the matte of the frame instead, with Alt or Control held it cuts out of it. What a search by words found is
//! drawn with its numbers, and a click in it chooses it. A strip along the lower edge shows how the tracked frames stand. Every edit is one step of the host's undo. Hit targets have the same size on the screen at any zoom.

mod candidates;
mod draw;
mod frame_view;
mod interact;
mod letters;
pub mod outline;
mod place;
mod strokes;
mod timeline;
mod tool;
mod viewer;

pub use interact::OVERLAY;
pub use outline::release as release_outlines;

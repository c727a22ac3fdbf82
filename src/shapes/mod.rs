//! Mattes to animated Bezier shapes, and the files that hold them.
//!
//! A [`Builder`] takes mattes one frame at a time and keeps only their outlines; `finish` follows
//! each outline over time, gives it control points that keep their identity, drops the keys that
//! interpolation makes needless, and returns an [`Animation`]. [`fxs`] and [`nuke`] write it for
//! Silhouette and Nuke and read it back; [`svg`] is for looking, [`json`] for other programs; [`draw()`] rasterises what was written, so that the error is a measured one.
//!
//! Coordinates are continuous pixels of the footage, origin top left, y down; the writers turn
//! them into what each program wants.

mod align;
mod animation;
mod builder;
mod check;
mod contour;
mod draw;
mod error;
mod feather;
mod flatten;
pub mod formats;
mod join;
mod joints;
mod keys;
mod knots;
mod left_out;
pub mod limits;
mod outline;
mod parts;
mod settings;
mod soft;
mod solve;
mod span;
mod stretch;
mod strokes;
pub mod svg;
mod text;

use crate::raster::{Matte, PixelPoint};
pub use animation::{Animation, ControlPoint, FeatherKey, Layer, OpacityKey, PathKey, Shape};
pub use builder::{Builder, SequenceInfo};
pub use draw::{check_drawing, draw, draw_all, draw_shape};
pub use error::ShapeError;
pub use formats::{FORMATS, Format, fxs, json, nuke, read_file, read_file_noting};
pub use left_out::LeftOut;
pub use settings::{Keys, ShapeSettings};
pub use strokes::{draw_area, draw_brush};

/// The closed outlines of `matte` at one half, outer ones and holes, in pixels of the matte; specks of less than
/// `least` square pixels are left out, as long as they are little of the whole.
#[must_use]
pub fn outlines(matte: &Matte, least: f64) -> Vec<Vec<PixelPoint>> {
    let point = |p: &kurbo::Point| PixelPoint { x: p.x, y: p.y };
    let found = contour::contours(matte, 0.5, least, 0.02);
    found.iter().map(|outline| outline.points.iter().map(point).collect()).collect()
}

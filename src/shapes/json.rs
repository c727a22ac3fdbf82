//! Shapes as JSON, for other programs and for `airoto` itself.
//!
//! Coordinates are pixels of the footage, origin top left, y down. A point is
//! `[x, y, in x, in y, out x, out y]`, its handles in absolute coordinates.

use std::io::Write;

use kurbo::Point;
use serde::{Deserialize, Serialize};

use super::{Animation, ControlPoint, FeatherKey, Layer, OpacityKey, PathKey, Shape, ShapeError};

/// Says what the file is.
const KIND: &str = "airoto shapes";
/// Coordinates are rounded to this part of a pixel.
const PARTS: f64 = 10_000.0;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    kind: String,
    width: u32,
    height: u32,
    pixel_aspect: f64,
    first: i64,
    last: i64,
    fps: f64,
    layers: Vec<FileLayer>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileLayer {
    name: String,
    shapes: Vec<FileShape>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileShape {
    name: String,
    hole: bool,
    /// Pairs of a frame and the opacity from there on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    opacity: Vec<(i64, f64)>,
    /// Pairs of a frame and the width of the soft edge there, in pixels.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    feather: Vec<(i64, f64)>,
    keys: Vec<FileKey>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileKey {
    frame: i64,
    points: Vec<[f64; 6]>,
}

/// Writes `animation` as JSON.
///
/// # Errors
/// [`ShapeError::Input`] when the animation cannot be written, [`ShapeError::Io`] when `out` fails.
pub fn write(animation: &Animation, out: &mut dyn Write) -> Result<(), ShapeError> {
    animation.check()?;
    // Adding zero makes -0 a plain 0.
    let round = |v: f64| (v * PARTS).round() / PARTS + 0.0;
    let point = |p: &ControlPoint| [p.at.x, p.at.y, p.into.x, p.into.y, p.out.x, p.out.y].map(round);
    let shape = |s: &Shape| FileShape {
        name: s.name.clone(),
        hole: s.hole,
        opacity: s.opacity.iter().map(|k| (k.frame, k.value)).collect(),
        feather: s.feather.iter().map(|k| (k.frame, round(k.width))).collect(),
        keys: s
            .keys
            .iter()
            .map(|k| FileKey { frame: k.frame, points: k.points.iter().map(point).collect() })
            .collect(),
    };
    let layer = |l: &Layer| FileLayer { name: l.name.clone(), shapes: l.shapes.iter().map(shape).collect() };
    let &Animation { width, height, pixel_aspect, first, last, fps, ref layers } = animation;
    let layers = layers.iter().map(layer).collect();
    let file = File { kind: KIND.to_owned(), width, height, pixel_aspect, first, last, fps, layers };
    serde_json::to_writer(&mut *out, &file).map_err(std::io::Error::from)?;
    writeln!(out)?;
    Ok(())
}

/// Reads what [`write()`] wrote.
///
/// # Errors
/// [`ShapeError::Malformed`] when the text is something else, [`ShapeError::Input`] when what it says
/// is impossible.
pub fn read(text: &str) -> Result<Animation, ShapeError> {
    let file: File = serde_json::from_str(text).map_err(|e| ShapeError::Malformed(e.to_string()))?;
    if file.kind != KIND {
        return Err(ShapeError::Malformed(format!("the kind is {:?}, expected {KIND:?}", file.kind)));
    }
    let point = |&[x, y, ix, iy, ox, oy]: &[f64; 6]| ControlPoint {
        at: Point::new(x, y),
        into: Point::new(ix, iy),
        out: Point::new(ox, oy),
    };
    let shape = |s: FileShape| Shape {
        name: s.name,
        hole: s.hole,
        opacity: s.opacity.into_iter().map(|(frame, value)| OpacityKey { frame, value }).collect(),
        feather: s.feather.into_iter().map(|(frame, width)| FeatherKey { frame, width }).collect(),
        keys: s
            .keys
            .into_iter()
            .map(|k| PathKey { frame: k.frame, points: k.points.iter().map(point).collect() })
            .collect(),
    };
    let File { width, height, pixel_aspect, first, last, fps, layers, .. } = file;
    let layers = layers
        .into_iter()
        .map(|l| Layer { name: l.name, shapes: l.shapes.into_iter().map(shape).collect() })
        .collect();
    let animation = Animation { width, height, pixel_aspect, first, last, fps, layers };
    animation.check()?;
    Ok(animation)
}

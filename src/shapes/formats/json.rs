//! Shapes as JSON, for other programs and for `airoto` itself.
//!
//! Coordinates are pixels of the footage, origin top left, y down. A point is
//! `[x, y, in x, in y, out x, out y]`, its handles in absolute coordinates.

use std::collections::HashSet;
use std::io::Write;

use kurbo::Point;
use serde::{Deserialize, Serialize};

use super::Format;
use crate::shapes::check::fault_of;
use crate::shapes::left_out::{self, Found, LeftOut, Tally, finished, whole};
use crate::shapes::limits;
use crate::shapes::{Animation, ControlPoint, FeatherKey, Layer, OpacityKey, PathKey, Shape, ShapeError};

/// The row of the table of formats.
pub const FORMAT: Format = Format { extension: "json", program: "other programs", read_noting, write };

/// Says what the file is.
const KIND: &str = "airoto shapes";
/// Coordinates are rounded to this part of a pixel.
const PARTS: f64 = 10_000.0;

/// Numbers that are read may be any; which may be is for [`limits`] to say.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File<N> {
    kind: String,
    width: N,
    height: N,
    pixel_aspect: f64,
    first: N,
    last: N,
    fps: f64,
    layers: Vec<FileLayer<N>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileLayer<N> {
    name: String,
    shapes: Vec<FileShape<N>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileShape<N> {
    name: String,
    hole: bool,
    /// Pairs of a frame and the opacity from there on.
    #[serde(default = "Vec::new", skip_serializing_if = "Vec::is_empty")]
    opacity: Vec<(N, f64)>,
    /// Frames of those pairs from which the opacity changes in a line to the next; it is held from the others.
    #[serde(default = "Vec::new", skip_serializing_if = "Vec::is_empty")]
    ramps: Vec<N>,
    /// Pairs of a frame and the width of the soft edge there, in pixels.
    #[serde(default = "Vec::new", skip_serializing_if = "Vec::is_empty")]
    feather: Vec<(N, f64)>,
    keys: Vec<FileKey<N>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileKey<N> {
    frame: N,
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
        ramps: s.opacity.iter().filter(|k| k.linear).map(|k| k.frame).collect(),
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
    let (width, height) = (i64::from(width), i64::from(height));
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
    whole(read_noting(text))
}

/// Reads what can be read of such a text, and says what was left out: shapes that [`read`] fails for.
///
/// # Errors
/// As those of [`read`], where the text as a whole cannot be read, or nothing is left of its shapes.
pub fn read_noting(text: &str) -> Found {
    let file: File<f64> = serde_json::from_str(text).map_err(malformed)?;
    if file.kind != KIND {
        return Err(bad(format!("the kind is {:?}, expected {KIND:?}", limits::beginning(&file.kind))));
    }
    let (first, last) = limits::range(file.first, file.last)?;
    let mut animation = Animation {
        width: limits::side("width", file.width)?,
        height: limits::side("height", file.height)?,
        pixel_aspect: file.pixel_aspect,
        first,
        last,
        fps: file.fps,
        layers: Vec::new(),
    };
    let (mut tally, mut left_out) = (Tally::default(), LeftOut::default());
    for FileLayer { name, shapes } in file.layers {
        tally.layer()?;
        if let Err(reason) = limits::name(&name) {
            left_out.add(&name, left_out::layer_called(&name), bad(reason));
            continue;
        }
        let mut layer = Layer { name, shapes: Vec::new() };
        for file in shapes {
            let called = left_out::shape_called(&file.name, &layer.name);
            match shape(file) {
                Ok(shape) => {
                    tally.shape(&shape)?;
                    layer.shapes.push(shape);
                }
                Err(reason) => left_out.add(&layer.name, called, bad(reason)),
            }
        }
        animation.layers.push(layer);
    }
    finished(animation, left_out)
}

/// What the parser says, which repeats names that it does not know.
fn malformed(error: serde_json::Error) -> ShapeError {
    bad(error.to_string().chars().take(300).collect::<String>())
}

fn bad(reason: impl ToString) -> ShapeError {
    ShapeError::Malformed(reason.to_string())
}

fn shape(file: FileShape<f64>) -> Result<Shape, String> {
    limits::name(&file.name).map_err(|e| e.to_string())?;
    let frame = |frame: f64| match frame.fract() == 0.0 {
        true => limits::frame(frame).map_err(|found| format!("it has a key at {found}")),
        false => Err(format!("it has a key at frame {frame}, expected a whole number")),
    };
    let ramps = file.ramps.into_iter().map(frame).collect::<Result<HashSet<_>, _>>()?;
    let opacity = file.opacity.into_iter().map(|(at, value)| {
        let frame = frame(at)?;
        Ok(OpacityKey { frame, value, linear: ramps.contains(&frame) })
    });
    let feather = file.feather.into_iter().map(|(at, width)| Ok(FeatherKey { frame: frame(at)?, width }));
    let point = |[x, y, ix, iy, ox, oy]: [f64; 6]| ControlPoint {
        at: Point::new(x, y),
        into: Point::new(ix, iy),
        out: Point::new(ox, oy),
    };
    let keys = file.keys.into_iter().map(|key| {
        Ok(PathKey { frame: frame(key.frame)?, points: key.points.into_iter().map(point).collect() })
    });
    let shape = Shape {
        hole: file.hole,
        opacity: opacity.collect::<Result<_, String>>()?,
        feather: feather.collect::<Result<_, String>>()?,
        keys: keys.collect::<Result<_, String>>()?,
        name: file.name,
    };
    fault_of(&shape).map_or(Ok(shape), Err)
}

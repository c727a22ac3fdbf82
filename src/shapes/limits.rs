//! What a file of shapes may hold. All three readers go by these numbers, so that what they return can be drawn and
//! written: `docs/shapes.md` lists them for people.

use std::ops::RangeInclusive;

use kurbo::Point;

use super::{ControlPoint, ShapeError};

/// Numbers of frames: OpenFX counts them in 32 bits.
pub const FRAMES: RangeInclusive<i64> = i32::MIN as i64..=i32::MAX as i64;
/// Points and handles lie at most this far from the top left corner in x and in y, in pixels: beyond it 32-bit
/// numbers, in which Nuke keeps them, have no whole pixels.
pub const FARTHEST_POINT: f64 = 16_777_216.0;
/// Pixels of a frame's longer side.
pub const LONGEST_SIDE: u32 = 1 << 17;
/// Pixels of a frame: one of 16384x8192.
pub const MOST_PIXELS: u64 = 1 << 27;
/// Width of a pixel over its height; 2 is the widest in use.
pub const ASPECTS: (f64, f64) = (0.01, 100.0);
/// Layers of a file; one an object.
pub const MOST_LAYERS: usize = 10_000;
/// Shapes of a file. Traced noise has some hundred thousand.
pub const MOST_SHAPES: usize = 1_000_000;
/// Control points of a shape.
pub const MOST_POINTS: usize = 100_000;
/// Keys of a shape's path, of its opacity, and of its feather.
pub const MOST_KEYS: usize = 1_000_000;
/// Control points of all keys of all shapes: 100 shapes of 50 points with a key on each of 4000 frames. They take
/// 48 bytes each.
pub const MOST_PLACED: usize = 20_000_000;
/// Characters of a name, and of the path of a nested layer.
pub const LONGEST_NAME: usize = 1000;

/// A number or a text of a file that is beyond its limit.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub(super) enum Beyond {
    /// A frame number.
    #[error("frame {}, expected {} to {}", short(*.0), FRAMES.start(), FRAMES.end())]
    Frame(f64),
    /// A point or a handle, in pixels of the frame.
    #[error(
        "{what} is at ({}, {}), expected at most {FARTHEST_POINT} pixels from the frame's corner",
        short(at.x),
        short(at.y)
    )]
    Point {
        /// "a point" or "a handle".
        what: &'static str,
        /// Where it lies.
        at: Point,
    },
    /// A name, by its number of characters.
    #[error("its name has {0} characters, expected {LONGEST_NAME} at most")]
    Name(usize),
}

/// `value` as a frame number.
///
/// # Errors
/// [`Beyond::Frame`].
pub(super) fn frame(value: f64) -> Result<i64, Beyond> {
    let rounded = value.round();
    // What is no number becomes 0, which is told from it by the comparison.
    if FRAMES.contains(&(rounded as i64)) && rounded == (rounded as i64) as f64 {
        return Ok(rounded as i64);
    }
    Err(Beyond::Frame(value))
}

/// `first` and `last` of the footage.
pub(super) fn range(first: f64, last: f64) -> Result<(i64, i64), ShapeError> {
    let end = |what: &str, value: f64| {
        frame(value).map_err(|found| ShapeError::Malformed(format!("the footage {what} at {found}")))
    };
    Ok((end("begins", first)?, end("ends", last)?))
}

/// A side of the frame, in pixels.
pub(super) fn side(what: &str, value: f64) -> Result<u32, ShapeError> {
    if (1.0..=f64::from(LONGEST_SIDE)).contains(&value) {
        return Ok(value as u32);
    }
    Err(ShapeError::Malformed(format!(
        "the {what} of the frame is {}, expected 1 to {LONGEST_SIDE} pixels",
        short(value)
    )))
}

/// A number for a sentence: huge ones with an exponent.
pub(super) fn short(value: f64) -> String {
    if value.abs() < 1e15 { value.to_string() } else { format!("{value:e}") }
}

/// Whether a point lies where points may.
pub(super) fn is_near(p: Point) -> bool {
    // A number that is none compares as false.
    p.x.abs() <= FARTHEST_POINT && p.y.abs() <= FARTHEST_POINT
}

/// `point`, as long as it and its handles lie where points may.
///
/// # Errors
/// [`Beyond::Point`].
pub(super) fn placed(point: ControlPoint) -> Result<ControlPoint, Beyond> {
    let all = [("a point", point.at), ("a handle", point.into), ("a handle", point.out)];
    match all.into_iter().find(|(_, p)| !is_near(*p)) {
        Some((what, at)) => Err(Beyond::Point { what, at }),
        None => Ok(point),
    }
}

/// Checks the length of a name of a layer or a shape.
///
/// # Errors
/// [`Beyond::Name`].
pub(super) fn name(name: &str) -> Result<(), Beyond> {
    // Bytes are no fewer than characters.
    if name.len() <= LONGEST_NAME || name.chars().nth(LONGEST_NAME).is_none() {
        return Ok(());
    }
    Err(Beyond::Name(name.chars().count()))
}

/// The beginning of a name or another text, for a sentence.
pub(super) fn beginning(text: &str) -> String {
    text.chars().take(80).collect()
}

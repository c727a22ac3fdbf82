//! What a file of shapes may hold. All three readers go by these numbers, so that what they return can be drawn and
//! written: `docs/shapes.md` lists them for people.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use kurbo::Point;

use super::feather::WIDEST;
use super::{Animation, ControlPoint, Shape, ShapeError};

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
/// What is left out is told of so many shapes one by one.
const MOST_TOLD: usize = 12;

/// `value` as a frame number; it says what was found otherwise.
pub(super) fn frame(value: f64) -> Result<i64, String> {
    let rounded = value.round();
    // What is no number becomes 0, which is told from it by the comparison.
    if FRAMES.contains(&(rounded as i64)) && rounded == (rounded as i64) as f64 {
        return Ok(rounded as i64);
    }
    Err(format!("frame {}, expected {} to {}", short(value), FRAMES.start(), FRAMES.end()))
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
fn short(value: f64) -> String {
    if value.abs() < 1e15 { value.to_string() } else { format!("{value:e}") }
}

/// Whether a point lies where points may.
pub(super) fn is_near(p: Point) -> bool {
    // A number that is none compares as false.
    p.x.abs() <= FARTHEST_POINT && p.y.abs() <= FARTHEST_POINT
}

/// `point`, as long as it and its handles lie where points may.
pub(super) fn placed(point: ControlPoint) -> Result<ControlPoint, String> {
    for (what, p) in [("a point", point.at), ("a handle", point.into), ("a handle", point.out)] {
        if !is_near(p) {
            return Err(format!(
                "{what} lies at ({}, {}), expected at most {FARTHEST_POINT} pixels from the frame's corner",
                short(p.x),
                short(p.y)
            ));
        }
    }
    Ok(point)
}

/// A name of a layer or a shape.
pub(super) fn name(name: &str) -> Result<(), String> {
    // Bytes are no fewer than characters.
    if name.len() <= LONGEST_NAME || name.chars().nth(LONGEST_NAME).is_none() {
        return Ok(());
    }
    Err(format!("its name has {} characters, expected {LONGEST_NAME} at most", name.chars().count()))
}

/// The beginning of a name or another text, for a sentence.
pub(super) fn beginning(text: &str) -> String {
    text.chars().take(80).collect()
}

/// What makes `animation` impossible apart from its shapes, if anything does.
pub(super) fn fault_of_footage(animation: &Animation) -> Option<String> {
    let (w, h) = (animation.width, animation.height);
    if w == 0 || h == 0 || w > LONGEST_SIDE || h > LONGEST_SIDE {
        return Some(format!("shapes need a frame of 1 to {LONGEST_SIDE} pixels a side, found {w}x{h}"));
    }
    if u64::from(w) * u64::from(h) > MOST_PIXELS {
        return Some(format!("shapes need a frame of {MOST_PIXELS} pixels at most, found {w}x{h}"));
    }
    if !(ASPECTS.0..=ASPECTS.1).contains(&animation.pixel_aspect) {
        return Some(format!(
            "the pixel aspect is {} to {}, found {}",
            ASPECTS.0, ASPECTS.1, animation.pixel_aspect
        ));
    }
    if !(animation.fps.is_finite() && animation.fps > 0.0) {
        return Some(format!("the frame rate is above zero frames a second, found {}", animation.fps));
    }
    if animation.last < animation.first {
        return Some(format!(
            "the frames end at {} before they begin at {}",
            animation.last, animation.first
        ));
    }
    let far = [animation.first, animation.last].into_iter().find(|f| !FRAMES.contains(f));
    far.map(|f| format!("the footage has frame {f}, expected {} to {}", FRAMES.start(), FRAMES.end()))
}

/// What makes `shape` impossible to draw and to write, if anything does.
pub(super) fn fault_of(shape: &Shape) -> Option<String> {
    let n = shape.point_count();
    if n < 2 {
        return Some(format!("it has {n} control points, expected two or more"));
    }
    if n > MOST_POINTS {
        return Some(format!("it has {n} control points, expected {MOST_POINTS} at most"));
    }
    for (what, count) in [
        ("keys", shape.keys.len()),
        ("keys of its opacity", shape.opacity.len()),
        ("keys of its feather", shape.feather.len()),
    ] {
        if count > MOST_KEYS {
            return Some(format!("it has {count} {what}, expected {MOST_KEYS} at most"));
        }
    }
    if let Some(k) = shape.keys.iter().find(|k| k.points.len() != n) {
        return Some(format!("it has {} points at frame {}, expected {n}", k.points.len(), k.frame));
    }
    for key in &shape.keys {
        if let Some(Err(found)) = key.points.iter().map(|&p| placed(p)).find(Result::is_err) {
            return Some(format!("at frame {} {found}", key.frame));
        }
    }
    let frames = [
        &mut shape.keys.iter().map(|k| k.frame) as &mut dyn Iterator<Item = i64>,
        &mut shape.opacity.iter().map(|k| k.frame),
        &mut shape.feather.iter().map(|k| k.frame),
    ];
    for frames in frames {
        let mut before = None;
        for frame in frames {
            if !FRAMES.contains(&frame) {
                let (first, last) = (FRAMES.start(), FRAMES.end());
                return Some(format!("it has a key at frame {frame}, expected {first} to {last}"));
            }
            if before.is_some_and(|b| b >= frame) {
                return Some(format!("its key at frame {frame} stands after one that is not before it"));
            }
            before = Some(frame);
        }
    }
    if let Some(k) = shape.opacity.iter().find(|k| !(0.0..=1.0).contains(&k.value)) {
        return Some(format!("it has an opacity of {} at frame {}, expected 0 to 1", k.value, k.frame));
    }
    let wide = shape.feather.iter().find(|k| !(0.0..=WIDEST).contains(&k.width));
    wide.map(|k| format!("it has a feather of {} pixels, expected 0 to {WIDEST}", short(k.width)))
}

/// What a reader found so far, so that it stops where a file holds more than any does.
#[derive(Debug, Default)]
pub(super) struct Tally {
    layers: usize,
    shapes: usize,
    placed: usize,
}

impl Tally {
    /// One more layer.
    pub fn layer(&mut self) -> Result<(), ShapeError> {
        self.layers += 1;
        most("layers", self.layers, MOST_LAYERS)
    }

    /// One more shape.
    pub fn shape(&mut self, shape: &Shape) -> Result<(), ShapeError> {
        self.shapes += 1;
        self.placed = self.placed.saturating_add(shape.keys.iter().map(|k| k.points.len()).sum());
        most("shapes", self.shapes, MOST_SHAPES)?;
        most("control points at all keys of all shapes", self.placed, MOST_PLACED)
    }
}

fn most(what: &str, found: usize, most: usize) -> Result<(), ShapeError> {
    if found <= most {
        return Ok(());
    }
    Err(ShapeError::Malformed(format!("there are {found} {what} and more, expected {most} at most")))
}

/// What of a file could not be read, or was read otherwise than it is written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LeftOut {
    first: Option<Fault>,
    told: Vec<String>,
    more: usize,
    /// The first sentence about each layer that lacks something.
    layers: BTreeMap<String, String>,
    /// A sentence about one of the layers beyond [`MOST_LAYERS`]: any may lack something then.
    any: Option<String>,
}

/// What was left out, why, and whether it is right but unknown to this version.
type Fault = (String, String, bool);

impl LeftOut {
    /// `what`, a layer or something in it, is left out for a reason.
    pub(super) fn add(&mut self, layer: &str, what: String, reason: ShapeError) {
        let (reason, unknown) = match reason {
            ShapeError::Unsupported(thing) => (thing, true),
            ShapeError::Malformed(reason) | ShapeError::Input(reason) => (reason, false),
            ShapeError::Io(e) => (e.to_string(), false),
        };
        let sentence = match unknown {
            true => format!("{what} is left out: it uses {reason}, which this version does not read"),
            false => format!("{what} is left out: {reason}"),
        };
        if self.layers.len() < MOST_LAYERS {
            self.layers.entry(layer.to_owned()).or_insert_with(|| sentence.clone());
        } else {
            self.any.get_or_insert_with(|| sentence.clone());
        }
        self.first.get_or_insert((what, reason, unknown));
        self.note(sentence);
    }

    /// Something that is told, though nothing is left out.
    pub(super) fn note(&mut self, sentence: String) {
        if self.told.len() < MOST_TOLD {
            self.told.push(sentence);
        } else {
            self.more += 1;
        }
    }

    /// The sentences; of many the first ones, and how many others there are.
    #[must_use]
    pub fn sentences(&self) -> Vec<String> {
        let more = (self.more > 0).then(|| format!("{} more notes of this kind are not shown", self.more));
        self.told.iter().cloned().chain(more).collect()
    }

    /// What of the layer called `name` was left out first; none where it is whole.
    #[must_use]
    pub fn of_layer(&self, name: &str) -> Option<&str> {
        self.layers.get(name).or(self.any.as_ref()).map(String::as_str)
    }

    /// What of any layer was left out; none where the file was read whole.
    #[must_use]
    pub fn first(&self) -> Option<&str> {
        self.layers.values().next().map(String::as_str)
    }

    /// The first thing that was left out, as an error; none where all was read.
    pub(super) fn error(&self) -> Option<ShapeError> {
        let (what, reason, unknown) = self.first.clone()?;
        Some(match unknown {
            true => ShapeError::Unsupported(format!("{reason} in {what}")),
            false => ShapeError::Malformed(format!("{what}: {reason}")),
        })
    }
}

/// What a reader found: shapes that can be drawn and written, and what was left out of them.
pub(super) type Found = Result<(Animation, LeftOut), ShapeError>;

/// `found`, if the file was read whole.
pub(super) fn whole(found: Found) -> Result<Animation, ShapeError> {
    let (animation, left_out) = found?;
    left_out.error().map_or(Ok(animation), Err)
}

/// `animation`, checked; an error where nothing is left of what its file holds.
pub(super) fn finished(animation: Animation, left_out: LeftOut) -> Found {
    animation.check()?;
    let nothing = animation.layers.iter().all(|l| l.shapes.is_empty());
    match left_out.error().filter(|_| nothing) {
        Some(error) => Err(error),
        None => Ok((animation, left_out)),
    }
}

/// How a sentence calls a shape.
pub(super) fn shape_called(name: &str, layer: &str) -> String {
    format!("shape {:?} of layer {:?}", beginning(name), beginning(layer))
}

/// How a sentence calls a layer.
pub(super) fn layer_called(name: &str) -> String {
    format!("layer {:?}", beginning(name))
}

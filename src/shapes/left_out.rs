//! What readers of files of shapes count, and what they leave out.

use std::collections::BTreeMap;

use super::limits::{MOST_LAYERS, MOST_PLACED, MOST_SHAPES, beginning};
use super::{Animation, Shape, ShapeError};

/// Shapes that are left out get a note each, up to this many.
const MOST_TOLD: usize = 12;

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
    Err(ShapeError::Malformed(format!("there are {found} or more {what}, expected at most {most}")))
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

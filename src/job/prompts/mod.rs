//! Prompts: JSON in, checked objects out.
//!
//! ```json
//! {"objects":[{"name":"dog","prompts":[
//!    {"frame":0,"point":[420,260],"label":"positive"},
//!    {"frame":0,"box":[300,120,560,420]},
//!    {"frame":0,"mask":"masks/00000.png"},
//!    {"frame":24,"shapes":"roto.fxs"},
//!    {"frame":30,"drawing":[{"add":[[10,10],[40,10],[40,30]]},{"subtract":[[20,20]],"radius":4}]}]}]}
//! ```
//!
//! Coordinates are pixels of the frame, continuous, origin top left: pixel `i` covers `i` to
//! `i + 1`. A box has its corners in any order. A mask is the matte of its frame, and what else is
//! said there yields to it; an empty one says that the object is not in the frame. Shapes are the
//! mask that a file of shapes (`.fxs`, `.nk`, or ours as `.json`) draws on the prompt's frame: of
//! the layer called as `"layer"` says, or as the object, or of the only one there is. A drawing adds to
//! the matte that all else gives on its frame, and cuts out of it: areas within a closed line, and what a
//! brush of a `"radius"` covers. The order
//! counts: clicks on a frame correct what the prompts *listed before them* give there, so new
//! corrections go to the end of the list. An object without prompts is in no frame.
//!
//! An object may also have
//!
//! ```json
//! {"hidden":true,"solo":true,"colour":[0.9,0.2,0.1],"tracker":"flow",
//!  "edge":{"quality":"fast","inside":4,"outside":0,"hair":2,"motion_blur":"soften","stability":0.5,
//!          "clean_black":40,"clean_white":40,"clip_black":0.05,"clip_white":0.95}}
//! ```
//!
//! Hidden objects are in no matte, and where one is solo, only those that are. The colour (red, green and
//! blue, 0 to 1) is the one that it is shown in, never one that its track depends on. A tracker and settings
//! of the edge take the place of those of the request for this object; a width of 0 goes by its size.

mod bounded;
mod check;
mod drawing;
pub mod edit;
mod error;
mod frame;
mod parse;
mod read;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::edge::{EdgeSettings, MotionBlur, Quality};
use crate::raster::PixelBox;

pub use check::Limits;
pub use drawing::{
    DrawingError, MAX_DRAWN_POINTS, MAX_RADIUS, MAX_STROKE_POINTS, MAX_STROKES, Stroke, StrokePath,
    check_work,
};
pub use error::PromptError;
pub use frame::{FramePrompt, Label, PointPrompt};
pub use parse::parse;
pub use read::PromptText;

/// How many objects one node tracks.
pub const MAX_OBJECTS: usize = 16;

/// How many prompts all objects of a node may have: more than a person gives, and few enough that reading them
/// for every frame costs nothing.
pub const MAX_PROMPTS: usize = 20_000;

/// How many points an object may have on one frame. Most trackers answer to them one after the other.
pub const MAX_POINTS: usize = 500;

/// The name of the object that a mask clip prompts when the JSON names none.
pub const MASK_OBJECT: &str = "object";

/// All objects, in the order in which they are given.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Prompts {
    /// At most [`MAX_OBJECTS`].
    pub objects: Vec<ObjectPrompts>,
}

/// One object and its prompts.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ObjectPrompts {
    /// Unique among the objects.
    pub name: String,
    /// In the order in which they are given.
    pub prompts: Vec<Prompt>,
    /// Whether it is in no matte.
    pub hidden: bool,
    /// Whether only those that are solo are in any matte.
    pub solo: bool,
    /// Red, green and blue, 0 to 1; none for the one of its place.
    pub colour: Option<[f32; 3]>,
    /// What takes the place of the request's settings of the edge.
    pub edge: Option<ObjectEdge>,
    /// What takes the place of the request's tracker.
    pub tracker: Option<String>,
}

/// Settings of the edge of one object; none for those of the request.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ObjectEdge {
    /// What finds alpha in the unknown band.
    pub quality: Option<RawQuality>,
    /// Pixels of the band inside the edge; 0 to go by the object's size.
    pub inside: Option<f32>,
    /// Pixels of the band outside the edge; 0 to go by the object's size.
    pub outside: Option<f32>,
    /// How much wider the band gets at hair.
    pub hair: Option<f32>,
    /// How motion blur is handled.
    pub motion_blur: Option<RawBlur>,
    /// How far chatter is filtered out, 0 to 1.
    pub stability: Option<f32>,
    /// Islands of fewer pixels go.
    pub clean_black: Option<f32>,
    /// Holes of fewer pixels are filled.
    pub clean_white: Option<f32>,
    /// Alpha up to this becomes 0.
    pub clip_black: Option<f32>,
    /// Alpha from this on becomes 1.
    pub clip_white: Option<f32>,
}

/// [`Quality`] as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "they are those of Quality")]
pub enum RawQuality {
    Tracked,
    Fast,
    Fine,
}

/// [`MotionBlur`] as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "they are those of MotionBlur")]
pub enum RawBlur {
    Ignore,
    Soften,
    Vectors,
}

impl ObjectEdge {
    /// The settings of the request with these in their place.
    #[must_use]
    pub fn over(&self, all: &EdgeSettings) -> EdgeSettings {
        let width = |own: Option<f32>, all| own.map_or(all, |v| Some(v).filter(|v| *v > 0.0));
        EdgeSettings {
            quality: match self.quality {
                None => all.quality,
                Some(RawQuality::Tracked) => Quality::Tracked,
                Some(RawQuality::Fast) => Quality::Fast,
                Some(RawQuality::Fine) => Quality::Fine,
            },
            inside: width(self.inside, all.inside),
            outside: width(self.outside, all.outside),
            hair: self.hair.unwrap_or(all.hair),
            motion_blur: match self.motion_blur {
                None => all.motion_blur,
                Some(RawBlur::Soften) => MotionBlur::Soften,
                Some(RawBlur::Vectors) => MotionBlur::Vectors,
                // Who wants to see how long it is has it looked for.
                Some(RawBlur::Ignore) if all.show_blur => MotionBlur::Vectors,
                Some(RawBlur::Ignore) => MotionBlur::Ignore,
            },
            stability: self.stability.unwrap_or(all.stability),
            clean_black: self.clean_black.unwrap_or(all.clean_black),
            clean_white: self.clean_white.unwrap_or(all.clean_white),
            clip_black: self.clip_black.unwrap_or(all.clip_black),
            clip_white: self.clip_white.unwrap_or(all.clip_white),
            ..all.clone()
        }
    }

    /// The first number that is out of its range: what it is, the number, and what is expected.
    fn wrong(&self) -> Option<(&'static str, f32, &'static str)> {
        let (pixels, area) = ("0 to 500 pixels", "0 to 1000000 pixels");
        let ranges = [
            ("inside", self.inside, 500.0, pixels),
            ("outside", self.outside, 500.0, pixels),
            ("hair", self.hair, 20.0, "0 to 20"),
            ("stability", self.stability, 1.0, "0 to 1"),
            ("clean_black", self.clean_black, 1e6, area),
            ("clean_white", self.clean_white, 1e6, area),
            ("clip_black", self.clip_black, 1.0, "0 to 1"),
            ("clip_white", self.clip_white, 1.0, "0 to 1"),
        ];
        let bad = |(what, value, most, expected): (_, Option<f32>, f32, _)| {
            value.filter(|v| !(0.0..=most).contains(v)).map(|v| (what, v, expected))
        };
        ranges.into_iter().find_map(bad)
    }
}

/// The colour of the object at a place among the objects (from 0) that has none of its own: as far as may be
/// from those of the places before it.
#[must_use]
pub fn colour_of_place(place: usize) -> [f32; 3] {
    /// The part of the circle of hues from one place to the next: the golden ratio's, which never comes near
    /// a hue that it has been at.
    const TURN: f32 = 0.618_034;
    let hue = (0.33 + place as f32 * TURN).fract() * 6.0;
    let (full, least) = (1.0, 0.25);
    // A full colour: of each channel how near the hue is to it.
    [0.0, 2.0, 4.0].map(|channel| {
        let away = (hue - channel).abs();
        let away = away.min(6.0 - away);
        least + (full - least) * (2.0 - away).clamp(0.0, 1.0)
    })
}

/// One prompt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Prompt {
    /// The frame's number.
    pub frame: i64,
    /// What is said.
    pub kind: PromptKind,
}

/// The ways to say where an object is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum PromptKind {
    /// A click on the object or off it.
    Point(PointPrompt),
    /// A box around it.
    Box(PixelBox),
    /// A picture file, as written in the JSON.
    Mask(PathBuf),
    /// A file of shapes that are drawn as a mask.
    Shapes {
        /// As written in the JSON.
        path: PathBuf,
        /// Which layer; none to go by the name of the object.
        layer: Option<String>,
    },
    /// Strokes that are drawn, in their order, over what the other prompts give on that frame.
    Drawing(Vec<Stroke>),
}

impl PromptKind {
    /// Whether it gives the matte of its frame.
    #[must_use]
    pub fn is_mask(&self) -> bool {
        matches!(self, Self::Mask(_) | Self::Shapes { .. })
    }
}

impl Prompts {
    /// Whether any object has prompts.
    #[must_use]
    pub fn says_anything(&self) -> bool {
        self.objects.iter().any(|o| !o.prompts.is_empty())
    }

    /// How many points its drawings have.
    #[must_use]
    pub fn drawn_points(&self) -> usize {
        let of_prompt = |prompt: &Prompt| match &prompt.kind {
            PromptKind::Drawing(strokes) => strokes.iter().map(|stroke| stroke.points().len()).sum(),
            _ => 0,
        };
        self.objects.iter().flat_map(|object| &object.prompts).map(of_prompt).sum()
    }

    /// Whether the object at `index` is in mattes: it is not hidden, and solo where one that is not hidden is.
    #[must_use]
    pub fn shows(&self, index: usize) -> bool {
        let solo = self.objects.iter().any(|o| o.solo && !o.hidden);
        self.objects.get(index).is_some_and(|o| !o.hidden && (o.solo || !solo))
    }

    /// The settings of the edge of the object at `index`, where `all` are those of the request.
    #[must_use]
    pub fn edge<'e>(&self, index: usize, all: &'e EdgeSettings) -> Cow<'e, EdgeSettings> {
        let own = self.objects.get(index).and_then(|o| o.edge.as_ref());
        own.map_or(Cow::Borrowed(all), |own| Cow::Owned(own.over(all)))
    }

    /// How many frames before and after one the edges of its objects depend on.
    #[must_use]
    pub fn reach(&self, all: &EdgeSettings) -> i64 {
        let own = (0..self.objects.len()).filter(|&i| self.shows(i)).map(|i| self.edge(i, all).reach());
        own.max().unwrap_or_else(|| all.reach())
    }

    /// The colour in which the object at `index` is shown.
    #[must_use]
    pub fn colour(&self, index: usize) -> [f32; 3] {
        self.objects.get(index).and_then(|o| o.colour).unwrap_or_else(|| colour_of_place(index))
    }

    /// The frames that have prompts, in order.
    #[must_use]
    pub fn frames(&self) -> Vec<i64> {
        let frames: BTreeSet<i64> =
            self.objects.iter().flat_map(|o| o.prompts.iter().map(|p| p.frame)).collect();
        frames.into_iter().collect()
    }

    /// Whether the track of some object on that frame is corrected there: it has clicks or a drawing, and
    /// neither box nor mask.
    #[must_use]
    pub fn only_clicks(&self, frame: i64) -> bool {
        self.objects.iter().any(|object| {
            let mut there = object.prompts.iter().filter(|p| p.frame == frame).peekable();
            there.peek().is_some()
                && there.all(|p| matches!(p.kind, PromptKind::Point(_) | PromptKind::Drawing(_)))
        })
    }
}

//! Prompts: JSON in, checked objects out.
//!
//! ```json
//! {"objects":[{"name":"dog","prompts":[
//!    {"frame":0,"point":[420,260],"label":"positive"},
//!    {"frame":0,"box":[300,120,560,420]},
//!    {"frame":0,"mask":"masks/00000.png"},
//!    {"frame":24,"shapes":"roto.fxs"}]}]}
//! ```
//!
//! Coordinates are pixels of the frame, continuous, origin top left: pixel `i` covers `i` to
//! `i + 1`. A box has its corners in any order. A mask is the matte of its frame, and what else is
//! said there yields to it; an empty one says that the object is not in the frame. Shapes are the
//! mask that a file of shapes (`.fxs`, `.nk`, or ours as `.json`) draws on the prompt's frame: of
//! the layer called as `"layer"` says, or as the object, or of the only one there is. The order
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

mod check;
pub mod edit;
mod error;
mod frame;
mod parse;
mod read;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::edge::{EdgeSettings, MotionBlur, Quality};
use crate::raster::PixelBox;

pub use check::Limits;
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

    /// Whether the track of some object on that frame is corrected there: it has clicks, and neither
    /// box nor mask.
    #[must_use]
    pub fn only_clicks(&self, frame: i64) -> bool {
        self.objects.iter().any(|object| {
            let mut there = object.prompts.iter().filter(|p| p.frame == frame).peekable();
            there.peek().is_some() && there.all(|p| matches!(p.kind, PromptKind::Point(_)))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raster::PixelPoint;

    const LIMITS: Limits = Limits { width: 100, height: 80, first: 10, last: 20 };

    fn one(prompts: &str) -> String {
        format!(r#"{{"objects":[{{"name":"dog","prompts":[{prompts}]}}]}}"#)
    }

    /// An object with a box and something else said of it.
    fn with(more: &str) -> String {
        format!(r#"{{"objects":[{{"name":"dog",{more},"prompts":[{{"frame":10,"box":[1,2,9,8]}}]}}]}}"#)
    }

    fn message(json: &str) -> String {
        match parse(json).and_then(|p| p.check(&LIMITS, None)) {
            Ok(()) => "fine".into(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn every_kind_is_read_and_boxes_are_put_in_order() {
        let json = one(r#"{"frame":10,"point":[42,26.5],"label":"negative"},{"frame":11,"point":[1,2]},
               {"frame":12,"box":[56,42,30,12]},{"frame":13,"mask":"masks/00000.png"},
               {"frame":14,"shapes":"a.fxs","layer":"dog"}"#);
        let prompts = parse(&json).expect("good prompts");
        prompts.check(&LIMITS, None).expect("inside");
        let kinds: Vec<_> = prompts.objects[0].prompts.iter().map(|p| p.kind.clone()).collect();
        let point = |x, y, label| PromptKind::Point(PointPrompt { at: PixelPoint { x, y }, label });
        assert_eq!(kinds[0], point(42.0, 26.5, Label::Negative));
        assert_eq!(kinds[1], point(1.0, 2.0, Label::Positive));
        assert_eq!(kinds[2], PromptKind::Box(PixelBox { x0: 30.0, y0: 12.0, x1: 56.0, y1: 42.0 }));
        assert_eq!(kinds[3], PromptKind::Mask("masks/00000.png".into()));
        assert_eq!(kinds[4], PromptKind::Shapes { path: "a.fxs".into(), layer: Some("dog".into()) });
        assert_eq!(prompts.frames(), [10, 11, 12, 13, 14]);
    }

    #[test]
    fn bad_prompts_are_named() {
        let two = r#"{"objects":[{"name":"a","prompts":[]},{"name":"a","prompts":[]}]}"#;
        let many: Vec<_> = (0..17).map(|i| format!(r#"{{"name":"{i}","prompts":[]}}"#)).collect();
        let many = format!(r#"{{"objects":[{}]}}"#, many.join(","));
        let table = [
            (one(r#"{"frame":10,"pont":[1,2]}"#), "unknown field `pont`"),
            (r#"{"objects":[],"version":2}"#.into(), "unknown field `version`"),
            ("{".into(), "the prompts cannot be read: EOF"),
            ("[]".into(), "the prompts cannot be read"),
            (r#"{"objects":[]}"#.into(), "there are no prompts"),
            (String::new(), "there are no prompts"),
            (two.into(), r#"two objects have the name "a""#),
            (many, "the prompts have 17 objects, expected at most 16"),
            (r#"{"objects":[{"name":" ","prompts":[]}]}"#.into(), r#"object 1 has the name " ""#),
            (one(""), "there are no prompts"),
            (with(r#""colour":[1,2,0]"#), r#"object "dog": colour is [1.0, 2.0, 0.0], expected red, green"#),
            (with(r#""colour":[1,0]"#), "the prompts cannot be read"),
            (with(r#""hidden":1"#), "the prompts cannot be read"),
            (with(r#""edge":{"inside":-1}"#), "inside is -1, expected 0 to 500 pixels"),
            (with(r#""edge":{"quality":"best"}"#), "unknown variant `best`"),
            (with(r#""edge":{"sharp":1}"#), "unknown field `sharp`"),
            (with(r#""edge":{"stability":1.5}"#), "stability is 1.5, expected 0 to 1"),
            (with(r#""edge":{"clip_white":1.5}"#), "clip_white is 1.5, expected 0 to 1"),
            (with(r#""edge":{"clean_black":-1}"#), "clean_black is -1, expected 0 to 1000000 pixels"),
            (with(r#""tracker":" ""#), r#"tracker is " ", expected the name of a tracker"#),
            (one(r#"{"frame":10}"#), "found none"),
            (one(r#"{"frame":10,"point":[1,2],"box":[1,2,3,4]}"#), "found several"),
            (one(r#"{"frame":10,"box":[1,2,3,4],"label":"positive"}"#), "only a point has a label"),
            (one(r#"{"frame":10,"point":[1,2],"label":"maybe"}"#), "unknown variant `maybe`"),
            (one(r#"{"frame":10,"mask":"a.png","layer":"a"}"#), "only shapes have a layer"),
            (one(r#"{"frame":10,"mask":"a.png","shapes":"a.nk"}"#), "found several"),
            (
                one(r#"{"frame":10,"mask":"a.png"},{"frame":10,"shapes":"a.nk"}"#),
                "frame 10: a mask is given twice",
            ),
            (one(r#"{"frame":10,"point":[1,2,3]}"#), "the prompts cannot be read"),
            (one(r#"{"frame":1e400,"point":[1,2]}"#), "the prompts cannot be read"),
            (
                one(r#"{"frame":10,"box":[1,2,3,4]},{"frame":10,"box":[1,2,3,4]}"#),
                "frame 10: a box is given twice",
            ),
            (
                one(r#"{"frame":9,"point":[1,2]}"#),
                r#"object "dog": a prompt is on frame 9, the footage has frames 10 to 20"#,
            ),
            (
                one(r#"{"frame":10,"point":[101,2]}"#),
                r#"object "dog", frame 10: the point at (101, 2) is outside the picture of 100x80 pixels"#,
            ),
            (one(r#"{"frame":10,"box":[1,2,3,-4]}"#), "a corner of the box at (1, -4) is outside"),
            (one(r#"{"frame":10,"box":[1,2,1,4]}"#), "the box has no area"),
            (one(r#"{"frame":10,"point":[1,2],"label":"negative"}"#), "only negative points"),
        ];
        for (json, expected) in table {
            let found = message(&json);
            assert!(found.contains(expected), "{json}\n found: {found}\n expected: {expected}");
        }
    }

    #[test]
    fn as_many_prompts_as_may_be_are_read_and_one_more_is_not() {
        let points = |frames: std::ops::Range<usize>, each: usize| {
            let point = |frame| format!(r#"{{"frame":{frame},"point":[1,2]}}"#);
            frames.flat_map(|f| std::iter::repeat_n(f, each)).map(point).collect::<Vec<_>>().join(",")
        };
        let read = |prompts: String| parse(&one(&prompts)).map(|p| p.objects[0].prompts.len());
        let frames = MAX_PROMPTS / MAX_POINTS;
        assert_eq!(read(points(0..frames, MAX_POINTS)), Ok(MAX_PROMPTS));
        let found = MAX_PROMPTS + MAX_POINTS;
        assert_eq!(read(points(0..frames + 1, MAX_POINTS)), Err(PromptError::TooManyPrompts(found)));
        let error = read(points(0..1, MAX_POINTS + 1)).expect_err("one too many").to_string();
        assert!(error.contains("frame 0: there are 501 points, expected at most 500"), "{error}");
        // What is beyond is counted, not looked at.
        let strange = [points(0..frames, MAX_POINTS + 1), r#"{"pont":1}"#.into()].join(",");
        assert!(matches!(read(strange), Err(PromptError::TooManyPrompts(_))));
        let half = points(0..frames, MAX_POINTS / 2 + 1);
        let two =
            format!(r#"{{"objects":[{{"name":"a","prompts":[{half}]}},{{"name":"b","prompts":[{half}]}}]}}"#);
        assert!(matches!(parse(&two), Err(PromptError::TooManyPrompts(_))), "of all objects");
    }

    #[test]
    fn hidden_objects_are_not_shown_and_solo_ones_alone_are() {
        let shown = |flags: [&str; 3]| {
            let object = |(i, f): (usize, &&str)| format!(r#"{{"name":"{i}","prompts":[]{f}}}"#);
            let all: Vec<_> = flags.iter().enumerate().map(object).collect();
            let prompts = parse(&format!(r#"{{"objects":[{}]}}"#, all.join(","))).expect("good");
            [0, 1, 2].map(|i| prompts.shows(i))
        };
        let (hidden, solo, both) = (r#","hidden":true"#, r#","solo":true"#, r#","hidden":true,"solo":true"#);
        assert_eq!(shown(["", "", ""]), [true; 3]);
        assert_eq!(shown(["", hidden, ""]), [true, false, true]);
        assert_eq!(shown(["", solo, ""]), [false, true, false]);
        assert_eq!(shown([solo, solo, hidden]), [true, true, false]);
        assert_eq!(shown([both, "", ""]), [false, true, true], "what is hidden hides no other");
        assert!(!Prompts::default().shows(0));
    }

    #[test]
    fn an_object_has_the_edge_that_is_said_of_it_and_else_the_panels() {
        let json = with(r#""edge":{"quality":"fine","inside":0,"motion_blur":"ignore"},"tracker":"flow""#);
        let prompts = parse(&json).expect("good");
        assert_eq!(prompts.objects[0].tracker.as_deref(), Some("flow"));
        let panel = EdgeSettings {
            inside: Some(3.0),
            outside: Some(4.0),
            motion_blur: MotionBlur::Soften,
            ..EdgeSettings::default()
        };
        let edge = prompts.edge(0, &panel);
        assert_eq!((edge.quality, edge.inside, edge.outside), (Quality::Fine, None, Some(4.0)));
        assert_eq!((edge.motion_blur, prompts.reach(&panel)), (MotionBlur::Ignore, 0));
        let seen = EdgeSettings { show_blur: true, ..panel.clone() };
        assert_eq!(prompts.edge(0, &seen).motion_blur, MotionBlur::Vectors);
        assert_eq!(*prompts.edge(1, &panel), panel);
    }

    #[test]
    fn sixteen_objects_have_sixteen_colours() {
        let colours: Vec<[f32; 3]> = (0..MAX_OBJECTS).map(colour_of_place).collect();
        for (i, a) in colours.iter().enumerate() {
            assert!(a.iter().all(|v| (0.0..=1.0).contains(v)));
            for b in &colours[..i] {
                let apart: f32 = a.iter().zip(b).map(|(a, b)| (a - b).abs()).sum();
                assert!(apart > 0.1, "{a:?} and {b:?}");
            }
        }
    }

    #[test]
    fn a_mask_clip_is_a_prompt_of_the_first_object() {
        assert_eq!(parse("").and_then(|p| p.check(&LIMITS, Some(12))), Ok(()));
        let outside = parse("").and_then(|p| p.check(&LIMITS, Some(30)));
        assert!(matches!(outside, Err(PromptError::FrameOutside { frame: 30, .. })));
        let json = one(r#"{"frame":12,"mask":"a.png"}"#);
        let twice = parse(&json).and_then(|p| p.check(&LIMITS, Some(12)));
        assert!(matches!(twice, Err(PromptError::Twice { frame: 12, .. })));
        assert_eq!(parse(&json).and_then(|p| p.check(&LIMITS, Some(13))), Ok(()));
    }
}

//! What becomes of the matte's edge.

use super::{Group, Kind, Param};

/// What finds the alpha of the edge.
pub const EDGE_QUALITY: &str = "edgeQuality";
/// The matting network of the finest quality.
pub const EDGE_MODEL: &str = "edgeModel";
/// Width of the unknown band inside the edge.
pub const EDGE_INSIDE: &str = "edgeInside";
/// Width of the unknown band outside the edge.
pub const EDGE_OUTSIDE: &str = "edgeOutside";
/// How much wider the band is at hair.
pub const EDGE_HAIR: &str = "edgeHair";
/// What becomes of motion blur.
pub const EDGE_BLUR: &str = "edgeMotionBlur";
/// How far chatter is filtered out.
pub const EDGE_STABILITY: &str = "edgeStability";
/// By how much the matte grows or shrinks.
pub const EDGE_GROW: &str = "edgeGrow";
/// How far the matte is blurred.
pub const EDGE_SOFTNESS: &str = "edgeSoftness";
/// Gain of the band.
pub const EDGE_GAIN: &str = "edgeGain";
/// Gamma of the band.
pub const EDGE_GAMMA: &str = "edgeGamma";
/// Pixels cut off at each side of the frame: left, right, top, bottom.
pub const EDGE_CROP: [&str; 4] = ["edgeCropLeft", "edgeCropRight", "edgeCropTop", "edgeCropBottom"];
/// Whether the background is taken out of the colours of the edge.
pub const EDGE_COLOURS: &str = "edgeColours";

/// In the panel's order.
pub(super) const TABLE: &[Param] = &[
    Param {
        id: EDGE_QUALITY,
        label: "Edge",
        hint: "As tracked keeps the tracker's edge; Fast solves for alpha in a band around it; Fine asks a matting network.",
        group: Group::Edge,
        kind: Kind::Choice {
            options: &[("tracked", "As tracked"), ("fast", "Fast"), ("fine", "Fine")],
            default: 0,
        },
    },
    Param {
        id: EDGE_MODEL,
        label: "Matting model",
        hint: "The matting network of Fine: the name of an installed model or the folder of a model pack; empty for the first installed.",
        group: Group::Edge,
        kind: Kind::Line { default: "" },
    },
    Param {
        id: EDGE_INSIDE,
        label: "Band inside",
        hint: "How far the unknown band reaches into the object, in pixels; 0 goes by the object's size.",
        group: Group::Edge,
        kind: Kind::Double { default: 0.0, range: (0.0, 500.0), display: (0.0, 50.0) },
    },
    Param {
        id: EDGE_OUTSIDE,
        label: "Band outside",
        hint: "How far the unknown band reaches out of the object, in pixels; 0 goes by the object's size.",
        group: Group::Edge,
        kind: Kind::Double { default: 0.0, range: (0.0, 500.0), display: (0.0, 50.0) },
    },
    Param {
        id: EDGE_HAIR,
        label: "Wider at hair",
        hint: "By how many times its width the unknown band grows where the edge looks like hair; 0 is off.",
        group: Group::Edge,
        kind: Kind::Double { default: 2.0, range: (0.0, 20.0), display: (0.0, 5.0) },
    },
    Param {
        id: EDGE_BLUR,
        label: "Motion blur",
        hint: "Soften gives the edge the ramp that the plate's motion blur has; Vectors leaves the edge and tells the blur in the Blur vectors view.",
        group: Group::Edge,
        kind: Kind::Choice {
            options: &[("ignore", "Leave alone"), ("soften", "Soften"), ("vectors", "Vectors")],
            default: 0,
        },
    },
    Param {
        id: EDGE_STABILITY,
        label: "Stability",
        hint: "How far chatter of the edge is filtered out along the object's motion; 0 is off, 1 the most.",
        group: Group::Edge,
        kind: Kind::Double { default: 0.0, range: (0.0, 1.0), display: (0.0, 1.0) },
    },
    Param {
        id: EDGE_GROW,
        label: "Grow",
        hint: "Moves the edge outwards by so many pixels, inwards where negative.",
        group: Group::Edge,
        kind: Kind::Double { default: 0.0, range: (-100.0, 100.0), display: (-10.0, 10.0) },
    },
    Param {
        id: EDGE_SOFTNESS,
        label: "Softness",
        hint: "Blurs the matte by so many pixels.",
        group: Group::Edge,
        kind: Kind::Double { default: 0.0, range: (0.0, 100.0), display: (0.0, 20.0) },
    },
    Param {
        id: EDGE_GAIN,
        label: "Edge gain",
        hint: "Multiplies alpha where it is neither 0 nor 1.",
        group: Group::Edge,
        kind: Kind::Double { default: 1.0, range: (0.0, 100.0), display: (0.25, 4.0) },
    },
    Param {
        id: EDGE_GAMMA,
        label: "Edge gamma",
        hint: "Above 1 it lightens alpha where that is neither 0 nor 1, below 1 it darkens it.",
        group: Group::Edge,
        kind: Kind::Double { default: 1.0, range: (0.01, 100.0), display: (0.25, 4.0) },
    },
    Param {
        id: EDGE_CROP[0],
        label: "Crop left",
        hint: "Cuts the matte off at the left side of the frame, in pixels.",
        group: Group::Edge,
        kind: Kind::Double { default: 0.0, range: (0.0, 65_536.0), display: (0.0, 200.0) },
    },
    Param {
        id: EDGE_CROP[1],
        label: "Crop right",
        hint: "Cuts the matte off at the right side of the frame, in pixels.",
        group: Group::Edge,
        kind: Kind::Double { default: 0.0, range: (0.0, 65_536.0), display: (0.0, 200.0) },
    },
    Param {
        id: EDGE_CROP[2],
        label: "Crop top",
        hint: "Cuts the matte off at the top side of the frame, in pixels.",
        group: Group::Edge,
        kind: Kind::Double { default: 0.0, range: (0.0, 65_536.0), display: (0.0, 200.0) },
    },
    Param {
        id: EDGE_CROP[3],
        label: "Crop bottom",
        hint: "Cuts the matte off at the bottom side of the frame, in pixels.",
        group: Group::Edge,
        kind: Kind::Double { default: 0.0, range: (0.0, 65_536.0), display: (0.0, 200.0) },
    },
    Param {
        id: EDGE_COLOURS,
        label: "Clean edge colours",
        hint: "Takes the background out of the colours of the edge, in all views that show the plate's colours with alpha.",
        group: Group::Edge,
        kind: Kind::Bool { default: false },
    },
];

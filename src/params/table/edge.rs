//! Alpha at the edge of the matte.

use crate::params::{CommandOption, Group, InPreset, Kind, Param, Section};

/// The method that solves for alpha at the edge.
pub const EDGE_QUALITY: &str = "edgeQuality";
/// The matting network of the finest quality.
pub const EDGE_MODEL: &str = "edgeModel";
/// Width of the unknown band inside the edge.
pub const EDGE_INSIDE: &str = "edgeInside";
/// Width of the unknown band outside the edge.
pub const EDGE_OUTSIDE: &str = "edgeOutside";
/// How much wider the band is at hair.
pub const EDGE_HAIR: &str = "edgeHair";
/// What is done with motion blur.
pub const EDGE_BLUR: &str = "edgeMotionBlur";
/// How strongly chatter is filtered out.
pub const EDGE_STABILITY: &str = "edgeStability";
/// Area below which islands of the matte go.
pub const EDGE_CLEAN_BLACK: &str = "edgeCleanBlack";
/// Area below which holes in the matte are filled.
pub const EDGE_CLEAN_WHITE: &str = "edgeCleanWhite";
/// Alpha up to which the matte is 0.
pub const EDGE_CLIP_BLACK: &str = "edgeClipBlack";
/// Alpha from which the matte is 1.
pub const EDGE_CLIP_WHITE: &str = "edgeClipWhite";
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
/// Whether the background is removed from the colours of the edge.
pub const EDGE_COLOURS: &str = "edgeColours";

/// A preset without a parameter of this group sets it to its default.
const ROW: Param = Param { preset: InPreset::Reset, ..Param::of(Group::Edge) };
const OPTION: CommandOption = CommandOption::of(Section::Edge);
const AREA: Kind = Kind::Double { default: 0.0, range: (0.0, 1_000_000.0), display: (0.0, 500.0) };
const CROP: Kind = Kind::Double { default: 0.0, range: (0.0, 65_536.0), display: (0.0, 200.0) };

/// In the panel's order.
pub(super) const ROWS: &[Param] = &[
    Param {
        id: EDGE_QUALITY,
        label: "Edge",
        hint: "As tracked keeps the tracker's edge; Fast solves for alpha in a band around it; Fine runs a matting network there.",
        kind: Kind::Choice {
            options: &[("tracked", "As tracked"), ("fast", "Fast"), ("fine", "Fine")],
            default: 0,
        },
        object_key: "quality",
        option: Some(CommandOption {
            name: "edge",
            help: "The source of alpha at the edge: the tracker, closed-form matting, or a matting network",
            ..OPTION
        }),
        ..ROW
    },
    Param {
        id: EDGE_MODEL,
        label: "Matting model",
        hint: "The matting network of Fine: the name of an installed model or the folder of a model pack; empty for the first installed.",
        kind: Kind::Line { default: "" },
        option: Some(CommandOption {
            name: "edge-model",
            value_name: "NAME|PATH",
            help: "The matting network of --edge fine [default: the first that is installed]",
            ..OPTION
        }),
        ..ROW
    },
    Param {
        id: EDGE_INSIDE,
        label: "Band inside",
        hint: "Width of the unknown band inside the object, in pixels; 0 sets it by the object's size.",
        kind: Kind::Double { default: 0.0, range: (0.0, 500.0), display: (0.0, 50.0) },
        unit: "pixels",
        object_key: "inside",
        option: Some(CommandOption {
            name: "band-inside",
            value_name: "PIXELS",
            help: "Pixels of the unknown band inside the edge [default: by the object's size]",
            ..OPTION
        }),
        ..ROW
    },
    Param {
        id: EDGE_OUTSIDE,
        label: "Band outside",
        hint: "Width of the unknown band outside the object, in pixels; 0 sets it by the object's size.",
        kind: Kind::Double { default: 0.0, range: (0.0, 500.0), display: (0.0, 50.0) },
        unit: "pixels",
        object_key: "outside",
        option: Some(CommandOption {
            name: "band-outside",
            value_name: "PIXELS",
            help: "Pixels of the unknown band outside the edge [default: by the object's size]",
            ..OPTION
        }),
        ..ROW
    },
    Param {
        id: EDGE_HAIR,
        label: "Wider at hair",
        hint: "Widens the unknown band by this factor of its width where the edge looks like hair; 0 is off.",
        kind: Kind::Double { default: 2.0, range: (0.0, 20.0), display: (0.0, 5.0) },
        unit: "factor",
        object_key: "hair",
        option: Some(CommandOption {
            name: "hair",
            value_name: "FACTOR",
            help: "Factor of its width by which the band widens where the edge looks like hair",
            ..OPTION
        }),
        ..ROW
    },
    Param {
        id: EDGE_BLUR,
        label: "Motion blur",
        hint: "Soften gives the edge the ramp of the plate's motion blur; Vectors keeps the edge and shows the blur in the Blur vectors view.",
        kind: Kind::Choice {
            options: &[("ignore", "Leave alone"), ("soften", "Soften"), ("vectors", "Vectors")],
            default: 0,
        },
        object_key: "motion_blur",
        option: Some(CommandOption {
            name: "motion-blur",
            help: "Ignore motion blur, give the edge the ramp of the plate's motion blur, or write blur \
                   vectors in pixels, to the right and up, as the channels blur.x and blur.y of EXR files",
            ..OPTION
        }),
        ..ROW
    },
    Param {
        id: EDGE_STABILITY,
        label: "Stability",
        hint: "Filters chatter of the edge out along the object's motion; 0 is off, 1 is the strongest.",
        kind: Kind::Double { default: 0.0, range: (0.0, 1.0), display: (0.0, 1.0) },
        object_key: "stability",
        option: Some(CommandOption {
            name: "stability",
            value_name: "STRENGTH",
            help: "Strength of the filter against chatter of the edge, 0 to 1",
            ..OPTION
        }),
        ..ROW
    },
    Param {
        id: EDGE_CLEAN_BLACK,
        label: "Clean black",
        hint: "Removes islands of the matte of fewer pixels than this, with their soft rim; 0 is off.",
        kind: AREA,
        unit: "pixels",
        object_key: "clean_black",
        option: Some(CommandOption {
            name: "clean-black",
            value_name: "PIXELS",
            help: "Area in pixels below which islands of the matte are removed",
            ..OPTION
        }),
        ..ROW
    },
    Param {
        id: EDGE_CLEAN_WHITE,
        label: "Clean white",
        hint: "Fills holes in the matte of fewer pixels than this, with their soft rim; 0 is off.",
        kind: AREA,
        unit: "pixels",
        object_key: "clean_white",
        option: Some(CommandOption {
            name: "clean-white",
            value_name: "PIXELS",
            help: "Area in pixels below which holes in the matte are filled",
            ..OPTION
        }),
        ..ROW
    },
    Param {
        id: EDGE_CLIP_BLACK,
        label: "Clip black",
        hint: "Sets alpha up to this to 0 and stretches what is above it, after Clean black and Clean white; 0 is off.",
        kind: Kind::Double { default: 0.0, range: (0.0, 1.0), display: (0.0, 1.0) },
        object_key: "clip_black",
        option: Some(CommandOption {
            name: "clip-black",
            value_name: "ALPHA",
            help: "Alpha up to which the matte becomes 0",
            ..OPTION
        }),
        ..ROW
    },
    Param {
        id: EDGE_CLIP_WHITE,
        label: "Clip white",
        hint: "Sets alpha from this on to 1 and stretches what is below it, after Clean black and Clean white; 1 is off.",
        kind: Kind::Double { default: 1.0, range: (0.0, 1.0), display: (0.0, 1.0) },
        object_key: "clip_white",
        option: Some(CommandOption {
            name: "clip-white",
            value_name: "ALPHA",
            help: "Alpha from which the matte becomes 1",
            ..OPTION
        }),
        ..ROW
    },
    Param {
        id: EDGE_GROW,
        label: "Grow",
        hint: "Moves the edge outwards by this many pixels, inwards where negative.",
        kind: Kind::Double { default: 0.0, range: (-100.0, 100.0), display: (-10.0, 10.0) },
        unit: "pixels",
        option: Some(CommandOption {
            name: "grow",
            value_name: "PIXELS",
            help: "Pixels by which the edge moves outwards, inwards where negative",
            ..OPTION
        }),
        ..ROW
    },
    Param {
        id: EDGE_SOFTNESS,
        label: "Softness",
        hint: "Blurs the matte by this many pixels.",
        kind: Kind::Double { default: 0.0, range: (0.0, 100.0), display: (0.0, 20.0) },
        unit: "pixels",
        option: Some(CommandOption {
            name: "softness",
            value_name: "PIXELS",
            help: "Pixels by which the matte is blurred",
            ..OPTION
        }),
        ..ROW
    },
    Param {
        id: EDGE_GAIN,
        label: "Edge gain",
        hint: "Multiplies alpha where it is neither 0 nor 1.",
        kind: Kind::Double { default: 1.0, range: (0.0, 100.0), display: (0.25, 4.0) },
        unit: "factor",
        option: Some(CommandOption {
            name: "edge-gain",
            value_name: "FACTOR",
            help: "Factor of alpha where it is neither 0 nor 1",
            ..OPTION
        }),
        ..ROW
    },
    Param {
        id: EDGE_GAMMA,
        label: "Edge gamma",
        hint: "Gamma of alpha where it is neither 0 nor 1: above 1 lightens it, below 1 darkens it.",
        kind: Kind::Double { default: 1.0, range: (0.01, 100.0), display: (0.25, 4.0) },
        option: Some(CommandOption {
            name: "edge-gamma",
            value_name: "GAMMA",
            help: "Gamma of alpha where it is neither 0 nor 1",
            ..OPTION
        }),
        ..ROW
    },
    Param {
        id: EDGE_CROP[0],
        label: "Crop left",
        hint: "Cuts the matte off at the left side of the frame, in pixels.",
        kind: CROP,
        unit: "pixels",
        option: Some(CommandOption {
            name: "crop",
            value_name: "L,R,T,B",
            help: "Pixels cut off at the left, right, top and bottom of the frame",
            with: &[EDGE_CROP[1], EDGE_CROP[2], EDGE_CROP[3]],
            ..OPTION
        }),
        ..ROW
    },
    Param {
        id: EDGE_CROP[1],
        label: "Crop right",
        hint: "Cuts the matte off at the right side of the frame, in pixels.",
        kind: CROP,
        unit: "pixels",
        ..ROW
    },
    Param {
        id: EDGE_CROP[2],
        label: "Crop top",
        hint: "Cuts the matte off at the top side of the frame, in pixels.",
        kind: CROP,
        unit: "pixels",
        ..ROW
    },
    Param {
        id: EDGE_CROP[3],
        label: "Crop bottom",
        hint: "Cuts the matte off at the bottom side of the frame, in pixels.",
        kind: CROP,
        unit: "pixels",
        ..ROW
    },
    Param {
        id: EDGE_COLOURS,
        label: "Clean edge colours",
        hint: "Removes the background from the colours of the edge, in all views that show the plate's colours with alpha.",
        kind: Kind::Bool { default: false },
        option: Some(CommandOption {
            name: "clean-colours",
            help: "Remove the background from the edge's colours",
            ..OPTION
        }),
        ..ROW
    },
];

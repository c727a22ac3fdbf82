//! Points, boxes and masks that show the object.

use crate::params::{Group, Kind, Param};

/// The prompts: the JSON of `--prompts`.
pub const PROMPTS: &str = "prompts";
/// The folder in which relative mask paths of the prompts start.
pub const PROMPTS_BASE: &str = "promptsBase";
/// The use of the Mask input.
pub const MASK_USE: &str = "maskUse";
/// The frames on which the Mask input is a prompt.
pub const MASK_KEYS: &str = "maskKeys";
/// The frame on which the Mask input is a prompt, where it is one.
pub const MASK_FRAME: &str = "maskFrame";
/// The frames on which the Mask input is a prompt, where they are listed.
pub const MASK_FRAMES: &str = "maskFrames";

/// The object that the overlay and the buttons edit, from 1.
pub const ACTIVE_OBJECT: &str = "activeObject";
/// The drawing over the viewer.
pub const OVERLAY: &str = "overlay";
/// Whether the overlay has a strip that shows how the frames stand.
pub const SHOW_TIMELINE: &str = "showTimeline";
/// What the pen draws with in the viewer.
pub const VIEWER_TOOL: &str = "viewerTool";
/// The radius of the brush.
pub const BRUSH_RADIUS: &str = "brushRadius";

const ROW: Param = Param::of(Group::Prompts);

/// In the panel's order.
pub(super) const ROWS: &[Param] = &[
    Param {
        id: ACTIVE_OBJECT,
        label: "Active object",
        hint: "The number of the object that gets clicks and boxes in the viewer and that the buttons change.",
        kind: Kind::Int { default: 1, range: (1, 16), display: (1, 16) },
        evaluates: false,
        ..ROW
    },
    Param {
        id: OVERLAY,
        label: "Show in viewer",
        hint: "Draws over the viewer: prompts with the outline and the fill of the matte, prompts with the outline, prompts alone, or nothing.",
        kind: Kind::Choice {
            options: &[
                ("fill", "Outline and fill"),
                ("outline", "Outline"),
                ("prompts", "Prompts"),
                ("nothing", "Nothing"),
            ],
            default: 1,
        },
        evaluates: false,
        ..ROW
    },
    Param {
        id: SHOW_TIMELINE,
        label: "Show timeline",
        hint: "Draws a strip over the lower edge of the viewer once frames are tracked: those with prompts, sure, worth a look, probably wrong, stale and not tracked, the current frame, and the one to prompt next.",
        kind: Kind::Bool { default: true },
        evaluates: false,
        ..ROW
    },
    Param {
        id: VIEWER_TOOL,
        label: "Viewer tool",
        hint: "The action of a drag in the viewer: a box, an area that is added to the matte of the frame, or a brush stroke, both subtracted while Alt or Ctrl is held.",
        kind: Kind::Choice {
            options: &[("points", "Points and boxes"), ("lasso", "Lasso"), ("brush", "Brush")],
            default: 0,
        },
        evaluates: false,
        ..ROW
    },
    Param {
        id: BRUSH_RADIUS,
        label: "Brush radius",
        hint: "The radius of the brush of Viewer tool.",
        kind: Kind::Double { default: 12.0, range: (0.5, 2000.0), display: (1.0, 100.0) },
        unit: "pixels",
        evaluates: false,
        ..ROW
    },
    Param {
        id: PROMPTS,
        label: "Prompts",
        hint: "Points, boxes and masks for each object, as JSON in pixels of the full frame, origin top left.",
        kind: Kind::Text { default: "" },
        ..ROW
    },
    Param {
        id: PROMPTS_BASE,
        label: "Prompts folder",
        hint: "The folder in which relative mask paths of the prompts start.",
        kind: Kind::Folder,
        ..ROW
    },
    Param {
        id: MASK_USE,
        label: "Use mask input",
        hint: "Ignores the Mask input, takes it as the object's mask on the frames of Mask keys, cuts it out of the result, or takes it as the edge's trimap.",
        kind: Kind::Choice {
            options: &[
                ("off", "Off"),
                ("prompt", "Prompt"),
                ("garbage", "Garbage matte"),
                ("trimap", "Trimap"),
            ],
            default: 0,
        },
        ..ROW
    },
    Param {
        id: MASK_KEYS,
        label: "Mask keys",
        hint: "The frames on which the Mask input shows the object: the mask frame, those that Mask frames lists, or every frame on which it is not empty.",
        kind: Kind::Choice {
            options: &[
                ("frame", "Mask frame"),
                ("listed", "Listed frames"),
                ("notEmpty", "All that are not empty"),
            ],
            default: 0,
        },
        ..ROW
    },
    Param {
        id: MASK_FRAME,
        label: "Mask frame",
        hint: "The frame on which the Mask input shows the object, with Mask keys at Mask frame.",
        kind: Kind::Int { default: 1, range: (-1_000_000, 1_000_000), display: (0, 1000) },
        unit: "frame",
        ..ROW
    },
    Param {
        id: MASK_FRAMES,
        label: "Mask frames",
        hint: "The frames on which the Mask input shows the object, with Mask keys at Listed frames, such as 1, 15, 40-44.",
        kind: Kind::Line { default: "" },
        ..ROW
    },
];

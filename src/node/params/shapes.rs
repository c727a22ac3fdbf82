//! Editable shapes as files.

use super::{Group, Kind, Param};

/// Path of the Silhouette file.
pub const SHAPES_SILHOUETTE: &str = "shapesSilhouette";
/// Path of the Nuke file.
pub const SHAPES_NUKE: &str = "shapesNuke";
/// Whether shapes are written as frames render.
pub const SHAPES_AUTO: &str = "shapesAsRendered";
/// Which frames have shapes.
pub const SHAPES_RANGE: &str = "shapesRange";
/// First frame of that range.
pub const SHAPES_FIRST: &str = "shapesFirst";
/// Last frame of that range.
pub const SHAPES_LAST: &str = "shapesLast";
/// How far shapes may stray.
pub const SHAPES_TOLERANCE: &str = "shapesTolerance";
/// Most points of a shape.
pub const SHAPES_POINTS: &str = "shapesPoints";
/// On which frames shapes have keys.
pub const SHAPES_KEYS: &str = "shapesKeys";
/// Frames from key to key.
pub const SHAPES_EVERY: &str = "shapesEvery";
/// Whether objects are split into parts.
pub const SHAPES_PARTS: &str = "shapesParts";
/// Writes the shapes at once.
pub const SHAPES_WRITE: &str = "shapesWrite";

/// In the panel's order.
pub(super) const TABLE: &[Param] = &[
    Param {
        id: SHAPES_SILHOUETTE,
        label: "Silhouette file",
        hint: "Where the shapes of a rendered range are written for Silhouette (.fxs); empty for none.",
        group: Group::Shapes,
        kind: Kind::SaveFile,
    },
    Param {
        id: SHAPES_NUKE,
        label: "Nuke file",
        hint: "Where the shapes of a rendered range are written for Nuke (.nk); empty for none.",
        group: Group::Shapes,
        kind: Kind::SaveFile,
    },
    Param {
        id: SHAPES_AUTO,
        label: "As frames render",
        hint: "Writes the files whenever a range has been rendered; else only the button writes them.",
        group: Group::Shapes,
        kind: Kind::Bool { default: true },
    },
    Param {
        id: SHAPES_RANGE,
        label: "Frames",
        hint: "Which frames get shapes: all that are rendered, or those from First to Last.",
        group: Group::Shapes,
        kind: Kind::Choice {
            options: &[("rendered", "All rendered"), ("range", "First to Last")],
            default: 0,
        },
    },
    Param {
        id: SHAPES_FIRST,
        label: "First",
        hint: "The first frame of the range.",
        group: Group::Shapes,
        kind: Kind::Int { default: 1, range: (-1_000_000, 1_000_000), display: (0, 1000) },
    },
    Param {
        id: SHAPES_LAST,
        label: "Last",
        hint: "The last frame of the range.",
        group: Group::Shapes,
        kind: Kind::Int { default: 100, range: (-1_000_000, 1_000_000), display: (0, 1000) },
    },
    Param {
        id: SHAPES_TOLERANCE,
        label: "Tolerance",
        hint: "How far a shape may stray from the edge of the matte, in pixels.",
        group: Group::Shapes,
        kind: Kind::Double { default: 1.5, range: (0.1, 100.0), display: (0.25, 8.0) },
    },
    Param {
        id: SHAPES_POINTS,
        label: "Most points",
        hint: "A shape has no more control points than this, even where it strays further.",
        group: Group::Shapes,
        kind: Kind::Int { default: 40, range: (4, 400), display: (4, 80) },
    },
    Param {
        id: SHAPES_KEYS,
        label: "Keys",
        hint: "As few keys as the tolerance allows, one on every frame, or one every so many frames.",
        group: Group::Shapes,
        kind: Kind::Choice {
            options: &[("reduced", "Reduced"), ("every", "Every frame"), ("everyN", "Every N frames")],
            default: 0,
        },
    },
    Param {
        id: SHAPES_EVERY,
        label: "N",
        hint: "Frames from key to key, where keys are set every N frames.",
        group: Group::Shapes,
        kind: Kind::Int { default: 4, range: (1, 10_000), display: (1, 24) },
    },
    Param {
        id: SHAPES_PARTS,
        label: "Split into parts",
        hint: "Splits an object into several shapes at its thin joints, such as limbs, neck and trunk.",
        group: Group::Shapes,
        kind: Kind::Bool { default: false },
    },
    Param {
        id: SHAPES_WRITE,
        label: "Write shapes now",
        hint: "Writes the files with the shapes of all frames that have been rendered so far.",
        group: Group::Shapes,
        kind: Kind::Button,
    },
];

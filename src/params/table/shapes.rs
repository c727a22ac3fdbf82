//! Editable shapes as files.

use crate::params::{CommandOption, Group, InPreset, Kind, Param, Section};

/// Path of the Silhouette file.
pub const SHAPES_SILHOUETTE: &str = "shapesSilhouette";
/// Path of the Nuke file.
pub const SHAPES_NUKE: &str = "shapesNuke";
/// Path of another file of shapes.
pub const SHAPES_OTHER: &str = "shapesOther";
/// The files of shapes. The extension of each names its format.
pub const SHAPES_FILES: &[&str] = &[SHAPES_SILHOUETTE, SHAPES_NUKE, SHAPES_OTHER];
/// Whether shapes are written as frames render.
pub const SHAPES_AUTO: &str = "shapesAsRendered";
/// The frames that get shapes.
pub const SHAPES_RANGE: &str = "shapesRange";
/// First frame of that range.
pub const SHAPES_FIRST: &str = "shapesFirst";
/// Last frame of that range.
pub const SHAPES_LAST: &str = "shapesLast";
/// The largest distance of a shape from the matte's edge.
pub const SHAPES_TOLERANCE: &str = "shapesTolerance";
/// The largest number of points of a shape.
pub const SHAPES_POINTS: &str = "shapesPoints";
/// The frames on which shapes have keys.
pub const SHAPES_KEYS: &str = "shapesKeys";
/// Frames from key to key.
pub const SHAPES_EVERY: &str = "shapesEvery";
/// Whether objects are split into parts.
pub const SHAPES_PARTS: &str = "shapesParts";
/// Writes the shapes at once.
pub const SHAPES_WRITE: &str = "shapesWrite";

/// Shapes are files beside the picture.
const ROW: Param = Param { evaluates: false, ..Param::of(Group::Shapes) };

/// In the panel's order.
pub(super) const ROWS: &[Param] = &[
    Param {
        id: SHAPES_SILHOUETTE,
        label: "Silhouette file",
        hint: "The file for Silhouette (.fxs) that gets the shapes of a rendered range; empty for none.",
        kind: Kind::SaveFile,
        ..ROW
    },
    Param {
        id: SHAPES_NUKE,
        label: "Nuke file",
        hint: "The file for Nuke (.nk) that gets the shapes of a rendered range; empty for none.",
        kind: Kind::SaveFile,
        ..ROW
    },
    Param {
        id: SHAPES_OTHER,
        label: "Other file",
        hint: "Another file that gets the shapes of a rendered range, in the format of its extension; empty for none.",
        kind: Kind::SaveFile,
        ..ROW
    },
    Param {
        id: SHAPES_AUTO,
        label: "As frames render",
        hint: "Writes the files whenever a range has been rendered; when off, only the button writes them.",
        kind: Kind::Bool { default: true },
        preset: InPreset::Kept,
        ..ROW
    },
    Param {
        id: SHAPES_RANGE,
        label: "Frames",
        hint: "The frames that get shapes: all that are rendered, or those from First to Last.",
        kind: Kind::Choice {
            options: &[("rendered", "All rendered"), ("range", "First to Last")],
            default: 0,
        },
        ..ROW
    },
    Param {
        id: SHAPES_FIRST,
        label: "First",
        hint: "The first frame of the range.",
        kind: Kind::Int { default: 1, range: (-1_000_000, 1_000_000), display: (0, 1000) },
        unit: "frame",
        ..ROW
    },
    Param {
        id: SHAPES_LAST,
        label: "Last",
        hint: "The last frame of the range.",
        kind: Kind::Int { default: 100, range: (-1_000_000, 1_000_000), display: (0, 1000) },
        unit: "frame",
        ..ROW
    },
    Param {
        id: SHAPES_TOLERANCE,
        label: "Tolerance",
        hint: "The largest distance of a shape from the edge of the matte, in pixels.",
        kind: Kind::Double { default: 1.5, range: (0.1, 100.0), display: (0.25, 8.0) },
        unit: "pixels",
        preset: InPreset::Kept,
        ..ROW
    },
    Param {
        id: SHAPES_POINTS,
        label: "Max points",
        hint: "The largest number of control points of a shape, even where it then misses the tolerance.",
        kind: Kind::Int { default: 40, range: (4, 400), display: (4, 80) },
        unit: "points",
        preset: InPreset::Kept,
        ..ROW
    },
    Param {
        id: SHAPES_KEYS,
        label: "Keys",
        hint: "Sets as few keys as the tolerance allows, one on every frame, or one every N frames.",
        kind: Kind::Choice {
            options: &[("reduced", "Reduced"), ("every", "Every frame"), ("everyN", "Every N frames")],
            default: 0,
        },
        preset: InPreset::Kept,
        ..ROW
    },
    Param {
        id: SHAPES_EVERY,
        label: "N",
        hint: "Frames from key to key, where keys are set every N frames.",
        kind: Kind::Int { default: 4, range: (1, 10_000), display: (1, 24) },
        unit: "frames",
        preset: InPreset::Kept,
        ..ROW
    },
    Param {
        id: SHAPES_PARTS,
        label: "Split into parts",
        hint: "Splits an object into several shapes at its thin joints, such as limbs, neck and trunk.",
        kind: Kind::Bool { default: false },
        preset: InPreset::Kept,
        option: Some(CommandOption {
            name: "parts",
            help: "Split objects into several shapes at their thin joints",
            requires: "shapes",
            ..CommandOption::of(Section::Files)
        }),
        ..ROW
    },
    Param {
        id: SHAPES_WRITE,
        label: "Write shapes now",
        hint: "Writes the files with the shapes of all frames that have been rendered so far.",
        ..ROW
    },
];

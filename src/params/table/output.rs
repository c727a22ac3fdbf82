//! The picture that the node outputs.

use crate::params::{CommandOption, Group, InPreset, Kind, Param, Section, Word};

/// The object that is seen where objects overlap.
pub const OVERLAP: &str = "overlap";
/// The value of [`OBJECT`] that stands for all of them.
pub const ALL_OBJECTS: &str = "all";
/// The object whose matte is output.
pub const OBJECT: &str = "object";
/// The picture that is output.
pub const VIEW: &str = "view";
/// The colour behind the object.
pub const VIEW_COLOUR: &str = "viewColour";
/// The tracker whose matte is compared with the node's.
pub const COMPARE_TRACKER: &str = "compareTracker";
/// The line of the Wipe view.
pub const WIPE: &str = "wipe";

const ROW: Param = Param::of(Group::Output);
const OPTION: CommandOption = CommandOption::of(Section::View);

/// In the panel's order.
pub(super) const ROWS: &[Param] = &[
    Param {
        id: OVERLAP,
        label: "Overlap",
        hint: "The object that is seen where objects overlap: the one with the highest matte, or the first in the list as the layer on top.",
        kind: Kind::Choice {
            options: &[("highest", "Highest wins"), ("layered", "Layered order")],
            default: 0,
        },
        preset: InPreset::Kept,
        option: Some(CommandOption {
            name: "overlap",
            help: "The visible object where objects overlap: the one with the highest matte, or the first \
                   of the prompts",
            ..OPTION
        }),
        ..ROW
    },
    Param {
        id: OBJECT,
        label: "Object",
        hint: "The object whose matte is output, by its name or its number from 1; all outputs all of them.",
        kind: Kind::Line { default: ALL_OBJECTS },
        ..ROW
    },
    Param {
        id: VIEW,
        label: "View",
        hint: "The picture that is output: the plate with alpha, the matte, the object over something else, the tracker's confidence, a comparison with another tracker, or each object in its colour.",
        kind: Kind::Choice {
            options: &[
                ("alpha", "Alpha"),
                ("matte", "Matte"),
                ("premult", "Premultiplied"),
                ("overlay", "Overlay"),
                ("trimap", "Trimap"),
                ("blur", "Blur vectors"),
                ("colour", "Over colour"),
                ("checker", "Over checker"),
                ("source", "Source"),
                ("confidence", "Confidence"),
                ("difference", "Difference"),
                ("wipe", "Wipe"),
                ("idmatte", "ID matte"),
            ],
            default: 0,
        },
        preset: InPreset::Kept,
        option: Some(CommandOption {
            name: "view",
            help: "The picture to write instead of alpha alone: the plate with alpha (alpha, also straight) \
                   or multiplied by alpha (premult), the matte as RGB, an overlay, the unknown band, the \
                   length of motion blur in pixels (rightwards in red, upwards in green), the object over a \
                   colour or a checkerboard, the plate, the tracker's confidence from red to green, the \
                   difference from another tracker (pixels of this matte only in green, of the other matte \
                   only in red), a wipe between the two (this tracker left of the line, the other right of \
                   it), or each object in its own colour",
            // An older word for alpha.
            word: Some(Word { word: "straight", before: "premult", sets: "alpha" }),
            ..OPTION
        }),
        ..ROW
    },
    Param {
        id: VIEW_COLOUR,
        label: "Background colour",
        hint: "The colour behind the object in the Over colour view, in the plate's encoding.",
        kind: Kind::Colour { default: [0.18, 0.18, 0.18] },
        unit: "plate's numbers",
        preset: InPreset::Kept,
        option: Some(CommandOption {
            name: "view-colour",
            value_name: "R,G,B",
            help: "The colour behind the object of --view colour, in the footage's encoding, 1 is white",
            ..OPTION
        }),
        ..ROW
    },
    Param {
        id: COMPARE_TRACKER,
        label: "Compare with",
        hint: "The tracker whose matte the Difference and Wipe views compare with this one: its name or its pack's folder; empty for none.",
        kind: Kind::Line { default: "" },
        option: Some(CommandOption {
            name: "compare",
            value_name: "NAME|PATH",
            help: "The tracker that --view difference and wipe compare with",
            ..OPTION
        }),
        ..ROW
    },
    Param {
        id: WIPE,
        label: "Wipe at",
        hint: "The line of the Wipe view, with this tracker on its left and the compared one on its right; 0 is the frame's left side, 1 its right.",
        kind: Kind::Double { default: 0.5, range: (0.0, 1.0), display: (0.0, 1.0) },
        option: Some(CommandOption {
            name: "wipe",
            value_name: "SHARE",
            help: "The line of --view wipe, as a fraction of the width, 0 to 1",
            ..OPTION
        }),
        ..ROW
    },
];

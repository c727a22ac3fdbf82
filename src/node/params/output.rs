//! What leaves the node.

use super::{Group, Kind, Param};

/// What is seen where objects overlap.
pub const OVERLAP: &str = "overlap";
/// The value of [`OBJECT`] that stands for all of them.
pub const ALL_OBJECTS: &str = "all";
/// The object whose matte leaves the node.
pub const OBJECT: &str = "object";
/// What leaves the node.
pub const VIEW: &str = "view";
/// The colour behind the object.
pub const VIEW_COLOUR: &str = "viewColour";
/// The tracker whose matte is compared with the node's.
pub const COMPARE_TRACKER: &str = "compareTracker";
/// Where the one matte ends and the other begins.
pub const WIPE: &str = "wipe";

/// In the panel's order.
pub(super) const TABLE: &[Param] = &[
    Param {
        id: OVERLAP,
        label: "Overlap",
        hint: "Where objects overlap, the surest is seen, or the prompts are layers with the first on top.",
        group: Group::Output,
        kind: Kind::Choice {
            options: &[("highest", "Highest wins"), ("layered", "Layered order")],
            default: 0,
        },
    },
    Param {
        id: OBJECT,
        label: "Object",
        hint: "The object whose matte leaves the node, by its name or its number from 1; all for all of them.",
        group: Group::Output,
        kind: Kind::Line { default: ALL_OBJECTS },
    },
    Param {
        id: VIEW,
        label: "View",
        hint: "What leaves the node: the plate with alpha, a picture of the matte, the object over something else, the tracker's confidence, a comparison with another tracker, or each object in its colour.",
        group: Group::Output,
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
                ("idmatte", "Id matte"),
            ],
            default: 0,
        },
    },
    Param {
        id: VIEW_COLOUR,
        label: "Behind the object",
        hint: "The colour behind the object in the Over colour view, in the plate's own numbers.",
        group: Group::Output,
        kind: Kind::Colour { default: [0.18, 0.18, 0.18] },
    },
    Param {
        id: COMPARE_TRACKER,
        label: "Compare with",
        hint: "The tracker whose matte the Difference and Wipe views compare with this one: its name or its pack's folder; empty for none.",
        group: Group::Output,
        kind: Kind::Line { default: "" },
    },
    Param {
        id: WIPE,
        label: "Wipe at",
        hint: "Where the Wipe view changes from this tracker, on its left, to the one it is compared with; 0 is the frame's left side, 1 its right.",
        group: Group::Output,
        kind: Kind::Double { default: 0.5, range: (0.0, 1.0), display: (0.0, 1.0) },
    },
];

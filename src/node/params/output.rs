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
        hint: "What leaves the node: the plate with alpha, the matte as a picture, premultiplied, an overlay, the unknown band, or motion blur in pixels.",
        group: Group::Output,
        kind: Kind::Choice {
            options: &[
                ("alpha", "Alpha"),
                ("matte", "Matte"),
                ("premult", "Premultiplied"),
                ("overlay", "Overlay"),
                ("trimap", "Trimap"),
                ("blur", "Blur vectors"),
            ],
            default: 0,
        },
    },
];

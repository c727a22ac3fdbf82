//! The list of objects and the active one.

use crate::params::{Group, Kind, Param};

/// The name of the active object.
pub const OBJECT_NAME: &str = "objectName";
/// Adds an object.
pub const OBJECT_ADD: &str = "objectAdd";
/// Copies the active object.
pub const OBJECT_DUPLICATE: &str = "objectDuplicate";
/// Deletes the active object.
pub const OBJECT_DELETE: &str = "objectDelete";
/// Turns its solo on or off.
pub const OBJECT_SOLO: &str = "objectSolo";
/// Hides or shows it.
pub const OBJECT_HIDE: &str = "objectHide";
/// Moves it to the front.
pub const OBJECT_UP: &str = "objectUp";
/// Moves it to the back.
pub const OBJECT_DOWN: &str = "objectDown";
/// The number of the object that [`OBJECT_MERGE`] merges into.
pub const MERGE_INTO: &str = "mergeInto";
/// Merges the active object into another.
pub const OBJECT_MERGE: &str = "objectMerge";
/// Deletes its prompts on the current frame.
pub const OBJECT_CLEAR_FRAME: &str = "objectClearFrame";
/// Deletes all its prompts.
pub const OBJECT_CLEAR: &str = "objectClear";
/// Gives it its own copy of the panel's edge.
pub const OBJECT_KEEP_EDGE: &str = "objectKeepEdge";
/// Makes its edge follow the panel again.
pub const OBJECT_PANEL_EDGE: &str = "objectPanelEdge";
/// Gives it its own copy of the panel's tracker.
pub const OBJECT_KEEP_TRACKER: &str = "objectKeepTracker";
/// Makes its tracker follow the panel again.
pub const OBJECT_PANEL_TRACKER: &str = "objectPanelTracker";

/// The picture depends on the prompts that the buttons write.
const ROW: Param = Param { evaluates: false, ..Param::of(Group::Objects) };

const fn button(id: &'static str, label: &'static str, hint: &'static str) -> Param {
    Param { id, label, hint, ..ROW }
}

/// In the panel's order.
pub(super) const ROWS: &[Param] = &[
    Param {
        id: OBJECT_NAME,
        label: "Name",
        hint: "The name of the active object; type another one to rename it.",
        kind: Kind::Line { default: "" },
        ..ROW
    },
    button(OBJECT_ADD, "Add", "Adds an object without prompts and makes it the active one."),
    button(
        OBJECT_DUPLICATE,
        "Duplicate",
        "Copies the active object with its prompts and makes the copy the active one.",
    ),
    button(OBJECT_DELETE, "Delete", "Deletes the active object with its prompts."),
    button(
        OBJECT_SOLO,
        "Solo",
        "Turns solo of the active object on or off; while any object is solo, the result has solo objects only.",
    ),
    button(OBJECT_HIDE, "Hide", "Hides the active object from the result, or shows it again."),
    button(OBJECT_UP, "Move up", "Moves the active object one place up, towards the top layer."),
    button(OBJECT_DOWN, "Move down", "Moves the active object one place down."),
    Param {
        id: MERGE_INTO,
        label: "Merge into",
        hint: "The number of the object that gets the prompts when the active one is merged.",
        kind: Kind::Int { default: 1, range: (1, 16), display: (1, 16) },
        ..ROW
    },
    button(
        OBJECT_MERGE,
        "Merge",
        "Moves the prompts of the active object to the object of Merge into and deletes the active one.",
    ),
    button(
        OBJECT_CLEAR_FRAME,
        "Clear on this frame",
        "Deletes the prompts of the active object on the current frame.",
    ),
    button(OBJECT_CLEAR, "Clear all", "Deletes all prompts of the active object."),
    button(
        OBJECT_KEEP_EDGE,
        "Keep edge for object",
        "Stores the settings of the Edge group with the active object, which ignores later changes of the group.",
    ),
    button(
        OBJECT_PANEL_EDGE,
        "Use panel's edge",
        "Deletes the stored edge of the active object, which follows the Edge group again.",
    ),
    button(
        OBJECT_KEEP_TRACKER,
        "Keep tracker for object",
        "Stores the tracker with the active object, which ignores later changes of the Tracking group.",
    ),
    button(
        OBJECT_PANEL_TRACKER,
        "Use panel's tracker",
        "Deletes the stored tracker of the active object, which follows the Tracking group again.",
    ),
];

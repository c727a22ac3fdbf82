//! Which objects there are, and what becomes of the active one.

use super::{Group, Kind, Param};

/// The name of the active object.
pub const OBJECT_NAME: &str = "objectName";
/// Adds an object.
pub const OBJECT_ADD: &str = "objectAdd";
/// Copies the active object.
pub const OBJECT_DUPLICATE: &str = "objectDuplicate";
/// Deletes the active object.
pub const OBJECT_DELETE: &str = "objectDelete";
/// Shows it alone.
pub const OBJECT_SOLO: &str = "objectSolo";
/// Hides it.
pub const OBJECT_HIDE: &str = "objectHide";
/// Moves it to the front.
pub const OBJECT_UP: &str = "objectUp";
/// Moves it to the back.
pub const OBJECT_DOWN: &str = "objectDown";
/// The number of the object that [`OBJECT_MERGE`] merges into.
pub const MERGE_INTO: &str = "mergeInto";
/// Merges the active object into another.
pub const OBJECT_MERGE: &str = "objectMerge";
/// Takes its prompts on the current frame away.
pub const OBJECT_CLEAR_FRAME: &str = "objectClearFrame";
/// Takes all its prompts away.
pub const OBJECT_CLEAR: &str = "objectClear";
/// Gives it the panel's edge for good.
pub const OBJECT_KEEP_EDGE: &str = "objectKeepEdge";
/// Lets its edge follow the panel again.
pub const OBJECT_PANEL_EDGE: &str = "objectPanelEdge";
/// Gives it the panel's tracker for good.
pub const OBJECT_KEEP_TRACKER: &str = "objectKeepTracker";
/// Lets its tracker follow the panel again.
pub const OBJECT_PANEL_TRACKER: &str = "objectPanelTracker";

const fn button(id: &'static str, label: &'static str, hint: &'static str) -> Param {
    Param { id, label, hint, group: Group::Objects, kind: Kind::Button }
}

/// In the panel's order.
pub(super) const TABLE: &[Param] = &[
    Param {
        id: OBJECT_NAME,
        label: "Name",
        hint: "The name of the active object; type another one to rename it.",
        group: Group::Objects,
        kind: Kind::Line { default: "" },
    },
    button(OBJECT_ADD, "Add", "Adds an object without prompts and makes it the active one."),
    button(
        OBJECT_DUPLICATE,
        "Duplicate",
        "Copies the active object with its prompts and makes the copy the active one.",
    ),
    button(OBJECT_DELETE, "Delete", "Deletes the active object with its prompts."),
    button(OBJECT_SOLO, "Solo", "Leaves all objects that are not solo out of the result, or no longer."),
    button(OBJECT_HIDE, "Hide", "Leaves the active object out of the result, or no longer."),
    button(
        OBJECT_UP,
        "Move up",
        "Moves the active object one place up, which is on top where objects are layers.",
    ),
    button(OBJECT_DOWN, "Move down", "Moves the active object one place down."),
    Param {
        id: MERGE_INTO,
        label: "Merge into",
        hint: "The number of the object that gets the prompts when the active one is merged.",
        group: Group::Objects,
        kind: Kind::Int { default: 1, range: (1, 16), display: (1, 16) },
    },
    button(
        OBJECT_MERGE,
        "Merge",
        "Gives the prompts of the active object to the one named by Merge into, and deletes it.",
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
        "Gives the active object the settings of the Edge group as they are now, whatever becomes of those.",
    ),
    button(
        OBJECT_PANEL_EDGE,
        "Use panel's edge",
        "Lets the edge of the active object follow the Edge group again.",
    ),
    button(
        OBJECT_KEEP_TRACKER,
        "Keep tracker for object",
        "Tracks the active object by the tracker that is set now, whatever becomes of that.",
    ),
    button(
        OBJECT_PANEL_TRACKER,
        "Use panel's tracker",
        "Lets the tracker of the active object follow the Tracking group again.",
    ),
];

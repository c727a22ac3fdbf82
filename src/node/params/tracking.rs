//! What follows the object.

use super::{Group, Kind, Param};
use crate::job::DEVICES;
use crate::raster::Encoding;

/// Name of the tracker, or the folder of a model pack.
pub const TRACKER: &str = "tracker";
/// Where it runs.
pub const DEVICE: &str = "device";
/// From which prompts a frame is tracked.
pub const PROPAGATION: &str = "propagation";
/// How the input's numbers are to be read.
pub const INPUT_COLOUR: &str = "inputColour";

/// Which frames the buttons track.
pub const TRACK_RANGE: &str = "trackRange";
/// First frame of that range.
pub const TRACK_FIRST: &str = "trackFirst";
/// Last frame of that range.
pub const TRACK_LAST: &str = "trackLast";
/// Tracks from the current frame to the first.
pub const TRACK_BACK: &str = "trackBackward";
/// Tracks the frame before the current one, and goes there.
pub const TRACK_STEP_BACK: &str = "trackStepBack";
/// Tracks the frame after the current one, and goes there.
pub const TRACK_STEP_ON: &str = "trackStepOn";
/// Tracks from the current frame to the last.
pub const TRACK_ON: &str = "trackForward";
/// Tracks both ways.
pub const TRACK_BOTH: &str = "trackBoth";
/// Stops it.
pub const TRACK_STOP: &str = "trackStop";
/// Takes the prompts of the active object after the current frame away.
pub const TRACK_CLEAR: &str = "trackClear";
/// Tracks what was tracked once and is not any more.
pub const TRACK_UPDATE: &str = "trackUpdate";
/// Says what is tracked.
pub const TRACK_STATUS: &str = "trackStatus";
/// Shows by its keys what is tracked.
pub const TRACK_STATE: &str = "trackState";

const fn button(id: &'static str, label: &'static str, hint: &'static str) -> Param {
    Param { id, label, hint, group: Group::Tracking, kind: Kind::Button }
}

/// What [`INPUT_COLOUR`] can be: Auto, and every encoding.
const COLOURS: [(&str, &str); Encoding::ALL.len() + 1] = {
    let mut options = [("auto", "Auto"); Encoding::ALL.len() + 1];
    let mut i = 0;
    while i < Encoding::ALL.len() {
        options[i + 1] = (Encoding::ALL[i].id(), Encoding::ALL[i].label());
        i += 1;
    }
    options
};

/// In the panel's order.
pub(super) const TABLE: &[Param] = &[
    Param {
        id: TRACKER,
        label: "Tracker",
        hint: "The tracker: default, flow, the name of an installed model, or the folder of a model pack.",
        group: Group::Tracking,
        kind: Kind::Line { default: "default" },
    },
    Param {
        id: DEVICE,
        label: "Device",
        hint: "Where the model runs; Auto takes the graphics card where one can be used.",
        group: Group::Tracking,
        kind: Kind::Choice { options: DEVICES, default: 0 },
    },
    Param {
        id: PROPAGATION,
        label: "Propagation",
        hint: "Spans tracks between neighbouring prompts, so that a correction stays in its span; Reference lets every prompt be felt by all frames, as the public code of SAM 2 does.",
        group: Group::Tracking,
        kind: Kind::Choice { options: &[("spans", "Spans"), ("reference", "Reference")], default: 0 },
    },
    Param {
        id: INPUT_COLOUR,
        label: "Input colour",
        hint: "How the plate is encoded; Auto takes what the host says of it, else float as scene linear and whole numbers as sRGB.",
        group: Group::Tracking,
        kind: Kind::Choice { options: &COLOURS, default: 0 },
    },
    Param {
        id: TRACK_RANGE,
        label: "Range",
        hint: "Which frames the buttons track: all that Source has, or those from First to Last.",
        group: Group::Tracking,
        kind: Kind::Choice { options: &[("all", "All frames"), ("range", "First to Last")], default: 0 },
    },
    Param {
        id: TRACK_FIRST,
        label: "First",
        hint: "The first frame that the buttons track.",
        group: Group::Tracking,
        kind: Kind::Int { default: 1, range: (-1_000_000, 1_000_000), display: (0, 1000) },
    },
    Param {
        id: TRACK_LAST,
        label: "Last",
        hint: "The last frame that the buttons track.",
        group: Group::Tracking,
        kind: Kind::Int { default: 100, range: (-1_000_000, 1_000_000), display: (0, 1000) },
    },
    button(TRACK_BACK, "Track backward", "Tracks from the current frame to the first of the range."),
    button(TRACK_STEP_BACK, "One frame back", "Tracks the frame before the current one and goes there."),
    button(TRACK_STEP_ON, "One frame on", "Tracks the frame after the current one and goes there."),
    button(TRACK_ON, "Track forward", "Tracks from the current frame to the last of the range."),
    button(
        TRACK_BOTH,
        "Track both",
        "Tracks from the current frame to the last of the range, then to the first.",
    ),
    button(TRACK_STOP, "Stop", "Stops the tracking that is going on; what was tracked stays."),
    button(
        TRACK_CLEAR,
        "Clear from here",
        "Deletes the prompts of the active object after the current frame.",
    ),
    button(
        TRACK_UPDATE,
        "Update",
        "Tracks anew what a correction has made stale, and leaves all other frames as they are.",
    ),
    Param {
        id: TRACK_STATUS,
        label: "Tracked",
        hint: "Which frames are tracked, which are stale since a prompt was changed, and which have prompts.",
        group: Group::Tracking,
        kind: Kind::Status,
    },
    Param {
        id: TRACK_STATE,
        label: "Track state",
        hint: "Its keys show on the timeline which frames are stale (0), tracked (1), or tracked and prompted (2).",
        group: Group::Tracking,
        kind: Kind::Keys { meanings: &["stale", "tracked", "prompted"] },
    },
];

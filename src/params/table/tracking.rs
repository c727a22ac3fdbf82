//! The tracker, its device and the tracking buttons.

use crate::job::DEVICES;
use crate::params::{CommandOption, Group, InPreset, Kind, Param, Section};
use crate::raster::Encoding;

/// Name of the tracker, or the folder of a model pack.
pub const TRACKER: &str = "tracker";
/// The device on which models run.
pub const DEVICE: &str = "device";
/// The prompts from which a frame is tracked.
pub const PROPAGATION: &str = "propagation";
/// The encoding of the input.
pub const INPUT_COLOUR: &str = "inputColour";

/// The frames that the buttons track.
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
/// Stops tracking.
pub const TRACK_STOP: &str = "trackStop";
/// Deletes the prompts of the active object after the current frame.
pub const TRACK_CLEAR: &str = "trackClear";
/// Tracks stale frames again.
pub const TRACK_UPDATE: &str = "trackUpdate";
/// Goes to the frame to correct next.
pub const TRACK_NEXT: &str = "trackNext";
/// The line that lists tracked frames.
pub const TRACK_STATUS: &str = "trackStatus";
/// The keys that mark tracked frames.
pub const TRACK_STATE: &str = "trackState";

/// The options of [`INPUT_COLOUR`]: Auto, and every encoding.
const COLOURS: [(&str, &str); Encoding::ALL.len() + 1] = {
    let mut options = [("auto", "Auto"); Encoding::ALL.len() + 1];
    let mut i = 0;
    while i < Encoding::ALL.len() {
        options[i + 1] = (Encoding::ALL[i].id(), Encoding::ALL[i].label());
        i += 1;
    }
    options
};

const ROW: Param = Param::of(Group::Tracking);
/// A setting of the buttons or a state that they show: the picture does not depend on it.
const BUTTONS: Param = Param { evaluates: false, ..ROW };
const OPTION: CommandOption = CommandOption::of(Section::Tracker);

const fn button(id: &'static str, label: &'static str, hint: &'static str) -> Param {
    Param { id, label, hint, ..BUTTONS }
}

/// In the panel's order.
pub(super) const ROWS: &[Param] = &[
    Param {
        id: TRACKER,
        label: "Tracker",
        hint: "The tracker: default, flow, the name of an installed model, or the folder of a model pack.",
        kind: Kind::Line { default: "default" },
        preset: InPreset::Reset,
        option: Some(CommandOption {
            name: "tracker",
            value_name: "NAME|PATH",
            help: "Tracker: default, flow, the name of an installed model, or the folder of a model pack",
            ..OPTION
        }),
        ..ROW
    },
    Param {
        id: DEVICE,
        label: "Device",
        hint: "The device on which models run; Auto takes the graphics card where one can be used.",
        kind: Kind::Choice { options: DEVICES, default: 0 },
        option: Some(CommandOption { name: "device", help: "The device on which models run", ..OPTION }),
        ..ROW
    },
    Param {
        id: PROPAGATION,
        label: "Propagation",
        hint: "Spans tracks a frame from the prompts around it, so that a correction stays in its span; Reference tracks every frame from all prompts, as the public code of SAM 2 does.",
        kind: Kind::Choice { options: &[("spans", "Spans"), ("reference", "Reference")], default: 0 },
        preset: InPreset::Reset,
        option: Some(CommandOption {
            name: "propagation",
            help: "Track each frame from the prompts around it, or from all prompts as the public code of \
                   SAM 2 does",
            ..OPTION
        }),
        ..ROW
    },
    Param {
        id: INPUT_COLOUR,
        label: "Input colour",
        hint: "The encoding of the plate; Auto uses the colour space that the host names, else reads floats as scene linear and whole numbers as sRGB.",
        kind: Kind::Choice { options: &COLOURS, default: 0 },
        option: Some(CommandOption {
            name: "input-colour",
            alias: "colour",
            help: "The encoding of the footage; auto reads exr as linear, logarithmic dpx as cineon, all else as sRGB",
            ..CommandOption::of(Section::Footage)
        }),
        ..ROW
    },
    Param {
        id: TRACK_RANGE,
        label: "Range",
        hint: "The frames that the buttons track: all that Source has, or those from First to Last.",
        kind: Kind::Choice { options: &[("all", "All frames"), ("range", "First to Last")], default: 0 },
        preset: InPreset::Reset,
        ..BUTTONS
    },
    Param {
        id: TRACK_FIRST,
        label: "First",
        hint: "The first frame that the buttons track.",
        kind: Kind::Int { default: 1, range: (-1_000_000, 1_000_000), display: (0, 1000) },
        unit: "frame",
        ..BUTTONS
    },
    Param {
        id: TRACK_LAST,
        label: "Last",
        hint: "The last frame that the buttons track.",
        kind: Kind::Int { default: 100, range: (-1_000_000, 1_000_000), display: (0, 1000) },
        unit: "frame",
        ..BUTTONS
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
    button(TRACK_STOP, "Stop", "Stops tracking and keeps the frames that are tracked."),
    button(
        TRACK_CLEAR,
        "Clear from here",
        "Deletes the prompts of the active object after the current frame.",
    ),
    button(
        TRACK_UPDATE,
        "Update",
        "Tracks the frames again that a correction has made stale, and leaves all other frames as they are.",
    ),
    button(
        TRACK_NEXT,
        "Go to next",
        "Goes to the frame to correct next: the tracked frame without prompts of which the tracker is least sure.",
    ),
    Param {
        id: TRACK_STATUS,
        label: "Tracked",
        hint: "Lists the frames that are tracked, those that are stale since a prompt was changed, those with prompts, and the frame to prompt next.",
        kind: Kind::Status,
        ..BUTTONS
    },
    Param {
        id: TRACK_STATE,
        label: "Track state",
        hint: "Marks frames on the timeline by keys: stale (0), tracked (1), tracked and prompted (2), tracked and worth a look (3), or probably wrong (4).",
        kind: Kind::Keys { meanings: &["stale", "tracked", "prompted", "check", "unsure"] },
        ..BUTTONS
    },
];

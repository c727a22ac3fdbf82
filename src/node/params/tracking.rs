//! What follows the object.

use super::{Group, Kind, Param};
use crate::raster::Encoding;
use crate::worker::DEVICES;

/// Name of the tracker, or the folder of a model pack.
pub const TRACKER: &str = "tracker";
/// Where it runs.
pub const DEVICE: &str = "device";
/// From which prompts a frame is tracked.
pub const PROPAGATION: &str = "propagation";
/// How the input's numbers are to be read.
pub const INPUT_COLOUR: &str = "inputColour";

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
];

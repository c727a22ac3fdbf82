//! Settings that are kept for other shots.

use crate::params::presets::SHIPPED;
use crate::params::{Group, Kind, Param};

/// The preset that comes with the plugin.
pub const PRESET: &str = "preset";
/// Applies the chosen preset.
pub const PRESET_APPLY: &str = "presetApply";
/// The file of a preset of one's own.
pub const PRESET_FILE: &str = "presetFile";
/// Writes that file.
pub const PRESET_SAVE: &str = "presetSave";
/// Applies that file.
pub const PRESET_LOAD: &str = "presetLoad";

/// The options of [`PRESET`]: Custom, and every preset that ships.
const PRESETS: [(&str, &str); SHIPPED.len() + 1] = {
    let mut options = [("custom", "Custom"); SHIPPED.len() + 1];
    let mut i = 0;
    while i < SHIPPED.len() {
        options[i + 1] = (SHIPPED[i].id, SHIPPED[i].label);
        i += 1;
    }
    options
};

const ROW: Param = Param { evaluates: false, ..Param::of(Group::Presets) };

/// In the panel's order.
pub(super) const ROWS: &[Param] = &[
    Param {
        id: PRESET,
        label: "Preset",
        hint: "Settings of tracker and edge for a kind of object or shot; Custom is no preset.",
        kind: Kind::Choice { options: &PRESETS, default: 0 },
        ..ROW
    },
    Param {
        id: PRESET_APPLY,
        label: "Apply preset",
        hint: "Applies the preset and sets the other settings of the groups Tracking and Edge to their defaults, as one step of undo.",
        ..ROW
    },
    Param {
        id: PRESET_FILE,
        label: "Preset file",
        hint: "The file of a preset of your own, such as hero.json.",
        kind: Kind::SaveFile,
        ..ROW
    },
    Param {
        id: PRESET_SAVE,
        label: "Save preset",
        hint: "Writes the settings into the preset file, without prompts, objects, paths and ranges of frames.",
        ..ROW
    },
    Param {
        id: PRESET_LOAD,
        label: "Load preset",
        hint: "Applies the preset file as Apply preset does.",
        ..ROW
    },
];

//! Settings that are kept for other shots.

use super::{Group, Kind, Param};

/// The preset that comes with the plugin.
pub const PRESET: &str = "preset";
/// Sets what it says.
pub const PRESET_APPLY: &str = "presetApply";
/// A preset of one's own.
pub const PRESET_FILE: &str = "presetFile";
/// Writes it.
pub const PRESET_SAVE: &str = "presetSave";
/// Sets what it says.
pub const PRESET_LOAD: &str = "presetLoad";

/// In the panel's order.
pub(super) const TABLE: &[Param] = &[
    Param {
        id: PRESET,
        label: "Preset",
        hint: "Settings of tracker and edge for a kind of object or shot; Custom is none of them.",
        group: Group::Presets,
        kind: Kind::Choice {
            options: &[
                ("custom", "Custom"),
                ("person", "Person"),
                ("hair", "Hair"),
                ("car", "Car"),
                ("fastMotion", "Fast motion"),
                ("lowMemory", "Low memory"),
            ],
            default: 0,
        },
    },
    Param {
        id: PRESET_APPLY,
        label: "Apply preset",
        hint: "Sets what the preset names and puts the other settings of the groups Tracking and Edge back to their defaults, as one step of undo.",
        group: Group::Presets,
        kind: Kind::Button,
    },
    Param {
        id: PRESET_FILE,
        label: "Preset file",
        hint: "The file of a preset of your own, such as hero.json.",
        group: Group::Presets,
        kind: Kind::SaveFile,
    },
    Param {
        id: PRESET_SAVE,
        label: "Save preset",
        hint: "Writes the settings into the preset file, without prompts, objects, paths and ranges of frames.",
        group: Group::Presets,
        kind: Kind::Button,
    },
    Param {
        id: PRESET_LOAD,
        label: "Load preset",
        hint: "Applies the preset file as Apply preset does.",
        group: Group::Presets,
        kind: Kind::Button,
    },
];

//! Settings for render farms and for trouble.

use crate::params::{CommandOption, Group, InPreset, Kind, Param, Section};

/// Whether mattes are kept on disk.
pub const USE_STORE: &str = "useStore";
/// The process in which models run.
pub const WORKER_MODE: &str = "workerMode";

const ROW: Param = Param::of(Group::Advanced);

/// In the panel's order.
pub(super) const ROWS: &[Param] = &[
    Param {
        id: USE_STORE,
        label: "Keep mattes on disk",
        hint: "Keeps tracked mattes in the cache folder, so that a reopened project shows them at once.",
        kind: Kind::Bool { default: true },
        preset: InPreset::Kept,
        option: Some(CommandOption {
            name: "no-store",
            help: "Neither read nor write tracks in the cache folder",
            ..CommandOption::of(Section::Files)
        }),
        ..ROW
    },
    Param {
        id: WORKER_MODE,
        label: "Run models in",
        hint: "A worker process keeps the host alive when a model fails; choose This process where the host allows no other process.",
        kind: Kind::Choice {
            options: &[("process", "Worker process"), ("inProcess", "This process")],
            default: 0,
        },
        option: Some(CommandOption {
            name: "in-process",
            switch: "inProcess",
            help: "Run the model in this process instead of a worker process",
            ..CommandOption::of(Section::Process)
        }),
        ..ROW
    },
];

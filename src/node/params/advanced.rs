//! For farms and for trouble.

use super::{Group, Kind, Param};

/// Whether mattes are kept on disk.
pub const USE_STORE: &str = "useStore";
/// Where the engine runs.
pub const WORKER_MODE: &str = "workerMode";

/// In the panel's order.
pub(super) const TABLE: &[Param] = &[
    Param {
        id: USE_STORE,
        label: "Keep mattes on disk",
        hint: "Keeps tracked mattes in the cache folder, so that a reopened project shows them at once.",
        group: Group::Advanced,
        kind: Kind::Bool { default: true },
    },
    Param {
        id: WORKER_MODE,
        label: "Run models in",
        hint: "A worker process keeps a failing model away from the host; the host itself is for hosts that forbid it.",
        group: Group::Advanced,
        kind: Kind::Choice {
            options: &[("process", "Worker process"), ("inProcess", "This process")],
            default: 0,
        },
    },
];

//! Detection of objects by words.

use crate::params::{Group, Kind, Param};

/// The words.
pub const DETECT_PHRASE: &str = "textPhrase";
/// The detector.
pub const DETECT_MODEL: &str = "textModel";
/// The lowest score of a candidate.
pub const DETECT_THRESHOLD: &str = "textThreshold";
/// Runs the detector on the frame that is shown.
pub const DETECT_FIND: &str = "textFind";
/// The list of candidates.
pub const DETECT_FOUND: &str = "textFound";
/// The chosen candidate.
pub const DETECT_CHOICE: &str = "textChoice";
/// Whether the detector runs on every shot.
pub const DETECT_CUTS: &str = "textAtCuts";
/// Makes a box of the chosen candidate.
pub const DETECT_APPLY: &str = "textApply";

/// The picture depends on the prompts that the buttons write, not on what they are made from.
const ROW: Param = Param { evaluates: false, ..Param::of(Group::Detect) };

/// In the panel's order.
pub(super) const ROWS: &[Param] = &[
    Param {
        id: DETECT_PHRASE,
        label: "Find",
        hint: "Words for the object, such as the person in red; full stops separate several things.",
        kind: Kind::Line { default: "" },
        ..ROW
    },
    Param {
        id: DETECT_MODEL,
        label: "Text model",
        hint: "The Grounding DINO pack: the name of an installed model or the folder of a model pack; empty for the first installed.",
        kind: Kind::Line { default: "" },
        ..ROW
    },
    Param {
        id: DETECT_THRESHOLD,
        label: "Score threshold",
        hint: "The lowest score of a candidate, from 0 to 1; the score says how well it matches the words.",
        kind: Kind::Double { default: 0.3, range: (0.0, 1.0), display: (0.0, 1.0) },
        ..ROW
    },
    Param {
        id: DETECT_FIND,
        label: "Find on this frame",
        hint: "Lists the candidates that match the words on the frame that is shown, the best first.",
        ..ROW
    },
    Param {
        id: DETECT_FOUND,
        label: "Candidates",
        hint: "The candidates: number, score, left, top, right and bottom in pixels of the full frame, and the words.",
        kind: Kind::Text { default: "" },
        ..ROW
    },
    Param {
        id: DETECT_CHOICE,
        label: "Candidate",
        hint: "The number of the candidate that becomes the active object's box; a click on one in the viewer chooses it.",
        kind: Kind::Int { default: 1, range: (1, 1000), display: (1, 10) },
        ..ROW
    },
    Param {
        id: DETECT_CUTS,
        label: "At every cut",
        hint: "Runs the detector on the first frame of every shot of the plate too and uses the same candidate there.",
        kind: Kind::Bool { default: false },
        ..ROW
    },
    Param {
        id: DETECT_APPLY,
        label: "Use candidate",
        hint: "Makes the chosen candidate the box of the active object on its frame.",
        ..ROW
    },
];

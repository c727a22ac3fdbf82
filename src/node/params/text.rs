//! Prompts by text.

use super::{Group, Kind, Param};

/// What to look for.
pub const TEXT_PHRASE: &str = "textPhrase";
/// The pack that finds it.
pub const TEXT_MODEL: &str = "textModel";
/// How sure a candidate has to be.
pub const TEXT_THRESHOLD: &str = "textThreshold";
/// Looks at the frame that is shown.
pub const TEXT_FIND: &str = "textFind";
/// What was found.
pub const TEXT_FOUND: &str = "textFound";
/// Which of them.
pub const TEXT_CHOICE: &str = "textChoice";
/// Whether every shot is looked at.
pub const TEXT_CUTS: &str = "textAtCuts";
/// Makes a box of the chosen candidate.
pub const TEXT_APPLY: &str = "textApply";

/// In the panel's order.
pub(super) const TABLE: &[Param] = &[
    Param {
        id: TEXT_PHRASE,
        label: "Find",
        hint: "What to look for in words, such as the person in red; several things are separated by full stops.",
        group: Group::Text,
        kind: Kind::Line { default: "" },
    },
    Param {
        id: TEXT_MODEL,
        label: "Text model",
        hint: "The Grounding DINO pack: the name of an installed model or the folder of a model pack; empty for the first installed.",
        group: Group::Text,
        kind: Kind::Line { default: "" },
    },
    Param {
        id: TEXT_THRESHOLD,
        label: "Least score",
        hint: "How well a candidate has to agree with the words, from 0 to 1.",
        group: Group::Text,
        kind: Kind::Double { default: 0.3, range: (0.0, 1.0), display: (0.0, 1.0) },
    },
    Param {
        id: TEXT_FIND,
        label: "Find on this frame",
        hint: "Lists what agrees with the words on the frame that is shown, the best first.",
        group: Group::Text,
        kind: Kind::Button,
    },
    Param {
        id: TEXT_FOUND,
        label: "Candidates",
        hint: "What was found: number, score, left, top, right and bottom in pixels of the full frame, and the words.",
        group: Group::Text,
        kind: Kind::Text { default: "" },
    },
    Param {
        id: TEXT_CHOICE,
        label: "Candidate",
        hint: "The number of the candidate that becomes the active object's box; a click in one in the viewer chooses it.",
        group: Group::Text,
        kind: Kind::Int { default: 1, range: (1, 1000), display: (1, 10) },
    },
    Param {
        id: TEXT_CUTS,
        label: "At every cut",
        hint: "Looks again at the first frame of every shot of the plate, and takes the same candidate there.",
        group: Group::Text,
        kind: Kind::Bool { default: false },
    },
    Param {
        id: TEXT_APPLY,
        label: "Use candidate",
        hint: "Makes the chosen candidate the box of the active object on its frame.",
        group: Group::Text,
        kind: Kind::Button,
    },
];

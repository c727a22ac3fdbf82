//! A parameter: a row of the table.

use super::{CommandOption, Group, Kind};

/// One parameter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Param {
    /// The name by which hosts save it: never changed once released.
    pub id: &'static str,
    /// The name that the artist reads; at most 24 characters, no hyphen (Nuke warns of one).
    pub label: &'static str,
    /// One sentence that says what it does.
    pub hint: &'static str,
    /// The group in which it lies.
    pub group: Group,
    /// Type, default and range.
    pub kind: Kind,
    /// The unit of a number, as the page of parameters names it; empty for none.
    pub unit: &'static str,
    /// Whether presets set it.
    pub preset: InPreset,
    /// Whether the picture depends on it, so that hosts render anew when it changes.
    pub evaluates: bool,
    /// The key by which an object of the prompts has a value of its own (`"edge":{"hair":2}`); empty for none.
    pub object_key: &'static str,
    /// The option of the command line that sets it.
    pub option: Option<CommandOption>,
}

impl Param {
    /// A row with nothing but a group, for `..` in rows of the table.
    pub const fn of(group: Group) -> Self {
        Self {
            id: "",
            label: "",
            hint: "",
            group,
            kind: Kind::Button,
            unit: "",
            preset: InPreset::Never,
            evaluates: true,
            object_key: "",
            option: None,
        }
    }
}

/// What presets do with a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InPreset {
    /// Nothing: it belongs to the shot, the machine or the artist's eye, or has no value.
    Never,
    /// A preset that names it sets it; others leave it as it is.
    Kept,
    /// A preset that names it sets it; others set it to its default.
    Reset,
}

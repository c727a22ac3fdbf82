//! The table of parameters: one row holds all that there is to a parameter.
//!
//! The host's panel (`node`), the options of the command line, presets and the pages of documentation are read
//! from the rows alone, so that a new parameter is a new row and the code that uses its value.

mod command;
mod group;
mod kind;
pub mod presets;
mod table;
mod values;

use std::sync::LazyLock;

pub use command::{CommandOption, Section, Word};
pub use group::Group;
pub use kind::Kind;
pub use table::*;
pub use values::{Reader, Snapshot, Values};

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

/// All parameters, in the panel's order.
#[must_use]
pub fn table() -> &'static [Param] {
    static TABLE: LazyLock<Vec<Param>> = LazyLock::new(|| table::GROUPS.concat());
    &TABLE
}

/// The parameter of an identifier.
#[must_use]
pub fn find(id: &str) -> Option<&'static Param> {
    table().iter().find(|p| p.id == id)
}

/// The identifier of option `index` of the choice `id`; the default's when there is no such option.
#[must_use]
pub fn option(id: &str, index: i32) -> &'static str {
    find(id).map_or("", |p| p.kind.option(index))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_parameter_is_fit_for_every_host() {
        let ids: BTreeSet<_> = table().iter().map(|p| p.id).collect();
        assert_eq!(ids.len(), table().len(), "an id stands twice");
        for p in table() {
            assert!(p.label.len() <= 24 && !p.label.contains('-'), "label of {}", p.id);
            assert!(p.hint.ends_with('.') && p.hint.matches(". ").count() == 0, "hint of {}", p.id);
            match p.kind {
                Kind::Choice { options, default } => assert!(default < options.len(), "default of {}", p.id),
                Kind::Int { default, range, display } => {
                    assert!(range.0 <= default && default <= range.1, "default of {}", p.id);
                    assert!(range.0 <= display.0 && display.1 <= range.1, "display range of {}", p.id);
                }
                Kind::Double { default, range, display } => {
                    assert!(range.0 <= default && default <= range.1, "default of {}", p.id);
                    assert!(range.0 <= display.0 && display.1 <= range.1, "display range of {}", p.id);
                }
                _ => {}
            }
        }
    }

    #[test]
    fn saved_projects_find_the_colours_where_they_were() {
        let saved = ["auto", "srgb", "linear", "cineon", "logc3", "logc4", "slog3", "acescct", "log3g10"];
        for (i, id) in saved.into_iter().enumerate() {
            assert_eq!(option(INPUT_COLOUR, i as i32), id);
        }
    }

    #[test]
    fn parameters_of_a_group_stand_together_in_the_panels_order() {
        assert!(table().iter().map(|p| p.group).is_sorted());
    }

    #[test]
    fn an_unknown_option_is_the_default() {
        assert_eq!(option(VIEW, 2), "premult");
        assert_eq!(option(VIEW, 99), "alpha");
        assert_eq!(option(VIEW, -1), "alpha");
    }
}

//! The one table of parameters. `describe` declares them from it, `render` reads them by it, and the command line
//! and the documentation take their names, ranges and hints from it.

mod advanced;
mod edge;
mod objects;
mod output;
mod presets;
mod prompts;
mod shapes;
mod text;
mod tracking;

pub use advanced::*;
pub use edge::*;
pub use objects::*;
pub use output::*;
pub use presets::*;
pub use prompts::*;
pub use shapes::*;
pub use text::*;
pub use tracking::*;

/// One parameter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Param {
    /// The name by which hosts save it: never changed once released.
    pub id: &'static str,
    /// What the artist reads; at most 24 characters, no hyphen (Nuke warns of one).
    pub label: &'static str,
    /// One sentence that says what it does.
    pub hint: &'static str,
    /// The group in which it lies.
    pub group: Group,
    /// Type, default and range.
    pub kind: Kind,
}

/// Type, default and range of a parameter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// Text of one line.
    Line {
        /// Before it is set.
        default: &'static str,
    },
    /// Text of many lines.
    Text {
        /// Before it is set.
        default: &'static str,
    },
    /// The path of a file to be written.
    SaveFile,
    /// The path of a folder.
    Folder,
    /// One of a fixed list; hosts save the index, so options are only ever appended.
    Choice {
        /// Identifier (as on the command line) and label of each.
        options: &'static [(&'static str, &'static str)],
        /// Index of the default.
        default: usize,
    },
    /// A whole number.
    Int {
        /// Before it is set.
        default: i32,
        /// Hard limits.
        range: (i32, i32),
        /// Limits of the slider.
        display: (i32, i32),
    },
    /// A number.
    Double {
        /// Before it is set.
        default: f64,
        /// Hard limits.
        range: (f64, f64),
        /// Limits of the slider.
        display: (f64, f64),
    },
    /// Red, green and blue, each from 0 on, 1 is white.
    Colour {
        /// Before it is set.
        default: [f64; 3],
    },
    /// A line that shows something: it is neither edited nor saved.
    Status,
    /// A whole number that has keys, which show something of the frames.
    Keys {
        /// What the numbers stand for, from 0.
        meanings: &'static [&'static str],
    },
    /// Something to be done at once.
    Button,
    /// On or off.
    Bool {
        /// Before it is set.
        default: bool,
    },
}

/// Where a parameter lies in the panel, in the panel's order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// What is to be cut out. The only group that opens with the node.
    Prompts,
    /// Which of several it is.
    Objects,
    /// What it is in words.
    Text,
    /// What follows it.
    Tracking,
    /// What becomes of the matte's edge.
    Edge,
    /// What leaves the node.
    Output,
    /// Editable shapes as files.
    Shapes,
    /// Settings for other shots.
    Presets,
    /// For farms and for trouble.
    Advanced,
}

impl Group {
    /// All groups, in the panel's order.
    pub const ALL: [Self; 9] = [
        Self::Prompts,
        Self::Objects,
        Self::Text,
        Self::Tracking,
        Self::Edge,
        Self::Output,
        Self::Shapes,
        Self::Presets,
        Self::Advanced,
    ];

    /// The name by which hosts know it.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Prompts => "promptsGroup",
            Self::Objects => "objectsGroup",
            Self::Text => "textGroup",
            Self::Tracking => "trackingGroup",
            Self::Edge => "edgeGroup",
            Self::Output => "outputGroup",
            Self::Shapes => "shapesGroup",
            Self::Presets => "presetsGroup",
            Self::Advanced => "advancedGroup",
        }
    }

    /// What the artist reads.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Prompts => "Prompts",
            Self::Objects => "Objects",
            Self::Text => "Find by text",
            Self::Tracking => "Tracking",
            Self::Edge => "Edge",
            Self::Output => "Output",
            Self::Shapes => "Export shapes",
            Self::Presets => "Presets",
            Self::Advanced => "Advanced",
        }
    }

    /// Whether it is open when the node is made.
    #[must_use]
    pub const fn opens(self) -> bool {
        matches!(self, Self::Prompts)
    }
}

/// All parameters, in the panel's order.
pub fn table() -> impl Iterator<Item = &'static Param> {
    let tables = [
        prompts::TABLE,
        objects::TABLE,
        text::TABLE,
        tracking::TABLE,
        edge::TABLE,
        output::TABLE,
        shapes::TABLE,
        presets::TABLE,
        advanced::TABLE,
    ];
    tables.into_iter().flatten()
}

/// The parameter called `id`.
#[must_use]
pub fn find(id: &str) -> Option<&'static Param> {
    table().find(|p| p.id == id)
}

/// The identifier of option `index` of the choice `id`; the default's when there is no such option.
#[must_use]
pub fn option(id: &str, index: i32) -> &'static str {
    match find(id).map(|p| p.kind) {
        Some(Kind::Choice { options, default }) => {
            let chosen = usize::try_from(index).ok().and_then(|i| options.get(i));
            chosen.or_else(|| options.get(default)).map_or("", |o| o.0)
        }
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_parameter_is_fit_for_every_host() {
        let ids: BTreeSet<_> = table().map(|p| p.id).collect();
        assert_eq!(ids.len(), table().count(), "an id stands twice");
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
        assert!(table().map(|p| p.group).is_sorted());
    }

    #[test]
    fn an_unknown_option_is_the_default() {
        assert_eq!(option(VIEW, 2), "premult");
        assert_eq!(option(VIEW, 99), "alpha");
        assert_eq!(option(VIEW, -1), "alpha");
    }
}

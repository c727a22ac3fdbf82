//! The option of the command line that sets a parameter.

/// An option of `airoto render` or `airoto eval`. Its type, range and default are those of its parameter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CommandOption {
    /// The name, without dashes.
    pub name: &'static str,
    /// An older name that is still read; empty for none.
    pub alias: &'static str,
    /// The place in the help, which also says which commands have the option.
    pub section: Section,
    /// What stands for the value in the help; empty for the name in capitals.
    pub value_name: &'static str,
    /// One sentence without a full stop. It ends with `[default: …]` where the default is not the parameter's in
    /// words.
    pub help: &'static str,
    /// The option of a choice that a switch without a value sets; empty for an option with a value. Parameters
    /// that are on or off are switches anyway: the switch sets what is not the default.
    pub switch: &'static str,
    /// The option without which this one is refused; empty for none.
    pub requires: &'static str,
    /// A word that a choice takes on the command line and not in the panel.
    pub word: Option<Word>,
    /// Parameters that are set too, from a list with commas between the numbers.
    pub with: &'static [&'static str],
}

impl CommandOption {
    /// An option with nothing but a place, for `..` in rows of the table.
    pub const fn of(section: Section) -> Self {
        Self {
            name: "",
            alias: "",
            section,
            value_name: "",
            help: "",
            switch: "",
            requires: "",
            word: None,
            with: &[],
        }
    }
}

/// The part of a command's help that an option stands in. Options of a section have the table's order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    /// `render`: the picture that is written.
    View,
    /// `render`: how footage is read.
    Footage,
    /// `render`: shapes and tracks on disk.
    Files,
    /// `render` and `eval`: the tracker.
    Tracker,
    /// `render` and `eval`: the process that runs models.
    Process,
    /// `render` and `eval`, under a heading of its own: the edge of the matte.
    Edge,
}

impl Section {
    /// The heading of the section in the help; none for the command's own options.
    #[must_use]
    pub const fn heading(self) -> Option<&'static str> {
        match self {
            Self::Edge => Some("Edge"),
            _ => None,
        }
    }
}

/// A word of a choice that only the command line has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Word {
    /// The word.
    pub word: &'static str,
    /// The option that it stands before in the help.
    pub before: &'static str,
    /// The option that it sets.
    pub sets: &'static str,
}

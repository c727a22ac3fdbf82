//! Types of parameters, with their defaults and ranges.

/// Type, default and range of a parameter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// Text of one line.
    Line {
        /// The value of a new node.
        default: &'static str,
    },
    /// Text of many lines.
    Text {
        /// The value of a new node.
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
        /// The value of a new node.
        default: i32,
        /// Hard limits, both included.
        range: (i32, i32),
        /// Limits of the slider.
        display: (i32, i32),
    },
    /// A number.
    Double {
        /// The value of a new node.
        default: f64,
        /// Hard limits, both included.
        range: (f64, f64),
        /// Limits of the slider.
        display: (f64, f64),
    },
    /// Red, green and blue, each from 0 on, 1 is white.
    Colour {
        /// The value of a new node.
        default: [f64; 3],
    },
    /// A line that shows a state: it is neither edited nor saved.
    Status,
    /// A whole number whose keys show a state of each frame on the timeline.
    Keys {
        /// What the numbers stand for, from 0.
        meanings: &'static [&'static str],
    },
    /// A push button.
    Button,
    /// On or off.
    Bool {
        /// The value of a new node.
        default: bool,
    },
}

impl Kind {
    /// The identifier of option `index` of a choice, or of its default when there is no such option; empty for
    /// all other kinds.
    #[must_use]
    pub fn option(self, index: i32) -> &'static str {
        let Self::Choice { options, default } = self else { return "" };
        let chosen = usize::try_from(index).ok().and_then(|i| options.get(i));
        chosen.or_else(|| options.get(default)).map_or("", |o| o.0)
    }

    /// The identifiers of the options of a choice, in the panel's order; none for all other kinds.
    pub fn options(self) -> impl Iterator<Item = &'static str> {
        let options = match self {
            Self::Choice { options, .. } => options,
            _ => &[],
        };
        options.iter().map(|o| o.0)
    }
}

//! How a graph may differ from what its family expects of it.

/// A graph does not take or give what its family expects.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum PortError {
    /// A port is of another form.
    #[error("graph {graph}: {what} {name} is {found}, expected {expected}")]
    Form {
        /// The graph's name.
        graph: String,
        /// "input" or "output".
        what: &'static str,
        /// The port's name.
        name: String,
        /// Its type and axes.
        found: String,
        /// Those that it should have.
        expected: String,
    },
    /// A port is not there.
    #[error("graph {graph}: {what}s {found}, expected {name} among them")]
    Missing {
        /// The graph's name.
        graph: String,
        /// "input" or "output".
        what: &'static str,
        /// The port's name.
        name: String,
        /// The names of those that are there.
        found: String,
    },
    /// A port of a foreign export is not there.
    #[error("graph {graph}: {what} {name} is missing")]
    NotThere {
        /// The graph's name.
        graph: String,
        /// "input" or "output".
        what: &'static str,
        /// The port's name.
        name: String,
    },
    /// There is an input that nobody would feed.
    #[error("graph {graph}: input {name} is unknown")]
    UnknownInput {
        /// The graph's name.
        graph: String,
        /// The input's name.
        name: String,
    },
    /// An output does not say how many channels it has.
    #[error("graph {graph}: {name} of unknown channels")]
    Channels {
        /// The graph's name.
        graph: String,
        /// The output's name.
        name: String,
    },
}

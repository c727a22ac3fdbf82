//! Why a file is no graph that may be run.

use super::impostor::Impostor;
use super::wire::Malformed;

/// Why a file is no graph that may be run: a sentence without a subject.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It is something else.
    #[error("is not an ONNX graph")]
    NoGraph,
    /// It is something else that is known.
    #[error("is {0}, expected an ONNX graph; nothing in it was executed{way}", way = .0.way())]
    Impostor(Impostor),
    /// Something in it is refused: what it does.
    #[error("{0}")]
    Refused(String),
}

impl From<Malformed> for Fault {
    fn from(_: Malformed) -> Self {
        Self::NoGraph
    }
}

/// What is given where a graph does what is refused.
pub fn refused<T>(reason: impl Into<String>) -> Result<T, Fault> {
    Err(Fault::Refused(reason.into()))
}

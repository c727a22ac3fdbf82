//! What actions answer.

/// What an action answers when nothing went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reply {
    /// It was done.
    Ok,
    /// It was not done: the host does what it does by default.
    Default,
}

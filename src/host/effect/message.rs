//! What a plugin says to people.

use crate::host::kinds::MessageKind;

/// A message that a plugin posted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostMessage {
    /// What it is.
    pub kind: MessageKind,
    /// The plugin's name for it.
    pub id: String,
    /// What it says.
    pub text: String,
    /// Whether it stays on the node until the plugin takes it away.
    pub persistent: bool,
}

/// A progress bar of a plugin.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// What it says.
    pub label: String,
    /// 0 to 1.
    pub fraction: f64,
    /// Updates so far.
    pub updates: u32,
}

//! What can go wrong on the host's side of the API.

use super::status::Status;
use std::path::PathBuf;

/// Why a bundle could not be loaded or an action did not succeed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum HostError {
    /// The path holds no plugin for this platform. User.
    #[error("{path}: {what}")]
    Bundle {
        /// The bundle, folder or library.
        path: PathBuf,
        /// What was found and what was expected.
        what: String,
    },
    /// The plugin answered an action with a status that is no success. Plugin.
    #[error("{plugin}: action {action} answered {status}{}", message.as_ref().map(|m| format!(": {m}")).unwrap_or_default())]
    Action {
        /// Identifier of the plugin.
        plugin: String,
        /// The action, without its `OfxAction` or `OfxImageEffectAction`.
        action: String,
        /// What the plugin answered.
        status: Status,
        /// The last error message that it posted meanwhile.
        message: Option<String>,
    },
    /// The plugin did something that the API forbids, and the result cannot be used. Plugin.
    #[error("{plugin}: {what}")]
    Fault {
        /// Identifier of the plugin.
        plugin: String,
        /// What it did.
        what: String,
    },
    /// A name or value that the plugin does not have. Caller.
    #[error("{plugin}: {what}")]
    Request {
        /// Identifier of the plugin.
        plugin: String,
        /// What was asked for, and what there is.
        what: String,
    },
    /// A clip's source could not give the frame that the plugin asked for. Footage.
    #[error("clip {clip}, time {time}: {what}")]
    Source {
        /// Name of the clip.
        clip: String,
        /// The frame.
        time: f64,
        /// What the source said.
        what: String,
    },
    /// The render was aborted with [`Instance::set_abort`](super::Instance::set_abort).
    #[error("aborted")]
    Aborted,
    /// An image whose bytes do not fit its bounds. Caller.
    #[error("{0}")]
    Image(String),
}

//! Why a plugin and its worker do not meet.

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;

use ipc_channel::IpcError;

/// Why a plugin and its worker do not meet; a sentence, or the middle of one. Which of them there are depends on the
/// system.
#[derive(Debug, thiserror::Error)]
pub enum MeetError {
    /// No folder can be used to meet in: each of them, and what is wrong with it.
    #[error("no folder can be used for the channel to it: {}", .0.join("; "))]
    Folder(Vec<String>),
    /// The plugin cannot listen in its folder.
    #[error("cannot open a socket for it: {0}")]
    Socket(io::Error),
    /// Whoever comes cannot be let in.
    #[error("cannot receive from it: {0}")]
    Accept(io::Error),
    /// Nobody will come any more.
    #[error("cannot receive from it")]
    Deaf,
    /// The worker names a place that is not in the folder.
    #[error("it listens at {0:?}, expected a socket in the folder of the channel")]
    Place(String),
    /// The worker cannot be reached where it takes orders.
    #[error("cannot connect to it: {0}")]
    Orders(io::Error),
    /// The other end is another user's process.
    #[error("it belongs to another user")]
    OtherUser,
    /// The transport's temporary files were decided on before: in this folder.
    #[error("the temporary folder is already {}", .0.display())]
    TemporaryFolder(PathBuf),
    /// The plugin is said to listen under a name that is no text.
    #[error("{} is not a valid name", .0.display())]
    Name(OsString),
    /// What the system says.
    #[error(transparent)]
    System(#[from] io::Error),
    /// What the transport says.
    #[error(transparent)]
    Transport(#[from] IpcError),
}

//! What can go wrong with a file of pictures.

use std::path::{Path, PathBuf};

use crate::raster::room::NoRoom;

/// What can go wrong with a picture file. Each message is complete: it names the file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IoError {
    /// The file cannot be opened or read.
    #[error("cannot read {}: {reason}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// The file is truncated or not what its name says.
    #[error("{} is damaged or incomplete: {reason}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What was found.
        reason: String,
    },
    /// A form of the format that is not read.
    #[error("{} cannot be used: {reason}", path.display())]
    Unsupported {
        /// The file.
        path: PathBuf,
        /// What was found and what is read.
        reason: String,
    },
    /// It claims more than the [`Budget`](super::Budget) allows.
    #[error("{} is too large: {reason}", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// What was found, and the limit.
        reason: String,
    },
    /// It is within the budget, but this process cannot have so much memory.
    #[error("there is not enough memory to read {}: {room}", path.display())]
    NoRoom {
        /// The file.
        path: PathBuf,
        /// How much it takes.
        room: NoRoom,
    },
    /// The file cannot be written.
    #[error("cannot write {}: {reason}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system or the encoder says.
        reason: String,
    },
}

impl IoError {
    pub(super) fn read(path: &Path, error: &std::io::Error) -> Self {
        Self::Read { path: path.to_owned(), reason: plain_reason(error) }
    }

    pub(super) fn damaged(path: &Path, reason: impl ToString) -> Self {
        Self::Damaged { path: path.to_owned(), reason: reason.to_string() }
    }

    pub(super) fn too_large(path: &Path, reason: impl ToString) -> Self {
        Self::TooLarge { path: path.to_owned(), reason: reason.to_string() }
    }

    pub(super) fn no_room(path: &Path, room: NoRoom) -> Self {
        Self::NoRoom { path: path.to_owned(), room }
    }

    pub(super) fn unsupported(path: &Path, reason: impl ToString) -> Self {
        Self::Unsupported { path: path.to_owned(), reason: reason.to_string() }
    }
}

/// What the system says, without its error number.
pub(super) fn plain_reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file or folder".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        std::io::ErrorKind::UnexpectedEof => "it ends too early".to_owned(),
        _ => error.to_string(),
    }
}

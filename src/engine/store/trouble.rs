//! What may be wrong with the track store; an entry that is lost is computed again.

use std::path::PathBuf;

/// What became of a look-up or a write.
#[derive(Debug, Clone, PartialEq)]
pub enum StoreTrouble {
    /// An entry was damaged; it is gone.
    Damaged(PathBuf),
    /// Under an entry's name there was another; it is gone.
    Swapped(PathBuf),
    /// Under an entry's name there is something that is no file.
    NoFile(PathBuf, &'static str),
    /// The folder cannot be written to.
    Unwritable(PathBuf, String),
}

impl std::fmt::Display for StoreTrouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Damaged(path) => {
                write!(
                    f,
                    "an entry of the track store was damaged and is computed again ({})",
                    path.display()
                )
            }
            Self::Swapped(path) => {
                write!(
                    f,
                    "an entry of the track store belonged to another matte and is computed again ({})",
                    path.display()
                )
            }
            Self::NoFile(path, what) => {
                write!(
                    f,
                    "an entry of the track store is {what}, expected a file: the entry is not opened and is \
                     computed again ({})",
                    path.display()
                )
            }
            Self::Unwritable(path, reason) => write!(
                f,
                "the track store {} cannot be written to, tracks are not kept for the next session: {reason}",
                path.display()
            ),
        }
    }
}

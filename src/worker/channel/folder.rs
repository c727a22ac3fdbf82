//! A folder for the sockets of one meeting.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use nix::fcntl::{OFlag, open};
use nix::sys::stat::Mode;
use tempfile::TempDir;

use super::error::MeetError;
use crate::io::FOLDERS;

/// What the name of a socket may have beyond the folder's: `/.tmpXXXXXX/socket`.
const BEYOND: usize = 18;
/// Bytes of a socket's whole name: 104 on macOS, 108 on Linux, one of them 0.
const LONGEST: usize = 103;

/// A folder that its user alone may enter, gone when it is dropped.
#[derive(Debug)]
pub struct Folder {
    made: TempDir,
    /// The folder itself, whatever its path leads to meanwhile.
    opened: File,
}

impl Folder {
    /// A folder in the temporary folder, else in the user's runtime folder, else in one with a short name.
    ///
    /// # Errors
    /// [`MeetError::Folder`], which says what is wrong with each.
    pub fn new() -> Result<Self, MeetError> {
        let named = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
        let places = [
            ("TMPDIR", named("TMPDIR")),
            ("XDG_RUNTIME_DIR", named("XDG_RUNTIME_DIR")),
            ("the temporary folder", Some("/tmp".into())),
            ("the other temporary folder", Some("/var/tmp".into())),
        ];
        let mut reasons = Vec::new();
        for (what, place) in places {
            let Some(place) = place else { continue };
            match Self::within(&place) {
                Ok(folder) => return Ok(folder),
                Err(reason) => reasons.push(format!("{what}, {}, {reason}", place.display())),
            }
        }
        Err(MeetError::Folder(reasons))
    }

    /// A folder in `place`, or why there is none.
    fn within(place: &Path) -> Result<Self, String> {
        let place = std::path::absolute(place).map_err(|e| reason(&e))?;
        let made = FOLDERS.folder_in(&place).map_err(|e| reason(&e))?;
        let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
        let opened = open(made.path(), flags, Mode::empty()).map_err(|e| reason(&e.into()))?;
        let folder = Self { made, opened: opened.into() };
        let about = folder.opened.metadata().map_err(|e| reason(&e))?;
        if about.uid() != nix::unistd::geteuid().as_raw() || about.mode() & 0o077 != 0 {
            return Err("does not protect its folders from other users".to_owned());
        }
        let length = folder.way().as_os_str().len();
        if length + BEYOND > LONGEST {
            return Err(format!(
                "has a path of {} bytes, a socket in it would have {}, expected at most {LONGEST}",
                place.as_os_str().len(),
                length + BEYOND
            ));
        }
        if folder.way().to_str().is_none_or(|text| text.contains('\n')) {
            return Err("has a path that is not text".to_owned());
        }
        Ok(folder)
    }

    /// How this process comes to the folder: through what it has opened, where the system allows that, so
    /// that neither the length of its path matters nor what others do to that.
    pub fn way(&self) -> PathBuf {
        let opened = descriptor(self.opened.as_raw_fd());
        if is_same(&opened, &self.opened) { opened } else { self.made.path().to_owned() }
    }

    /// How a child comes to it that gets [`Self::shared`] as its standard input.
    pub fn way_of_child(&self) -> PathBuf {
        let own = self.way();
        if own == self.made.path() { own } else { descriptor(0) }
    }

    /// The folder, for a child's standard input.
    ///
    /// # Errors
    /// What the system says.
    pub fn shared(&self) -> io::Result<File> {
        self.opened.try_clone()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // The worker removes its socket at the same time, at which this may stumble; what is left then goes
        // with the next field.
        let _ = std::fs::remove_dir_all(self.made.path());
    }
}

/// The path by which Linux gives what this process has opened.
fn descriptor(number: i32) -> PathBuf {
    PathBuf::from(format!("/proc/self/fd/{number}"))
}

/// Whether `path` leads to what was opened.
fn is_same(path: &Path, opened: &File) -> bool {
    let (Ok(there), Ok(here)) = (std::fs::metadata(path), opened.metadata()) else { return false };
    (there.dev(), there.ino()) == (here.dev(), here.ino())
}

/// What the system says, in the middle of a sentence.
fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "does not exist".to_owned(),
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "cannot be written to".to_owned()
        }
        io::ErrorKind::NotADirectory => "is not a folder".to_owned(),
        _ => format!("cannot be used: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_its_users_alone_and_goes() {
        let place = tempfile::tempdir().expect("a folder");
        let folder = Folder::within(place.path()).expect("it can be written to");
        let made = folder.made.path().to_owned();
        let about = std::fs::metadata(&made).expect("there");
        assert_eq!(about.mode() & 0o777, 0o700);
        assert!(is_same(&folder.way(), &folder.opened));
        drop(folder);
        assert!(!made.exists());
        assert_eq!(std::fs::read_dir(place.path()).expect("listed").count(), 0);
    }

    #[test]
    fn what_is_wrong_with_a_place_is_said() {
        let place = tempfile::tempdir().expect("a folder");
        let missing = place.path().join("nowhere");
        assert_eq!(Folder::within(&missing).expect_err("missing"), "does not exist");
        let file = place.path().join("file");
        std::fs::write(&file, b"").expect("written");
        assert_eq!(Folder::within(&file).expect_err("a file"), "is not a folder");
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn the_length_of_its_path_does_not_matter_where_it_is_reached_otherwise() {
        let place = tempfile::tempdir().expect("a folder");
        let long = place.path().join("x".repeat(120));
        std::fs::create_dir(&long).expect("made");
        let folder = Folder::within(&long).expect("as good as a short one");
        let socket = folder.way().join("plugin");
        std::os::unix::net::UnixListener::bind(&socket).expect("a short name");
        assert!(folder.made.path().join("plugin").exists());
    }
}

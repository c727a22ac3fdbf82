//! Files that are there whole or not at all.

use std::error::Error;
use std::io::{BufWriter, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use super::error::plain_reason;
use super::{IoError, PARTS};

/// What an encoder writes into.
pub trait WriteSeek: Write + Seek {}

impl<T: Write + Seek> WriteSeek for T {}

/// Folders in which this process has looked for what earlier ones left, and how many of them are
/// remembered: looking again costs a listing and no more.
static LOOKED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());
const MOST_LOOKED: usize = 256;

/// Removes what processes have left in `folder` that were ended while they wrote, at the first call for
/// that folder.
pub fn tidy(folder: &Path) {
    {
        let mut looked = LOOKED.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if looked.iter().any(|known| known == folder) {
            return;
        }
        if looked.len() >= MOST_LOOKED {
            looked.clear();
        }
        looked.push(folder.to_owned());
    }
    PARTS.remove_dead(folder);
}

/// Writes a file by `write` into a temporary file of the same folder, which takes the name `path`
/// once it is whole. On failure nothing is left, and a file that was there stays as it was. What is left
/// where the process is ended meanwhile is removed by the next one that writes into the folder.
///
/// # Errors
/// [`IoError::Write`] when the folder cannot be written or `write` fails.
pub fn write_atomically(
    path: &Path,
    write: impl FnOnce(&mut dyn WriteSeek) -> Result<(), Box<dyn Error + Send + Sync>>,
) -> Result<(), IoError> {
    let failed = |reason: String| IoError::Write { path: path.to_owned(), reason };
    let system = |e: &std::io::Error| failed(plain_reason(e));
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    tidy(folder);
    let prefix = PARTS.prefix();
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix).suffix(PARTS.end);
    #[cfg(unix)]
    {
        // As any new file: readable by others where the umask lets them; tempfile's own default is
        // for secrets.
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    let file = builder.tempfile_in(folder).map_err(|e| system(&e))?;
    let mut buffered = BufWriter::with_capacity(1 << 18, file);
    write(&mut buffered).map_err(|e| failed(e.to_string()))?;
    let file = buffered.into_inner().map_err(|e| system(e.error()))?;
    file.persist(path).map_err(|e| system(&e.error))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_leaves_the_old_file_and_nothing_else() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.bin");
        write_atomically(&path, |w| Ok(w.write_all(b"old")?)).expect("written");
        let error = write_atomically(&path, |w| {
            w.write_all(b"half of the new")?;
            Err("the encoder stopped".into())
        })
        .expect_err("it failed");
        assert_eq!(error.to_string(), format!("cannot write {}: the encoder stopped", path.display()));
        assert_eq!(std::fs::read(&path).expect("still there"), b"old");
        assert_eq!(std::fs::read_dir(folder.path()).expect("listed").count(), 1);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn what_an_ended_writer_left_is_removed_by_the_next_write() {
        let folder = tempfile::tempdir().expect("a folder");
        let own = PARTS.prefix();
        // The same system, a number that no process has.
        let (system, _) = own.split_once('.').and_then(|(_, rest)| rest.split_once('.')).expect("a name");
        let left = folder.path().join(format!(".{system}.4194305.7.abc.part"));
        let other = folder.path().join(format!("{own}abc.part"));
        for path in [&left, &other] {
            std::fs::write(path, b"half").expect("written");
        }
        write_atomically(&folder.path().join("a.bin"), |w| Ok(w.write_all(b"whole")?)).expect("written");
        assert!(!left.exists(), "its writer is no more");
        assert!(other.exists(), "its writer is this process");
    }

    #[test]
    fn a_missing_folder_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("nowhere/a.bin");
        let error = write_atomically(&path, |_| Ok(())).expect_err("no folder");
        assert!(error.to_string().contains("nowhere"), "{error}");
    }
}

//! Files that are there whole or not at all.

use std::error::Error;
use std::io::{BufWriter, Seek, Write};
use std::path::Path;

use super::{IoError, plain_reason};

/// What an encoder writes into.
pub trait WriteSeek: Write + Seek {}

impl<T: Write + Seek> WriteSeek for T {}

/// Writes a file by `write` into a temporary file of the same folder, which takes the name `path`
/// once it is whole. On failure nothing is left, and a file that was there stays as it was.
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
    let mut builder = tempfile::Builder::new();
    builder.prefix(".airoto-").suffix(".part");
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
    fn a_missing_folder_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("nowhere/a.bin");
        let error = write_atomically(&path, |_| Ok(())).expect_err("no folder");
        assert!(error.to_string().contains("nowhere"), "{error}");
    }
}

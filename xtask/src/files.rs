//! Copying and removing what tasks lay out.

use crate::error::{At, Error, Result};
use std::io::ErrorKind;
use std::path::Path;

/// Removes a folder with all that is in it; that it is not there is no error.
pub fn remove_folder(folder: &Path) -> Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error).at("removing", folder),
        _ => Ok(()),
    }
}

/// Makes a folder and those above it.
pub fn make_folder(folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder).at("making the folder", folder)
}

/// Copies a file with its permissions, making the folder that it goes to.
pub fn copy(from: &Path, to: &Path) -> Result<()> {
    if let Some(folder) = to.parent() {
        make_folder(folder)?;
    }
    std::fs::copy(from, to).map(|_| ()).at(&format!("copying {} to", from.display()), to)
}

/// Copies a folder with all that is in it; returns the bytes copied.
pub fn copy_folder(from: &Path, to: &Path) -> Result<u64> {
    make_folder(to)?;
    let mut bytes = 0;
    for entry in std::fs::read_dir(from).at("listing", from)? {
        let entry = entry.at("listing", from)?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        // Follows links: what is laid out must stand by itself.
        if source.is_dir() {
            bytes += copy_folder(&source, &target)?;
        } else {
            bytes += std::fs::copy(&source, &target).at("copying to", &target)?;
        }
    }
    Ok(bytes)
}

/// Puts a copy of the folder `from` in the place of the folder `to`, whole or not at all.
///
/// What was there stays until the copy is whole. The names that the copy has meanwhile begin with
/// `@`, which the OpenFX specification tells hosts to ignore.
pub fn replace_folder(from: &Path, to: &Path) -> Result<u64> {
    let (Some(parent), Some(name)) = (to.parent(), to.file_name()) else {
        return Err(Error::person(format!("{} cannot be a folder", to.display())));
    };
    let aside = |word: &str| parent.join(format!("@{}.{word}{}", name.to_string_lossy(), std::process::id()));
    let (new, old) = (aside("new"), aside("old"));
    make_folder(parent)?;
    let swapped = copy_folder(from, &new).and_then(|bytes| {
        let there = to.exists();
        if there {
            std::fs::rename(to, &old).at("moving aside", to)?;
        }
        if let Err(error) = std::fs::rename(&new, to) {
            if there {
                std::fs::rename(&old, to).at("putting back", to)?;
            }
            return Err(error).at("putting in place", to);
        }
        Ok(bytes)
    });
    // Either is there only if something went wrong or is over.
    let tidied = remove_folder(&new).and(remove_folder(&old));
    let bytes = swapped?;
    tidied.map(|()| bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_replaced_and_nothing_else_is_left() {
        let place = tempfile::tempdir().expect("a folder can be made");
        let (from, plugins) = (place.path().join("from"), place.path().join("OFX/Plugins"));
        let to = plugins.join("A.ofx.bundle");
        std::fs::create_dir_all(from.join("Contents")).expect("a folder can be made");
        std::fs::write(from.join("Contents/new"), "12345").expect("a file can be written");
        std::fs::create_dir_all(&to).expect("a folder can be made");
        std::fs::write(to.join("old"), "").expect("a file can be written");
        assert_eq!(replace_folder(&from, &to).expect("it can be replaced"), 5);
        assert_eq!(std::fs::read(to.join("Contents/new")).expect("it is there"), b"12345");
        assert!(!to.join("old").exists());
        let left: Vec<_> = std::fs::read_dir(&plugins).expect("it is there").collect();
        assert_eq!(left.len(), 1, "{left:?}");
    }

    #[test]
    fn what_is_there_stays_when_the_copy_fails() {
        let place = tempfile::tempdir().expect("a folder can be made");
        let to = place.path().join("A.ofx.bundle");
        std::fs::create_dir_all(&to).expect("a folder can be made");
        std::fs::write(to.join("old"), "kept").expect("a file can be written");
        let error = replace_folder(&place.path().join("missing"), &to).expect_err("it is missing");
        assert!(error.to_string().contains("missing"), "{error}");
        assert_eq!(std::fs::read(to.join("old")).expect("it is there"), b"kept");
        assert_eq!(std::fs::read_dir(place.path()).expect("it is there").count(), 1);
    }
}

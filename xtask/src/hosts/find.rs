//! Which hosts are on this machine, and of what version.

use crate::error::{Error, Result};
use crate::process;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A program by the path that was given, else by its name in PATH; none if it is not installed.
///
/// What a person names must be there: it would otherwise look as if nothing had been asked for.
pub fn program(given: Option<&Path>, name: &str) -> Result<Option<PathBuf>> {
    if let Some(path) = given {
        if !path.is_file() {
            return Err(Error::person(format!("there is no {name} at {}", path.display())));
        }
        // A name without a folder would be sought in PATH, not here.
        return std::path::absolute(path)
            .map(Some)
            .map_err(|source| Error::person(format!("{} is not a path: {source}", path.display())));
    }
    Ok(std::env::var_os("PATH").and_then(|folders| in_path(&folders, name)))
}

/// The first file of the name in the folders that can be run.
fn in_path(folders: &OsStr, name: &str) -> Option<PathBuf> {
    let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    std::env::split_paths(folders).map(|folder| folder.join(&file)).find(|path| runs(path))
}

#[cfg(unix)]
fn runs(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn runs(path: &Path) -> bool {
    path.is_file()
}

/// What the program says of its version; "?" if it says nothing that can be read.
pub fn version(program: &Path) -> String {
    let Ok(output) =
        process::output(Command::new(program).arg("--version").env("QT_QPA_PLATFORM", "offscreen"))
    else {
        return "?".to_owned();
    };
    // Some write it to standard error, some end with another status than 0.
    let said = [output.stdout, output.stderr].concat();
    number(&String::from_utf8_lossy(&said)).unwrap_or_else(|| "?".to_owned())
}

/// The first word that looks like a version, such as "7.41.0" in "melt 7.41.0".
pub fn number(text: &str) -> Option<String> {
    let words = text.split(|c: char| c.is_whitespace() || matches!(c, ',' | '(' | ')' | '"'));
    let found = words
        .map(|word| word.strip_prefix('v').unwrap_or(word))
        .find(|word| word.contains('.') && word.split('.').all(|part| part.parse::<u32>().is_ok()));
    found.map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_what_hosts_say() {
        assert_eq!(number("melt 7.41.0\nCopyright (C) 2002-2026").as_deref(), Some("7.41.0"));
        assert_eq!(number("Natron version 2.6 at commit d9dcaf1cf8 on branch x").as_deref(), Some("2.6"));
        assert_eq!(number("project(\n openfx\n VERSION 1.5.1\n)").as_deref(), Some("1.5.1"));
        assert_eq!(number("(v2.5)").as_deref(), Some("2.5"));
        assert_eq!(number("no version. 7 hosts 1.x ..."), None);
    }

    #[test]
    fn what_is_named_must_be_there() {
        let place = tempfile::tempdir().expect("a folder can be made");
        let path = place.path().join("melt");
        let error = program(Some(&path), "melt").expect_err("it is not there");
        assert!(error.to_string().starts_with("there is no melt at "), "{error}");
        std::fs::write(&path, "").expect("a file can be written");
        assert_eq!(program(Some(&path), "melt").expect("it is there"), Some(path));
    }

    #[cfg(unix)]
    #[test]
    fn programs_are_found_in_path_if_they_can_be_run() {
        use std::os::unix::fs::PermissionsExt;
        let place = tempfile::tempdir().expect("a folder can be made");
        let (a, b) = (place.path().join("a"), place.path().join("b"));
        for folder in [&a, &b] {
            std::fs::create_dir(folder).expect("a folder can be made");
            std::fs::write(folder.join("melt"), "").expect("a file can be written");
        }
        let folders = std::env::join_paths([&a, &b]).expect("they can be joined");
        assert_eq!(in_path(&folders, "melt"), None);
        let to = b.join("melt");
        std::fs::set_permissions(&to, std::fs::Permissions::from_mode(0o755)).expect("they can be set");
        assert_eq!(in_path(&folders, "melt"), Some(to));
        assert_eq!(in_path(&folders, "NatronRenderer"), None);
    }
}

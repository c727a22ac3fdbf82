//! What set-up brought, recorded beside it, so that the next run can tell whether it is whole.

use crate::error::{At, Error, Result};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// The record's name in the tool's folder.
const NAME: &str = "installed.json";

/// What lies in one tool's folder.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// The version that was fetched.
    pub version: String,
    /// Where it came from, for a person: the wheel's or package's name.
    pub from: String,
    /// Every file.
    pub files: Vec<Entry>,
}

/// One file of a tool.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Its name in the folder.
    pub name: String,
    /// Its length in bytes.
    pub bytes: u64,
    /// Its SHA-256 in hexadecimal.
    pub sha256: String,
}

impl Record {
    /// Measures every file in the folder and writes the record there.
    pub fn write(folder: &Path, version: &str, from: &str) -> Result<Self> {
        let mut files = Vec::new();
        for entry in std::fs::read_dir(folder).at("listing", folder)? {
            let entry = entry.at("listing", folder)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if name != NAME {
                files.push(measure(folder, name)?);
            }
        }
        files.sort_by(|a, b| a.name.cmp(&b.name));
        let record = Self { version: version.to_owned(), from: from.to_owned(), files };
        let path = folder.join(NAME);
        let text = serde_json::to_string_pretty(&record)
            .map_err(|error| Error::program(format!("writing {}: {error}", path.display())))?;
        std::fs::write(&path, text).at("writing", &path)?;
        Ok(record)
    }

    /// The record of a folder whose files are all as they were recorded.
    ///
    /// `None` where there is no record; the sentence says what is wrong where there is one.
    pub fn check(folder: &Path) -> Option<std::result::Result<Self, String>> {
        let text = std::fs::read_to_string(folder.join(NAME)).ok()?;
        let record: Self = match serde_json::from_str(&text) {
            Ok(record) => record,
            Err(error) => return Some(Err(format!("its record cannot be read: {error}"))),
        };
        for entry in &record.files {
            match measure(folder, entry.name.clone()) {
                Ok(found) if found == *entry => {}
                Ok(_) => return Some(Err(format!("{} has changed", entry.name))),
                Err(_) => return Some(Err(format!("{} is missing", entry.name))),
            }
        }
        Some(Ok(record))
    }
}

fn measure(folder: &Path, name: String) -> Result<Entry> {
    let path = folder.join(&name);
    let mut file = File::open(&path).at("opening", &path)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    let mut bytes = 0;
    loop {
        let read = file.read(&mut buffer).at("reading", &path)?;
        if read == 0 {
            break;
        }
        hash.update(&buffer[..read]);
        bytes += read as u64;
    }
    let sha256 = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(Entry { name, bytes, sha256 })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder can be made");
        std::fs::write(folder.path().join("library"), "abc").expect("a file can be written");
        folder
    }

    #[test]
    fn a_whole_folder_passes() {
        let folder = folder();
        assert!(Record::check(folder.path()).is_none(), "nothing is recorded yet");
        let record = Record::write(folder.path(), "1.2", "a wheel").expect("it can be recorded");
        assert_eq!(record.files.len(), 1);
        // The SHA-256 of "abc", from FIPS 180-2, appendix B.1.
        assert_eq!(
            record.files[0].sha256,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        let found = Record::check(folder.path()).expect("it is recorded").expect("it is whole");
        assert_eq!((found.version.as_str(), found.files.len()), ("1.2", 1));
    }

    #[test]
    fn a_changed_or_missing_file_is_named() {
        let folder = folder();
        Record::write(folder.path(), "1.2", "a wheel").expect("it can be recorded");
        let library = folder.path().join("library");
        std::fs::write(&library, "abd").expect("a file can be written");
        let complaint = Record::check(folder.path()).expect("recorded").expect_err("changed");
        assert_eq!(complaint, "library has changed");
        std::fs::remove_file(&library).expect("a file can be removed");
        let complaint = Record::check(folder.path()).expect("recorded").expect_err("missing");
        assert_eq!(complaint, "library is missing");
        std::fs::write(folder.path().join(NAME), "{").expect("a file can be written");
        let complaint = Record::check(folder.path()).expect("recorded").expect_err("broken");
        assert!(complaint.starts_with("its record cannot be read"), "{complaint}");
    }
}

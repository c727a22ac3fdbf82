//! What is given in the place of a pack: checkpoints and graphs, told by their first bytes.
//!
//! Nothing in them is executed, here or elsewhere; a pickle is a program, and only
//! `cargo xtask export-model` reads one, without running it.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::onnx;

/// The most that is read of a file.
const GLANCE: u64 = 256;
/// The most entries of a folder that are looked at.
const MOST_ENTRIES: usize = 4096;

/// What a file or a folder without a manifest is, and what to do with it; a sentence without a
/// subject. None for what is not known.
pub(super) fn describe(path: &Path) -> Option<String> {
    if path.is_file() {
        return of_file(path).map(|kind| format!("is {kind}"));
    }
    let mut names: Vec<_> = std::fs::read_dir(path).ok()?.take(MOST_ENTRIES).flatten().collect();
    names.sort_by_key(std::fs::DirEntry::file_name);
    names.iter().filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file())).find_map(|entry| {
        let kind = of_file(&entry.path())?;
        Some(format!("has no model.json, but {}, which is {kind}", entry.file_name().to_string_lossy()))
    })
}

/// What a file is, and the way from there to a pack.
fn of_file(path: &Path) -> Option<String> {
    let mut start = Vec::new();
    File::open(path).ok()?.take(GLANCE).read_to_end(&mut start).ok()?;
    let is = |extension: &str| path.extension().is_some_and(|found| found.eq_ignore_ascii_case(extension));
    if let Some(kind) = onnx::impostor(&start).filter(|_| !is("onnx")) {
        return kind.is_checkpoint().then(|| {
            format!("{kind}, expected the folder of a pack; nothing in it was executed{}", kind.way())
        });
    }
    is("onnx").then(|| {
        "an ONNX graph, expected the folder of a pack: `python -m airoto_export.adopt` in models/export \
         makes one from graphs of a known form"
            .to_owned()
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn checkpoints_are_told_and_other_things_left() {
        let folder = tempfile::tempdir().expect("a folder");
        let told = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).expect("written");
            (super::describe(&path), path)
        };
        let mut archive = b"PK\x03\x04".to_vec();
        archive.extend([0; 22]);
        archive.extend(b"\x0d\x00\x00\x00evil/data.pkl\x80\x02.");
        for (name, bytes, said) in [
            ("new.pt", &archive[..], "is a PyTorch checkpoint (a zip archive with a Python pickle in it"),
            ("old.pth", b"\x80\x02}q\x00.", "is a Python pickle, which may carry code"),
            ("plain.pkl", b"cposix\nsystem\n(S'true'\ntR.", "is a Python pickle, which may carry code"),
            ("m.safetensors", b"\x10\0\0\0\0\0\0\0{\"a\":1}", "is a safetensors file"),
        ] {
            let (found, path) = told(name, bytes);
            let found = found.expect(name);
            assert!(found.starts_with(said), "{found}");
            assert!(found.ends_with("`cargo xtask export-model` makes a pack from a checkpoint"), "{found}");
            let found = super::describe(folder.path()).expect("something is in the folder");
            assert!(found.starts_with(&format!("has no model.json, but {name}, which is ")), "{found}");
            std::fs::remove_file(path).expect("removed");
        }
        let (found, path) = told("graph.onnx", b"\x08\x08");
        assert!(found.is_some_and(|found| found.contains("airoto_export.adopt")));
        std::fs::remove_file(path).expect("removed");
        assert_eq!(told("notes.txt", b"confidential\nnotes\n").0, None);
        assert_eq!(told("zeros", &[0; 300]).0, None);
        assert_eq!(super::describe(folder.path()), None);
        assert_eq!(super::describe(&folder.path().join("nowhere")), None);
    }
}

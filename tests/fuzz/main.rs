//! Bytes that others may have made, for all that reads such: a bounded number of inputs for each target, the same on
//! every run. The targets themselves are those of the package in this folder, which libFuzzer drives; see
//! `docs/security.md`.

mod inputs;
mod outcome;
mod overseer;
mod runner;
mod targets;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Runs a target as far as is asked, and fails with the input that did something that none may do.
fn fuzz(name: &str) {
    let target = targets::find(name).expect("a target of this name");
    match std::env::var(runner::TARGET) {
        Ok(child) if child == name => runner::run(target),
        Ok(_) => {}
        Err(_) => overseer::oversee(target),
    }
}

macro_rules! fuzzed {
    ($($name:ident)*) => {
        $(
            #[test]
            fn $name() {
                fuzz(stringify!($name));
            }
        )*

        const FUZZED: &[&str] = &[$(stringify!($name)),*];
    };
}

fuzzed! {
    prompts presets patterns requests shapes_fxs shapes_nk shapes_json manifest onnx tokenizer store memories
    to_worker from_worker png jpeg tiff exr dpx
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz")
}

#[test]
fn every_target_is_run_here_and_is_a_program_of_the_package() {
    let targets: BTreeSet<&str> = targets::ALL.iter().map(|target| target.name).collect();
    assert_eq!(targets.len(), targets::ALL.len(), "names are unique");
    assert_eq!(targets, FUZZED.iter().copied().collect(), "targets and tests");
    let manifest = std::fs::read_to_string(folder().join("Cargo.toml")).expect("the package has a manifest");
    let programs: BTreeSet<&str> = manifest
        .lines()
        .filter_map(|line| line.strip_prefix("path = \"programs/")?.strip_suffix(".rs\""))
        .collect();
    assert_eq!(targets, programs, "targets and programs in tests/fuzz/Cargo.toml");
    for name in targets {
        let path = folder().join(format!("programs/{name}.rs"));
        let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        assert!(text.contains(&format!("airoto_fuzz::program!(\"{name}\");")), "{}", path.display());
    }
}

#[test]
fn what_was_found_belongs_to_a_target_and_is_small() {
    for entry in std::fs::read_dir(folder().join("found")).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        assert!(targets::find(&name).is_some(), "found/{name} is of no target");
        for file in std::fs::read_dir(entry.path()).expect("a folder").flatten() {
            let bytes = file.metadata().expect("a file").len();
            assert!(bytes <= 16 << 10, "{}: {bytes} bytes, expected 16384 at most", file.path().display());
        }
    }
}

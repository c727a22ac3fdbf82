//! What a process leaves that is ended in the middle of writing is removed by the next one.
//!
//! `strace` ends the program at the very call that would give a file its name. Skipped, with a word, where there
//! is none.

#![cfg(target_os = "linux")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Files whose names say that they are no whole files, in a folder and those in it.
fn unfinished(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            found.extend(unfinished(&path));
        } else if name.contains(".part") || name.starts_with(".airoto") {
            found.push(path);
        }
    }
    found
}

fn demo(name: &str) -> String {
    format!("{}/tests/data/demo/{name}", env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn a_program_that_is_killed_while_it_writes_leaves_nothing_for_long() {
    let folder = tempfile::tempdir().expect("a folder");
    let [cache, out] = ["cache", "out"].map(|name| folder.path().join(name));
    std::fs::create_dir(&out).expect("made");
    let render = |before: &[&str], cache: &Path, more: &[&str]| {
        let mut command = match before {
            [] => Command::new(env!("CARGO_BIN_EXE_airoto")),
            [program, rest @ ..] => {
                let mut command = Command::new(program);
                command.args(rest).arg(env!("CARGO_BIN_EXE_airoto"));
                command
            }
        };
        command.args(["render", "--tracker", "flow", "--range", "0-2", "-i", &demo("frames/%05d.jpg")]);
        command.args(["-p", &demo("prompts.json"), "-o"]).arg(out.join("a.%04d.png"));
        command.args(more).env("AIROTO_CACHE", cache).output()
    };
    let can = Command::new("strace").args(["-f", "-o", "/dev/null", "true"]).stderr(Stdio::null()).status();
    if !can.is_ok_and(|status| status.success()) {
        println!("skipped: there is no strace here, or it may not watch");
        return;
    }
    // It ends at the first file that it has written: one of the store, and, where there can be none, a matte.
    let killed = "inject=rename,renameat,renameat2:signal=SIGKILL:error=EINTR:when=1+";
    let calls = "trace=rename,renameat,renameat2";
    let strace = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", calls, "-e", killed];
    for cache in [&cache, Path::new("/dev/null/none")] {
        let run = render(&strace, cache, &["--in-process"]).expect("strace runs");
        assert!(!run.status.success(), "it was killed");
    }
    let left = (unfinished(&out), unfinished(&cache));
    assert!(!left.0.is_empty() && !left.1.is_empty(), "nothing was left that could be removed: {left:?}");

    let run = render(&[], &cache, &[]).expect("it runs");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    assert_eq!((unfinished(&out), unfinished(&cache)), (Vec::new(), Vec::new()));
    assert_eq!(std::fs::read_dir(&out).expect("listed").count(), 3);
}

//! `airoto ... | head`: nobody reads on, and that is no failure.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

/// The start of a program's output, after which its pipe is closed, then what it said and its code.
fn cut_short(
    arguments: &[&str],
    lines: usize,
    folder: &std::path::Path,
) -> (Vec<String>, String, Option<i32>) {
    let mut program = Command::new(env!("CARGO_BIN_EXE_airoto"))
        .args(arguments)
        .current_dir(folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut out = BufReader::new(program.stdout.take().expect("piped")).lines();
    let read = out.by_ref().take(lines).map(|l| l.expect("a line")).collect();
    drop(out);
    let mut said = String::new();
    program.stderr.take().expect("piped").read_to_string(&mut said).expect("text");
    (read, said, program.wait().expect("it ends").code())
}

/// Shapes whose listing is longer than a pipe holds, which is 64 KiB.
fn many_shapes(folder: &std::path::Path) {
    let points = "[[1,1,1,1,1,1],[9,1,9,1,9,1],[5,9,5,9,5,9]]";
    let shape =
        |i: usize| format!(r#"{{"name":"shape{i}","hole":false,"keys":[{{"frame":1,"points":{points}}}]}}"#);
    let shapes: Vec<String> = (0..3000).map(shape).collect();
    let text = format!(
        r#"{{"kind":"airoto shapes","width":16,"height":16,"pixel_aspect":1,"first":1,"last":1,"fps":24,
        "layers":[{{"name":"dog","shapes":[{}]}}]}}"#,
        shapes.join(",")
    );
    std::fs::write(folder.join("many.json"), text).expect("written");
}

#[test]
fn a_closed_pipe_ends_the_program_quietly() {
    let folder = tempfile::tempdir().expect("a folder");
    many_shapes(folder.path());
    for arguments in [&["shapes", "info", "many.json"][..], &["shapes", "info", "many.json", "--json"][..]] {
        let (read, said, code) = cut_short(arguments, 2, folder.path());
        assert_eq!(read.len(), 2);
        assert_eq!((said.as_str(), code), ("", Some(0)), "{arguments:?}");
    }
}

#[test]
fn a_pipe_closed_at_once_is_no_failure() {
    let folder = tempfile::tempdir().expect("a folder");
    many_shapes(folder.path());
    for arguments in
        [&["shapes", "info", "many.json"][..], &["models", "list"][..], &["--help"][..], &["--version"][..]]
    {
        let (_, said, code) = cut_short(arguments, 0, folder.path());
        assert!(!said.contains("panic") && !said.contains("rror"), "{arguments:?}: {said}");
        assert_eq!(code, Some(0), "{arguments:?}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    many_shapes(folder.path());
    let full = std::fs::File::options().write(true).open("/dev/full").expect("a device of Linux");
    let output = Command::new(env!("CARGO_BIN_EXE_airoto"))
        .args(["shapes", "info", "many.json"])
        .current_dir(folder.path())
        .stdout(full)
        .stderr(Stdio::piped())
        .output()
        .expect("it runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        said.starts_with("airoto: standard output cannot be written") && said.lines().count() == 1,
        "{said}"
    );
    assert_eq!(output.status.code(), Some(2));
}

//! Running other programs.

use crate::error::{Error, Result};
use crate::progress::Step;
use std::io::{BufRead, BufReader, ErrorKind};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

/// A command of the cargo that runs this task.
pub fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// The name of the program, for messages.
fn name(command: &Command) -> String {
    Path::new(command.get_program())
        .file_name()
        .map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

fn cannot_start(command: &Command, source: &std::io::Error) -> Error {
    let name = name(command);
    if source.kind() == ErrorKind::NotFound {
        Error::person(format!("`{name}` is not installed or not in PATH"))
    } else {
        Error::program(format!("`{name}` cannot be started: {source}"))
    }
}

/// Runs to the end and returns what it printed, whether it succeeded or not.
pub fn output(command: &mut Command) -> Result<Output> {
    command.stdin(Stdio::null()).output().map_err(|source| cannot_start(command, &source))
}

/// What the program printed to stdout, trimmed, if it started and succeeded.
pub fn answer(command: &mut Command) -> Option<String> {
    let output = output(command).ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Runs to the end; meanwhile `so_far` tells the step how far it is, several times a second.
pub fn watched(command: &mut Command, step: &Step, so_far: impl Fn() -> Option<String>) -> Result<Output> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().map_err(|source| cannot_start(command, &source))?;
    let (sender, receiver) = std::sync::mpsc::channel();
    // `wait_with_output` drains both pipes, so a program that prints much cannot block.
    std::thread::spawn(move || sender.send(child.wait_with_output()));
    loop {
        match receiver.recv_timeout(Duration::from_millis(250)) {
            Ok(output) => return output.map_err(|source| cannot_start(command, &source)),
            Err(std::sync::mpsc::RecvTimeoutError::Timeout) => {
                if let Some(detail) = so_far() {
                    step.so_far(&detail);
                }
            }
            Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => {
                return Err(Error::program(format!("cannot wait for `{}`", name(command))));
            }
        }
    }
}

/// Runs with its output on the terminal; tells whether it succeeded.
pub fn shown(command: &mut Command) -> Result<bool> {
    let status = command.stdin(Stdio::null()).status().map_err(|source| cannot_start(command, &source))?;
    Ok(status.success())
}

/// Runs with its output on the terminal and each line of stdout given to `line` as well.
pub fn listened(command: &mut Command, mut line: impl FnMut(&str)) -> Result<bool> {
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    let mut child = command.spawn().map_err(|source| cannot_start(command, &source))?;
    if let Some(stdout) = child.stdout.take() {
        let mut reader = BufReader::new(stdout);
        let mut bytes = Vec::new();
        // Bytes, not `lines()`: a test may print what is no UTF-8.
        while reader.read_until(b'\n', &mut bytes).is_ok_and(|read| read > 0) {
            let text = String::from_utf8_lossy(&bytes);
            let text = text.trim_end_matches(['\n', '\r']);
            println!("{text}");
            line(text);
            bytes.clear();
        }
    }
    let status = child.wait().map_err(|source| cannot_start(command, &source))?;
    Ok(status.success())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn a_program_that_is_not_there_is_named() {
        let error = output(&mut Command::new("/no/such/program")).expect_err("it is not there");
        assert_eq!(error.to_string(), "`program` is not installed or not in PATH");
    }

    #[test]
    fn a_failing_program_has_no_answer() {
        assert_eq!(answer(&mut shell("echo yes; exit 3")), None);
        assert_eq!(answer(&mut shell("echo yes")), Some("yes".to_owned()));
    }

    #[test]
    fn more_output_than_a_pipe_holds_does_not_block() {
        let step = Step::begin("test");
        // A pipe of Linux holds 64 KiB.
        let output = watched(&mut shell("head -c 300000 /dev/zero; echo lost >&2; exit 4"), &step, || None)
            .expect("sh is there");
        assert_eq!(output.stdout.len(), 300_000);
        assert_eq!(output.status.code(), Some(4));
        assert_eq!(output.stderr, b"lost\n");
    }

    #[test]
    fn lines_are_heard_even_when_they_are_no_text() {
        let mut heard = Vec::new();
        let good = listened(&mut shell("printf 'one\\n\\377two\\nthree'"), |line| {
            heard.push(line.to_owned());
        })
        .expect("sh is there");
        assert!(good);
        assert_eq!(heard, ["one", "\u{fffd}two", "three"]);
    }
}

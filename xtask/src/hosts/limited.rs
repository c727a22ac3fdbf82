//! Running a host that may hang: it is killed after a limit, with all that it started.

use crate::error::{At, Error, Result};
use crate::process;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// How often a running host is looked at.
const LOOK: Duration = Duration::from_millis(50);

/// How a program ended.
#[derive(Debug)]
pub struct Ended {
    /// Its exit status; none if it was killed because it took too long.
    pub status: Option<ExitStatus>,
    /// What it wrote to standard error.
    pub said: String,
    /// How long it ran.
    pub took: Duration,
}

impl Ended {
    /// Whether it ended by itself and said that all went well.
    pub fn well(&self) -> bool {
        self.status.is_some_and(|status| status.success())
    }

    /// The status for a table, such as "0" or "signal: 11 (SIGSEGV)".
    pub fn words(&self) -> String {
        match self.status {
            None => format!("killed after {} s", self.took.as_secs()),
            Some(status) => status.code().map_or_else(|| status.to_string(), |code| code.to_string()),
        }
    }

    /// Why it did not end well, as a sentence; none if it did.
    pub fn reason(&self) -> Option<String> {
        match self.status {
            Some(status) if status.success() => None,
            Some(status) => Some(match status.code() {
                Some(code) => format!("its exit status is {code}, expected 0"),
                None => format!("it ended by {status}"),
            }),
            None => Some(format!("it did not end and was {}", self.words())),
        }
    }

    /// Lines of standard error that tell of a failure of the plugin or of a crash.
    pub fn complaints(&self) -> Vec<String> {
        self.said.lines().filter(|line| complains(line)).map(|line| line.trim().to_owned()).collect()
    }
}

/// What our log, Rust's runtime, the C++ runtime, the C library or our own host write when something is wrong. Hosts
/// grumble about much else, such as a missing display, which is not for us to judge.
fn complains(line: &str) -> bool {
    const WRONG: [&str; 6] = [
        " ERROR airoto",
        "panicked at",
        "terminate called",
        "double free",
        "corrupted",
        "Segmentation fault",
    ];
    line.starts_with("error: ") || WRONG.iter().any(|words| line.contains(words))
}

/// Where the output of a program is kept: `NAME.out` and `NAME.err` in the folder.
fn logs(folder: &Path, name: &str) -> (PathBuf, PathBuf) {
    (folder.join(format!("{name}.out")), folder.join(format!("{name}.err")))
}

/// Runs to the end or to the limit; what it says is kept in files of the folder.
pub fn run(command: &mut Command, limit: Duration, folder: &Path, name: &str) -> Result<Ended> {
    let (out, err) = logs(folder, name);
    // Files, not pipes: a worker that outlives its host would hold a pipe open.
    command.stdin(Stdio::null());
    command.stdout(File::create(&out).at("writing", &out)?);
    command.stderr(File::create(&err).at("writing", &err)?);
    let program = command.get_program().to_string_lossy().into_owned();
    let began = Instant::now();
    let mut child = command
        .spawn()
        .map_err(|source| Error::person(format!("`{program}` cannot be started: {source}")))?;
    let lost = |source| Error::program(format!("cannot wait for `{program}`: {source}"));
    let status = loop {
        if let Some(status) = child.try_wait().map_err(lost)? {
            break Some(status);
        }
        if began.elapsed() > limit {
            kill_with_children(child.id());
            // Where the system has no `ps`, the host itself at least.
            let _ = child.kill();
            child.wait().map_err(lost)?;
            break None;
        }
        std::thread::sleep(LOOK);
    };
    let bytes = std::fs::read(&err).at("reading", &err)?;
    Ok(Ended { status, said: String::from_utf8_lossy(&bytes).into_owned(), took: began.elapsed() })
}

/// Kills a process with its children and theirs: `NatronRenderer` is a script that starts the program proper.
fn kill_with_children(process: u32) {
    if cfg!(windows) {
        let _ = process::output(Command::new("taskkill").args(["/T", "/F", "/PID", &process.to_string()]));
        return;
    }
    let table = process::answer(Command::new("ps").args(["-A", "-o", "pid=,ppid="])).unwrap_or_default();
    let doomed = family(process, &table);
    let _ = process::output(
        Command::new("kill").arg("-KILL").args(doomed.iter().map(u32::to_string)).stderr(Stdio::null()),
    );
}

/// A process and all that descend from it, by lines of a process and its parent.
fn family(process: u32, table: &str) -> Vec<u32> {
    let pairs: Vec<(u32, u32)> = table
        .lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace().map(str::parse);
            Some((words.next()?.ok()?, words.next()?.ok()?))
        })
        .collect();
    let mut found = vec![process];
    let mut at = 0;
    while let Some(&parent) = found.get(at) {
        let children = pairs.iter().filter(|(child, of)| *of == parent && !found.contains(child));
        let children: Vec<u32> = children.map(|(child, _)| *child).collect();
        found.extend(children);
        at += 1;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_is_the_process_with_its_descendants() {
        let table = "1 0\n 10 1\n 11 10\n 12 11\n 13 1\n 14 10\nno numbers\n 0 0";
        assert_eq!(family(10, table), [10, 11, 14, 12]);
        assert_eq!(family(0, table), [0, 1, 10, 13, 11, 14, 12]);
        assert_eq!(family(99, ""), [99]);
    }

    #[test]
    fn what_is_wrong_is_told_from_what_hosts_grumble() {
        for line in [
            "[2026-01-01T00:00:00Z ERROR airoto::ofx::message] the prompts cannot be read",
            "thread 'main' panicked at src/lib.rs:1:2:",
            "error: the render of frame 3 answered status 1",
        ] {
            assert!(complains(line), "{line}");
        }
        for line in [
            "Error while loading OpenGL: X11: Failed to open display",
            "plugin path is \"/srv/airoto/target/bundle\"",
            "[2026-01-01T00:00:00Z WARN  airoto::node] text",
        ] {
            assert!(!complains(line), "{line}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_program_that_hangs_is_killed_with_what_it_started() {
        let place = tempfile::tempdir().expect("a folder can be made");
        let mut command = Command::new("sh");
        command.args(["-c", "echo begun >&2; sleep 61.5 & echo $! ; wait"]);
        let began = Instant::now();
        let limit = Duration::from_millis(700);
        let ended = run(&mut command, limit, place.path(), "hang").expect("sh is there");
        assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
        assert_eq!(ended.reason().as_deref(), Some("it did not end and was killed after 0 s"));
        assert_eq!((ended.words().as_str(), ended.said.as_str()), ("killed after 0 s", "begun\n"));
        let child = std::fs::read_to_string(place.path().join("hang.out")).expect("it is there");
        if let Some(table) = process::answer(Command::new("ps").args(["-A", "-o", "pid=,args="])) {
            let alive = table.lines().any(|line| {
                line.trim_start().starts_with(&format!("{} ", child.trim())) && line.contains("sleep 61.5")
            });
            assert!(!alive, "process {child} is still there");
        }
    }

    #[cfg(unix)]
    #[test]
    fn the_status_and_the_last_words_are_kept() {
        let place = tempfile::tempdir().expect("a folder can be made");
        let shell = |script: &str| {
            let mut command = Command::new("sh");
            command.args(["-c", script]);
            run(&mut command, Duration::from_secs(30), place.path(), "sh").expect("sh is there")
        };
        let bad = shell("echo 'error: no' >&2; echo ' fine' >&2; exit 3");
        assert_eq!((bad.well(), bad.words().as_str()), (false, "3"));
        assert_eq!(bad.reason().as_deref(), Some("its exit status is 3, expected 0"));
        assert_eq!(bad.complaints(), ["error: no"]);
        assert!(shell("kill -SEGV $$").words().contains("signal"), "a signal is named");
        let good = shell("true");
        assert_eq!((good.well(), good.words().as_str(), good.complaints().len()), (true, "0", 0));
        assert_eq!(good.reason(), None);
    }
}

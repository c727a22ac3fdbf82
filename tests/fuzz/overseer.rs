//! The side of the test: starts the process that reads inputs, ends it when it stands still, and saves the input
//! that did something that none may do.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use crate::inputs::Inputs;
use crate::outcome::{Fault, Outcome};
use crate::runner::{self, OUTCOME, SEED, TARGET};
use crate::targets::{SCRATCH, Target};

/// For how long one input may be read, whatever else the machine does: what takes longer waits for something.
const PATIENCE: Duration = Duration::from_secs(20);
/// Lines of what the process said that are shown.
const LINES: usize = 12;
/// The longest input that is shown in hexadecimal digits.
const SHOWN: usize = 512;

/// Runs a target in a process of its own and checks what became of it.
pub fn oversee(target: &'static Target) {
    let folder = tempfile::tempdir().expect("a folder");
    let log = folder.path().join("log");
    let began = Instant::now();
    let mut child = start(target, folder.path(), &log);
    let ended = watch(&mut child, folder.path());
    let seconds = began.elapsed().as_secs_f64();
    let outcome = Outcome::read(&folder.path().join(OUTCOME)).unwrap_or_default();
    let fault = match ended {
        None => fault_at(folder.path(), format!("was read for more than {} s", PATIENCE.as_secs())),
        Some(status) if !status.success() => fault_at(folder.path(), how(status)),
        Some(_) => outcome.fault.clone(),
    };
    println!(
        "{}: {} inputs in {seconds:.1} s ({:.1} s of processor), {:.0} % of {} accepted, the slowest in {:.3} s, \
         {} MB at most",
        target.name,
        outcome.executions,
        outcome.processor,
        outcome.share() * 100.0,
        outcome.changed,
        outcome.slowest,
        outcome.peak / 1_000_000,
    );
    if let Some(fault) = fault {
        panic!("{}", told(target, &fault, &log));
    }
    assert!(
        outcome.share() >= target.accepted,
        "{}: {:.1} % of the changed inputs are accepted, expected {:.0} %",
        target.name,
        outcome.share() * 100.0,
        target.accepted * 100.0,
    );
}

fn start(target: &Target, folder: &Path, log: &Path) -> Child {
    let log = std::fs::File::create(log).expect("a log");
    let again = log.try_clone().expect("a log");
    Command::new(std::env::current_exe().expect("the test has a path"))
        .args(["--exact", target.name, "--nocapture", "--test-threads", "1"])
        .env(TARGET, target.name)
        .env(SCRATCH, folder)
        .env("RUST_BACKTRACE", "0")
        .stdin(Stdio::null())
        .stdout(log)
        .stderr(again)
        .spawn()
        .expect("the test starts itself")
}

/// Waits for the process; none when it had to be ended.
fn watch(child: &mut Child, folder: &Path) -> Option<ExitStatus> {
    let (mut at, mut since) = (None, Instant::now());
    loop {
        if let Some(status) = child.try_wait().expect("it is our child") {
            return Some(status);
        }
        let reached = runner::reached(folder);
        if reached != at {
            (at, since) = (reached, Instant::now());
        }
        if since.elapsed() > PATIENCE {
            child.kill().and_then(|()| child.wait()).expect("it can be ended");
            return None;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn fault_at(folder: &Path, what: String) -> Option<Fault> {
    Some(Fault { number: runner::reached(folder).unwrap_or(0), what })
}

fn how(status: ExitStatus) -> String {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return format!("ended the process by signal {signal}");
    }
    match status.code() {
        Some(101) => "panicked".to_owned(),
        _ => format!("ended the process ({status})"),
    }
}

/// What happened, with the input in a file.
fn told(target: &'static Target, fault: &Fault, log: &Path) -> String {
    let inputs = Inputs::of(target, runner::asked(SEED).unwrap_or(1));
    let (origin, bytes) = inputs.get(fault.number);
    let path = save(target, fault.number, &bytes);
    let said = std::fs::read(log).unwrap_or_default();
    let said = String::from_utf8_lossy(&said).into_owned();
    let lines: Vec<&str> =
        said.lines().filter(|line| !line.trim().is_empty() && !line.starts_with("test ")).collect();
    let last = lines[lines.len().saturating_sub(LINES)..].join("\n    ");
    let shown = if bytes.len() <= SHOWN {
        let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("\n  its bytes: {digits}")
    } else {
        String::new()
    };
    format!(
        "{}: input {} ({origin:?}, {} bytes) {}; it is saved as {}{shown}\n  the process said:\n    {last}",
        target.name,
        fault.number,
        bytes.len(),
        fault.what,
        path.display(),
    )
}

fn save(target: &Target, number: u64, bytes: &[u8]) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("fuzz");
    std::fs::create_dir_all(&folder).expect("a folder in target");
    let path = folder.join(format!("{}-{number}", target.name));
    std::fs::write(&path, bytes).expect("the input can be saved");
    path
}

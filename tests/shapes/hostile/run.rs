//! Runs of `airoto shapes` within limits of time and memory.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// What a file may cost: seconds of a processor, and bytes.
pub const SECONDS: f64 = 2.0;
const BYTES: u64 = 500 << 20;

/// A run of `airoto shapes`.
pub struct Ran {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

/// Runs `airoto shapes` in `folder`; it ends within limits, without a panic, and what it complains of is sentences.
pub fn shapes(folder: &Path, arguments: &[&str]) -> Ran {
    within(SECONDS, folder, arguments)
}

/// The same in so many seconds of a processor.
pub fn within(limit: f64, folder: &Path, arguments: &[&str]) -> Ran {
    // A limit of the whole address space keeps a run that goes wrong from taking the machine with it.
    let limited = "ulimit -v 6000000 2>/dev/null; exec \"$0\" \"$@\"";
    let mut child = Command::new("sh")
        .args(["-c", limited, env!("CARGO_BIN_EXE_airoto"), "shapes"])
        .args(arguments)
        .current_dir(folder)
        .stdout(Stdio::from(std::fs::File::create(folder.join("stdout")).expect("a file")))
        .stderr(Stdio::from(std::fs::File::create(folder.join("stderr")).expect("a file")))
        .spawn()
        .expect("it runs");
    let (begun, mut seconds, mut bytes) = (Instant::now(), 0.0, 0);
    let status = loop {
        if let Some(status) = child.try_wait().expect("it can be waited for") {
            break status;
        }
        // Linux tells; elsewhere time alone is looked at.
        seconds = processor_time(child.id()).unwrap_or(seconds);
        bytes = most_memory(child.id()).unwrap_or(bytes);
        if seconds > 4.0 * limit || begun.elapsed() > Duration::from_secs(120) {
            child.kill().expect("it can be ended");
            child.wait().expect("it ends");
            panic!("{arguments:?} goes on after {seconds} s");
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    let read = |name: &str| {
        String::from_utf8_lossy(&std::fs::read(folder.join(name)).expect("written")).into_owned()
    };
    let ran = Ran { code: status.code(), out: read("stdout"), err: read("stderr") };
    let started = arguments.iter().map(|a| a.chars().take(80).collect::<String>()).collect::<Vec<_>>();
    assert!(seconds <= limit, "{started:?} took {seconds} s");
    assert!(matches!(ran.code, Some(0 | 2)), "{started:?} ended with {status}: {}", ran.err);
    assert!(!ran.err.contains("panicked"), "{started:?}: {}", ran.err);
    assert!(bytes <= BYTES, "{started:?} took {} MB", bytes >> 20);
    ran
}

/// Seconds of a processor that a process has taken; none where the system does not tell.
fn processor_time(pid: u32) -> Option<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let after = stat.rsplit(')').next()?;
    let mut ticks = after.split_whitespace().skip(11);
    let mut next = || ticks.next()?.parse::<f64>().ok();
    // A hundred a second on every Linux.
    Some((next()? + next()?) / 100.0)
}

/// The most memory that a process has taken, in bytes; none where the system does not tell.
fn most_memory(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

/// What is refused is so by one sentence, after notes if need be; all `words` are in what is said.
pub fn refused(ran: &Ran, words: &[&str]) {
    assert_eq!(ran.code, Some(2), "{}", ran.err);
    let sentences = ran.err.lines().filter(|line| !line.starts_with("airoto: note: ")).count();
    assert_eq!(sentences, 1, "{}", ran.err);
    told(ran, words);
}

pub fn told(ran: &Ran, words: &[&str]) {
    for word in words {
        assert!(ran.err.contains(word), "{word:?} is not in {}", ran.err);
    }
    assert!(ran.err.len() < 2000, "{}", ran.err);
}

//! The life of a worker: frames there and mattes back, and all the ways in which it can end.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use airoto::job::{JobError, Note, Request, TrackedFrame};
use airoto::worker::{Client, ClientError, Mode};

use super::stage::*;

#[test]
fn what_is_tracked_is_told_without_computing_and_by_the_store_alone() {
    let cache = tempfile::tempdir().expect("a folder");
    let mut request = Request { store: true, ..request() };
    let known = |client: &Client, request: &Request| {
        client
            .known(request, 2, (0, LAST), &mut Footage::new())
            .expect("told")
            .iter()
            .map(|state| (state.tracked, state.pinned))
            .collect::<Vec<_>>()
    };
    let expected = |tracked: i64| (0..=LAST).map(|t| (t <= tracked, t == 0)).collect::<Vec<_>>();
    let there = client(airoto(), cache.path());
    assert_eq!(known(&there, &request), expected(0), "the mask is what it is");
    let mut confidences = vec![None; LAST as usize + 1];
    for time in 0..=3 {
        let found = there.track(&request, time, &mut Footage::new(), &mut |_| {}).expect("tracked");
        confidences[time as usize] = found.objects.iter().map(|o| o.confidence).reduce(f32::min);
    }
    assert_eq!(known(&there, &request), expected(3));
    let states = there.known(&request, 2, (0, LAST), &mut Footage::new()).expect("told");
    let told: Vec<Option<f32>> = states.iter().map(|state| state.confidence).collect();
    assert_eq!(told, confidences);
    there.shutdown();
    // Another session, of the engine in this process.
    let here = Client::with_settings(Mode::InProcess, settings(cache.path()));
    assert_eq!(known(&here, &request), expected(3), "a reopened project");
    // A correction: the spans on both sides of it are not what they were.
    let click = r#"{"objects":[{"name":"object","prompts":[{"frame":3,"point":[27,22]}]}]}"#;
    request.prompts = Arc::new(airoto::job::prompts::parse(click).expect("prompts"));
    let stale = (0..=LAST).map(|t| (t == 0, t == 0 || t == 3)).collect::<Vec<_>>();
    assert_eq!(known(&here, &request), stale);
    let mut stopped = Footage::new();
    stopped.stop = Arc::new(AtomicBool::new(true));
    assert!(matches!(
        here.known(&request, 2, (0, LAST), &mut stopped),
        Err(ClientError::Engine(JobError::Aborted))
    ));
}

#[test]
fn a_worker_gives_what_the_engine_gives() {
    let cache = tempfile::tempdir().expect("a folder");
    let there = client(airoto(), cache.path());
    assert!(there.stats(Duration::from_secs(1)).is_none(), "it is started by the first request");
    let here = Client::with_settings(Mode::InProcess, settings(cache.path()));
    for time in [LAST, 0, 3] {
        let mut notes = Vec::new();
        let found =
            there.track(&request(), time, &mut Footage::new(), &mut |n| notes.push(n)).expect("tracked");
        let expected = here.track(&request(), time, &mut Footage::new(), &mut |_| {}).expect("tracked");
        assert!(same(&found, &expected), "frame {time}");
        assert_eq!(found.objects[0].pinned, time == 0);
        let progress = notes.iter().any(|n| matches!(n, Note::Progress { .. }));
        assert_eq!(progress, time == LAST, "{notes:?}");
    }
    let stats = there.stats(Duration::from_secs(5)).expect("a worker runs");
    assert_ne!(stats.pid, std::process::id());
    if cfg!(target_os = "linux") {
        assert!(stats.resident > 1 << 20 && stats.peak_resident >= stats.resident, "{stats:?}");
    }
    // Errors come through as what they are.
    let beyond = Request { last: 9, ..request() };
    let error = there.track(&beyond, 9, &mut Footage::new(), &mut |_| {}).expect_err("no such frame");
    assert!(
        matches!(&error, ClientError::Engine(JobError::Host(t)) if t == "frame 9 is not there"),
        "{error}"
    );
}

#[test]
fn many_threads_share_one_worker() {
    let cache = tempfile::tempdir().expect("a folder");
    let client = client(airoto(), cache.path());
    let frames: Vec<TrackedFrame> = std::thread::scope(|scope| {
        let track = |time| client.track(&request(), time, &mut Footage::new(), &mut |_| {});
        let all: Vec<_> = (0..8).map(|n| scope.spawn(move || track(n % (LAST + 1)))).collect();
        all.into_iter().map(|t| t.join().expect("no panic").expect("tracked")).collect()
    });
    assert!(same(&frames[0], &frames[6]) && same(&frames[1], &frames[7]));
}

#[test]
#[cfg(unix)]
fn a_killed_worker_is_started_again_and_the_frame_comes_out_right() {
    use nix::sys::signal::{Signal, kill};
    use nix::unistd::Pid;

    let cache = tempfile::tempdir().expect("a folder");
    let client = client(airoto(), cache.path());
    let expected = client.track(&request(), LAST, &mut Footage::new(), &mut |_| {}).expect("tracked");
    client.shutdown();
    client.track(&request(), 0, &mut Footage::new(), &mut |_| {}).expect("tracked");

    let first = pid(&client);
    let mut killed = false;
    let mut source = Footage::with(|time| {
        if time == 3 && !killed {
            killed = true;
            kill(Pid::from_raw(first as i32), Signal::SIGKILL).expect("it runs");
        }
    });
    let mut warnings = Vec::new();
    let mut notes = |note| {
        if let Note::Warning(text) = note {
            warnings.push(text);
        }
    };
    let found = client.track(&request(), LAST, &mut source, &mut notes).expect("tracked");
    assert!(same(&found, &expected));
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].contains("signal: 9") && warnings[0].contains("is started again"), "{warnings:?}");
    assert_ne!(pid(&client), first);

    // Killed between two frames.
    kill(Pid::from_raw(pid(&client) as i32), Signal::SIGKILL).expect("it runs");
    client.track(&request(), 2, &mut Footage::new(), &mut |_| {}).expect("tracked");

    // Killed each time, it is given up.
    let mut source = Footage::with(|_| {
        let pid = client.stats(Duration::from_secs(5)).expect("it runs").pid;
        kill(Pid::from_raw(pid as i32), Signal::SIGKILL).expect("it runs");
    });
    let error = client.track(&request(), 4, &mut source, &mut |_| {}).expect_err("killed");
    assert!(matches!(error, ClientError::Died { times: 3, .. }), "{error}");
    assert!(error.to_string().contains("while it tracked frame 4"), "{error}");
}

#[test]
fn a_worker_that_cannot_be_started_is_an_error_that_names_it() {
    let cache = tempfile::tempdir().expect("a folder");
    let missing = cache.path().join("nobody");
    let error = client(missing.clone(), cache.path())
        .track(&request(), 0, &mut Footage::new(), &mut |_| {})
        .expect_err("no such program");
    let text = format!("the worker {} cannot be started: the file does not exist", missing.display());
    assert_eq!(error.to_string(), text);
}

#[test]
#[cfg(unix)]
fn a_program_that_ends_or_never_speaks_is_an_error_and_no_wait() {
    let cache = tempfile::tempdir().expect("a folder");
    let ends = program(cache.path(), "exit 3");
    let error = client(ends, cache.path())
        .track(&request(), 0, &mut Footage::new(), &mut |_| {})
        .expect_err("it ends");
    assert!(error.to_string().contains("it ended at once (exit status: 3)"), "{error}");

    let silent = program(cache.path(), "exec sleep 60");
    let mut source = Footage::new();
    let stop = Arc::clone(&source.stop);
    let begun = Instant::now();
    let waiter = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(300));
        stop.store(true, Ordering::Relaxed);
    });
    let error = client(silent, cache.path())
        .track(&request(), 0, &mut source, &mut |_| {})
        .expect_err("it is silent");
    assert!(matches!(error, ClientError::Engine(JobError::Aborted)), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(5));
    waiter.join().expect("no panic");
}

/// Not a test by itself: a worker of another version, started by the test below.
#[test]
#[ignore = "started by a test"]
#[cfg(unix)]
fn worker_of_another_version() {
    use std::io::{Read, Write};

    let Some(place) = std::env::var_os("AIROTO_TEST_CHANNEL") else { return };
    let socket = Path::new(&place).join("plugin");
    let mut plugin = std::os::unix::net::UnixStream::connect(socket).expect("it listens");
    plugin.write_all(b"0.0.7 (protocol 0)\nsomewhere\n").expect("it listens");
    // Until the plugin hangs up, which it does when it has read that.
    let _ = plugin.read(&mut [0]);
}

#[test]
#[cfg(unix)]
fn a_worker_of_another_version_is_refused() {
    let cache = tempfile::tempdir().expect("a folder");
    let me = std::env::current_exe().expect("a path");
    let script = format!(
        "AIROTO_TEST_CHANNEL=\"$2\" exec '{}' --exact life::worker_of_another_version --ignored",
        me.display()
    );
    let error = client(program(cache.path(), &script), cache.path())
        .track(&request(), 0, &mut Footage::new(), &mut |_| {})
        .expect_err("another version");
    assert!(matches!(&error, ClientError::Version { found, .. } if found == "0.0.7 (protocol 0)"), "{error}");
}

#[test]
#[cfg(unix)]
fn a_hung_worker_does_not_hang_the_render() {
    use nix::sys::signal::{Signal, kill};
    use nix::unistd::Pid;

    let cache = tempfile::tempdir().expect("a folder");
    let client = client(airoto(), cache.path());
    client.track(&request(), 0, &mut Footage::new(), &mut |_| {}).expect("tracked");
    let worker = Pid::from_raw(pid(&client) as i32);
    kill(worker, Signal::SIGSTOP).expect("it runs");
    let mut source = Footage::new();
    let stop = Arc::clone(&source.stop);
    let waiter = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(300));
        stop.store(true, Ordering::Relaxed);
    });
    let begun = Instant::now();
    let error = client.track(&request(), 3, &mut source, &mut |_| {}).expect_err("stopped");
    assert!(matches!(error, ClientError::Engine(JobError::Aborted)), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(5));
    waiter.join().expect("no panic");
    kill(worker, Signal::SIGCONT).expect("it runs");
    client.track(&request(), 3, &mut Footage::new(), &mut |_| {}).expect("tracked");
}

/// Not a test by itself: a host, started by the tests below. It prints the pid of its worker, then
/// does what it is told.
#[test]
#[ignore = "started by a test"]
#[cfg(unix)]
fn a_host() {
    use nix::sys::signal::{Signal, kill};
    use nix::unistd::Pid;

    let Some(role) = std::env::var_os("AIROTO_TEST_HOST") else { return };
    let cache = tempfile::tempdir().expect("a folder");
    let client = client(airoto(), cache.path());
    client.track(&request(), 0, &mut Footage::new(), &mut |_| {}).expect("tracked");
    let worker = pid(&client);
    println!("worker {worker}");
    if role == "dies" {
        std::process::abort();
    }
    // What a C++ host has: SIGPIPE ends the process. Rust's own start ignores it.
    sigpipe::reset();
    for _ in 0..3 {
        // The worker is gone when the frame is sent to it, and when it is asked.
        let mut source = Footage::with(|_| {
            if let Some(stats) = client.stats(Duration::from_secs(5)) {
                kill(Pid::from_raw(stats.pid as i32), Signal::SIGKILL).expect("it runs");
                eventually("it dies", || gone(stats.pid));
            }
        });
        let _ = client.track(&request(), 1, &mut source, &mut |_| {});
    }
    client.track(&request(), 2, &mut Footage::new(), &mut |_| {}).expect("tracked");
    println!("alive");
}

#[cfg(unix)]
fn host(role: &str) -> (std::process::ExitStatus, u32, String) {
    let run = Command::new(std::env::current_exe().expect("a path"))
        .args(["--exact", "life::a_host", "--ignored", "--nocapture"])
        .env("AIROTO_TEST_HOST", role)
        .output()
        .expect("it runs");
    let said = String::from_utf8_lossy(&run.stdout).into_owned();
    let worker = said.lines().find_map(|l| l.split_once("worker ")?.1.trim().parse().ok());
    let told = format!("{said}{}", String::from_utf8_lossy(&run.stderr));
    (run.status, worker.unwrap_or_else(|| panic!("no worker: {told}")), told)
}

#[test]
#[cfg(unix)]
fn a_dead_worker_does_not_end_a_host_by_sigpipe() {
    let (status, _, told) = host("pipes");
    assert!(status.success() && told.contains("alive"), "{status}: {told}");
}

#[test]
#[cfg(target_os = "linux")]
fn a_worker_ends_with_its_host() {
    let (status, worker, told) = host("dies");
    assert!(!status.success(), "{told}");
    eventually("the worker ends", || gone(worker));
}

#[test]
#[cfg(target_os = "linux")]
fn a_worker_ends_with_its_client_and_leaves_no_zombie() {
    let cache = tempfile::tempdir().expect("a folder");
    let client = client(airoto(), cache.path());
    client.track(&request(), 0, &mut Footage::new(), &mut |_| {}).expect("tracked");
    let worker = pid(&client);
    drop(client);
    assert!(!Path::new(&format!("/proc/{worker}")).exists());
}

//! The worker process as the plugin sees it: started, spoken to, found dead.
//!
//! The transport writes to a socket without `MSG_NOSIGNAL`, so writing to a worker that is gone
//! raises SIGPIPE, which ends a host that does not expect it. All writing is done on threads of our
//! own on which that signal is blocked.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Sender};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::channel::{Hello, Listener};
use super::error::ClientError;
use super::messages::{ToWorker, version};
use crate::engine;
use crate::job::{EngineSettings, JobError};

/// How long a worker may take to say hello: it loads nothing before.
pub const START_LIMIT: Duration = Duration::from_secs(20);
/// How long a worker that is told to end may take.
const END_LIMIT: Duration = Duration::from_secs(2);
/// How often the host is asked whether it wants to stop.
pub const POLL: Duration = Duration::from_millis(20);
/// A log that is longer is begun anew, bytes.
const LOG_LIMIT: u64 = 1 << 20;
/// What a worker sees of the host's environment. `LD_LIBRARY_PATH` and the like are not among it:
/// hosts point them at libraries of their own, CUDA among them.
const ENVIRONMENT: [&str; 22] = [
    "APPDATA",
    "HOME",
    "LANG",
    "LOCALAPPDATA",
    "LOGNAME",
    "PATH",
    "PROGRAMDATA",
    "SYSTEMROOT",
    "TEMP",
    "TMP",
    "TMPDIR",
    "USER",
    "USERPROFILE",
    "WINDIR",
    "XDG_CACHE_HOME",
    "XDG_CONFIG_HOME",
    "XDG_DATA_DIRS",
    "XDG_DATA_HOME",
    "XDG_RUNTIME_DIR",
    "RUST_BACKTRACE",
    "RUST_LOG",
    "LLVM_PROFILE_FILE",
];
/// The C library of Linux gives every few threads a heap of their own, and what one thread frees the
/// others do not get: a worker, each of whose frames has a thread, would grow for hundreds of frames.
const ARENAS: (&str, &str) = ("MALLOC_ARENA_MAX", "1");
const ENVIRONMENT_PREFIXES: [&str; 5] = ["AIROTO_", "ORT_", "CUDA_VISIBLE", "NVIDIA_", "OMP_"];

/// A worker that said hello.
#[derive(Debug)]
pub struct Process {
    orders: Mutex<Option<Sender<ToWorker>>>,
    child: Mutex<Child>,
    writer: Mutex<Option<JoinHandle<()>>>,
    /// The process that started it. A fork of that has neither the thread nor the child.
    owner: u32,
}

/// Starts `work` on a thread on which SIGPIPE is blocked.
fn without_sigpipe(name: &str, work: impl FnOnce() + Send + 'static) -> std::io::Result<JoinHandle<()>> {
    let guarded = move || {
        #[cfg(unix)]
        {
            let mut pipe = nix::sys::signal::SigSet::empty();
            pipe.add(nix::sys::signal::Signal::SIGPIPE);
            if pipe.thread_block().is_err() {
                return;
            }
        }
        work();
    };
    std::thread::Builder::new().name(name.into()).spawn(guarded)
}

impl Process {
    /// Starts `executable` and waits for its hello. `aborted` is asked meanwhile.
    pub fn start(
        executable: &Path,
        settings: &EngineSettings,
        limit: Duration,
        aborted: &mut dyn FnMut() -> bool,
    ) -> Result<Self, ClientError> {
        let failed = |reason: String| ClientError::Start { executable: executable.to_owned(), reason };
        let mut listener = Listener::new().map_err(|e| failed(e.to_string()))?;
        let mut command = command(executable, settings);
        listener.tell(&mut command).map_err(|e| failed(e.to_string()))?;
        let mut child = command.spawn().map_err(|e| failed(why(&e)))?;
        drop(command);

        let begun = Instant::now();
        let outcome = loop {
            match listener.hear(POLL) {
                Ok(Some(hello)) => break Ok(hello),
                Ok(None) => {}
                Err(error) => break Err(failed(error.to_string())),
            }
            if let Ok(Some(status)) = child.try_wait() {
                break Err(failed(format!("it ended at once ({status})")));
            }
            if aborted() {
                break Err(JobError::Aborted.into());
            }
            if begun.elapsed() > limit {
                let seconds = limit.as_secs();
                break Err(ClientError::Silent { executable: executable.to_owned(), seconds });
            }
        };
        drop(listener);
        let control = match outcome {
            Ok(Hello::SameVersion(control)) => control,
            Ok(Hello::OtherVersion(found)) => {
                end(&mut child, Duration::ZERO);
                let (executable, expected) = (executable.to_owned(), version());
                return Err(ClientError::Version { executable, found, expected });
            }
            Err(error) => {
                end(&mut child, Duration::ZERO);
                return Err(error);
            }
        };
        let (orders, to_send) = mpsc::channel::<ToWorker>();
        let write = move || {
            for order in to_send {
                if control.send(order).is_err() {
                    break;
                }
            }
        };
        let writer = match without_sigpipe("airoto worker", write) {
            Ok(writer) => writer,
            Err(e) => {
                end(&mut child, Duration::ZERO);
                return Err(failed(e.to_string()));
            }
        };
        // The first message of a channel whose other end was just made.
        let _ = orders.send(ToWorker::Configure(settings.clone()));
        Ok(Self {
            orders: Mutex::new(Some(orders)),
            child: Mutex::new(child),
            writer: Mutex::new(Some(writer)),
            owner: std::process::id(),
        })
    }

    /// Whether this process started it, and not one that this was forked from.
    pub fn is_ours(&self) -> bool {
        self.owner == std::process::id()
    }

    /// Gives an order; false when the worker is gone.
    pub fn order(&self, order: ToWorker) -> bool {
        self.orders.lock().as_ref().is_some_and(|o| o.send(order).is_ok())
    }

    /// Makes sure that it is gone, and says how it ended.
    pub fn finish(&self) -> String {
        self.end(END_LIMIT)
    }

    /// Ends it without waiting for what it does, and says how it ended.
    pub fn kill(&self) -> String {
        self.end(Duration::ZERO)
    }

    fn end(&self, patience: Duration) -> String {
        if !self.is_ours() {
            return "it belongs to the process that this one was forked from".to_owned();
        }
        if let Some(orders) = self.orders.lock().take() {
            // Where it is gone already it needs no telling.
            let _ = orders.send(ToWorker::End);
        }
        let Ended { gone, how } = end(&mut self.child.lock(), patience);
        // Writing to a worker that is gone fails at once; one that does not end is not waited for.
        if let Some(writer) = self.writer.lock().take().filter(|_| gone) {
            let _ = writer.join();
        }
        how
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.finish();
    }
}

/// How a child ended.
struct Ended {
    gone: bool,
    how: String,
}

/// Waits for a child to end, at most `patience`, then ends it. One that hangs in the system does not even
/// end then, and is left.
fn end(child: &mut Child, patience: Duration) -> Ended {
    let mut begun = Instant::now();
    let mut killed = false;
    loop {
        let how = match child.try_wait() {
            Ok(Some(_)) if killed => "it was killed".to_owned(),
            Ok(Some(status)) => status.to_string(),
            Ok(None) if begun.elapsed() < if killed { END_LIMIT } else { patience } => {
                std::thread::sleep(Duration::from_millis(5));
                continue;
            }
            Ok(None) if killed => {
                return Ended { gone: false, how: "it did not end when it was killed".to_owned() };
            }
            Ok(None) => {
                // Fails only when it ended this moment.
                let _ = child.kill();
                (killed, begun) = (true, Instant::now());
                continue;
            }
            Err(e) => e.to_string(),
        };
        return Ended { gone: true, how };
    }
}

fn why(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "the file does not exist".into(),
        std::io::ErrorKind::PermissionDenied => "the file is not executable".into(),
        _ => error.to_string(),
    }
}

/// The command, but for where it is to come.
fn command(executable: &Path, settings: &EngineSettings) -> Command {
    let mut command = Command::new(executable);
    let wanted =
        |name: &str| ENVIRONMENT.contains(&name) || ENVIRONMENT_PREFIXES.iter().any(|p| name.starts_with(p));
    let environment = std::env::vars_os()
        .filter(|(name, _)| name.to_str().is_some_and(|n| wanted(&n.to_ascii_uppercase())));
    command.env_clear().envs(environment).envs([ARENAS]).envs(engine::environment());
    command.arg("worker");
    let log = settings.cache.as_ref().and_then(|c| open_log(&c.join("worker.log")));
    match log.and_then(|log| Some((log.try_clone().ok()?, log))) {
        Some((out, err)) => command.stdout(out).stderr(err),
        None => command.stdout(Stdio::null()).stderr(Stdio::null()),
    };
    command
}

/// The log; none when it cannot be written, which is no reason not to work.
fn open_log(path: &PathBuf) -> Option<File> {
    std::fs::create_dir_all(path.parent()?).ok()?;
    if std::fs::metadata(path).is_ok_and(|m| m.len() > LOG_LIMIT) {
        std::fs::remove_file(path).ok()?;
    }
    OpenOptions::new().create(true).append(true).open(path).ok()
}

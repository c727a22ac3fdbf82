//! The worker process as the plugin sees it: started, spoken to, found dead.
//!
//! The transport writes to a socket without `MSG_NOSIGNAL`, so writing to a worker that is gone
//! raises SIGPIPE, which ends a host that does not expect it. All writing is done on threads of our
//! own on which that signal is blocked.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use ipc_channel::ipc::{self, IpcOneShotServer, IpcSender};
use parking_lot::Mutex;

use super::ClientError;
use super::messages::{Hello, ToWorker, version};
use crate::job::{EngineError, EngineSettings};

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
}

/// Starts `work` on a thread on which SIGPIPE is blocked.
fn without_sigpipe(name: &str, work: impl FnOnce() + Send + 'static) -> std::io::Result<()> {
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
    std::thread::Builder::new().name(name.into()).spawn(guarded).map(|_| ())
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
        let (server, name) = IpcOneShotServer::<Hello>::new().map_err(|e| failed(e.to_string()))?;
        let mut child = command(executable, &name, settings).spawn().map_err(|e| failed(why(&e)))?;

        let (hello_to, hello) = mpsc::channel();
        let accept = move || {
            // Nobody may wait any more.
            let _ = hello_to.send(server.accept());
        };
        if let Err(e) = without_sigpipe("airoto worker start", accept) {
            end(&mut child, Duration::ZERO);
            return Err(failed(e.to_string()));
        }
        let begun = Instant::now();
        let outcome = loop {
            match hello.recv_timeout(POLL) {
                Ok(Ok((_, hello))) => break Ok(hello),
                Ok(Err(e)) => break Err(failed(e.to_string())),
                Err(RecvTimeoutError::Disconnected) => break Err(failed("it cannot be heard".into())),
                Err(RecvTimeoutError::Timeout) => {}
            }
            if let Ok(Some(status)) = child.try_wait() {
                break Err(failed(format!("it ended at once ({status})")));
            }
            if aborted() {
                break Err(EngineError::Aborted.into());
            }
            if begun.elapsed() > limit {
                let seconds = limit.as_secs();
                break Err(ClientError::Silent { executable: executable.to_owned(), seconds });
            }
        };
        let hello = match outcome {
            Ok(hello) => hello,
            Err(error) => {
                end(&mut child, Duration::ZERO);
                release(name);
                return Err(error);
            }
        };
        if hello.version != version() {
            drop(hello.control);
            end(&mut child, END_LIMIT);
            return Err(ClientError::Version {
                executable: executable.to_owned(),
                found: hello.version,
                expected: version(),
            });
        }
        let (orders, to_send) = mpsc::channel::<ToWorker>();
        let control = hello.control;
        let write = move || {
            for order in to_send {
                if control.send(order).is_err() {
                    break;
                }
            }
        };
        if let Err(e) = without_sigpipe("airoto worker", write) {
            end(&mut child, Duration::ZERO);
            return Err(failed(e.to_string()));
        }
        // The first message of a channel whose other end was just made.
        let _ = orders.send(ToWorker::Configure(settings.clone()));
        Ok(Self { orders: Mutex::new(Some(orders)), child: Mutex::new(child) })
    }

    /// Gives an order; false when the worker is gone.
    pub fn order(&self, order: ToWorker) -> bool {
        self.orders.lock().as_ref().is_some_and(|o| o.send(order).is_ok())
    }

    /// Makes sure that it is gone, and says how it ended.
    pub fn finish(&self) -> String {
        *self.orders.lock() = None;
        end(&mut self.child.lock(), END_LIMIT)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.finish();
    }
}

/// Waits for a child to end, at most `patience`, then ends it. Says how it ended.
fn end(child: &mut Child, patience: Duration) -> String {
    let begun = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return status.to_string(),
            Ok(None) if begun.elapsed() < patience => std::thread::sleep(Duration::from_millis(5)),
            Ok(None) => {
                // Fails only when it ended this moment.
                let _ = child.kill();
                return child.wait().map_or_else(|e| e.to_string(), |_| "it was ended".to_owned());
            }
            Err(e) => return e.to_string(),
        }
    }
}

/// Lets go of the thread that waits for a hello under `name`, by saying one.
fn release(name: String) {
    let say = move || {
        if let (Ok(plugin), Ok((control, _))) = (IpcSender::connect(name), ipc::channel()) {
            // It is thrown away.
            let _ = plugin.send(Hello { version: String::new(), control });
        }
    };
    // Without it that thread waits for ever, and costs a file descriptor.
    let _ = without_sigpipe("airoto worker release", say);
}

fn why(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".into(),
        std::io::ErrorKind::PermissionDenied => "it may not be executed".into(),
        _ => error.to_string(),
    }
}

fn command(executable: &Path, name: &str, settings: &EngineSettings) -> Command {
    let mut command = Command::new(executable);
    let wanted =
        |name: &str| ENVIRONMENT.contains(&name) || ENVIRONMENT_PREFIXES.iter().any(|p| name.starts_with(p));
    let environment = std::env::vars_os()
        .filter(|(name, _)| name.to_str().is_some_and(|n| wanted(&n.to_ascii_uppercase())));
    command.env_clear().envs(environment).env(ARENAS.0, ARENAS.1);
    command.arg("worker").arg(name).stdin(Stdio::null());
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

//! Meeting in a folder.

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Component, Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use ipc_channel::ipc::{IpcOneShotServer, IpcSender};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::error::MeetError;
use super::folder::Folder;
use super::hello::{Hello, Orders};
use crate::worker::messages::{ToWorker, version};

/// The plugin's socket in the folder.
const SOCKET: &str = "plugin";
/// What a worker may say of itself, bytes: a version and a name, a line each.
const MOST_WORDS: usize = 1024;
/// Those at the door that have not said all; more are not heard.
const MOST_CALLERS: usize = 8;

/// The plugin, waiting for its worker.
pub struct Listener {
    listener: UnixListener,
    callers: Vec<Caller>,
    // It goes last: what listens lies in it.
    folder: Folder,
}

/// Somebody of this user who has connected.
struct Caller {
    stream: UnixStream,
    received: Vec<u8>,
}

impl Listener {
    /// Listens.
    ///
    /// # Errors
    /// [`MeetError::Folder`] and [`MeetError::Socket`].
    pub fn new() -> Result<Self, MeetError> {
        let folder = Folder::new()?;
        let listener = UnixListener::bind(folder.way().join(SOCKET)).map_err(MeetError::Socket)?;
        listener.set_nonblocking(true).map_err(MeetError::Socket)?;
        Ok(Self { listener, callers: Vec::new(), folder })
    }

    /// Tells a worker that is to be started how it comes here.
    ///
    /// # Errors
    /// What the system says.
    pub fn tell(&self, command: &mut Command) -> io::Result<()> {
        command.arg(self.folder.way_of_child()).stdin(Stdio::from(self.folder.shared()?));
        Ok(())
    }

    /// What a worker says that has come by now; none where none has, after waiting for at most `wait`.
    ///
    /// # Errors
    /// [`MeetError`] when it cannot be heard, or cannot be spoken to.
    pub fn hear(&mut self, wait: Duration) -> Result<Option<Hello>, MeetError> {
        loop {
            match self.listener.accept() {
                Ok((stream, _)) => self.welcome(stream),
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => break,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(MeetError::Accept(e)),
            }
        }
        let mut words = None;
        self.callers.retain_mut(|caller| {
            let hears = caller.listen();
            words = words.take().or_else(|| caller.words());
            hears
        });
        let Some((theirs, name)) = words else {
            self.wait(wait);
            return Ok(None);
        };
        if theirs != version() {
            return Ok(Some(Hello::OtherVersion(theirs)));
        }
        let path = self.socket_of_worker(&name).ok_or(MeetError::Place(name))?;
        let orders = IpcSender::connect(path).map_err(MeetError::Orders)?;
        Ok(Some(Hello::SameVersion(orders)))
    }

    /// Waits until somebody comes or says something, at most `wait`.
    fn wait(&self, wait: Duration) {
        let comes = |fd| PollFd::new(fd, PollFlags::POLLIN);
        let mut all = vec![comes(self.listener.as_fd())];
        all.extend(self.callers.iter().map(|caller| comes(caller.stream.as_fd())));
        let wait = PollTimeout::try_from(wait).unwrap_or(PollTimeout::ZERO);
        // A signal that the host handles ends the wait, as does what cannot be waited for.
        let _ = poll(&mut all, wait);
    }

    fn welcome(&mut self, stream: UnixStream) {
        match is_own(&stream) {
            Ok(true) if self.callers.len() < MOST_CALLERS && stream.set_nonblocking(true).is_ok() => {
                self.callers.push(Caller { stream, received: Vec::new() });
            }
            Ok(true) => {}
            Ok(false) => log::warn!("another user connected to the channel of the worker and was refused"),
            Err(e) => {
                log::warn!("cannot identify the process that connected to the channel of the worker: {e}")
            }
        }
    }

    /// Where the worker takes orders, as this process comes there; none for a name that is not of this
    /// folder.
    #[cfg(not(target_vendor = "apple"))]
    fn socket_of_worker(&self, name: &str) -> Option<String> {
        let mut parts = Path::new(name).components();
        let (folder, socket) = (parts.next()?, parts.next()?);
        let plain = |part: &Component| matches!(part, Component::Normal(_));
        let inside = plain(&folder) && plain(&socket) && parts.next().is_none();
        let path = self.folder.way().join(name);
        path.to_str().filter(|_| inside).map(str::to_owned)
    }

    /// The name is one of the system's ports, which other users do not see.
    #[cfg(target_vendor = "apple")]
    fn socket_of_worker(&self, name: &str) -> Option<String> {
        Some(name.to_owned())
    }
}

impl Caller {
    /// Takes what has come; false where nothing more will.
    fn listen(&mut self) -> bool {
        let mut some = [0; 256];
        loop {
            match self.stream.read(&mut some) {
                Ok(0) => return false,
                Ok(count) => self.received.extend(&some[..count]),
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return e.kind() == io::ErrorKind::WouldBlock,
            }
            if self.received.len() > MOST_WORDS {
                return false;
            }
        }
    }

    /// The two lines, once both are there.
    fn words(&self) -> Option<(String, String)> {
        let mut lines = self.received.split(|&byte| byte == b'\n');
        let (version, name, _rest) = (lines.next()?, lines.next()?, lines.next()?);
        let text = |line: &[u8]| String::from_utf8_lossy(line).into_owned();
        Some((text(version), text(name)))
    }
}

/// Meets the plugin whose folder is reached at `place`. The name under which orders are taken is in the
/// temporary folder of this process, which it becomes.
///
/// # Errors
/// [`MeetError`] when nobody listens there, or another user does.
pub fn meet(place: OsString) -> Result<Orders, MeetError> {
    let place = PathBuf::from(place);
    let mut plugin = UnixStream::connect(place.join(SOCKET))?;
    if !is_own(&plugin)? {
        return Err(MeetError::OtherUser);
    }
    // The transport asks `tempfile` where to put its socket. Nothing else of ours does.
    if let Err(other) = tempfile::env::override_temp_dir(&place) {
        return Err(MeetError::TemporaryFolder(other));
    }
    let (server, name) = IpcOneShotServer::<ToWorker>::new()?;
    let within = Path::new(&name).strip_prefix(&place).map_or(name.as_str(), |n| n.to_str().unwrap_or(&name));
    plugin.write_all(format!("{}\n{within}\n", version()).as_bytes())?;
    let (orders, first) = server.accept()?;
    Ok((orders, Some(first)))
}

/// Whether this process's user is at the other end.
fn is_own(stream: &UnixStream) -> io::Result<bool> {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    let other = {
        use nix::sys::socket::{getsockopt, sockopt::PeerCredentials};
        getsockopt(stream, PeerCredentials)?.uid()
    };
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let other = nix::unistd::getpeereid(stream)?.0.as_raw();
    Ok(other == nix::unistd::geteuid().as_raw())
}

//! Meeting at a pipe of the transport.

use std::ffi::OsString;
use std::io;
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Duration;

use ipc_channel::IpcError;
use ipc_channel::ipc::{self, IpcOneShotServer, IpcSender};
use serde::{Deserialize, Serialize};

use super::error::MeetError;
use super::hello::{Hello, Orders};
use crate::worker::messages::{ToWorker, version};

/// What is said at the pipe. The form never changes, so that any two versions understand it.
#[derive(Serialize, Deserialize)]
struct Greeting {
    version: String,
    control: IpcSender<ToWorker>,
}

/// The plugin, waiting for its worker.
pub struct Listener {
    name: String,
    heard: Receiver<Result<Greeting, IpcError>>,
    done: bool,
}

impl Listener {
    /// Listens, on a thread of its own, since the transport only waits.
    ///
    /// # Errors
    /// [`MeetError`] when the system gives no pipe or no thread.
    pub fn new() -> Result<Self, MeetError> {
        let (server, name) = IpcOneShotServer::<Greeting>::new()?;
        let (say, heard) = mpsc::channel();
        let accept = move || {
            // Nobody may wait any more.
            let _ = say.send(server.accept().map(|(_, greeting)| greeting));
        };
        std::thread::Builder::new().name("airoto worker start".into()).spawn(accept)?;
        Ok(Self { name, heard, done: false })
    }

    /// Tells a worker that is to be started how it comes here.
    ///
    /// # Errors
    /// None; the system may say something elsewhere.
    pub fn tell(&self, command: &mut Command) -> io::Result<()> {
        command.arg(&self.name).stdin(Stdio::null());
        Ok(())
    }

    /// What a worker says that has come by now; none where none has. Waits for at most `wait`.
    ///
    /// # Errors
    /// [`MeetError`] when it cannot be heard.
    pub fn hear(&mut self, wait: Duration) -> Result<Option<Hello>, MeetError> {
        let greeting = match self.heard.recv_timeout(wait) {
            Ok(greeting) => greeting,
            Err(RecvTimeoutError::Timeout) => return Ok(None),
            Err(RecvTimeoutError::Disconnected) => return Err(MeetError::Deaf),
        };
        self.done = true;
        let Greeting { version: theirs, control } = greeting?;
        Ok(Some(if theirs == version() { Hello::SameVersion(control) } else { Hello::OtherVersion(theirs) }))
    }
}

impl Drop for Listener {
    /// Lets go of the thread that waits, by saying something that is thrown away.
    fn drop(&mut self) {
        if self.done {
            return;
        }
        if let (Ok(plugin), Ok((control, _))) = (IpcSender::connect(self.name.clone()), ipc::channel()) {
            let _ = plugin.send(Greeting { version: String::new(), control });
        }
    }
}

/// Meets the plugin that listens under `name`.
///
/// # Errors
/// [`MeetError`] when nobody listens there.
pub fn meet(name: OsString) -> Result<Orders, MeetError> {
    let name = name.into_string().map_err(MeetError::Name)?;
    let (control, orders) = ipc::channel::<ToWorker>()?;
    let plugin = IpcSender::connect(name)?;
    plugin.send(Greeting { version: version(), control })?;
    Ok((orders, None))
}

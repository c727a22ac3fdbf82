//! Taking messages of the worker from a channel.

use std::time::Duration;

use ipc_channel::ipc::IpcReceiver;
use ipc_channel::{IpcError, TryRecvError};

/// What came.
pub enum Received<T> {
    /// A message.
    Message(T),
    /// None, so far.
    Nothing,
    /// None will.
    Gone,
}

/// Waits a while for a message. A signal that the host handles is nothing.
pub fn receive<T>(from: &IpcReceiver<T>, wait: Duration) -> Received<T>
where
    T: for<'de> serde::Deserialize<'de> + serde::Serialize,
{
    match from.try_recv_timeout(wait) {
        Ok(message) => Received::Message(message),
        Err(TryRecvError::Empty) => Received::Nothing,
        Err(TryRecvError::IpcError(IpcError::Io(e))) if e.kind() == std::io::ErrorKind::Interrupted => {
            Received::Nothing
        }
        Err(TryRecvError::IpcError(_)) => Received::Gone,
    }
}

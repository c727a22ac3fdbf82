//! What is said when a plugin and its worker meet.

use ipc_channel::ipc::{IpcReceiver, IpcSender};

use crate::worker::messages::ToWorker;

/// A worker's first words.
pub enum Hello {
    /// It takes orders here.
    SameVersion(IpcSender<ToWorker>),
    /// It is of this version, and is told nothing.
    OtherVersion(String),
}

/// Where a worker's orders come from, and the first of them where it has come already.
pub type Orders = (IpcReceiver<ToWorker>, Option<ToWorker>);

//! What the worker says to the plugin.

use serde::{Deserialize, Serialize};

use crate::job::{JobError, Note};

/// From the worker, about one request whose answer is an `A`, and for which it may have to ask back an `N`. Each
/// request brings a channel of its own for these, so that the answer to another cannot be meant.
#[derive(Debug, Serialize, Deserialize)]
pub enum FromWorker<N, A> {
    /// This is needed to go on; the plugin sends it as an order.
    Need(N),
    /// Something to tell the user.
    Note(Note),
    /// The answer; the last message.
    Done(A),
    /// Why there is none; the last message.
    Failed(JobError),
}

/// What a worker needs of the footage of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Need {
    /// The frame at this time.
    Frame(i64),
    /// The Mask input at this time.
    Mask(i64),
    /// The stamps of the frames from the first to the last of these.
    Stamps((i64, i64)),
    /// The same of the Mask input.
    MaskStamps((i64, i64)),
}

/// What a worker needs for a request that brings all: nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum NoNeed {}

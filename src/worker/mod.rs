//! The process boundary: messages, client and server.

mod client;

pub use crate::engine::{
    EngineError, EngineSettings, FrameSource, Note, ObjectMatte, Request, SourceError, TrackedFrame, prompts,
};
pub use client::{Client, ClientError, Mode, Stats};

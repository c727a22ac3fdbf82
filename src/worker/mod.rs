//! The process boundary: messages, client and server.
//!
//! The host process is someone else's house, so models, memory and the track store live in
//! `airoto worker`. The plugin starts it at the first frame or button, sends it pixels through
//! shared memory, and starts it again when it dies. The worker ends when its plugin does.

mod channel;
mod client;
mod limits;
pub mod messages;
mod process;
mod pulse;
mod server;
mod stats;

pub use crate::engine::set_bundle;
pub use client::{Client, ClientError, Mode};
pub use limits::{bound_memory, bound_time};
pub use messages::in_shared_memory;
pub use server::{ServeError, serve};
pub use stats::Stats;

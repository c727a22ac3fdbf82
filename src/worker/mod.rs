//! The process boundary: messages, client and server.
//!
//! The host process is someone else's house, so models, memory and the track store live in
//! `airoto worker`. The plugin starts it at the first frame or button, sends it pixels through
//! shared memory, and starts it again when it dies. The worker ends when its plugin does.

mod attempt;
mod channel;
mod client;
mod error;
mod limits;
pub mod messages;
mod parent;
mod process;
mod pulse;
mod questions;
mod receive;
mod remote_frames;
mod requests;
mod server;
mod stats;
mod supervisor;
mod times;
mod watch;
mod work;

pub use channel::MeetError;
pub use client::{Client, Mode, set_bundle};
pub use error::ClientError;
pub use limits::{bound_memory, bound_time};
pub use messages::in_shared_memory;
pub use server::{ServeError, serve};
pub use stats::Stats;

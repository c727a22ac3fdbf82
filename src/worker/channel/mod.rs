//! How a plugin and the worker that it starts come to speak to each other, and nobody else with either.
//!
//! Where there are sockets with names, the plugin makes a folder that its user alone may enter, whatever
//! the umask, and listens in it. The worker is told where. Both ask the system whose process is at the
//! other end before a word is said, and hang up on another user's. Then the worker says its version and
//! the name under which it takes orders; on Linux that too is a socket in that folder, and is reached
//! through the folder itself rather than by its path, so that nobody can put another in its place. The
//! folder goes as soon as they have met.
//!
//! On Windows the plugin listens at a pipe of the transport with a name that cannot be guessed, and the
//! worker connects to it. The pipe has the access list that Windows gives by default: its owner,
//! administrators and the system may do all, others may read, and nothing is written there for them to
//! read. It takes one connection, and none from another machine.

mod error;
#[cfg(unix)]
mod folder;
mod hello;
#[cfg(not(unix))]
mod pipe;
#[cfg(unix)]
mod socket;

pub use error::MeetError;
pub use hello::Hello;
#[cfg(not(unix))]
pub use pipe::{Listener, meet};
#[cfg(unix)]
pub use socket::{Listener, meet};

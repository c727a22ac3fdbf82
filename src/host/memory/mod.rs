//! What everything else stands on: handles, the door for a plugin's calls, memory that a plugin gets.

pub(in crate::host) mod block;
pub(in crate::host) mod guard;
pub(in crate::host) mod handles;
pub(in crate::host) mod image;
pub(in crate::host) mod mutex;
pub(in crate::host) mod pixels;

//! The worker process: what it gives, who may speak to it, and what becomes of it.

#[cfg(unix)]
mod channel;
mod life;
mod points;
mod stage;
#[cfg(unix)]
mod stopped;

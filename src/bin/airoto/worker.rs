//! `airoto worker`: the process that tracks for a plugin. Plugins start it, people do not.

use std::ffi::OsString;

use airoto::worker;

use crate::Failure;

/// The channel of the plugin that starts it.
#[derive(clap::Args)]
pub struct Args {
    /// Where the plugin listens
    channel: OsString,
}

/// Serves until the plugin is gone.
pub fn run(args: Args) -> Result<(), Failure> {
    Ok(worker::serve(args.channel)?)
}

//! `airoto worker`: the process that tracks for a plugin. Plugins start it, people do not.

use airoto::worker;

use crate::Failure;

/// The channel of the plugin that starts it.
#[derive(clap::Args)]
pub struct Args {
    /// The name under which the plugin listens
    channel: String,
}

/// Serves until the plugin is gone.
pub fn run(args: Args) -> Result<(), Failure> {
    Ok(worker::serve(&args.channel)?)
}

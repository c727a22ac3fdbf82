//! `airoto models`: the trackers, matting networks and detectors that can be chosen, and the packs that they come in.

mod change;
mod info;
mod list;
mod named;
mod verify;

use crate::Failure;

/// Manage trackers, matting networks and detectors, and their model packs.
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// List trackers, matting networks and detectors, where they are, and what is wrong with them
    List(list::Args),
    /// Show everything that a pack declares
    Info(info::Args),
    /// Copy a pack into your data folder, where the plugin finds it by its name
    Add(change::AddArgs),
    /// Delete a pack from your data folder
    Remove(change::RemoveArgs),
    /// Check the files of packs, open every graph, and run each pack once
    Verify(verify::Args),
}

/// Does what was asked for.
pub fn run(args: Args) -> Result<(), Failure> {
    match args.command {
        Command::List(args) => list::run(&args),
        Command::Info(args) => info::run(&args),
        Command::Add(args) => change::add(&args),
        Command::Remove(args) => change::remove(&args),
        Command::Verify(args) => verify::run(&args),
    }
}

//! `airoto models`: the trackers, matting networks and detectors that can be chosen, and the packs that they come in.

mod change;
mod info;
mod list;
mod verify;

use std::path::Path;

use airoto::models::pack::Pack;
use airoto::models::{ModelError, installed};

use crate::Failure;

/// The trackers, matting networks and detectors that can be chosen, and the packs that they come in.
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// List trackers, matting networks and detectors, where they lie, and what is wrong with them
    List(list::Args),
    /// Say everything that a pack says of itself
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

/// The pack that the user means by a name or a folder.
fn pack(name: &str) -> Result<Pack, ModelError> {
    let as_path = Path::new(name);
    let refuse = |reason: &str| ModelError::Pack { pack: name.to_owned(), reason: reason.to_owned() };
    if name == airoto::models::FLOW || name == "default" && airoto::models::DEFAULT == airoto::models::FLOW {
        return Err(refuse("is the flow tracker, which needs no pack"));
    }
    if as_path.exists() { Pack::open(as_path) } else { installed::find(name) }
}

/// Bytes for a person.
fn size(bytes: u64) -> String {
    const UNITS: [(&str, u64); 3] = [("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1000)];
    match UNITS.iter().find(|(_, unit)| bytes >= *unit) {
        Some((name, unit)) => format!("{:.1} {name}", bytes as f64 / *unit as f64),
        None => format!("{bytes} bytes"),
    }
}

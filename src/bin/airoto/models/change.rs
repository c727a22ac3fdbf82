//! `airoto models add` and `airoto models remove`.

use std::io::IsTerminal as _;
use std::path::PathBuf;

use airoto::models::installed;

use crate::Failure;

/// Copy a pack into your data folder, where the plugin finds it by its name.
///
/// Sizes and digests are checked first. Nothing in the pack is run.
#[derive(clap::Args)]
pub struct AddArgs {
    /// The folder of the pack, which holds model.json
    folder: PathBuf,
    /// Replace a pack of the same name
    #[arg(long)]
    replace: bool,
}

/// Delete a pack from your data folder. Packs of the bundle and of AIROTO_MODELS are never deleted.
#[derive(clap::Args)]
pub struct RemoveArgs {
    /// Name of the pack
    name: String,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

/// Copies it.
pub fn add(args: &AddArgs) -> Result<(), Failure> {
    let shown = args.folder.display();
    if !args.folder.exists() {
        return Err(Failure::new(format!("{shown} does not exist")));
    }
    let place = installed::add(&args.folder, args.replace)?;
    say!("added to {}", place.display());
    Ok(())
}

/// Deletes it.
pub fn remove(args: &RemoveArgs) -> Result<(), Failure> {
    let folder = installed::removable(&args.name)?;
    if !args.yes && !agreed(&format!("delete {}? [y/N] ", folder.display()))? {
        return Err(Failure::new(format!("{} was not deleted", folder.display())));
    }
    let folder = installed::remove(&args.name)?;
    say!("deleted {}", folder.display());
    Ok(())
}

fn agreed(question: &str) -> Result<bool, Failure> {
    let input = std::io::stdin();
    if !input.is_terminal() {
        return Err(Failure::new("there is no terminal to ask on: use --yes"));
    }
    crate::say::print(format_args!("{question}"));
    let mut answer = String::new();
    input.read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

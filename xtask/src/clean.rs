//! `cargo xtask clean`: removes what these tasks made, and nothing that cargo made.

use crate::error::Result;
use crate::files::remove_folder;
use crate::paths;
use crate::progress::heading;
use std::path::PathBuf;

/// Options of `clean`.
#[derive(clap::Args)]
pub struct Arguments {
    /// Print what would be removed, and remove nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// Removes the tools, the bundle, the demo, what hosts rendered and the tracks that are kept between sessions.
pub fn run(arguments: &Arguments) -> Result<()> {
    heading("clean");
    let target = paths::root().join("target");
    let mut folders: Vec<PathBuf> =
        ["tools", "bundle", "demo", "hosts"].iter().map(|name| target.join(name)).collect();
    match std::env::var_os("AIROTO_CACHE").filter(|value| !value.is_empty()) {
        // A folder of the person's choice may hold more than ours.
        Some(chosen) => eprintln!(
            "· the folder of tracks that AIROTO_CACHE names stays: {}",
            PathBuf::from(chosen).display()
        ),
        // The same as the engine's.
        None => folders.extend(
            directories::ProjectDirs::from("org", "airoto", "airoto")
                .map(|folders| folders.cache_dir().to_owned()),
        ),
    }
    for folder in folders.iter().filter(|folder| folder.exists()) {
        if arguments.dry_run {
            eprintln!("· would remove {}", folder.display());
        } else {
            remove_folder(folder)?;
            eprintln!("✓ removed {}", folder.display());
        }
    }
    eprintln!("`cargo clean` removes what cargo built.");
    Ok(())
}

//! Debian's packages, unpacked into a folder without installing them and without being root.

use crate::error::{At, Error, Result};
use crate::progress::{Step, megabytes};
use crate::{paths, process};
use std::path::Path;
use std::process::Command;

/// Whether this machine has Debian's package tools.
pub fn is_here() -> bool {
    ["apt-get", "dpkg-deb"]
        .iter()
        .all(|program| process::answer(Command::new(program).arg("--version")).is_some())
}

/// Fetches the packages and unpacks them into `folder`, as they would lie under `/`.
pub fn unpack(packages: &[&str], folder: &Path) -> Result<()> {
    let names = packages.join(", ");
    let step = Step::begin(format!("fetching Debian's {names}"));
    let state = paths::tools().join("apt");
    let archives = state.join(format!("archives{}", std::process::id()));
    crate::files::remove_folder(&archives)?;
    for folder in [&archives, &state.join("lists/partial"), &state.join("cache")] {
        std::fs::create_dir_all(folder).at("making the folder", folder)?;
    }
    // With the lists that the system has; where it has none or old ones, with lists of our own.
    let mut fetched = download(packages, &archives, None)?;
    if !fetched {
        let mut update = apt(Some(&state));
        update.arg("update");
        process::watched(&mut update, &step, || Some("reading the list of packages".to_owned()))?;
        fetched = download(packages, &archives, Some(&state))?;
    }
    if !fetched {
        return Err(Error::person(format!(
            "Debian's {names} cannot be fetched: its mirror cannot be reached or lacks them"
        )));
    }
    let mut bytes = 0;
    for entry in std::fs::read_dir(&archives).at("listing", &archives)? {
        let archive = entry.at("listing", &archives)?.path();
        bytes += archive.metadata().map_or(0, |data| data.len());
        let output = process::output(Command::new("dpkg-deb").arg("-x").arg(&archive).arg(folder))?;
        if !output.status.success() {
            let words = String::from_utf8_lossy(&output.stderr);
            let words = words.trim().lines().last().unwrap_or("dpkg-deb gave no message").to_owned();
            return Err(Error::program(format!("{} cannot be unpacked: {words}", archive.display())));
        }
    }
    crate::files::remove_folder(&archives)?;
    step.done(&megabytes(bytes));
    Ok(())
}

/// Downloads into `archives`; tells whether every package came.
fn download(packages: &[&str], archives: &Path, state: Option<&Path>) -> Result<bool> {
    let mut command = apt(state);
    command.arg("download").args(packages).current_dir(archives);
    if !process::output(&mut command)?.status.success() {
        return Ok(false);
    }
    let came = std::fs::read_dir(archives).at("listing", archives)?.count();
    Ok(came == packages.len())
}

/// apt-get; with its lists and cache in `state`, if given, where anybody may write.
fn apt(state: Option<&Path>) -> Command {
    let mut command = Command::new("apt-get");
    // As root apt fetches as a user of its own, who may not write into our folder.
    command.args(["-qq", "-o", "APT::Sandbox::User=root"]);
    if let Some(state) = state {
        for (option, folder) in [("Dir::State::lists", "lists"), ("Dir::Cache", "cache")] {
            command.arg("-o").arg(format!("{option}={}", state.join(folder).display()));
        }
    }
    command
}

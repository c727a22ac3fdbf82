//! What the crates may be, as `deny.toml` says: `cargo deny`, where it is installed or can be.

use crate::error::Result;
use crate::progress::heading;
use crate::setup::Tools;
use crate::{paths, process};
use std::path::PathBuf;
use std::process::Command;

/// The version that is brought where none is installed.
const VERSION: &str = "0.20.2";
/// What is checked. Known faults (`advisories`) are not: their list has to be fetched from the network.
const CHECKS: [&str; 3] = ["licenses", "bans", "sources"];

/// What became of the check.
pub enum Checked {
    /// All crates are as they may be, or not: then the program has said which are not.
    As(bool),
    /// It did not run, for the reason in this sentence.
    Not(String),
}

/// Checks every crate that is built, for all platforms.
pub fn run(tools: &Tools) -> Result<Checked> {
    heading("licences and sources of crates (cargo deny)");
    let Some(program) = bring(tools)? else {
        return Ok(Checked::Not(format!(
            "cargo-deny {VERSION} cannot be installed, so licences and sources of crates were not checked"
        )));
    };
    let mut command = Command::new(program);
    // Cargo's own word for its sub-commands comes first.
    command.args(["deny", "--locked", "check"]).args(CHECKS).current_dir(paths::root());
    Ok(Checked::As(process::shown(&mut command)?))
}

/// The program: one in PATH, or ours, built unless it is there. None where it does not build, which its words say.
fn bring(tools: &Tools) -> Result<Option<PathBuf>> {
    let there = |program: &PathBuf| process::answer(Command::new(program).arg("--version")).is_some();
    let name = format!("cargo-deny{}", std::env::consts::EXE_SUFFIX);
    let folder = paths::tools().join("cargo-deny");
    let ours = folder.join("bin").join(&name);
    if let Some(found) = [PathBuf::from(name), ours.clone()].into_iter().find(there) {
        return Ok(Some(found));
    }
    eprintln!("· building cargo-deny {VERSION}, which takes a minute or two");
    let mut install = tools.cargo();
    // Unoptimised: it runs for seconds, and its release build takes three times as long as this one.
    install.args(["install", "--quiet", "--locked", "--debug", "--version", VERSION, "--root"]);
    install.arg(&folder).arg("cargo-deny");
    Ok((process::shown(&mut install)? && there(&ours)).then_some(ours))
}

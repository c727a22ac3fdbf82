//! `cargo xtask bundle`: lays out `AIRoto.ofx.bundle`, complete for the platform it runs on.

use crate::error::{At, Error, Result};
use crate::files::{copy, copy_folder, remove_folder};
use crate::platform::Platform;
use crate::progress::{heading, megabytes};
use crate::setup::{self, Tools};
use crate::{licences, paths, process};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The bundle's name, which is also what `NAME.ofx` in it must be called.
pub const BUNDLE: &str = "AIRoto.ofx.bundle";

/// Options of `bundle`.
#[derive(clap::Args)]
pub struct Arguments {
    /// Build without optimisation, with all checks; several times slower at rendering
    #[arg(long)]
    pub debug: bool,
    /// The folder that the bundle is laid out in, instead of target/bundle
    #[arg(short, long, value_name = "DIR")]
    pub output: Option<PathBuf>,
}

/// A bundle that is laid out.
pub struct Bundle {
    /// The bundle's own folder.
    pub folder: PathBuf,
    /// The command line in it.
    pub executable: PathBuf,
}

/// Sets up, builds and lays out.
pub fn run(arguments: &Arguments) -> Result<Bundle> {
    let tools = setup::run(&setup::Arguments { force: false })?;
    make(&tools, arguments)
}

/// Builds and lays out with the tools that are there.
pub fn make(tools: &Tools, arguments: &Arguments) -> Result<Bundle> {
    let here = Platform::HERE;
    let processor = std::env::consts::ARCH;
    let architecture = here.architecture(processor).ok_or_else(|| {
        Error::person(format!(
            "the OpenFX specification names no bundle folder for {} on {processor}",
            std::env::consts::OS
        ))
    })?;
    let profile = if arguments.debug { "dev" } else { "release" };
    heading(&format!("building the plugin and the command line ({profile})"));
    let mut build = tools.cargo();
    build.args(["build", "--profile", profile, "--lib", "--bin", "airoto"]);
    if !process::shown(&mut build)? {
        return Err(Error::program("the plugin does not build; see cargo's output above"));
    }
    heading("bundle");
    let folder = arguments.output.clone().unwrap_or_else(paths::bundles).join(BUNDLE);
    remove_folder(&folder)?;
    let contents = folder.join("Contents");
    let binaries = contents.join(architecture);
    let built = paths::target().join(if arguments.debug { "debug" } else { "release" });
    let plugin = binaries.join("AIRoto.ofx");
    let executable = binaries.join(here.executable());
    copy(&built.join(here.library()), &plugin)?;
    copy(&built.join(here.executable()), &executable)?;
    if !arguments.debug {
        strip(&[&plugin, &executable]);
    }
    copy(&tools.onnxruntime, &binaries.join(here.onnxruntime()))?;
    resources(tools, &contents)?;
    tools.python.loads(&plugin, "OfxGetPlugin").map_err(|words| {
        Error::program(format!("{} does not load as an OpenFX plugin: {words}", plugin.display()))
    })?;
    eprintln!("✓ {} ({})", folder.display(), megabytes(size(&folder)));
    Ok(Bundle { folder, executable })
}

/// Takes the line numbers out, which are three quarters of the files; functions keep their names in
/// a crash report. Where there is no `strip`, the bundle is larger, which is no error.
fn strip(binaries: &[&Path]) {
    let option = match Platform::HERE {
        Platform::Linux => "--strip-debug",
        Platform::MacOs => "-S",
        // Line numbers lie in a file of their own there.
        Platform::Windows => return,
    };
    for binary in binaries {
        if process::answer(Command::new("strip").arg(option).arg(binary)).is_none() {
            eprintln!("· `strip` is not installed: {} keeps its line numbers", binary.display());
        }
    }
}

/// What is the same on every platform.
fn resources(tools: &Tools, contents: &Path) -> Result<()> {
    let (root, resources) = (paths::root(), contents.join("Resources"));
    let source = root.join("bundle");
    for entry in std::fs::read_dir(&source).at("listing", &source)? {
        let path = entry.at("listing", &source)?.path();
        let Some(name) = path.file_name() else { continue };
        if name == "Info.plist" {
            information(&path, &contents.join(name))?;
        } else if path.is_dir() {
            copy_folder(&path, &resources.join(name))?;
        } else {
            copy(&path, &resources.join(name))?;
        }
    }
    let into = resources.join("licences");
    for name in ["LICENSE-MIT", "LICENSE-APACHE"] {
        copy(&root.join(name), &into.join(name))?;
    }
    if let Some(folder) = tools.onnxruntime.parent() {
        for name in ["LICENSE", "ThirdPartyNotices.txt"] {
            copy(&folder.join(name), &into.join("onnxruntime").join(name))?;
        }
    }
    licences::write(tools, &into.join("crates.txt"))
}

/// Info.plist with the version of this build.
fn information(from: &Path, to: &Path) -> Result<()> {
    let text = std::fs::read_to_string(from).at("reading", from)?;
    std::fs::write(to, text.replace("@VERSION@", env!("CARGO_PKG_VERSION"))).at("writing", to)
}

fn size(folder: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    entries
        .flatten()
        .map(|entry| {
            let path = entry.path();
            if path.is_dir() { size(&path) } else { path.metadata().map_or(0, |data| data.len()) }
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_information_gets_the_version_of_the_build() {
        let place = tempfile::tempdir().expect("a folder can be made");
        let to = place.path().join("Info.plist");
        information(&paths::root().join("bundle/Info.plist"), &to).expect("it can be written");
        let text = std::fs::read_to_string(&to).expect("it is there");
        assert!(text.contains(env!("CARGO_PKG_VERSION")), "{text}");
        assert!(!text.contains('@'), "{text}");
        assert!(text.contains("<string>BNDL</string>"), "{text}");
        // The specification: CFBundleExecutable is the name of the binary in the folder MacOS.
        assert!(text.contains("<string>AIRoto.ofx</string>"), "{text}");
    }
}

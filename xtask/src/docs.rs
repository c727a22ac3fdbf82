//! `cargo xtask docs`: the pages and pictures that are made from the parameter table and by our own headless host.

use crate::error::{At, Error, Result};
use crate::files::make_folder;
use crate::picture::Picture;
use crate::progress::heading;
use crate::setup::{self, Tools};
use crate::{paths, process};
use std::process::Command;

/// The views of which there is a picture.
const VIEWS: [&str; 12] = [
    "alpha",
    "matte",
    "premult",
    "overlay",
    "trimap",
    "colour",
    "checker",
    "source",
    "confidence",
    "difference",
    "wipe",
    "idmatte",
];
/// The frame of the clip that ships that is shown: late enough that two trackers differ.
const FRAME: &str = "20-20";
/// The pictures are made so many times smaller.
const SMALLER: usize = 2;

/// Options of `docs`.
#[derive(clap::Args)]
pub struct Arguments {
    /// Write the pages only, no pictures
    #[arg(long)]
    pub pages: bool,
}

/// Builds, and writes them.
pub fn run(arguments: &Arguments) -> Result<()> {
    let tools = setup::run(&setup::Arguments { force: false })?;
    heading("building the plugin and the command line");
    if !process::shown(tools.cargo().args(["build", "--lib", "--bin", "airoto"]))? {
        return Err(Error::program("the plugin does not build; see cargo's output above"));
    }
    heading("pages");
    let docs = paths::root().join("docs");
    make_folder(&docs.join("pictures"))?;
    for (page, name) in
        [("table", "parameters.md"), ("pictures", "views.md"), ("panel", "pictures/panel.svg")]
    {
        let output = process::output(airoto(&tools).args(["params", "--page", page]))?;
        if !output.status.success() {
            return Err(Error::program(String::from_utf8_lossy(&output.stderr).trim().to_owned()));
        }
        let path = docs.join(name);
        std::fs::write(&path, &output.stdout).at("writing", &path)?;
        eprintln!("✓ {}", path.display());
    }
    if arguments.pages {
        return Ok(());
    }
    heading("pictures");
    let clip = paths::root().join("tests/data/demo");
    let place = paths::target().join("docs");
    make_folder(&place)?;
    for view in VIEWS {
        let made = place.join(format!("{view}.png"));
        let mut command = airoto(&tools);
        command.args(["render", "--range", FRAME, "--tracker", "flow", "--edge", "fast"]);
        // A picture of "alpha" has the plate's colours; the page shows what the matte is.
        if view != "alpha" {
            command.args(["--view", view]);
        }
        command.args(["--no-store", "--in-process"]);
        if matches!(view, "difference" | "wipe") {
            command.args(["--compare", "default"]);
        }
        command.arg("-i").arg(clip.join("frames/%05d.jpg")).arg("-p").arg(clip.join("prompts.json"));
        if !process::shown(command.arg("-o").arg(&made))? {
            return Err(Error::program("`airoto render` failed; see its message above"));
        }
        let path = docs.join(format!("pictures/view-{view}.png"));
        Picture::read(&made)?.smaller(SMALLER).write(&path)?;
    }
    Ok(())
}

/// The command line that was built.
fn airoto(tools: &Tools) -> Command {
    let mut command =
        Command::new(paths::target().join("debug").join(crate::platform::Platform::HERE.executable()));
    command.current_dir(paths::root()).env("ORT_DYLIB_PATH", &tools.onnxruntime).env_remove("AIROTO_BUNDLE");
    command
}

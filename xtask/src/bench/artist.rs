//! How many corrections a simulated artist needs until every frame of a clip is right, by drawings and by clicks,
//! beside interpolation of the drawings without a tracker.

use crate::error::{Error, Result};
use crate::files::make_folder;
use crate::progress::heading;
use crate::{paths, process, setup};
use std::path::PathBuf;
use std::process::Command;

/// Options of `bench artist`.
#[derive(clap::Args)]
pub struct Arguments {
    /// A folder of clips, each with frames/ and masks/
    #[arg(long, value_name = "DIR", default_value = "../shared/clips")]
    clips: PathBuf,
    /// Only these clips
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// The trackers to draw and click for: default, flow, a model by its name, or the folder of a model pack
    #[arg(long, value_name = "NAME|PATH", default_values_t = ["default".to_owned(), "flow".to_owned()])]
    tracker: Vec<String>,
    /// No more than the first N frames of each clip
    #[arg(long, value_name = "N")]
    frames: Option<u32>,
    /// Go on until every frame has J .95, not .90
    #[arg(long)]
    strict: bool,
}

/// Builds the command line and measures. The rounds of each run go into `target/bench/artist`.
pub fn run(arguments: &Arguments) -> Result<()> {
    let tools = setup::run(&setup::Arguments { force: false })?;
    let clips = paths::root().join(&arguments.clips);
    if !clips.is_dir() {
        println!("skipped: {} is not there", clips.display());
        return Ok(());
    }
    let program = super::program(&tools)?;
    let folder = paths::root().join("target").join("bench").join("artist");
    make_folder(&folder)?;
    let mut runs = vec![("interpolated", "flow")];
    for tracker in &arguments.tracker {
        runs.extend([("drawn", tracker.as_str()), ("clicks", tracker.as_str())]);
    }
    for (number, (artist, tracker)) in runs.into_iter().enumerate() {
        match artist {
            "interpolated" => heading("artist: drawings, interpolated without a tracker"),
            _ => heading(&format!("artist: {artist}, {tracker}")),
        }
        let mut eval = Command::new(&program);
        eval.arg("eval").arg("--clips").arg(&clips).args(["--artist", artist, "--tracker", tracker]);
        eval.arg("--json").arg(folder.join(format!("{number}-{artist}.json")));
        for name in &arguments.only {
            eval.args(["--only", name]);
        }
        if let Some(frames) = arguments.frames {
            eval.args(["--frames", &frames.to_string()]);
        }
        if arguments.strict {
            eval.arg("--strict");
        }
        eval.env("ORT_DYLIB_PATH", &tools.onnxruntime);
        if !process::shown(&mut eval)? {
            return Err(Error::program("`airoto eval` failed; see its output above"));
        }
    }
    Ok(())
}

//! What the first frame of a new process costs, beside the same frame in the process that tracked those before it.
//!
//! Each repetition renders twice with an empty store: all frames in one process, then all but the last, after which a
//! new process renders the last one alone. The time is from the host's call to the finished picture, so that of the new
//! process has the start of its worker in it; decoding the footage and encoding the matte are apart.

use super::cost::remove_old;
use crate::error::{At, Error, Result};
use crate::files::make_folder;
use crate::progress::heading;
use crate::{paths, setup};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Options of `bench again`.
#[derive(clap::Args)]
pub struct Arguments {
    /// A folder of frames, named by their numbers from 0 on
    #[arg(long, value_name = "DIR", default_value = "../shared/clips/dog/frames")]
    frames: PathBuf,
    /// The mask of frame 0
    #[arg(long, value_name = "FILE", default_value = "../shared/clips/dog/masks/00000.png")]
    mask: PathBuf,
    /// The frame that is measured, after those before it
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    frame: u32,
    /// Number of repetitions
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..))]
    count: u32,
    /// The tracker: default, flow, a model by its name, or the folder of a model pack
    #[arg(long, value_name = "NAME|PATH", default_value = "default")]
    tracker: String,
    /// Threads of the graphs and of everything else
    #[arg(long, default_value_t = 2)]
    threads: usize,
}

/// What renders, and where.
struct Rendering<'a> {
    arguments: &'a Arguments,
    program: PathBuf,
    onnxruntime: &'a Path,
    frames: PathBuf,
    prompts: PathBuf,
    folder: PathBuf,
}

/// Renders and prints.
pub fn run(arguments: &Arguments) -> Result<()> {
    let tools = setup::run(&setup::Arguments { force: false })?;
    let [frames, mask] = [&arguments.frames, &arguments.mask].map(|path| paths::root().join(path));
    if !frames.is_dir() || !mask.is_file() {
        println!("skipped: {} or {} is not there", frames.display(), mask.display());
        return Ok(());
    }
    let program = super::program(&tools)?;
    let folder = paths::root().join("target").join("bench").join("again");
    make_folder(&folder)?;
    let prompts = folder.join("prompts.json");
    let text = serde_json::json!({ "objects": [{
        "name": "object",
        "prompts": [{ "frame": 0, "mask": mask }],
    }]});
    std::fs::write(&prompts, text.to_string()).at("writing", &prompts)?;
    let rendering =
        Rendering { arguments, program, onnxruntime: &tools.onnxruntime, frames, prompts, folder };
    heading("bench: again");
    let last = arguments.frame;
    let (mut same, mut new) = (Vec::new(), Vec::new());
    println!("frame {last}, ms: in the process that rendered 0 to {}, in a new one", last - 1);
    for _ in 0..arguments.count {
        rendering.forget()?;
        same.push(rendering.last_time(0)?);
        rendering.forget()?;
        rendering.render((0, last - 1))?;
        new.push(rendering.last_time(last)?);
        if let (Some(same), Some(new)) = (same.last(), new.last()) {
            println!("{same:8.0} {new:8.0}  {:.2}", new / same);
        }
    }
    let (same, new) = (median(same), median(new));
    println!("{same:8.0} {new:8.0}  {:.2}, the medians", new / same);
    Ok(())
}

impl Rendering<'_> {
    /// Empties the store.
    fn forget(&self) -> Result<()> {
        remove_old(&self.folder.join("cache"))
    }

    /// How long the measured frame takes where `first` is the first one that is rendered.
    fn last_time(&self, first: u32) -> Result<f64> {
        let last = self.arguments.frame;
        let summary = self.render((first, last))?;
        let times = summary["times"].as_array();
        let time = times.and_then(|all| all.iter().find(|time| time["frame"] == last));
        let time = time.and_then(|time| time["track_ms"].as_f64());
        time.ok_or_else(|| Error::program(format!("airoto render gave no time of frame {last}")))
    }

    /// Renders the frames from the first to the last in a process of their own; gives its summary.
    fn render(&self, (first, last): (u32, u32)) -> Result<serde_json::Value> {
        let Self { arguments, program, onnxruntime, frames, prompts, folder } = self;
        let mut command = Command::new(program);
        command.arg("render").arg("-i").arg(frames).arg("-p").arg(prompts);
        command.args(["--tracker", &arguments.tracker, "--device", "cpu", "--json"]);
        command.args(["--range", &format!("{first}-{last}")]);
        command.arg("-o").arg(folder.join("out").join("alpha.%05d.exr"));
        command.env("ORT_DYLIB_PATH", onnxruntime).env("AIROTO_CACHE", folder.join("cache"));
        command.env_remove("AIROTO_BUNDLE");
        for variable in ["AIROTO_THREADS", "RAYON_NUM_THREADS"] {
            command.env(variable, arguments.threads.to_string());
        }
        super::summary(&mut command)
    }
}

/// The middle one, or the mean of the two in the middle.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let half = values.len() / 2;
    match values.len() % 2 {
        0 if half > 0 => f64::midpoint(values[half - 1], values[half]),
        _ => values.get(half).copied().unwrap_or(f64::NAN),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle() {
        assert_eq!(median(vec![9.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(vec![9.0, 1.0, 2.0, 4.0]), 3.0);
        assert!(median(Vec::new()).is_nan());
    }
}

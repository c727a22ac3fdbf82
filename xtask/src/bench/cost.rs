//! What a frame of `airoto render` costs around the model's graphs.
//!
//! One render of real frames: the worker notes for each frame how long its graphs ran (the time
//! around every call of ONNX Runtime in that very run, also of those that run after the answer, while
//! the host takes the picture and fetches the next frame), the command line how long the whole frame
//! took from the host's call to the finished picture, decoding of the footage and encoding of the
//! matte apart. The reference tracks the same frames with the same weights afterwards, its pictures
//! decoded and resized beforehand.

use crate::error::{At, Error, Result};
use crate::export::Exporter;
use crate::files::{make_folder, remove_folder};
use crate::progress::heading;
use crate::{paths, process, setup};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The side of the network's input.
const SIZE: &str = "512";

/// Options of `bench cost`.
#[derive(clap::Args)]
pub struct Arguments {
    /// A folder of frames
    #[arg(long, value_name = "DIR", default_value = "../shared/clips/dog/frames")]
    frames: PathBuf,
    /// Number of frames
    #[arg(long, default_value_t = 40)]
    count: usize,
    /// Number of frames at the start that do not count, while the memory fills
    #[arg(long, default_value_t = 10)]
    warm_up: usize,
    /// Threads of the graphs, and of the reference
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// A model pack [default: EdgeTAM 512 with random weights, made in target/bench]
    #[arg(long, value_name = "DIR")]
    pack: Option<PathBuf>,
    /// A Python that has the packages of models/export/requirements.txt, for the pack and the reference
    /// [default: AIROTO_PYTHON, else they are installed in target/tools/export]
    #[arg(long, value_name = "PATH")]
    python: Option<PathBuf>,
}

/// Milliseconds of one frame.
#[derive(Debug, Clone, Copy, Default)]
struct Frame {
    graphs: f64,
    worker: f64,
    whole: f64,
    decode: f64,
    encode: f64,
}

/// Renders, tracks with the reference, prints.
pub fn run(arguments: &Arguments) -> Result<()> {
    if arguments.count < arguments.warm_up + 2 {
        return Err(Error::person(format!(
            "{} frames of which {} do not count, expected at least two that do",
            arguments.count, arguments.warm_up
        )));
    }
    let tools = setup::run(&setup::Arguments { force: false })?;
    let program = super::program(&tools)?;
    let folder = paths::root().join("target").join("bench");
    make_folder(&folder)?;
    let frames = paths::root().join(&arguments.frames);
    if !frames.is_dir() {
        return Err(Error::person(format!("there are no frames in {}: name a folder", frames.display())));
    }
    let exporter = Exporter::find(arguments.python.as_deref())?;
    let pack = match &arguments.pack {
        Some(pack) => pack.clone(),
        None => random_pack(&exporter, &folder)?,
    };
    heading("bench: cost");
    let mut command = Command::new(program);
    command.env("ORT_DYLIB_PATH", &tools.onnxruntime);
    let (render, size) = rendered(command, arguments, &frames, &pack, &folder)?;
    let reference = match arguments.pack {
        Some(_) => None,
        None => Some(referred(&exporter, arguments, &frames)?),
    };
    let count = render.len() as f64;
    let mean = |pick: fn(&Frame) -> f64| render.iter().map(pick).sum::<f64>() / count;
    let (graphs, whole) = (mean(|f| f.graphs), mean(|f| f.whole));
    println!("{} frames of {size}, {} threads, ms a frame", render.len(), arguments.threads);
    println!("graphs, raw in ONNX Runtime       {graphs:8.2}");
    println!("worker, until it answers          {:8.2}", mean(|f| f.worker));
    println!("frame, decode and encode apart    {whole:8.2}  {:.3} of the graphs", whole / graphs);
    println!("decode                            {:8.2}", mean(|f| f.decode));
    println!("encode                            {:8.2}", mean(|f| f.encode));
    if let Some(reference) = reference {
        println!(
            "reference (transformers)          {reference:8.2}  {:.3} of it is the frame",
            whole / reference
        );
    }
    Ok(())
}

/// The pack of EdgeTAM with random weights, made once.
fn random_pack(exporter: &Exporter, folder: &Path) -> Result<PathBuf> {
    let pack = folder.join(format!("edgetam-{SIZE}-random"));
    if !pack.join("model.json").is_file() {
        heading("a pack with random weights");
        let mut command = exporter.module("airoto_export.cost");
        command.args(["--size", SIZE]).arg("--pack").arg(&pack);
        if !process::shown(&mut command)? {
            return Err(Error::program("the pack cannot be made; see the exporter's output above"));
        }
    }
    Ok(pack)
}

/// The frames that count, and what the footage is.
fn rendered(
    mut command: Command,
    arguments: &Arguments,
    frames: &Path,
    pack: &Path,
    folder: &Path,
) -> Result<(Vec<Frame>, String)> {
    let (prompts, times, cache) = (folder.join("prompts.json"), folder.join("times"), folder.join("cache"));
    for old in [&times, &cache] {
        remove_old(old)?;
    }
    let names = pictures(frames)?;
    let first = names.first().and_then(|name| number(name)).unwrap_or(0);
    let last = first + arguments.count.min(names.len()) as i64 - 1;
    let text = serde_json::json!({ "objects": [{
        "name": "object",
        "prompts": [{ "frame": first, "box": [200, 120, 600, 420] }],
    }]});
    std::fs::write(&prompts, text.to_string()).at("writing", &prompts)?;
    command.arg("render").arg("-i").arg(frames).arg("-p").arg(&prompts).arg("--tracker").arg(pack);
    command.args(["--device", "cpu", "--json", "--range", &format!("{first}-{last}")]);
    command.arg("-o").arg(folder.join("out").join("alpha.%05d.exr"));
    command.env("AIROTO_TIMES", &times).env("AIROTO_CACHE", &cache).env_remove("AIROTO_BUNDLE");
    command.env("AIROTO_THREADS", arguments.threads.to_string());
    let summary = super::summary(&mut command)?;
    let broken = |what: &str| Error::program(format!("airoto render gave no {what}"));
    let text = std::fs::read_to_string(&times).at("reading", &times)?;
    let mut inside = HashMap::new();
    for line in text.lines() {
        let numbers: Vec<f64> = line.split(' ').filter_map(|word| word.parse().ok()).collect();
        if let [frame, worker, graphs, _] = numbers[..] {
            inside.insert(frame as i64, (worker / 1e3, graphs / 1e3));
        }
    }
    let mut found = Vec::new();
    for time in summary["times"].as_array().ok_or_else(|| broken("times"))? {
        let frame = time["frame"].as_i64().ok_or_else(|| broken("frame numbers"))?;
        let value = |name: &str| time[name].as_f64().unwrap_or(f64::NAN);
        let (worker, graphs) = *inside.get(&frame).ok_or_else(|| broken("times of its worker"))?;
        let (whole, decode, encode) = (value("track_ms"), value("decode_ms"), value("encode_ms"));
        if frame >= first + arguments.warm_up as i64 {
            found.push(Frame { graphs, worker, whole, decode, encode });
        }
    }
    if found.is_empty() {
        return Err(Error::person(format!("{} has too few frames", frames.display())));
    }
    Ok((found, format!("{}x{}", summary["width"], summary["height"])))
}

/// Milliseconds a frame of the reference implementation with the same weights.
fn referred(exporter: &Exporter, arguments: &Arguments, frames: &Path) -> Result<f64> {
    let mut command = exporter.module("airoto_export.cost");
    command.args(["--size", SIZE, "--count", &arguments.count.to_string()]);
    command.args(["--warm-up", &arguments.warm_up.to_string()]);
    command.args(["--threads", &arguments.threads.to_string()]).arg("--frames").arg(frames);
    let answer = process::answer(&mut command).and_then(|text| text.lines().last()?.parse().ok());
    answer.ok_or_else(|| Error::program("the reference did not track the frames"))
}

/// Removes what an earlier run left at `path`.
pub(super) fn remove_old(path: &Path) -> Result<()> {
    if path.is_dir() {
        remove_folder(path)
    } else if path.exists() {
        std::fs::remove_file(path).at("removing", path)
    } else {
        Ok(())
    }
}

/// Names of the pictures, in order.
fn pictures(folder: &Path) -> Result<Vec<String>> {
    let list = std::fs::read_dir(folder).at("listing", folder)?;
    let mut names: Vec<String> =
        list.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    Ok(names)
}

/// The frame number of a picture: the last digits of its name.
fn number(name: &str) -> Option<i64> {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let digits = stem.len() - stem.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    stem[stem.len() - digits..].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_a_picture_is_at_the_end_of_its_name() {
        assert_eq!(number("00012.jpg"), Some(12));
        assert_eq!(number("shot2_v3.0107.exr"), Some(107));
        assert_eq!(number("still.png"), None);
    }
}

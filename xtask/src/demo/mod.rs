//! `cargo xtask demo`: the whole way, from frames and a prompt to mattes and shapes, through the
//! bundle that a host would load.

mod score;

use crate::bundle::{self, Bundle};
use crate::error::{At, Error, Result};
use crate::files::{make_folder, remove_folder};
use crate::progress::heading;
use crate::setup;
use crate::{paths, process, sheet};
use score::Score;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// The least mean IoU with the true alpha of the clip that ships; less is a failure.
const LEAST_IOU: f64 = 0.95;

/// Options of `demo`.
#[derive(clap::Args)]
pub struct Arguments {
    /// Other footage than the clip that ships, as `airoto render` takes it: -i FRAMES -p PROMPTS
    #[arg(last = true, allow_hyphen_values = true)]
    pub footage: Vec<String>,
}

/// Where everything that the demo makes lies.
struct Made {
    folder: PathBuf,
}

impl Made {
    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

/// Sets up, bundles, renders, scores.
pub fn run(arguments: &Arguments) -> Result<()> {
    let tools = setup::run(&setup::Arguments { force: false })?;
    let bundle = bundle::make(&tools, &bundle::Arguments { debug: false, output: None })?;
    let made = Made { folder: paths::root().join("target").join("demo") };
    remove_folder(&made.folder)?;
    make_folder(&made.folder)?;
    let clip = paths::root().join("tests/data/demo");
    let ships = arguments.footage.is_empty();
    let footage = if ships { of_the_clip(&clip)? } else { arguments.footage.clone() };

    heading("demo: mattes and shapes");
    let began = Instant::now();
    let mut command = render(&bundle, &footage, &made, "alpha.%04d.exr");
    for name in ["out.fxs", "out.nk"] {
        command.arg("--shapes").arg(made.path(name));
    }
    succeed(&mut command)?;
    let took = began.elapsed();

    heading("demo: pictures to look at");
    for (view, name) in [("matte", "matte.%04d.png"), ("overlay", "overlay.%04d.png")] {
        succeed(render(&bundle, &footage, &made, name).args(["--view", view]))?;
    }
    let mattes = numbered(&made.folder, "matte.", ".png")?;
    let overlays = numbered(&made.folder, "overlay.", ".png")?;
    let preview = made.path("preview.png");
    sheet::make(&[&overlays, &mattes])?.write(&preview)?;

    let score =
        if ships { Some(score::against(&clip.join("alpha"), &mattes, &prompted(&clip)?)?) } else { None };
    report(&made, mattes.len(), took, score.as_ref());
    match score {
        Some(score) if score.iou < LEAST_IOU => Err(Error::program(format!(
            "the mattes' IoU with the true alpha is {:.3}, expected at least {LEAST_IOU}",
            score.iou
        ))),
        _ => Ok(()),
    }
}

/// `airoto render` of the footage to files named so in the demo's folder.
fn render(bundle: &Bundle, footage: &[String], made: &Made, name: &str) -> Command {
    let mut command = Command::new(&bundle.executable);
    command.arg("render").args(footage).arg("-o").arg(made.path(name));
    command.arg("--bundle").arg(&bundle.folder);
    command.current_dir(paths::root());
    // The time that is told must be that of tracking, not of reading an earlier run's tracks.
    command.env("AIROTO_CACHE", made.path("cache"));
    command
}

fn succeed(command: &mut Command) -> Result<()> {
    if process::shown(command)? {
        return Ok(());
    }
    Err(Error::program("`airoto render` failed; see its message above"))
}

/// The arguments for the clip that ships.
fn of_the_clip(clip: &Path) -> Result<Vec<String>> {
    let frames = clip.join("frames");
    let first = std::fs::read_dir(&frames)
        .at("listing", &frames)?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .find_map(|path| path.extension().map(|end| end.to_string_lossy().into_owned()));
    let extension =
        first.ok_or_else(|| Error::program(format!("there are no frames in {}", frames.display())))?;
    let text = |path: PathBuf| path.to_string_lossy().into_owned();
    Ok(vec![
        "-i".to_owned(),
        text(frames.join(format!("%05d.{extension}"))),
        "-p".to_owned(),
        text(clip.join("prompts.json")),
    ])
}

/// The frames that the clip's prompts are on: those come out as they went in, and do not count.
fn prompted(clip: &Path) -> Result<Vec<i64>> {
    let path = clip.join("prompts.json");
    let text = std::fs::read_to_string(&path).at("reading", &path)?;
    let json: serde_json::Value = serde_json::from_str(&text)
        .map_err(|error| Error::program(format!("{}: {error}", path.display())))?;
    let list = |value: &serde_json::Value| value.as_array().cloned().unwrap_or_default();
    Ok(list(&json["objects"])
        .iter()
        .flat_map(|object| list(&object["prompts"]))
        .filter_map(|prompt| prompt["frame"].as_i64())
        .collect())
}

/// Files of a sequence with their frame numbers, in order.
pub fn numbered(folder: &Path, begins: &str, ends: &str) -> Result<Vec<(i64, PathBuf)>> {
    let mut found: Vec<(i64, PathBuf)> = std::fs::read_dir(folder)
        .at("listing", folder)?
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            let number = name.strip_prefix(begins)?.strip_suffix(ends)?.parse().ok()?;
            Some((number, entry.path()))
        })
        .collect();
    found.sort();
    if found.is_empty() {
        return Err(Error::program(format!("there is no {begins}*{ends} in {}", folder.display())));
    }
    Ok(found)
}

fn report(made: &Made, frames: usize, took: Duration, score: Option<&Score>) {
    println!();
    for (what, name) in [
        ("mattes", "alpha.*.exr"),
        ("shapes for Silhouette", "out.fxs"),
        ("shapes for Nuke", "out.nk"),
        ("overlay", "overlay.*.png"),
        ("preview", "preview.png"),
    ] {
        println!("{what:<22} {}", made.path(name).display());
    }
    if let Some(score) = score {
        println!(
            "{:<22} {:.3} over {} frames (soft edges counted: {:.3})",
            "IoU with true alpha", score.iou, score.frames, score.soft
        );
    }
    let each = took.as_secs_f64() * 1000.0 / frames as f64;
    println!("{:<22} {each:.0} ms a frame, including start, writing and shapes", "time");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sequence_is_read_in_order_of_its_numbers() {
        let place = tempfile::tempdir().expect("a folder can be made");
        for name in ["matte.0010.png", "matte.0002.png", "matte.png", "overlay.0002.png"] {
            std::fs::write(place.path().join(name), "").expect("a file can be written");
        }
        let found = numbered(place.path(), "matte.", ".png").expect("there are two");
        assert_eq!(found.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [2, 10]);
        assert!(numbered(place.path(), "alpha.", ".exr").is_err());
    }

    #[test]
    fn the_prompted_frames_are_read() {
        let place = tempfile::tempdir().expect("a folder can be made");
        let text = r#"{"objects":[{"name":"a","prompts":[{"frame":0,"mask":"x"},{"frame":7}]},
                                  {"name":"b","prompts":[{"frame":3}]}]}"#;
        std::fs::write(place.path().join("prompts.json"), text).expect("it can be written");
        assert_eq!(prompted(place.path()).expect("it can be read"), [0, 7, 3]);
    }
}

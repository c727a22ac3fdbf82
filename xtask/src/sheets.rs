//! `cargo xtask sheets`: what `airoto eval` scores, to be looked at. Each clip is tracked from its true
//! mask on the first frame, by `airoto render --view overlay`; twelve frames of it make a sheet.

use crate::bundle::{self, Bundle};
use crate::demo::numbered;
use crate::error::{At, Error, Result};
use crate::files::{make_folder, remove_folder};
use crate::progress::heading;
use crate::{paths, process, setup, sheet};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Rows of a sheet.
const ROWS: usize = 3;

/// Options of `sheets`.
#[derive(clap::Args)]
pub struct Arguments {
    /// Folder of clips, each with frames/ and masks/
    #[arg(long, value_name = "DIR", default_value = "../shared/clips")]
    clips: PathBuf,
    /// Tracker: default, flow, a model by its name, or the folder of a model pack
    #[arg(long, value_name = "NAME|PATH", default_value = "default")]
    tracker: String,
    /// Folder for the sheets; its old contents are removed
    #[arg(short, long, value_name = "DIR", default_value = "target/sheets")]
    output: PathBuf,
}

/// Tracks every clip and writes its sheet.
pub fn run(arguments: &Arguments) -> Result<()> {
    let clips = clips(&arguments.clips)?;
    let tools = setup::run(&setup::Arguments { force: false })?;
    let bundle = bundle::make(&tools, &bundle::Arguments { debug: false, output: None })?;
    let output = paths::root().join(&arguments.output);
    if output.exists() && !output.join("overlays").is_dir() {
        return Err(Error::program(format!(
            "{} is not a folder of sheets, expected a new name or a folder that `sheets` made",
            output.display()
        )));
    }
    remove_folder(&output)?;
    for clip in &clips {
        let name = clip.file_name().unwrap_or_default().to_string_lossy().into_owned();
        heading(&format!("sheets: {name}"));
        let overlays = output.join("overlays").join(&name);
        make_folder(&overlays)?;
        if !process::shown(&mut render(&bundle, clip, &arguments.tracker, &overlays)?)? {
            return Err(Error::program("`airoto render` failed; see its message above"));
        }
        let files = numbered(&overlays, "overlay.", ".png")?;
        let rows: Vec<&[(i64, PathBuf)]> = files.chunks(files.len().div_ceil(ROWS)).collect();
        let path = output.join(format!("{name}.png"));
        sheet::make(&rows)?.write(&path)?;
        println!("{}", path.display());
    }
    Ok(())
}

/// The folders in `folder` that hold frames and masks, by name.
fn clips(folder: &Path) -> Result<Vec<PathBuf>> {
    let folder = folder.canonicalize().at("looking for clips in", folder)?;
    let mut found: Vec<PathBuf> = std::fs::read_dir(&folder)
        .at("listing", &folder)?
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.join("frames").is_dir() && path.join("masks").is_dir())
        .collect();
    found.sort();
    if found.is_empty() {
        return Err(Error::program(format!("no folder in {} holds frames/ and masks/", folder.display())));
    }
    Ok(found)
}

/// `airoto render` of the overlay of a clip, from the mask of its first frame.
fn render(bundle: &Bundle, clip: &Path, tracker: &str, output: &Path) -> Result<Command> {
    let (frame, _) = first(&clip.join("frames"))?;
    let (_, mask) = first(&clip.join("masks"))?;
    let prompts = json!({ "objects": [{ "name": "object", "prompts": [{ "frame": frame, "mask": mask }] }] });
    let path = output.join("prompts.json");
    std::fs::write(&path, prompts.to_string()).at("writing", &path)?;
    let mut command = Command::new(&bundle.executable);
    command.arg("render").arg("-i").arg(clip.join("frames")).arg("-p").arg(path);
    command.arg("-o").arg(output.join("overlay.%04d.png")).args(["--view", "overlay", "--tracker", tracker]);
    command.arg("--bundle").arg(&bundle.folder).arg("--no-store");
    Ok(command)
}

/// The lowest number of a sequence and its file.
pub fn first(folder: &Path) -> Result<(i64, PathBuf)> {
    let number = |path: &Path| -> Option<i64> {
        let stem = path.file_stem()?.to_str()?;
        stem[stem.rfind(|c: char| !c.is_ascii_digit()).map_or(0, |at| at + 1)..].parse().ok()
    };
    let files = std::fs::read_dir(folder).at("listing", folder)?.flatten().map(|entry| entry.path());
    let found = files.filter_map(|path| number(&path).map(|number| (number, path))).min();
    found.ok_or_else(|| Error::program(format!("there is no numbered file in {}", folder.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clip_has_frames_and_masks() {
        let place = tempfile::tempdir().expect("a folder can be made");
        for folder in ["b/frames", "b/masks", "a/frames", "a/masks", "half/frames"] {
            std::fs::create_dir_all(place.path().join(folder)).expect("a folder can be made");
        }
        let found = clips(place.path()).expect("there are two");
        let names: Vec<_> = found.iter().filter_map(|path| path.file_name()).collect();
        assert_eq!(names, ["a", "b"]);
        assert!(clips(&place.path().join("half")).is_err());
    }

    #[test]
    fn the_first_of_a_sequence_has_the_lowest_number() {
        let place = tempfile::tempdir().expect("a folder can be made");
        for name in ["shot2.0010.png", "shot2.0009.png", "notes.txt"] {
            std::fs::write(place.path().join(name), "").expect("a file can be written");
        }
        let (number, path) = first(place.path()).expect("there are two");
        assert_eq!((number, path.file_name().and_then(|n| n.to_str())), (9, Some("shot2.0009.png")));
    }
}

//! What every host is given: a few frames of a clip and a box about the object, as parameters of the node.

use super::pixels::{self, write_ppm};
use crate::bundle::Bundle;
use crate::demo::numbered;
use crate::error::{At, Error, Result};
use crate::files::{make_folder, remove_folder};
use crate::picture::Picture;
use crate::process;
use crate::sheets::first;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The parameters but the prompts: a matte as RGB, tracked anew, of plates in sRGB also where the host gives floats.
/// Choices are named by the labels that the node's table gives them.
const SETTINGS: [(&str, &str); 2] = [("view", "Matte"), ("inputColour", "sRGB")];

/// Frames and prompts.
pub struct Scene {
    /// `00000.png` and on, and the same pictures as `.ppm`.
    pub frames: PathBuf,
    /// How many there are, at least two.
    pub count: usize,
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// The prompts as the parameter has them.
    pub prompts: String,
    /// What follows the object.
    pub tracker: String,
    /// What the frames are, for the person.
    pub what: String,
}

impl Scene {
    /// Makes the frames in the folder: of the clip, or of a scene of our own where there is no clip.
    pub fn make(
        bundle: &Bundle,
        clip: Option<&Path>,
        frames: usize,
        tracker: &str,
        folder: &Path,
    ) -> Result<Self> {
        remove_folder(folder)?;
        make_folder(folder)?;
        let (clip, what) = match clip {
            Some(clip) => (clip.to_owned(), clip.display().to_string()),
            None => (synthetic(bundle, frames, folder)?, "a scene of `airoto synth`".to_owned()),
        };
        let (number, mask) = first(&clip.join("masks"))?;
        let shown = box_of(&Picture::read(&mask)?)
            .ok_or_else(|| Error::program(format!("{} shows no object", mask.display())))?;
        let path = folder.join("prompts.json");
        std::fs::write(&path, prompts(number, shown)).at("writing", &path)?;
        let pictures = folder.join("frames");
        make_folder(&pictures)?;
        // The view of the source: whatever the clip's files are, what comes out is PNG of eight bits.
        let mut command = Command::new(&bundle.executable);
        command
            .arg("render")
            .arg("-i")
            .arg(clip.join("frames"))
            .arg("-p")
            .arg(&path)
            .arg("-o")
            .arg(pictures.join("source.%05d.png"));
        command.args(["--range", &format!("{number}-{}", number + frames as i64 - 1)]);
        command.args(["--view", "source", "--depth", "8", "--tracker", "flow", "--no-store"]);
        rendered(command.arg("--bundle").arg(&bundle.folder))?;
        let found = numbered(&pictures, "source.", ".png")?;
        let (mut width, mut height) = (0, 0);
        for (at, (_, path)) in found.iter().enumerate() {
            let picture = Picture::read(path)?;
            (width, height) = (picture.width, picture.height);
            write_ppm(&picture, &pictures.join(format!("{at:05}.ppm")))?;
            let to = pictures.join(format!("{at:05}.png"));
            std::fs::rename(path, &to).at("renaming to", &to)?;
        }
        if found.len() < 2 {
            return Err(Error::program(format!("{what} has {} frames, expected two or more", found.len())));
        }
        let prompts = prompts(0, shown);
        let tracker = tracker.to_owned();
        Ok(Self { frames: pictures, count: found.len(), width, height, prompts, tracker, what })
    }

    /// The parameters of the node as text, by their identifiers; switches are 0 and 1.
    pub fn parameters(&self) -> Vec<(&'static str, String)> {
        let mut all = vec![("prompts", self.prompts.clone()), ("tracker", self.tracker.clone())];
        all.extend(SETTINGS.map(|(name, value)| (name, value.to_owned())));
        all.push(("useStore", "0".to_owned()));
        all
    }

    /// The mattes of `airoto render` for pictures named `%05d.png` from 0, with so many bits a sample.
    pub fn reference(
        &self,
        bundle: &Bundle,
        frames: &Path,
        folder: &Path,
        bits: &str,
    ) -> Result<Vec<PathBuf>> {
        make_folder(folder)?;
        let prompts = folder.join("prompts.json");
        std::fs::write(&prompts, &self.prompts).at("writing", &prompts)?;
        let mut command = Command::new(&bundle.executable);
        command.arg("render").arg("-i").arg(frames.join("%05d.png")).arg("-p").arg(&prompts);
        command
            .arg("-o")
            .arg(folder.join("matte.%05d.png"))
            .args(["--range", &format!("0-{}", self.count - 1)]);
        command.args([
            "--view",
            "matte",
            "--depth",
            bits,
            "--input-colour",
            "srgb",
            "--tracker",
            &self.tracker,
        ]);
        rendered(command.arg("--no-store").arg("--bundle").arg(&bundle.folder))?;
        let mattes = self.all(folder, "matte.", ".png")?;
        pixels::show_something(&mattes)?;
        Ok(mattes)
    }

    /// The files of a sequence in order; an error if there are not as many as frames.
    pub fn all(&self, folder: &Path, begins: &str, ends: &str) -> Result<Vec<PathBuf>> {
        let found = numbered(folder, begins, ends)?;
        if found.len() != self.count {
            return Err(Error::program(format!(
                "{} holds {} pictures, expected {}",
                folder.display(),
                found.len(),
                self.count
            )));
        }
        Ok(found.into_iter().map(|(_, path)| path).collect())
    }
}

/// Runs `airoto`, of which only the failure is shown.
fn rendered(command: &mut Command) -> Result<()> {
    let output = process::output(command.env_remove("AIROTO_BUNDLE"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(Error::program(format!("`airoto` failed: {}", said.trim())))
}

/// A scene of our own of the size of the other clips; the folder of its frames and masks.
fn synthetic(bundle: &Bundle, frames: usize, folder: &Path) -> Result<PathBuf> {
    let clip = folder.join("clip");
    let mut command = Command::new(&bundle.executable);
    command.args(["synth", "--size", "854x480", "--format", "png", "--frames", &frames.to_string()]);
    rendered(command.arg(&clip))?;
    Ok(clip)
}

/// Left, top, right and bottom of what is white in a mask, in pixels from the top left.
fn box_of(mask: &Picture) -> Option<[usize; 4]> {
    let mut shown: Option<[usize; 4]> = None;
    for (at, _) in mask.rgb.iter().enumerate().filter(|(_, pixel)| pixel[0] > 127) {
        let (x, y) = (at % mask.width, at / mask.width);
        let [left, top, right, bottom] = shown.unwrap_or([x, y, x, y]);
        shown = Some([left.min(x), top.min(y), right.max(x + 1), bottom.max(y + 1)]);
    }
    shown
}

fn prompts(frame: i64, shown: [usize; 4]) -> String {
    json!({ "objects": [{ "name": "object", "prompts": [{ "frame": frame, "box": shown }] }] }).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_box_holds_all_that_is_white() {
        let mut mask = Picture::filled(5, 4, [0; 3]);
        assert_eq!(box_of(&mask), None);
        mask.rgb[5 + 2] = [255; 3];
        assert_eq!(box_of(&mask), Some([2, 1, 3, 2]));
        mask.rgb[3 * 5 + 1] = [128; 3];
        mask.rgb[4] = [127; 3];
        assert_eq!(box_of(&mask), Some([1, 1, 3, 4]));
        mask.rgb[19] = [255; 3];
        assert_eq!(box_of(&mask), Some([1, 1, 5, 4]));
    }

    #[test]
    fn prompts_and_settings_are_parameters() {
        let text = prompts(0, [190, 100, 560, 440]);
        let read: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
        assert_eq!(read["objects"][0]["prompts"][0]["box"], json!([190, 100, 560, 440]));
        assert!(!text.contains('\n'), "it goes on a command line: {text}");
        let scene = Scene {
            frames: PathBuf::new(),
            count: 2,
            width: 4,
            height: 3,
            prompts: text.clone(),
            tracker: "flow".to_owned(),
            what: String::new(),
        };
        let parameters = scene.parameters();
        let value =
            |id: &str| parameters.iter().find(|(name, _)| *name == id).map(|(_, value)| value.clone());
        assert_eq!(value("prompts"), Some(text));
        assert_eq!(value("useStore").as_deref(), Some("0"));
        // The labels are those of the page that is made from the table.
        let page =
            std::fs::read_to_string(crate::paths::root().join("docs/parameters.md")).expect("it is there");
        for (name, label) in SETTINGS {
            assert!(page.contains(&format!("`{name}`")), "{name}");
            assert!(page.contains(&format!(" {label} (`")), "{label}");
        }
        for (name, _) in &parameters {
            assert!(page.contains(&format!("| `{name}` |")), "{name}");
        }
    }

    #[test]
    fn a_frame_that_is_missing_is_an_error() {
        let place = tempfile::tempdir().expect("a folder can be made");
        let scene = Scene {
            frames: PathBuf::new(),
            count: 3,
            width: 1,
            height: 1,
            prompts: String::new(),
            tracker: String::new(),
            what: String::new(),
        };
        for name in ["matte.00002.png", "matte.00000.png"] {
            std::fs::write(place.path().join(name), "").expect("a file can be written");
        }
        let error = scene.all(place.path(), "matte.", ".png").expect_err("one is missing");
        assert!(error.to_string().ends_with("holds 2 pictures, expected 3"), "{error}");
        std::fs::write(place.path().join("matte.00001.png"), "").expect("a file can be written");
        let found = scene.all(place.path(), "matte.", ".png").expect("they are there");
        let names: Vec<_> = found.iter().filter_map(|path| path.file_name()).collect();
        assert_eq!(names, ["matte.00000.png", "matte.00001.png", "matte.00002.png"]);
    }
}

//! MLT's `melt`, as Shotcut and Kdenlive use it.

use super::limited::{self, Ended};
use super::pixels::{self, Difference};
use super::table::Trial;
use super::{EIGHT_BITS, Work};
use crate::demo::numbered;
use crate::error::{At, Error, Result};
use crate::files::{make_folder, remove_folder};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Renders the mattes in `melt` and compares.
///
/// melt takes pictures through YUV, so `airoto render` is given what melt writes of them without the node.
pub fn attempt(melt: &Path, work: &Work) -> Result<Trial> {
    let folder = work.folder.join("melt");
    remove_folder(&folder)?;
    make_folder(&folder)?;
    let profile = folder.join("profile");
    std::fs::write(&profile, profile_of(work.scene.width, work.scene.height)).at("writing", &profile)?;

    let plates = folder.join("plates");
    make_folder(&plates)?;
    let mut command = work.in_host(melt, &folder);
    source(&mut command, &profile, work);
    sink(&mut command, &plates.join("plate.%05d.png"), "rgba");
    let plain = limited::run(&mut command, work.limit, &folder, "plain")?;
    if !plain.well() {
        return Ok(Trial::impossible(format!(
            "without the node its exit status is {}: {}",
            plain.words(),
            plain.said.trim()
        )));
    }
    from_zero(&plates, "plate.")?;

    let mattes = folder.join("mattes");
    make_folder(&mattes)?;
    let mut command = work.in_host(melt, &folder);
    source(&mut command, &profile, work);
    command.args(["-filter", "openfx.org.airoto.AIRoto"]);
    command.args(work.scene.parameters().iter().map(|(name, value)| format!("{name}={value}")));
    sink(&mut command, &mattes.join("matte.%05d.png"), "rgb");
    let ended = limited::run(&mut command, work.limit, &folder, "melt")?;
    Ok(judge(&ended, drawn(work, &plates, &mattes, &folder)))
}

fn judge(ended: &Ended, drawn: Result<(usize, Difference)>) -> Trial {
    Trial::judge(ended, drawn, EIGHT_BITS)
}

fn drawn(work: &Work, plates: &Path, mattes: &Path, folder: &Path) -> Result<(usize, Difference)> {
    let found = work.scene.all(mattes, "matte.", ".png")?;
    let wanted = work.scene.reference(work.bundle, plates, &folder.join("reference"), "8")?;
    work.sheet("melt", &found, &wanted)?;
    Ok((found.len(), pixels::compare(&found, &wanted)?))
}

/// Whether this melt is known to be built without the module that loads OpenFX plugins, as many distributions' are.
///
/// Where its modules are not found, it is not known, and trying it will tell. `named` is the folder of the modules that
/// MLT_REPOSITORY names.
pub fn lacks_openfx(melt: &Path, named: Option<PathBuf>) -> bool {
    let folders = named.map_or_else(|| beside(melt), |folder| vec![folder]);
    let holds = |folder: &PathBuf, module: &str| {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        entries.into_iter().any(|entry| entry.file_name().to_string_lossy().contains(module))
    };
    // Every build has the core.
    let found = folders.iter().find(|folder| holds(folder, "mltcore"));
    found.is_some_and(|folder| !holds(folder, "mltopenfx"))
}

/// Where the modules of a melt in PREFIX/bin may be: in PREFIX/lib or a folder of the architecture in it.
fn beside(melt: &Path) -> Vec<PathBuf> {
    let melt = melt.canonicalize().unwrap_or_else(|_| melt.to_owned());
    let Some(prefix) = melt.parent().and_then(Path::parent) else { return Vec::new() };
    let mut folders = vec![prefix.join("lib"), prefix.join("lib64")];
    let inside = std::fs::read_dir(prefix.join("lib")).into_iter().flatten().flatten();
    folders.extend(inside.map(|entry| entry.path()));
    folders.iter().flat_map(|folder| ["mlt-7", "mlt"].map(|name| folder.join(name))).collect()
}

/// The frames that melt plays.
fn source(command: &mut Command, profile: &Path, work: &Work) {
    command.arg("-profile").arg(profile);
    command.arg(format!("avformat:{}", work.scene.frames.join("%05d.png").display()));
    command.arg(format!("out={}", work.scene.count - 1));
}

/// Files of what is played: one frame after the other, none left out, the end at the last.
fn sink(command: &mut Command, files: &Path, format: &str) {
    command.args([
        "-consumer",
        &format!("avformat:{}", files.display()),
        "f=image2",
        "vcodec=png",
        "pix_fmt=rgb24",
    ]);
    command.arg(format!("mlt_image_format={format}")).args(["an=1", "real_time=-1", "terminate_on_pause=1"]);
}

/// A format of the frames' size with square pixels; the rate is that of film and changes nothing here.
fn profile_of(width: usize, height: usize) -> String {
    format!(
        "description=frames\nframe_rate_num=24\nframe_rate_den=1\nwidth={width}\nheight={height}\n\
         progressive=1\nsample_aspect_num=1\nsample_aspect_den=1\ndisplay_aspect_num={width}\n\
         display_aspect_den={height}\ncolorspace=709\n"
    )
}

/// Names the pictures as the frames are, from 0: melt counts its files from 1.
fn from_zero(folder: &Path, begins: &str) -> Result<()> {
    for (at, (_, path)) in numbered(folder, begins, ".png")?.into_iter().enumerate() {
        let to: PathBuf = folder.join(format!("{at:05}.png"));
        if to.exists() {
            return Err(Error::program(format!("{} already exists", to.display())));
        }
        std::fs::rename(&path, &to).at("renaming to", &to)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_counted_from_zero() {
        let place = tempfile::tempdir().expect("a folder can be made");
        for number in [1, 2, 10] {
            let path = place.path().join(format!("plate.{number:05}.png"));
            std::fs::write(path, number.to_string()).expect("a file can be written");
        }
        from_zero(place.path(), "plate.").expect("they can be renamed");
        let third = std::fs::read_to_string(place.path().join("00002.png")).expect("it is there");
        assert_eq!(third, "10");
        assert!(from_zero(place.path(), "plate.").is_err(), "there is none");
    }

    #[test]
    fn a_melt_without_the_module_is_told_from_one_that_is_not_known() {
        let place = tempfile::tempdir().expect("a folder can be made");
        let melt = place.path().join("bin/melt");
        let modules = place.path().join("lib/x86_64-linux-gnu/mlt-7");
        for folder in [&place.path().join("bin"), &modules] {
            std::fs::create_dir_all(folder).expect("a folder can be made");
        }
        std::fs::write(&melt, "").expect("a file can be written");
        assert!(!lacks_openfx(&melt, None), "there are no modules, so it is not known");
        std::fs::write(modules.join("libmltcore.so"), "").expect("a file can be written");
        assert!(lacks_openfx(&melt, None));
        std::fs::write(modules.join("libmltopenfx.so"), "").expect("a file can be written");
        assert!(!lacks_openfx(&melt, None));
        assert!(!lacks_openfx(Path::new("melt"), Some(modules.clone())));
        std::fs::remove_file(modules.join("libmltopenfx.so")).expect("it is there");
        assert!(lacks_openfx(Path::new("melt"), Some(modules)));
    }

    #[test]
    fn the_profile_has_the_size_of_the_frames() {
        let profile = profile_of(854, 480);
        let lines: Vec<&str> = profile.lines().collect();
        for line in ["width=854", "height=480", "display_aspect_num=854", "progressive=1"] {
            assert!(lines.contains(&line), "{profile}");
        }
    }
}

//! `cargo xtask parity`: the mattes of `airoto render` and `airoto matte` and the boxes of `airoto detect`
//! against the reference implementations.
//!
//! `parity.py`, `vitmatte_parity.py` and `grounding_dino_parity.py` in `models/export/airoto_export` do the
//! comparing; this brings what they need.

use crate::error::{Error, Result};
use crate::export::{self, Exporter};
use crate::progress::heading;
use crate::setup;
use crate::{paths, process};
use std::path::PathBuf;

/// What is compared unless a family is named: the family, and the sides of its input in pixels, or of
/// matting networks the sizes that they come in.
const ALL: &[(&str, &[&str])] = &[
    ("edgetam", &["512", "1024"]),
    ("sam2", &["1024"]),
    ("vitmatte", &["tiny", "small"]),
    ("grounding-dino", &["tiny"]),
];

/// Options of `parity`.
#[derive(clap::Args)]
pub struct Arguments {
    /// Only this family
    #[arg(long, value_parser = ["sam2", "edgetam", "vitmatte", "grounding-dino"])]
    family: Option<String>,
    /// Only this side of the model's input, in pixels; for vitmatte and grounding-dino only this size
    #[arg(long, value_parser = ["512", "1024", "tiny", "small", "base"])]
    size: Option<String>,
    /// A checkpoint of the family, instead of random weights of a fixed seed
    #[arg(long, value_name = "PATH", requires = "family")]
    from: Option<PathBuf>,
    /// Precision of the graphs; the reference is always of 32 bits
    #[arg(long, default_value = "fp32", value_parser = ["fp32", "fp16", "int8"])]
    precision: String,
    /// Folder of clips, each with frames/ and masks/ [default: ../shared/clips]
    #[arg(long, value_name = "DIR")]
    clips: Option<PathBuf>,
    /// A clip in that folder; may be given more than once [default: dog, bmx-trees]
    #[arg(long, value_name = "NAME")]
    clip: Vec<String>,
    /// A script of prompts; may be given more than once [default: all]; for trackers only
    #[arg(long, value_parser = ["points", "box", "mask", "correction", "occluded"])]
    script: Vec<String>,
    /// Number of frames of each clip
    #[arg(long, default_value = "12")]
    frames: u32,
    /// Device of the graphs
    #[arg(long, default_value = "cpu", value_parser = ["cpu", "cuda"])]
    device: String,
    /// A built `airoto` beside its plugin [default: built with --release]
    #[arg(long, value_name = "PATH")]
    airoto: Option<PathBuf>,
    /// A Python that has the packages of models/export/requirements.txt, as for export-model
    #[arg(long, value_name = "PATH")]
    python: Option<PathBuf>,
}

/// Compares; an error where anything is not as the reference has it.
pub fn run(arguments: &Arguments) -> Result<()> {
    let clips = arguments.clips.clone().unwrap_or_else(|| paths::root().join("../shared/clips"));
    if !clips.is_dir() {
        return Err(Error::person(format!(
            "there is no folder of clips at {}: name one with --clips",
            clips.display()
        )));
    }
    let exporter = Exporter::find(arguments.python.as_deref())?;
    let tools = setup::run(&setup::Arguments { force: false })?;
    let airoto = match &arguments.airoto {
        Some(path) => path.clone(),
        None => {
            heading("building airoto");
            if !process::shown(tools.cargo().args(["build", "--release", "--lib", "--bins"]))? {
                return Err(Error::program("the command line does not build"));
            }
            paths::target().join("release").join(format!("airoto{}", std::env::consts::EXE_SUFFIX))
        }
    };
    let mut bad = Vec::new();
    for (family, size) in chosen(arguments.family.as_deref(), arguments.size.as_deref()) {
        heading(&format!("parity: {family} {size}"));
        let mut command = match family {
            "vitmatte" => exporter.module("airoto_export.vitmatte_parity"),
            "grounding-dino" => exporter.module("airoto_export.grounding_dino_parity"),
            _ => {
                let mut command = exporter.module("airoto_export.parity");
                command.args(["--family", family]);
                arguments.script.iter().for_each(|script| {
                    command.args(["--script", script]);
                });
                command
            }
        };
        command.args(["--size", size, "--precision", &arguments.precision]);
        command.args(["--device", &arguments.device, "--frames", &arguments.frames.to_string()]);
        command.arg("--clips").arg(&clips).arg("--airoto").arg(&airoto);
        command.arg("--work").arg(paths::target().join("parity"));
        command.env("ORT_DYLIB_PATH", &tools.onnxruntime);
        if let Some(checkpoint) = &arguments.from {
            command.arg("--from").arg(checkpoint);
        }
        arguments.clip.iter().for_each(|clip| {
            command.args(["--clip", clip]);
        });
        if !export::compared(&mut command)? {
            bad.push(format!("{family} {size}"));
        }
    }
    if bad.is_empty() {
        return Ok(());
    }
    Err(Error::program(format!("differs from the reference: {}", bad.join(", "))))
}

/// Families and sizes to compare.
fn chosen<'a>(family: Option<&str>, size: Option<&'a str>) -> Vec<(&'static str, &'a str)> {
    let families = ALL.iter().filter(|(name, _)| family.is_none_or(|family| family == *name));
    let pairs = families.flat_map(|(name, sizes)| sizes.iter().map(move |side| (*name, *side)));
    match (family, size) {
        // Asked for by name, a family is compared at any size.
        (Some(_), Some(size)) => {
            ALL.iter().filter(|(n, _)| family == Some(n)).map(|(n, _)| (*n, size)).collect()
        }
        (_, Some(size)) => pairs.filter(|(_, side)| *side == size).collect(),
        (_, None) => pairs.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_families_unless_one_is_named() {
        let all = chosen(None, None);
        assert_eq!(all[..3], [("edgetam", "512"), ("edgetam", "1024"), ("sam2", "1024")]);
        assert_eq!(all[3..], [("vitmatte", "tiny"), ("vitmatte", "small"), ("grounding-dino", "tiny")]);
        assert_eq!(chosen(Some("edgetam"), None), [("edgetam", "512"), ("edgetam", "1024")]);
        assert_eq!(chosen(None, Some("512")), [("edgetam", "512")]);
        assert_eq!(chosen(Some("sam2"), Some("512")), [("sam2", "512")]);
        assert_eq!(chosen(Some("vitmatte"), Some("base")), [("vitmatte", "base")]);
    }
}

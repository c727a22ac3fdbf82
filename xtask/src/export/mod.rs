//! `cargo xtask export-model`: a public checkpoint on this machine to a model pack, by the Python
//! package in `models/export`.

mod python;

use crate::error::{Error, Result};
use crate::progress::heading;
use std::path::PathBuf;

pub use python::{Exporter, MATTING, compared, named_python};

/// Options of `export-model`.
#[derive(clap::Args)]
pub struct Arguments {
    /// The family of the checkpoint
    #[arg(long, value_parser = ["sam2", "edgetam", "vitmatte", "grounding-dino"])]
    family: String,
    /// A local Hugging Face folder, or a local original checkpoint
    #[arg(long, value_name = "PATH")]
    from: PathBuf,
    /// Side of a tracker's square input in pixels [default: 1024]; vitmatte and grounding-dino take
    /// pictures of all sizes
    #[arg(long, value_parser = ["512", "1024"])]
    size: Option<String>,
    /// Precision of the graphs: fp16 is for graphics cards, int8 for processors;
    /// grounding-dino has fp32 only
    #[arg(long, default_value = "fp32", value_parser = ["fp32", "fp16", "int8"])]
    precision: String,
    /// The pack's name, by which the model is chosen [default: the folder's]
    #[arg(long)]
    name: Option<String>,
    /// A folder with the vocabulary of a grounding-dino checkpoint, if it has none beside it
    #[arg(long, value_name = "FOLDER")]
    tokenizer: Option<PathBuf>,
    /// The name of a pack of the same model for a smaller input, used when a device has too little
    /// memory for this one
    #[arg(long, value_name = "NAME")]
    smaller: Option<String>,
    /// Licence of the checkpoint, which is written into the pack [default: MIT for vitmatte, Apache-2.0
    /// for the others]
    #[arg(long)]
    licence: Option<String>,
    /// The pack's folder; an existing pack is replaced
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    /// A Python that has the packages of models/export/requirements.txt [default: AIROTO_PYTHON, else
    /// they are installed in target/tools/export]
    #[arg(long, value_name = "PATH")]
    python: Option<PathBuf>,
}

/// Exports.
pub fn run(arguments: &Arguments) -> Result<()> {
    if !arguments.from.exists() {
        return Err(Error::person(format!("there is no checkpoint {}", arguments.from.display())));
    }
    let exporter = Exporter::find(arguments.python.as_deref())?;
    heading("export");
    let mut command = exporter.module("airoto_export");
    command.args(["--family", &arguments.family, "--precision", &arguments.precision]);
    command.arg("--from").arg(&arguments.from).arg("-o").arg(&arguments.output);
    let optional = [
        ("--size", &arguments.size),
        ("--licence", &arguments.licence),
        ("--name", &arguments.name),
        ("--smaller", &arguments.smaller),
    ];
    for (flag, value) in optional {
        command.args(value.iter().flat_map(|value| [flag, value]));
    }
    if let Some(tokenizer) = &arguments.tokenizer {
        command.arg("--tokenizer").arg(tokenizer);
    }
    python::run(&mut command)
}

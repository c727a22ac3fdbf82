//! `cargo xtask setup`: brings what the build and the models need and the machine does not have.
//!
//! Everything goes into `target/tools`; nothing is installed on the system. What is there is
//! verified by its recorded checksums, so that a second run does nothing.

mod debian;
mod libclang;
mod onnxruntime;
mod pip;
mod python;
mod record;
mod wheel;

use crate::error::{At, Error, Result};
use crate::progress::heading;
use crate::{paths, process};
use std::path::PathBuf;
use std::process::Command;

pub use pip::Pip;
pub use python::Python;

/// Options of `setup`.
#[derive(clap::Args)]
pub struct Arguments {
    /// Fetch everything again, even if it is there and complete
    #[arg(long)]
    pub force: bool,
}

/// What set-up found or brought.
pub struct Tools {
    /// ONNX Runtime's library.
    pub onnxruntime: PathBuf,
    /// The Python that set-up used.
    pub python: Python,
}

impl Tools {
    /// A cargo whose programs find ONNX Runtime; where libclang is, `.cargo/config.toml` says.
    pub fn cargo(&self) -> Command {
        let mut cargo = process::cargo();
        cargo.current_dir(paths::root()).env("ORT_DYLIB_PATH", &self.onnxruntime);
        cargo
    }
}

/// Brings what is missing; returns where everything is.
pub fn run(arguments: &Arguments) -> Result<Tools> {
    heading("set-up");
    let tools = paths::tools();
    if arguments.force {
        for tool in [onnxruntime::NAME, libclang::NAME] {
            crate::files::remove_folder(&tools.join(tool))?;
        }
    }
    std::fs::create_dir_all(&tools).at("making the folder", &tools)?;
    c_compiler()?;
    let python = Python::find()?;
    libclang::bring(&python)?;
    let onnxruntime = onnxruntime::bring(&python)?;
    Ok(Tools { onnxruntime, python })
}

/// The build compiles a little C; Rust itself needs the same compiler as its linker.
fn c_compiler() -> Result<()> {
    if cfg!(windows) || std::env::var_os("CC").is_some() {
        return Ok(());
    }
    if process::answer(Command::new("cc").arg("--version")).is_none() {
        return Err(Error::person(
            "there is no C compiler `cc`, which Rust needs as its linker: \
             install one (Debian: `apt-get install gcc libc6-dev`)",
        ));
    }
    Ok(())
}

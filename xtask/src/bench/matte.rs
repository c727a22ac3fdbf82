//! Fast matting beside pymatting, in one run.

use crate::error::{At, Error, Result};
use crate::export::{Exporter, MATTING};
use crate::files::make_folder;
use crate::progress::heading;
use crate::{paths, process, setup};
use std::path::PathBuf;

/// Threads of either.
const THREADS: &str = "2";

/// Options of `bench matte`.
#[derive(clap::Args)]
pub struct Arguments {
    /// A Python that has the packages of models/matting/requirements.txt [default: AIROTO_PYTHON, else
    /// they are installed in target/tools/matting]
    #[arg(long, value_name = "PATH")]
    python: Option<PathBuf>,
}

/// Makes the mattes of the reference, then measures.
pub fn run(arguments: &Arguments) -> Result<()> {
    let tools = setup::run(&setup::Arguments { force: false })?;
    let still = paths::root().join("../shared/clips/lemur");
    if !still.is_dir() {
        println!("skipped: {} does not exist", still.display());
        return Ok(());
    }
    let python = Exporter::with(arguments.python.as_deref(), &MATTING)?;
    heading("building the bench (release)");
    if !process::shown(tools.cargo().args(["bench", "--bench", "matte", "--no-run"]))? {
        return Err(Error::program("the bench matte does not build; see cargo's output above"));
    }
    heading("bench: matte");
    let folder = paths::root().join("target").join("bench").join("matte");
    make_folder(&folder)?;
    let mut command = python.command();
    command.arg(paths::root().join("models/matting/reference.py"));
    command.arg(still.join("lemur.png")).arg(still.join("lemur_trimap.png")).arg(&folder);
    for variable in ["OMP_NUM_THREADS", "NUMBA_NUM_THREADS", "OPENBLAS_NUM_THREADS"] {
        command.env(variable, THREADS);
    }
    let seconds = process::answer(&mut command)
        .ok_or_else(|| Error::program("pymatting gave no mattes of the still"))?;
    let times = folder.join("seconds.txt");
    std::fs::write(&times, seconds).at("writing", &times)?;
    let mut bench = tools.cargo();
    bench.args(["bench", "--quiet", "--bench", "matte"]).env("AIROTO_MATTES", &folder);
    let good = process::shown(&mut bench)?;
    if good { Ok(()) } else { Err(Error::program("the bench matte failed; see its output above")) }
}

//! `cargo xtask bench`: measurements of speed, each with what it needs brought first.

mod again;
mod artist;
mod cost;
mod matte;

use crate::error::{Error, Result};
use crate::files::make_folder;
use crate::progress::heading;
use crate::{paths, process, setup};
use clap::Subcommand;
use std::path::PathBuf;
use std::process::Command;

/// Options of `bench`.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    bench: Bench,
}

#[derive(Subcommand)]
enum Bench {
    /// The first frame of a new process, beside the same frame in the process that tracked those before it
    Again(again::Arguments),
    /// Corrections until every frame of a clip is right: drawn, clicked, and interpolated without a tracker
    Artist(artist::Arguments),
    /// The whole frame time of `airoto render` beside that of the model's graphs and of the reference
    Cost(cost::Arguments),
    /// Edges on exact scenes: blur lengths, errors, flicker
    Edges,
    /// The flow tracker on the sequences of ../shared/clips: quality and frames a second
    Flow,
    /// Fast matting beside pymatting on the still of ../shared/clips: errors and seconds
    Matte(matte::Arguments),
    /// Mattes to shapes: fit, keys and time
    Shapes,
    /// A small object in frames of 3840x2160: what they cost beside the network, and the worker's memory
    Uhd(Uhd),
}

/// Options of `bench uhd`.
#[derive(clap::Args)]
struct Uhd {
    /// The tracker: default, flow, a model by its name, or the folder of a model pack
    #[arg(long, value_name = "NAME|PATH", default_value = "default")]
    tracker: String,
    /// Threads of the graphs and of everything else
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// Three frames of 7680x4320 instead
    #[arg(long)]
    larger: bool,
}

/// Measures.
pub fn run(arguments: &Arguments) -> Result<()> {
    match &arguments.bench {
        Bench::Again(arguments) => again::run(arguments),
        Bench::Artist(arguments) => artist::run(arguments),
        Bench::Cost(arguments) => cost::run(arguments),
        Bench::Edges => cargo("edges"),
        Bench::Flow => cargo("flow"),
        Bench::Matte(arguments) => matte::run(arguments),
        Bench::Shapes => cargo("shapes"),
        Bench::Uhd(arguments) => uhd(arguments),
    }
}

/// Drives the plugin that a release build makes.
fn uhd(arguments: &Uhd) -> Result<()> {
    let tools = setup::run(&setup::Arguments { force: false })?;
    program(&tools)?;
    heading("bench: uhd");
    let folder = paths::root().join("target").join("bench");
    make_folder(&folder)?;
    let mut command = tools.cargo();
    command.args(["bench", "--bench", "uhd"]).env("AIROTO_TIMES", folder.join("uhd-times"));
    command.env("AIROTO_BENCH_TRACKER", &arguments.tracker);
    for variable in ["AIROTO_THREADS", "RAYON_NUM_THREADS"] {
        command.env(variable, arguments.threads.to_string());
    }
    if arguments.larger {
        command.env("AIROTO_BENCH_8K", "1");
    }
    if process::shown(&mut command)? {
        Ok(())
    } else {
        Err(Error::program("the bench uhd failed; see its output above"))
    }
}

/// Builds plugin and command line for release; gives the path of the command line.
fn program(tools: &setup::Tools) -> Result<PathBuf> {
    heading("building the plugin and the command line (release)");
    if !process::shown(tools.cargo().args(["build", "--release", "--lib", "--bin", "airoto"]))? {
        return Err(Error::program("the plugin and the command line do not build; see cargo's output above"));
    }
    Ok(paths::target().join("release").join(format!("airoto{}", std::env::consts::EXE_SUFFIX)))
}

/// Runs `airoto render --json`; gives its summary.
fn summary(render: &mut Command) -> Result<serde_json::Value> {
    let output = process::output(render)?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(Error::program(format!("airoto render failed: {said}")));
    }
    serde_json::from_slice(&output.stdout)
        .map_err(|_| Error::program("airoto render gave no summary in JSON"))
}

/// A bench of the library.
fn cargo(name: &str) -> Result<()> {
    let tools = setup::run(&setup::Arguments { force: false })?;
    heading(&format!("bench: {name}"));
    let good = process::shown(tools.cargo().args(["bench", "--bench", name]))?;
    if good { Ok(()) } else { Err(Error::program(format!("the bench {name} failed; see its output above"))) }
}

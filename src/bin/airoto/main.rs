//! `airoto`: rotoscoping from the command line, through the same plugin that hosts load.
//!
//! Each sub-command is a module with an `Args` struct and a `run`. What a person did wrong ends the
//! program with one sentence on standard error and exit code 2; so does wrong usage.

#![deny(clippy::print_stdout, clippy::print_stderr, reason = "`say` is the one place that prints")]

#[macro_use]
mod say;

mod detect;
mod doctor;
mod eval;
mod failure;
mod host;
mod input;
mod matte;
mod models;
mod options;
mod order;
mod overdue;
mod params;
mod plugin;
mod presets;
mod render;
mod shapes;
mod stamp;
mod states;
mod synth;
mod track;
mod usage;
mod worker;

use std::process::ExitCode;

use airoto::io::{Budget, millions};
use clap::{Parser, Subcommand};

pub use failure::Failure;

/// AI rotoscoping: prompts to tracked mattes and editable shapes.
#[derive(Parser)]
#[command(name = "airoto", version, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// Maximum pixels of a picture that is read, in millions [default: 160]
    #[arg(long, value_name = "MILLIONS", global = true, value_parser = millions)]
    max_pixels: Option<u64>,
    /// Maximum memory for reading one file, in MB [default: 5120]
    #[arg(long, value_name = "MB", global = true, value_parser = millions)]
    max_memory: Option<u64>,
}

/// What reading a file may take: what the options say, else the environment, else the default.
fn budget(max_pixels: Option<u64>, max_memory: Option<u64>) -> Result<Budget, Failure> {
    let set = Budget::from_environment()?;
    Ok(Budget { pixels: max_pixels.unwrap_or(set.pixels), bytes: max_memory.unwrap_or(set.bytes) })
}

#[derive(Subcommand)]
enum Command {
    /// Track prompted objects through footage, and write mattes and shapes
    Render(Box<render::Args>),
    /// Score a tracker on clips with known masks
    Eval(Box<eval::Args>),
    /// Manage trackers, matting networks and detectors, and their model packs
    Models(models::Args),
    /// Solve for the alpha of one frame with a matting network, from a trimap
    Matte(Box<matte::Args>),
    /// Find objects in one frame by text
    Detect(Box<detect::Args>),
    /// Check that this machine has everything that AI Roto needs
    Doctor(doctor::Args),
    /// List the presets that come with AI Roto
    Presets(presets::Args),
    /// Inspect OpenFX plugins, AI Roto's or others
    Host(host::Args),
    /// Inspect, draw, compare and convert files of shapes
    Shapes(shapes::Args),
    /// Render a clip whose alpha is known exactly
    Synth(synth::Args),
    #[command(hide = true, about = "Write pages about the parameters")]
    Params(params::Args),
    #[command(hide = true, about = "Track for a plugin, which starts this command itself")]
    Worker(worker::Args),
}

fn main() -> ExitCode {
    // ONNX Runtime reads it when it is loaded, in this process or in a worker. Where it cannot be set,
    // a library that would send usage data is not loaded.
    let (switch, off) = airoto::models::TELEMETRY_SWITCH;
    let _ = airoto::host::set_while_alone(switch, off);
    let Cli { command, max_pixels, max_memory } = Cli::parse();
    // What goes wrong is one sentence, said below; the worker's errors go to its log file.
    let level = if matches!(command, Command::Worker(_)) { "error" } else { "off" };
    env_logger::init_from_env(env_logger::Env::new().filter_or("AIROTO_LOG", level));
    let budget = budget(max_pixels, max_memory).map(Budget::set_for_process);
    let result = budget.and_then(|()| run(command));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            complain!("airoto: {failure}");
            ExitCode::from(2)
        }
    }
}

fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Render(args) => render::run(*args),
        Command::Eval(args) => eval::run(*args),
        Command::Models(args) => models::run(args),
        Command::Matte(args) => matte::run(&args),
        Command::Detect(args) => detect::run(*args),
        Command::Doctor(args) => doctor::run(args),
        Command::Presets(args) => presets::run(&args),
        Command::Params(args) => params::run(&args),
        Command::Host(args) => host::run(args),
        Command::Shapes(args) => shapes::run(args),
        Command::Synth(args) => synth::run(args),
        Command::Worker(args) => worker::run(args),
    }
}

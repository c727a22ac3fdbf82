//! What a person runs: `cargo xtask setup | test | counts | demo | docs | bundle | install | export-model | parity | sheets | hosts | clean`.
//!
//! Every task brings what it needs first, says what it does, and ends with an error of one sentence
//! where it cannot go on.

mod bench;
mod bundle;
mod caches;
mod clean;
mod counts;
mod demo;
mod deny;
mod docs;
mod error;
mod export;
mod files;
mod hosts;
mod install;
mod licences;
mod parity;
mod paths;
mod picture;
mod platform;
mod process;
mod progress;
mod setup;
mod sheet;
mod sheets;
mod test;

use clap::{Parser, Subcommand};
use error::Result;
use std::process::ExitCode;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Set up, test, bundle and install AI Roto")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Download what is missing into target/tools: ONNX Runtime, libclang
    Setup(setup::Arguments),
    /// Set up, check style and documentation, and run every test
    Test(test::Arguments),
    /// Count what the house rules limit: import circles, lengths of files and functions, parameters
    Counts,
    /// Make mattes and shapes from the clip that ships, in target/demo
    Demo(demo::Arguments),
    /// Write the pages and pictures that come from the parameter table
    Docs(docs::Arguments),
    /// Lay out AIRoto.ofx.bundle for this platform
    Bundle(bundle::Arguments),
    /// Put the bundle where hosts look for plugins, and remove the hosts' plugin caches
    Install(install::Arguments),
    /// Remove the bundle from where `install` puts it
    Uninstall(install::Arguments),
    /// Turn a public checkpoint on this machine into a model pack
    ExportModel(export::Arguments),
    /// Measure speed: what a frame costs, flow, shapes
    Bench(bench::Arguments),
    /// Compare the mattes of `airoto render` with the reference implementations
    Parity(parity::Arguments),
    /// Make a contact sheet of each clip of a folder
    Sheets(sheets::Arguments),
    /// Render in real hosts, where they are installed, and compare with `airoto render`
    Hosts(hosts::Arguments),
    /// Remove what these tasks made: tools, bundle, demo, kept tracks
    Clean(clean::Arguments),
}

fn main() -> ExitCode {
    match run(Arguments::parse().task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> Result<()> {
    match task {
        Task::Setup(arguments) => setup::run(&arguments).map(|_| ()),
        Task::Test(arguments) => test::run(&arguments),
        Task::Counts => counts::run(),
        Task::Demo(arguments) => demo::run(&arguments),
        Task::Docs(arguments) => docs::run(&arguments),
        Task::Bundle(arguments) => bundle::run(&arguments).map(|_| ()),
        Task::Install(arguments) => install::install(&arguments),
        Task::Uninstall(arguments) => install::uninstall(&arguments),
        Task::ExportModel(arguments) => export::run(&arguments),
        Task::Bench(arguments) => bench::run(&arguments),
        Task::Parity(arguments) => parity::run(&arguments),
        Task::Sheets(arguments) => sheets::run(&arguments),
        Task::Hosts(arguments) => hosts::run(&arguments),
        Task::Clean(arguments) => clean::run(&arguments),
    }
}

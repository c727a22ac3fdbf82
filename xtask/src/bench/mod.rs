//! `cargo xtask bench`: measurements of speed, each with what it needs brought first.

mod cost;

use crate::error::{Error, Result};
use crate::progress::heading;
use crate::{process, setup};
use clap::Subcommand;

/// Options of `bench`.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    bench: Bench,
}

#[derive(Subcommand)]
enum Bench {
    /// The whole frame time of `airoto render` beside that of the model's graphs and of the reference
    Cost(cost::Arguments),
    /// Edges on exact scenes: blur lengths, errors, flicker
    Edges,
    /// The flow tracker on the sequences of ../shared/clips: quality and frames a second
    Flow,
    /// Mattes to shapes: fit, keys and time
    Shapes,
}

/// Measures.
pub fn run(arguments: &Arguments) -> Result<()> {
    match &arguments.bench {
        Bench::Cost(arguments) => cost::run(arguments),
        Bench::Edges => cargo("edges"),
        Bench::Flow => cargo("flow"),
        Bench::Shapes => cargo("shapes"),
    }
}

/// A bench of the library.
fn cargo(name: &str) -> Result<()> {
    let tools = setup::run(&setup::Arguments { force: false })?;
    heading(&format!("bench: {name}"));
    let good = process::shown(tools.cargo().args(["bench", "--bench", name]))?;
    if good { Ok(()) } else { Err(Error::program(format!("the bench {name} failed; its words are above"))) }
}

//! `cargo xtask counts`: what the house rules limit, as `tests/layers` counts it.

use crate::error::{Error, Result};
use crate::process;
use crate::setup;

/// Sets up and prints the counts; an error if they cannot be taken.
pub fn run() -> Result<()> {
    let tools = setup::run(&setup::Arguments { force: false })?;
    let mut command = tools.cargo();
    command.args(["test", "--quiet", "--test", "layers", "--", "--exact", "counts", "--nocapture"]);
    if process::shown(&mut command)? { Ok(()) } else { Err(Error::program("cannot count")) }
}

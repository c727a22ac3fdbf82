//! `airoto params`: pages about the node's parameters, out of what the plugin declares. `cargo xtask docs` writes
//! them, and a test says when they are older than the table.

mod panel;
mod table;

use airoto::host::{Context, Descriptor, ParamDescriptor, ParamKind};

use crate::{Failure, plugin};

/// Write pages about the parameters.
#[derive(clap::Args)]
pub struct Args {
    /// The page: every parameter, a drawing of the panel, or the page of pictures
    #[arg(long, default_value = "table", value_parser = ["table", "panel", "pictures"])]
    page: String,
}

/// Writes one.
pub fn run(args: &Args) -> Result<(), Failure> {
    let plugin = plugin::open(None)?;
    let descriptor = plugin.describe(Context::General)?;
    let page = match args.page.as_str() {
        "panel" => panel::drawing(&descriptor),
        "pictures" => panel::page(&descriptor),
        _ => table::page(&descriptor),
    };
    crate::say::print(format_args!("{page}"));
    Ok(())
}

/// The groups in the panel's order, each with its parameters.
fn groups(descriptor: &Descriptor) -> Vec<(&ParamDescriptor, Vec<&ParamDescriptor>)> {
    let all = &descriptor.parameters;
    let groups = all.iter().filter(|p| p.kind == ParamKind::Group);
    groups.map(|g| (g, all.iter().filter(|p| p.parent == g.name && !p.secret).collect())).collect()
}

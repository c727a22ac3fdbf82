//! `airoto params`: pages about the node's parameters, made from their table. `cargo xtask docs` writes them, and a
//! test fails when they are older than the table.

mod panel;
mod rows;
mod table;

use airoto::params;

use crate::Failure;

/// Write pages about the parameters.
#[derive(clap::Args)]
pub struct Args {
    /// The page: every parameter, a drawing of the panel, or the page of pictures
    #[arg(long, default_value = "table", value_parser = ["table", "panel", "pictures"])]
    page: String,
}

/// Writes one.
pub fn run(args: &Args) -> Result<(), Failure> {
    let rows = params::table();
    let page = match args.page.as_str() {
        "panel" => panel::drawing(rows),
        "pictures" => panel::page(rows),
        _ => table::page(rows),
    };
    crate::say::print(format_args!("{page}"));
    Ok(())
}

#[cfg(test)]
mod tests {
    use airoto::params::{Group, Kind, Param};

    use super::*;

    #[test]
    fn a_new_row_is_in_the_panel_and_on_the_page() {
        let extra = Param {
            id: "extraThing",
            label: "Extra thing",
            hint: "Does more | less.",
            kind: Kind::Double { default: 0.5, range: (-2.0, 2.0), display: (0.0, 1.0) },
            unit: "pixels",
            ..Param::of(Group::Edge)
        };
        let rows = [params::table(), &[extra]].concat();
        let page = table::page(&rows);
        let row = "| Extra thing | `extraThing` | Does more \\| less. | pixels | -2 to 2 | 0.5 |\n";
        let edge = page.split("## Edge").nth(1).and_then(|rest| rest.split("## ").next()).expect("the group");
        assert!(edge.contains(row), "{edge}");
        let (before, after) = (panel::drawing(params::table()), panel::drawing(&rows));
        assert!(!before.contains("Extra thing") && after.contains(">Extra thing</text>"));
    }
}

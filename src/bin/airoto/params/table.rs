//! The page of every parameter.

use super::rows;
use std::fmt::Write;

use airoto::params::{Kind, Param};

/// The page, as Markdown.
pub fn page(rows: &[Param]) -> String {
    let mut out = String::from(
        "# Parameters\n\n\
         Every parameter of the node, in the panel's order. `cargo xtask docs` writes this page from the table of \
         parameters. The identifier is what scripts, presets and saved projects name; [views.md](views.md) shows the \
         panel and the views.\n",
    );
    for (group, params) in rows::groups(rows) {
        let _ = write!(
            out,
            "\n## {}\n\n| label | identifier | what it does | unit | range | default |\n|---|---|---|---|---|---|\n",
            group.label()
        );
        for p in &params {
            let (hint, range, default) = (cell(p.hint), range(p), cell(&rows::default(p)));
            let _ = writeln!(out, "| {} | `{}` | {hint} | {} | {range} | {default} |", p.label, p.id, p.unit);
        }
        for p in &params {
            if let Kind::Choice { options, .. } = p.kind {
                let options = options.iter().map(|(id, label)| format!("{label} (`{id}`)"));
                let _ = write!(out, "\n**{}**: {}.\n", p.label, options.collect::<Vec<_>>().join(", "));
            }
        }
    }
    out
}

/// Text in a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

fn range(p: &Param) -> String {
    match p.kind {
        Kind::Int { range: (low, high), .. } => format!("{low} to {high}"),
        Kind::Double { range: (low, high), .. } => format!("{low} to {high}"),
        Kind::Keys { meanings } => format!("0 to {}", meanings.len().saturating_sub(1)),
        Kind::Bool { .. } => "on, off".to_owned(),
        Kind::Button => "button".to_owned(),
        Kind::Choice { .. } => "see below".to_owned(),
        Kind::Line { .. }
        | Kind::Text { .. }
        | Kind::SaveFile
        | Kind::Folder
        | Kind::Colour { .. }
        | Kind::Status => String::new(),
    }
}

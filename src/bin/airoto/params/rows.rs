//! Rows of the table as pages show them.

use airoto::params::{Group, Kind, Param};

/// The groups in the panel's order, each with its parameters.
pub fn groups(rows: &[Param]) -> Vec<(Group, Vec<&Param>)> {
    Group::ALL.into_iter().map(|g| (g, rows.iter().filter(|p| p.group == g).collect())).collect()
}

/// The default of a parameter as people read it.
pub fn default(param: &Param) -> String {
    match param.kind {
        Kind::Line { default } | Kind::Text { default } => default.to_owned(),
        Kind::Choice { options, default } => options.get(default).map_or("", |o| o.1).to_owned(),
        Kind::Int { default, .. } => default.to_string(),
        Kind::Double { default, .. } => default.to_string(),
        Kind::Colour { default } => default.map(|v| v.to_string()).join(", "),
        Kind::Bool { default } => if default { "on" } else { "off" }.to_owned(),
        Kind::Keys { .. } => "0".to_owned(),
        Kind::SaveFile | Kind::Folder | Kind::Status | Kind::Button => String::new(),
    }
}

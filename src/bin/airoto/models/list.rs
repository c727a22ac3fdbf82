//! `airoto models list`.

use std::path::PathBuf;

use airoto::models::search_path::Place;
use airoto::models::{self, installed};

use super::named::size;
use crate::Failure;

/// List trackers, matting networks and detectors, where they are, and what is wrong with them.
#[derive(clap::Args)]
pub struct Args {
    /// Print the list as JSON
    #[arg(long)]
    json: bool,
}

/// A tracker, or a network that does something else.
#[derive(serde::Serialize)]
struct Row {
    name: String,
    default: bool,
    /// Whether it refines mattes, and is no tracker.
    refines: bool,
    /// Whether it finds what a text names, and is no tracker.
    detects: bool,
    /// What it does that is no tracker, in words.
    #[serde(skip)]
    does: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    family: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    precision: Option<String>,
    /// Of its graphs.
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<Place>,
    #[serde(skip_serializing_if = "Option::is_none")]
    folder: Option<PathBuf>,
    /// Where the pack lies that is taken in its stead.
    #[serde(skip_serializing_if = "Option::is_none")]
    shadowed_by: Option<PathBuf>,
    /// Why it cannot be used.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
}

/// The tracker that needs no pack.
fn flow() -> Row {
    Row {
        name: models::FLOW.to_owned(),
        default: models::DEFAULT == models::FLOW,
        refines: false,
        detects: false,
        does: None,
        family: None,
        version: None,
        precision: None,
        bytes: None,
        place: None,
        folder: None,
        shadowed_by: None,
        problem: None,
    }
}

fn row(shelved: installed::Installed) -> Row {
    let manifest = shelved.pack.as_ref().ok().map(|p| p.manifest());
    let checked = shelved.pack.as_ref().map(|pack| pack.verify().err().map(|e| e.to_string()));
    Row {
        default: shelved.name == models::DEFAULT && shelved.shadowed_by.is_none(),
        refines: shelved.pack.as_ref().is_ok_and(models::refines),
        detects: shelved.pack.as_ref().is_ok_and(models::detects),
        does: shelved.pack.as_ref().ok().and_then(models::purpose),
        family: manifest.map(|m| m.family.clone()),
        version: manifest.map(|m| m.version.clone()),
        precision: manifest.and_then(|m| m.precision.clone()),
        bytes: manifest.map(|m| m.graphs.values().map(|g| g.bytes).sum()),
        place: Some(shelved.place),
        shadowed_by: shelved.shadowed_by,
        problem: checked.unwrap_or_else(|error| Some(error.to_string())),
        name: shelved.name,
        folder: Some(shelved.folder),
    }
}

/// Prints them.
pub fn run(args: &Args) -> Result<(), Failure> {
    let rows: Vec<Row> = std::iter::once(flow()).chain(installed::all().into_iter().map(row)).collect();
    if args.json {
        say!("{}", serde_json::to_string_pretty(&rows)?);
        return Ok(());
    }
    for row in &rows {
        say!("{}", line(row));
        let folder = row.folder.iter().map(|f| f.display().to_string());
        let shadow = row.shadowed_by.iter().map(|f| format!("not used: {} comes first", f.display()));
        let problem = row.problem.iter().map(|p| format!("cannot be used: {p}"));
        for more in folder.chain(shadow).chain(problem) {
            say!("    {more}");
        }
    }
    say!("`airoto models add` copies your own model packs to {}", own());
    Ok(())
}

fn line(row: &Row) -> String {
    let default = if row.default { " (default)" } else { "" };
    let Some(place) = row.place else {
        return format!("{:<20} optical flow, needs no model{default}", row.name);
    };
    let version = row.version.as_ref().map(|v| format!("version {v}"));
    let parts = [row.family.clone(), version, row.precision.clone(), row.bytes.map(size)];
    let mut parts: Vec<String> = parts.into_iter().flatten().collect();
    parts.extend(row.does.map(str::to_owned));
    parts.push(format!("in {}", place.words()));
    format!("{:<20} {}{default}", row.name, parts.join(", "))
}

fn own() -> String {
    models::search_path::user_folder().map_or_else(
        || "no folder, since the system names no data folder".to_owned(),
        |f| f.display().to_string(),
    )
}

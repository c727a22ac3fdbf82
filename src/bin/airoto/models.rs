//! `airoto models`: the trackers that can be chosen.

use std::path::PathBuf;

use airoto::models;

use crate::Failure;

/// The trackers that can be chosen.
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// List what `--tracker` takes, and where models are kept
    List(ListArgs),
}

#[derive(clap::Args)]
struct ListArgs {
    /// Print the list as JSON
    #[arg(long)]
    json: bool,
}

/// A tracker.
#[derive(serde::Serialize)]
struct Row {
    name: String,
    default: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    folder: Option<PathBuf>,
    /// Why it cannot be used.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
}

/// Prints them.
pub fn run(args: Args) -> Result<(), Failure> {
    let Command::List(ListArgs { json }) = args.command;
    let rows: Vec<Row> = models::list()
        .into_iter()
        .map(|listed| {
            let default = listed.name == models::DEFAULT;
            let (version, folder, problem) = match listed.pack {
                Some(Ok(pack)) => {
                    let broken = pack.verify().err().map(|e| e.to_string());
                    (Some(pack.manifest().version.clone()), Some(pack.folder().to_owned()), broken)
                }
                Some(Err(error)) => (None, None, Some(error.to_string())),
                None => (None, None, None),
            };
            Row { name: listed.name, default, version, folder, problem }
        })
        .collect();
    if json {
        println!("{}", serde_json::to_string_pretty(&rows)?);
        return Ok(());
    }
    for row in &rows {
        let version = row.version.as_deref().unwrap_or_default();
        let place = match (&row.problem, &row.folder) {
            (Some(problem), _) => format!("cannot be used: {problem}"),
            (None, Some(folder)) => folder.display().to_string(),
            (None, None) => "optical flow, needs no model".to_owned(),
        };
        println!("{:<16} {version:<8} {place}{}", row.name, if row.default { " (default)" } else { "" });
    }
    if let Some(folder) = models::place::user_folder() {
        println!("your own model packs go to {}", folder.display());
    }
    Ok(())
}

//! `airoto models verify`.

use std::time::Instant;

use airoto::job::Device;
use airoto::models::{self, ModelError, installed};

use super::named::{pack, size};
use crate::Failure;

/// Check sizes and digests, open every graph in ONNX Runtime, and run each pack once on a grey frame.
#[derive(clap::Args)]
pub struct Args {
    /// Packs by their names or folders [default: all that are found]
    names: Vec<String>,
    /// Device of the graphs
    #[arg(long, default_value = "cpu")]
    device: Device,
    /// Print the findings as JSON
    #[arg(long)]
    json: bool,
}

/// What was found of a pack.
#[derive(serde::Serialize)]
struct Row {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
    /// Where it ran.
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    /// What is remembered of one object after one frame, by a tracker.
    #[serde(skip_serializing_if = "Option::is_none")]
    memory_bytes: Option<usize>,
    /// What it does that is no tracker.
    #[serde(skip_serializing_if = "Option::is_none")]
    does: Option<&'static str>,
    seconds: f64,
}

/// Prints what it finds, and fails where a pack cannot be used.
pub fn run(args: &Args) -> Result<(), Failure> {
    // As in the worker, where packs are run otherwise.
    airoto::worker::bound_memory();
    crate::overdue::end_when_overdue();
    let packs: Vec<(String, Result<models::pack::Pack, ModelError>)> = if args.names.is_empty() {
        installed::all().into_iter().map(|s| (s.folder.display().to_string(), s.pack)).collect()
    } else {
        args.names.iter().map(|name| (name.clone(), pack(name))).collect()
    };
    let rows: Vec<Row> = packs.into_iter().map(|(name, pack)| tried(name, pack, args.device)).collect();
    if args.json {
        say!("{}", serde_json::to_string_pretty(&rows)?);
    } else {
        rows.iter().filter(|r| r.problem.is_none()).for_each(|row| say!("{}", line(row)));
    }
    let bad: Vec<&str> = rows.iter().filter_map(|r| r.problem.as_deref()).collect();
    if bad.is_empty() { Ok(()) } else { Err(Failure::new(bad.join("; "))) }
}

fn tried(name: String, pack: Result<models::pack::Pack, ModelError>, device: Device) -> Row {
    let begun = Instant::now();
    let tried = pack.and_then(|pack| models::smoke_test(&pack, device, 1));
    let seconds = begun.elapsed().as_secs_f64();
    match tried {
        Ok(trial) => Row {
            name,
            problem: None,
            device: Some(trial.info.device),
            note: trial.info.note,
            memory_bytes: trial.bytes,
            does: trial.does,
            seconds,
        },
        Err(error) => Row {
            name,
            problem: Some(error.to_string()),
            device: None,
            note: None,
            memory_bytes: None,
            does: None,
            seconds,
        },
    }
}

fn line(row: &Row) -> String {
    let device = row.device.as_deref().unwrap_or_default();
    let does = row.memory_bytes.map(|b| format!("keeps {} of memory for a frame", size(b as u64)));
    let does = does.or(row.does.map(str::to_owned)).unwrap_or_default();
    let note = row.note.as_ref().map(|n| format!(", {n}")).unwrap_or_default();
    format!("ok  {}: runs on {device} in {:.1} s, {does}{note}", row.name, row.seconds)
}

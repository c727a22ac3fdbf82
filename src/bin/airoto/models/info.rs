//! `airoto models info`.

use airoto::models::onnx::Summary;
use airoto::models::pack::{GraphFile, Manifest, Pack};
use airoto::models::sam2;
use serde_json::{Value, json};

use super::named::{pack, size};
use crate::Failure;

/// Show everything that a pack declares. No graph is run.
#[derive(clap::Args)]
pub struct Args {
    /// A pack by its name or its folder
    name: String,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

/// A graph as it was found.
struct Graph<'a> {
    name: &'a str,
    file: &'a GraphFile,
    /// What it says of itself, or what is wrong with it.
    found: Result<Summary, String>,
}

/// Prints it. A damaged pack is told of as far as it goes, and fails.
pub fn run(args: &Args) -> Result<(), Failure> {
    let pack = pack(&args.name)?;
    let manifest = pack.manifest();
    let graphs: Vec<Graph> = manifest
        .graphs
        .iter()
        .map(|(name, file)| {
            let found = pack.graph(name).map(|(_, summary)| summary).map_err(|e| e.to_string());
            Graph { name, file, found }
        })
        .collect();
    if args.json {
        say!("{}", serde_json::to_string_pretty(&to_json(&pack, &graphs))?);
    } else {
        print(&pack, &graphs);
    }
    match graphs.into_iter().find_map(|g| g.found.err()) {
        None => Ok(()),
        Some(problem) => Err(Failure::new(problem)),
    }
}

fn to_json(pack: &Pack, graphs: &[Graph]) -> Value {
    let port = |p: &airoto::models::onnx::Port| json!({"name": p.name, "type": p.kind, "shape": p.shape});
    let ports = |all: &[airoto::models::onnx::Port]| all.iter().map(port).collect::<Vec<_>>();
    let graph = |g: &Graph| {
        let mut told = json!({"file": g.file.file, "bytes": g.file.bytes, "sha256": g.file.sha256});
        match &g.found {
            Ok(found) => {
                told["inputs"] = ports(&found.inputs).into();
                told["outputs"] = ports(&found.outputs).into();
                told["opset"] = found.opset.into();
                told["producer"] = found.producer.clone().into();
                told["nodes"] = found.nodes.into();
            }
            Err(problem) => told["problem"] = problem.clone().into(),
        }
        (g.name.to_owned(), told)
    };
    let listed: serde_json::Map<String, Value> = graphs.iter().map(graph).collect();
    let mut all = json!(pack.manifest());
    all["graphs"] = listed.into();
    all["folder"] = pack.folder().display().to_string().into();
    if let Some(remark) = sam2::remark(pack) {
        all["note"] = remark.into();
    }
    all["memory_bytes_per_object"] = memory(pack.manifest(), graphs).into();
    all
}

fn print(pack: &Pack, graphs: &[Graph]) {
    let manifest = pack.manifest();
    let input = &manifest.input;
    let total: u64 = manifest.graphs.values().map(|g| g.bytes).sum();
    let line = |what: &str, value: &str| say!("{what:<12} {value}");
    line("name", &manifest.name);
    line("folder", &pack.folder().display().to_string());
    line("family", &manifest.family);
    line("version", &manifest.version);
    line("licence", &manifest.licence);
    line("precision", manifest.precision.as_deref().unwrap_or("not given"));
    if let Some(smaller) = &manifest.smaller {
        line("smaller", smaller);
    }
    let most = if airoto::models::purpose(pack).is_some() { "up to " } else { "" };
    line("input", &format!("{most}{} x {} pixels", input.width, input.height));
    line("mean", &format!("{:?}, deviation {:?}", input.mean, input.deviation));
    line("size", &format!("{} in {} graphs", size(total), graphs.len()));
    if let Some(bytes) = memory(manifest, graphs) {
        line("memory", &format!("at most {} for each object", size(bytes)));
    }
    if let Some(remark) = sam2::remark(pack) {
        line("note", &remark);
    }
    for (name, GraphFile { file, sha256, bytes }) in &manifest.files {
        say!("file {name}: {file}, {bytes} bytes, SHA-256 {sha256}");
    }
    for graph in graphs {
        let GraphFile { file, sha256, bytes } = graph.file;
        say!("graph {}: {file}, {bytes} bytes, SHA-256 {sha256}", graph.name);
        match &graph.found {
            Ok(found) => {
                say!("    opset {}, {} nodes, made by {}", found.opset, found.nodes, maker(found));
                for (what, ports) in [("in ", &found.inputs), ("out", &found.outputs)] {
                    ports.iter().for_each(|port| say!("    {what} {port}"));
                }
            }
            Err(problem) => say!("    cannot be used: {problem}"),
        }
    }
    if let Some(constants) = manifest.constants.as_object() {
        say!("constants");
        constants.iter().for_each(|(name, value)| say!("    {name}: {}", brief(value)));
    }
}

fn maker(found: &Summary) -> &str {
    if found.producer.is_empty() { "an unnamed exporter" } else { &found.producer }
}

/// A constant in a few words.
fn brief(value: &Value) -> String {
    match value {
        Value::Array(all) if all.len() > 4 => {
            let first = all.first().map(brief).unwrap_or_default();
            format!("{} values, the first {first}", all.len())
        }
        Value::Object(all) => format!("{} fields", all.len()),
        other => other.to_string().chars().take(100).collect(),
    }
}

/// Bytes that are remembered of one object at the most, where the family's graphs tell: so many
/// memories, and a pointer for each frame that it looks back.
fn memory(manifest: &Manifest, graphs: &[Graph]) -> Option<u64> {
    let number = |name: &str| manifest.constants.get(name).and_then(Value::as_u64);
    let encoder = graphs.iter().find(|g| g.name == "memory_encoder")?;
    let feature = encoder.found.as_ref().ok()?.outputs.first()?;
    let numbers = feature.shape.iter().try_fold(1_u64, |all, side| all.checked_mul((*side)?))?;
    let pointer = manifest.constants.get("no_object_pointer").and_then(Value::as_array)?.len() as u64;
    let held = numbers.checked_mul(number("memories")?)?;
    let pointed = pointer.checked_mul(number("max_pointers")?)?;
    held.checked_add(pointed)?.checked_mul(4)
}

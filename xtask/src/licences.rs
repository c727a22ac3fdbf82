//! The licences of the crates that are linked into the bundle, which ask to be passed on with it.

use crate::error::{At, Error, Result};
use crate::process;
use crate::setup::Tools;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    resolve: Resolve,
}

#[derive(Deserialize)]
struct Package {
    id: String,
    name: String,
    version: String,
    license: Option<String>,
    manifest_path: std::path::PathBuf,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    deps: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    pkg: String,
    dep_kinds: Vec<Kind>,
}

#[derive(Deserialize)]
struct Kind {
    /// `None` for what is linked, "build" or "dev" for what is not.
    kind: Option<String>,
}

/// Writes one text with every crate's name, licence and licence files.
pub fn write(tools: &Tools, to: &Path) -> Result<()> {
    let host = host(tools)?;
    let mut command = tools.cargo();
    command.args(["metadata", "--format-version", "1", "--locked", "--filter-platform", &host]);
    let output = process::output(&mut command)?;
    let metadata: Metadata = serde_json::from_slice(&output.stdout).map_err(|error| {
        let words = String::from_utf8_lossy(&output.stderr);
        let words = words.trim().lines().last().map_or_else(|| error.to_string(), str::to_owned);
        Error::program(format!("cargo does not list the linked crates: {words}"))
    })?;
    std::fs::write(to, text(&metadata)).at("writing", to)
}

/// The platform that is built for, in Rust's words.
fn host(tools: &Tools) -> Result<String> {
    let words = process::answer(tools.cargo().arg("-vV")).unwrap_or_default();
    words
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .map(str::to_owned)
        .ok_or_else(|| Error::program("`cargo -vV` does not say which platform it builds for"))
}

fn text(metadata: &Metadata) -> String {
    let mut text = String::from(
        "AI Roto contains these crates. Each is followed by the licence files that it comes with; \
         files that are the same are given once.\n",
    );
    // The same text with the crates that it belongs to: MIT and Apache texts repeat a hundredfold.
    let mut texts: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for package in linked(metadata) {
        let name = format!("{} {}", package.name, package.version);
        let licence = package.license.as_deref().unwrap_or("see its licence file");
        let _ = write!(text, "\n{name}: {licence}");
        for file in licence_files(&package.manifest_path) {
            texts.entry(file).or_default().insert(name.clone());
        }
    }
    for (licence, names) in texts {
        let names: Vec<_> = names.into_iter().collect();
        let _ = write!(text, "\n\n{}\n{}:\n\n{}", "-".repeat(80), names.join(", "), licence.trim());
    }
    text.push('\n');
    text
}

/// The packages that the plugin is linked from, in order of name.
fn linked(metadata: &Metadata) -> Vec<&Package> {
    let mut reached = BTreeSet::new();
    let start = metadata.packages.iter().find(|package| package.name == "airoto");
    let mut waiting: Vec<&str> = start.iter().map(|package| package.id.as_str()).collect();
    while let Some(id) = waiting.pop() {
        let Some(node) = metadata.resolve.nodes.iter().find(|node| node.id == id) else { continue };
        for dependency in &node.deps {
            let is_linked = dependency.dep_kinds.iter().any(|kind| kind.kind.is_none());
            if is_linked && reached.insert(dependency.pkg.as_str()) {
                waiting.push(&dependency.pkg);
            }
        }
    }
    let mut packages: Vec<_> =
        metadata.packages.iter().filter(|package| reached.contains(package.id.as_str())).collect();
    packages.sort_by(|a, b| (&a.name, &a.version).cmp(&(&b.name, &b.version)));
    packages
}

/// The texts of the licence files beside a manifest.
fn licence_files(manifest: &Path) -> Vec<String> {
    let entries = manifest.parent().and_then(|folder| std::fs::read_dir(folder).ok());
    let mut paths: Vec<_> = entries.into_iter().flatten().flatten().map(|e| e.path()).collect();
    paths.sort();
    paths
        .iter()
        .filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
            ["license", "licence", "copying", "notice", "unlicense"]
                .iter()
                .any(|start| name.starts_with(start))
        })
        .filter_map(|path| std::fs::read_to_string(path).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_builds_or_tests_is_not_listed() {
        let package = |name: &str| {
            format!(
                r#"{{"id":"{name}","name":"{name}","version":"1.0.0","license":"MIT",
                    "manifest_path":"/nowhere/Cargo.toml"}}"#
            )
        };
        let metadata = format!(
            r#"{{"packages":[{},{},{},{}],"resolve":{{"nodes":[
                {{"id":"airoto","deps":[
                    {{"pkg":"linked","dep_kinds":[{{"kind":null}}]}},
                    {{"pkg":"builder","dep_kinds":[{{"kind":"build"}}]}}]}},
                {{"id":"linked","deps":[{{"pkg":"below","dep_kinds":[{{"kind":null}}]}}]}},
                {{"id":"below","deps":[{{"pkg":"linked","dep_kinds":[{{"kind":null}}]}}]}}]}}}}"#,
            package("airoto"),
            package("linked"),
            package("builder"),
            package("below"),
        );
        let metadata: Metadata = serde_json::from_str(&metadata).expect("it is metadata");
        let names: Vec<_> = linked(&metadata).iter().map(|package| package.name.as_str()).collect();
        assert_eq!(names, ["below", "linked"]);
        let text = text(&metadata);
        assert!(text.contains("\nlinked 1.0.0: MIT"), "{text}");
        assert!(!text.contains("builder"), "{text}");
    }
}

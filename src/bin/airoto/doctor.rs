//! `airoto doctor`: what of this machine AI Roto can use, and what to do about the rest.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use airoto::engine::EngineSettings;
use airoto::host::{Binary, HostProfile};

use crate::{Failure, plugin};

/// Check that everything AI Roto needs on this machine is there.
///
/// Ends with exit code 2 when something without which nothing works is not.
#[derive(clap::Args)]
pub struct Args {
    /// Print the findings as JSON
    #[arg(long)]
    json: bool,
    /// The plugin: a bundle folder or a library, instead of the one beside this program
    #[arg(long, value_name = "PATH")]
    bundle: Option<PathBuf>,
}

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
enum Level {
    Ok,
    Warn,
    Fail,
}

/// One line of the report.
#[derive(Debug, serde::Serialize)]
struct Finding {
    name: &'static str,
    level: Level,
    found: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    advice: Option<String>,
}

impl Finding {
    fn ok(name: &'static str, found: impl Into<String>) -> Self {
        Self { name, level: Level::Ok, found: found.into(), advice: None }
    }

    fn warn(name: &'static str, found: impl Into<String>, advice: &str) -> Self {
        Self { name, level: Level::Warn, found: found.into(), advice: Some(advice.to_owned()) }
    }

    fn fail(name: &'static str, found: impl Into<String>, advice: &str) -> Self {
        Self { name, level: Level::Fail, found: found.into(), advice: Some(advice.to_owned()) }
    }
}

/// Looks at everything, prints it, and fails where AI Roto cannot work.
pub fn run(args: Args) -> Result<(), Failure> {
    let settings = EngineSettings::default();
    let findings =
        [platform(), plugin_loads(args.bundle.as_deref()), cache(settings.cache.as_deref()), ffmpeg()];
    if args.json {
        println!("{}", serde_json::to_string_pretty(&findings)?);
    } else {
        for finding in &findings {
            let level = match finding.level {
                Level::Ok => "ok  ",
                Level::Warn => "warn",
                Level::Fail => "FAIL",
            };
            println!("{level}  {:<14} {}", finding.name, finding.found);
            if let Some(advice) = &finding.advice {
                println!("{:21}{advice}", "");
            }
        }
    }
    let failed: Vec<_> = findings.iter().filter(|f| f.level == Level::Fail).map(|f| f.name).collect();
    if failed.is_empty() { Ok(()) } else { Err(Failure::new(format!("not usable: {}", failed.join(", ")))) }
}

fn platform() -> Finding {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let (version, os, machine) = (env!("CARGO_PKG_VERSION"), std::env::consts::OS, std::env::consts::ARCH);
    Finding::ok("platform", format!("airoto {version} on {os} {machine}, {threads} threads"))
}

/// Loads the plugin and lets it describe itself, as a host does when it starts.
fn plugin_loads(explicit: Option<&Path>) -> Finding {
    let name = "plugin";
    let advice = "build and install it with `cargo xtask install`, or name it with --bundle";
    let path = match plugin::find(explicit) {
        Ok(path) => path,
        Err(failure) => return Finding::fail(name, failure.to_string(), advice),
    };
    let described = Binary::open(HostProfile::airoto(), &path).and_then(|binary| {
        let plugin = binary.plugin(plugin::IDENTIFIER)?;
        plugin.describe(plugin.best_context()?).map(|_| plugin.version())
    });
    match described {
        Ok((major, minor)) => {
            Finding::ok(name, format!("{} {major}.{minor} in {}", plugin::IDENTIFIER, path.display()))
        }
        Err(error) => Finding::fail(name, Failure::from(error).to_string(), advice),
    }
}

/// Whether tracks can be kept, and how much is.
fn cache(folder: Option<&Path>) -> Finding {
    let name = "cache folder";
    let advice = "tracks are kept in memory only; set AIROTO_CACHE to a folder that can be written";
    let Some(folder) = folder else {
        return Finding::warn(name, "the platform names none", advice);
    };
    let tried = std::fs::create_dir_all(folder)
        .and_then(|()| tempfile::Builder::new().prefix(".airoto-").tempfile_in(folder));
    match tried {
        Ok(_) => {
            let megabytes = size(folder) as f64 / f64::from(1 << 20);
            Finding::ok(name, format!("{}, {megabytes:.1} MB in use", folder.display()))
        }
        Err(e) => Finding::warn(name, format!("{} cannot be written: {e}", folder.display()), advice),
    }
}

/// Bytes of all files in a folder.
fn size(folder: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    entries
        .flatten()
        .map(|entry| match entry.metadata() {
            Ok(m) if m.is_dir() => size(&entry.path()),
            Ok(m) => m.len(),
            Err(_) => 0,
        })
        .sum()
}

fn ffmpeg() -> Finding {
    let name = "ffmpeg";
    let first_line = |program: &str| {
        let output = Command::new(program).arg("-version").stdin(Stdio::null()).output().ok()?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        text.lines().next().filter(|_| output.status.success()).map(str::to_owned)
    };
    match (first_line("ffmpeg"), first_line("ffprobe")) {
        (Some(version), Some(_)) => Finding::ok(name, version),
        (found, _) => Finding::warn(
            name,
            if found.is_some() { "ffprobe was not found" } else { "not found" },
            "install ffmpeg to read movies; sequences of pictures need nothing",
        ),
    }
}

//! `airoto doctor`: what of this machine AI Roto can use, and what to do about the rest.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use airoto::host::{Binary, HostProfile};
use airoto::io::PARTS;
use airoto::job::prompts::PromptText;
use airoto::job::{Device, EngineSettings, FrameSource, Request, SourceError};
use airoto::models;
use airoto::raster::{Frame, Matte};
use airoto::worker::{Client, Mode};

use crate::{Failure, plugin};

/// Check that this machine has everything that AI Roto needs.
///
/// The exit code is 2 if something essential is missing.
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
    let findings = [
        platform(),
        plugin_loads(args.bundle.as_deref()),
        worker(&settings),
        runtime(),
        tracker(),
        cache(settings.cache.as_deref()),
        ffmpeg(),
    ];
    if args.json {
        say!("{}", serde_json::to_string_pretty(&findings)?);
    } else {
        for finding in &findings {
            let level = match finding.level {
                Level::Ok => "ok  ",
                Level::Warn => "warn",
                Level::Fail => "FAIL",
            };
            say!("{level}  {:<14} {}", finding.name, finding.found);
            if let Some(advice) = &finding.advice {
                say!("{:21}{advice}", "");
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

/// Starts a worker and lets it track one small frame.
fn worker(settings: &EngineSettings) -> Finding {
    let name = "worker";
    let advice = "the models run in `airoto worker`; a virus scanner or sandbox may keep it from starting";
    let executable = match std::env::current_exe() {
        Ok(path) => path,
        Err(e) => return Finding::fail(name, format!("cannot find the path of this program: {e}"), advice),
    };
    let settings = EngineSettings { cache: None, ..settings.clone() };
    let client = Client::with_settings(Mode::Process { executable }, settings);
    let request = Request {
        prompts: PromptText::read(
            r#"{"objects":[{"name":"a","prompts":[{"frame":0,"box":[16,16,48,48]}]}]}"#,
        )
        .prompts_or_none(),
        tracker: models::FLOW.to_owned(),
        width: 64,
        height: 64,
        store: false,
        ..Request::default()
    };
    let answer = client.track(&request, 0, &mut Square, &mut |_| {});
    let stats = client.stats(Duration::from_secs(2));
    client.shutdown();
    match (answer, stats) {
        (Err(error), _) => Finding::fail(name, Failure::from(error).to_string(), advice),
        (Ok(_), Some(stats)) => {
            Finding::ok(name, format!("starts and tracks, {} MB", stats.peak_resident >> 20))
        }
        (Ok(_), None) => Finding::ok(name, "starts and tracks"),
    }
}

/// A bright square on a dark ground.
struct Square;

impl FrameSource for Square {
    fn frame(&mut self, _time: i64) -> Result<Arc<Frame>, SourceError> {
        let mut frame = Frame::filled(64, 64, [30, 40, 60]);
        for (i, pixel) in frame.data_mut().chunks_exact_mut(3).enumerate() {
            if (18..46).contains(&(i % 64)) && (18..46).contains(&(i / 64)) {
                pixel.copy_from_slice(&[220, 180, 90]);
            }
        }
        Ok(Arc::new(frame))
    }

    fn mask(&mut self, _time: i64) -> Result<Option<Matte>, SourceError> {
        Ok(None)
    }

    fn aborted(&mut self) -> bool {
        false
    }
}

fn runtime() -> Finding {
    let name = "ONNX Runtime";
    match models::runtime::about() {
        Ok(about) => {
            let version = about.version.as_deref().unwrap_or("of an unknown version");
            let devices: Vec<&str> = about.devices.iter().map(|d| d.label()).collect();
            Finding::ok(
                name,
                format!("{version}, built for {}, {}", devices.join(", "), about.path.display()),
            )
        }
        Err(error) => Finding::warn(
            name,
            // The sentence sends the reader here.
            error.to_string().replace("; `airoto doctor` shows where it is expected", ""),
            "the flow tracker works without it; AI Roto looks for it at ORT_DYLIB_PATH, in the bundle, \
             beside this program and in target/tools/onnxruntime, where `cargo xtask setup` puts it",
        ),
    }
}

/// Opens the default tracker where it runs best.
fn tracker() -> Finding {
    let name = "tracker";
    match models::open("default", Device::Auto, 1).map(|t| t.info()) {
        Ok(info) => {
            let found = format!("{} {} on {}", info.name, info.version, info.device);
            match info.note {
                None => Finding::ok(name, found),
                Some(note) => Finding::warn(name, found, &note),
            }
        }
        Err(error) => Finding::fail(name, error.to_string(), "install AI Roto again"),
    }
}

/// Whether tracks can be kept, and how much is.
fn cache(folder: Option<&Path>) -> Finding {
    let name = "cache folder";
    let advice = "tracks are kept in memory only; set AIROTO_CACHE to a writable folder";
    let Some(folder) = folder else {
        return Finding::warn(name, "the system names no cache folder", advice);
    };
    let tried = std::fs::create_dir_all(folder).and_then(|()| {
        tempfile::Builder::new().prefix(&PARTS.prefix()).suffix(PARTS.end).tempfile_in(folder)
    });
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
            "install ffmpeg to read movies; sequences of pictures do not need it",
        ),
    }
}

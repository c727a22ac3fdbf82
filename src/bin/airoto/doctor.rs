//! `airoto doctor`: what of this machine AI Roto can use, and what to do about the rest.

use std::process::{Command, Stdio};

use crate::Failure;

/// Check that everything AI Roto needs on this machine is there.
#[derive(clap::Args)]
pub struct Args {
    /// Print the findings as JSON
    #[arg(long)]
    json: bool,
}

/// How much a finding matters.
#[derive(Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
enum Level {
    Ok,
    Warn,
    Fail,
}

/// One line of the report.
#[derive(serde::Serialize)]
struct Finding {
    name: &'static str,
    level: Level,
    found: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    advice: Option<String>,
}

/// Looks at everything, prints it, and fails where AI Roto cannot work.
pub fn run(args: Args) -> Result<(), Failure> {
    let findings = [platform(), ffmpeg()];
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
    Finding {
        name: "platform",
        level: Level::Ok,
        found: format!(
            "airoto {} on {} {}, {threads} threads",
            env!("CARGO_PKG_VERSION"),
            std::env::consts::OS,
            std::env::consts::ARCH
        ),
        advice: None,
    }
}

fn ffmpeg() -> Finding {
    let name = "ffmpeg";
    let output = Command::new("ffmpeg").arg("-version").stdin(Stdio::null()).output();
    match output {
        Ok(o) if o.status.success() => {
            let text = String::from_utf8_lossy(&o.stdout);
            let first = text.lines().next().unwrap_or_default().to_owned();
            Finding { name, level: Level::Ok, found: first, advice: None }
        }
        _ => Finding {
            name,
            level: Level::Warn,
            found: "not found".to_owned(),
            advice: Some("install ffmpeg to read movies; sequences of pictures need nothing".to_owned()),
        },
    }
}

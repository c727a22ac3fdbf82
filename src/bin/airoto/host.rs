//! `airoto host`: what OpenFX plugins declare, ours and others.

use std::io::Write;
use std::path::PathBuf;

use airoto::host::{
    Binary, Context, Descriptor, HostProfile, ParamDescriptor, Plugin, Range, Severity, find_bundles,
};

use crate::Failure;

/// Inspect OpenFX plugins, AI Roto's or others.
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Print what the plugins of a bundle declare
    Describe(Box<Describe>),
    /// Print the bundles in OFX_PLUGIN_PATH and the system's folder
    List,
}

/// Print what the plugins of a bundle declare.
#[derive(clap::Args)]
struct Describe {
    /// A bundle folder or a library
    bundle: PathBuf,
    /// Only the plugin with this identifier
    #[arg(long, value_name = "ID")]
    plugin: Option<String>,
    /// The context to describe, such as Filter or General; by default the most general one
    #[arg(long, value_parser = context)]
    context: Option<Context>,
    /// The host to imitate: airoto, natron, mlt, resolve, nuke, fusion or hostsupport
    #[arg(long, default_value = "airoto", value_parser = profile)]
    host: HostProfile,
    /// Print one line of JSON for each plugin
    #[arg(long)]
    json: bool,
}

fn context(word: &str) -> Result<Context, String> {
    let known = Context::ALL.iter().find(|c| c.word().eq_ignore_ascii_case(word));
    known.copied().ok_or_else(|| {
        let words: Vec<&str> = Context::ALL.iter().map(|c| c.word()).collect();
        format!("expected {}", words.join(", "))
    })
}

fn profile(word: &str) -> Result<HostProfile, String> {
    let all = HostProfile::all();
    let words: Vec<&str> = all.iter().map(|(w, _)| *w).collect();
    let expected = format!("expected {}", words.join(", "));
    all.into_iter().find(|(w, _)| *w == word).map(|(_, p)| p).ok_or(expected)
}

/// What is printed of a plugin: what it declares, and what it got wrong meanwhile.
#[derive(serde::Serialize)]
struct Report {
    #[serde(flatten)]
    descriptor: Descriptor,
    faults: Vec<String>,
}

/// Runs a sub-command of `airoto host`.
pub fn run(args: Args) -> Result<(), Failure> {
    let mut out = Vec::new();
    match args.command {
        Command::Describe(args) => describe(&args, &mut out)?,
        Command::List => {
            for bundle in find_bundles() {
                writeln!(out, "{}", bundle.display())?;
            }
        }
    }
    crate::say::print(format_args!("{}", String::from_utf8_lossy(&out)));
    Ok(())
}

fn describe(args: &Describe, out: &mut impl Write) -> Result<(), Failure> {
    let binary = Binary::open(args.host.clone(), &args.bundle)?;
    let plugins: Vec<Plugin> = match &args.plugin {
        Some(identifier) => vec![binary.plugin(identifier)?],
        None => binary.plugins(),
    };
    if plugins.is_empty() {
        return Err(Failure::new(format!("{} has no image effect", args.bundle.display())));
    }
    for (i, plugin) in plugins.iter().enumerate() {
        let before = binary.findings().len();
        let context = match args.context {
            Some(context) => context,
            None => plugin.best_context()?,
        };
        let descriptor = plugin.describe(context)?;
        let found = binary.findings().split_off(before);
        let faults = found.into_iter().filter(|f| f.severity == Severity::Fault).map(|f| f.what).collect();
        let report = Report { descriptor, faults };
        if args.json {
            writeln!(out, "{}", serde_json::to_string(&report)?)?;
        } else {
            if i > 0 {
                writeln!(out)?;
            }
            print(&report, out)?;
        }
    }
    Ok(())
}

fn words<T: ToString>(list: &[T]) -> String {
    list.iter().map(T::to_string).collect::<Vec<_>>().join(", ")
}

fn print(report: &Report, out: &mut impl Write) -> std::io::Result<()> {
    let d = &report.descriptor;
    writeln!(out, "{} {}.{}  {:?}, in {:?}", d.identifier, d.version.0, d.version.1, d.label, d.grouping)?;
    if !d.description.is_empty() {
        writeln!(out, "  {}", d.description.replace('\n', "\n  "))?;
    }
    writeln!(out, "contexts    {} (described: {})", words(&d.contexts), d.context)?;
    writeln!(out, "components  {}", words(&d.components))?;
    writeln!(out, "depths      {}", words(&d.depths))?;
    let f = &d.flags;
    let flags = [
        ("tiles", f.tiles),
        ("multi-resolution", f.multi_resolution),
        ("temporal access", f.temporal_access),
        ("multiple depths", f.multiple_depths),
        ("multiple pixel aspects", f.multiple_aspects),
        ("single instance", f.single_instance),
        ("host frame threading", f.host_frame_threading),
        ("overlay", f.overlay),
    ];
    let mut said: Vec<String> =
        flags.iter().filter(|(_, on)| *on).map(|(word, _)| (*word).to_owned()).collect();
    said.extend(f.thread_safety.map(|t| format!("render {t}")));
    said.extend(f.sequential_render.filter(|s| *s != 0).map(|s| format!("sequential render {s}")));
    said.extend(f.gpu.iter().cloned());
    writeln!(out, "flags       {}", said.join(", "))?;
    writeln!(out, "clips")?;
    for clip in &d.clips {
        let traits = [("optional", clip.optional), ("mask", clip.mask), ("temporal", clip.temporal_access)];
        let traits: String =
            traits.iter().filter(|(_, on)| *on).map(|(word, _)| format!(", {word}")).collect();
        writeln!(out, "  {:<16} {}{traits}", clip.name, words(&clip.components))?;
    }
    writeln!(out, "params")?;
    for param in &d.parameters {
        print_param(param, out)?;
    }
    if !report.faults.is_empty() {
        writeln!(out, "faults")?;
        for fault in &report.faults {
            writeln!(out, "  {fault}")?;
        }
    }
    Ok(())
}

fn print_param(param: &ParamDescriptor, out: &mut impl Write) -> std::io::Result<()> {
    write!(out, "  {:<24} {:<12} {:?}", param.name, param.kind.to_string(), param.label)?;
    if let Some(default) = &param.default {
        write!(out, ", default {default}")?;
    }
    if let Some(range) = &param.range {
        write!(out, ", {}", print_range(range))?;
    }
    let options: Vec<&str> = param.options.iter().map(|o| o.name.as_str()).collect();
    if !options.is_empty() {
        write!(out, ", one of {}", options.join(", "))?;
    }
    if !param.parent.is_empty() {
        write!(out, ", in {}", param.parent)?;
    }
    writeln!(out, "{}", if param.secret { ", secret" } else { "" })?;
    if !param.hint.is_empty() {
        writeln!(out, "      {}", param.hint.replace('\n', "\n      "))?;
    }
    Ok(())
}

fn print_range((low, high): &Range) -> String {
    match (low, high) {
        (Some(low), Some(high)) => format!("{low} to {high}"),
        (Some(low), None) => format!("{low} or more"),
        (None, Some(high)) => format!("{high} or less"),
        (None, None) => "any".to_owned(),
    }
}

//! `airoto presets`, and what `--preset` does.

use std::path::Path;

use airoto::host::{Instance, MessageKind};
use airoto::params::presets::SHIPPED;
use airoto::params::{PRESET, PRESET_APPLY, PRESET_FILE, PRESET_LOAD};

use crate::Failure;

/// List the presets that come with AI Roto.
#[derive(clap::Args)]
pub struct Args {
    /// Print them as JSON, with their settings
    #[arg(long)]
    json: bool,
}

/// Lists them.
pub fn run(args: &Args) -> Result<(), Failure> {
    let mut all = serde_json::Map::new();
    for shipped in SHIPPED {
        all.insert(shipped.id.to_owned(), serde_json::from_str(shipped.json)?);
    }
    if args.json {
        say!("{}", serde_json::to_string_pretty(&all)?);
        return Ok(());
    }
    for (id, preset) in &all {
        say!("{id:<12} {}", preset["about"].as_str().unwrap_or_default());
        let settings = preset["parameters"].as_object().into_iter().flatten();
        let settings: Vec<String> = settings.map(|(id, value)| format!("{id} {value}")).collect();
        say!("{:<12} {}", "", settings.join(", "));
    }
    Ok(())
}

/// Applies the preset `name`, or that of the file `name`, as the node's buttons do.
pub fn apply(instance: &Instance, name: &str) -> Result<(), Failure> {
    let found = SHIPPED.iter().find(|s| s.id == name || s.label.eq_ignore_ascii_case(name));
    if let Some(shipped) = found {
        instance.set_param(PRESET, shipped.id)?;
        instance.push_button(PRESET_APPLY, 0.0)?;
    } else if Path::new(name).exists() {
        instance.set_param(PRESET_FILE, name)?;
        instance.push_button(PRESET_LOAD, 0.0)?;
    } else {
        return Err(Failure::new(format!(
            "there is no preset or file {name}, expected {} or the path of a file",
            SHIPPED.map(|s| s.id).join(", ")
        )));
    }
    match instance.persistent_message() {
        Some(message) if message.kind == MessageKind::Error => Err(Failure::new(message.text)),
        _ => Ok(()),
    }
}

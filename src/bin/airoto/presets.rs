//! `airoto presets`, and what `--preset` does.

use std::path::Path;

use airoto::host::{Instance, MessageKind};

use crate::Failure;

/// The presets that come with AI Roto.
#[derive(clap::Args)]
pub struct Args {
    /// Print them as JSON, with what each sets
    #[arg(long)]
    json: bool,
}

/// The files of the bundle, by the identifiers of the node's options.
const SHIPPED: [(&str, &str); 5] = [
    ("person", include_str!("../../../bundle/presets/person.json")),
    ("hair", include_str!("../../../bundle/presets/hair.json")),
    ("car", include_str!("../../../bundle/presets/car.json")),
    ("fastMotion", include_str!("../../../bundle/presets/fastMotion.json")),
    ("lowMemory", include_str!("../../../bundle/presets/lowMemory.json")),
];

/// Lists them.
pub fn run(args: &Args) -> Result<(), Failure> {
    let mut all = serde_json::Map::new();
    for (id, text) in SHIPPED {
        all.insert(id.to_owned(), serde_json::from_str(text)?);
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
    let options = instance.param_state("preset")?.options;
    let found = options.iter().skip(1).find(|o| o.name == name || o.label.eq_ignore_ascii_case(name));
    if let Some(option) = found {
        instance.set_param("preset", option.name.as_str())?;
        instance.push_button("presetApply", 0.0)?;
    } else if Path::new(name).exists() {
        instance.set_param("presetFile", name)?;
        instance.push_button("presetLoad", 0.0)?;
    } else {
        let known: Vec<&str> = options.iter().skip(1).map(|o| o.name.as_str()).collect();
        return Err(Failure::new(format!(
            "there is no preset {name} and no such file, expected {} or the path of a file",
            known.join(", ")
        )));
    }
    match instance.persistent_message() {
        Some(message) if message.kind == MessageKind::Error => Err(Failure::new(message.text)),
        _ => Ok(()),
    }
}

//! The buttons of the Presets group.

use std::path::{Path, PathBuf};

use super::shot::bundle_of;
use crate::io::{IoError, write_atomically};
use crate::ofx::{Instance, MessageKind, OfxError, ParamSet, Reply, library_path};
use crate::params::presets::{Preset, PresetError, SHIPPED, Setting, to_json};
use crate::params::{self, Reader, table};

/// Why a button of the group did nothing.
#[derive(Debug, thiserror::Error)]
enum PresetButtonError {
    /// The first option stands for no preset.
    #[error("Custom is not a preset: choose a preset, or load a file")]
    Custom,
    /// The parameter is empty.
    #[error("Preset file is empty: name a file")]
    NoFile,
    /// The preset cannot be read.
    #[error(transparent)]
    Preset(#[from] PresetError),
    /// There is a file of that name, and it is no preset.
    #[error("{0}; the file is not overwritten, choose another name")]
    Other(PresetError),
    /// The file cannot be written.
    #[error(transparent)]
    Write(#[from] IoError),
    /// The host does not set the parameters.
    #[error(transparent)]
    Host(#[from] OfxError),
}

/// Does what a button of the group says; none for the buttons of others.
pub fn pressed(instance: &Instance, param: &str) -> Option<Reply> {
    let params = instance.params();
    let outcome = match param {
        params::PRESET_APPLY => shipped(&params).and_then(|(preset, note)| {
            let applied = apply(&params, &preset)?;
            Ok(note.into_iter().chain([applied]).collect::<Vec<_>>().join("\n"))
        }),
        params::PRESET_LOAD => path(&params).and_then(|path| apply(&params, &Preset::read(&path)?)),
        params::PRESET_SAVE => path(&params).and_then(|path| save(&params, &path)),
        _ => return None,
    };
    match outcome {
        Ok(text) => instance.show(MessageKind::Note, &text),
        Err(reason) => instance.show(MessageKind::Error, &reason.to_string()),
    }
    Some(Reply::Ok)
}

/// The chosen preset: the bundle's file, which a studio may change, or else as it was built in; with what there is to
/// be said of a file that cannot be read.
fn shipped(params: &ParamSet) -> Result<(Preset, Option<String>), PresetButtonError> {
    let id = Reader(params).option(params::PRESET);
    let Some(shipped) = SHIPPED.iter().find(|s| s.id == id) else {
        return Err(PresetButtonError::Custom);
    };
    let library = library_path();
    let bundle = library.as_deref().and_then(bundle_of);
    let file = bundle.map(|b| b.join("Contents/Resources/presets").join(format!("{id}.json")));
    let note = match file.filter(|f| f.exists()).map(|f| Preset::read(&f)) {
        Some(Ok(preset)) => return Ok((preset, None)),
        Some(Err(reason)) => Some(reason.to_string()),
        None => None,
    };
    Ok((Preset::parse(shipped.json)?, note))
}

/// The preset file that is named.
fn path(params: &ParamSet) -> Result<PathBuf, PresetButtonError> {
    let text = params.text(params::PRESET_FILE).unwrap_or_default();
    let text = text.trim();
    if text.is_empty() {
        return Err(PresetButtonError::NoFile);
    }
    let path = PathBuf::from(text);
    Ok(if path.extension().is_none() { path.with_extension("json") } else { path })
}

/// Sets what a preset says, as one step of undo, and says what was set.
fn apply(params: &ParamSet, preset: &Preset) -> Result<String, PresetButtonError> {
    let resolved = preset.resolve(table());
    let set = |params: &ParamSet| -> Result<(), OfxError> {
        for (id, setting) in &resolved.settings {
            match setting {
                Setting::Text(text) => params.set_text(id, text)?,
                Setting::Int(number) => params.set_int(id, *number)?,
                Setting::Double(number) => params.set_double(id, *number)?,
                Setting::Colour(colour) => params.set_colour(id, *colour)?,
            }
        }
        Ok(())
    };
    params.edit("Apply preset", set)?;
    let (name, named) = (&preset.name, resolved.named);
    let mut lines = vec![format!(
        "preset {name:?}: {named} settings applied, all others of Tracking and Edge set to their defaults"
    )];
    lines.extend(resolved.skipped.into_iter().map(|reason| format!("skipped: {reason}")));
    Ok(lines.join("\n"))
}

/// Writes the settings of the node, over a preset but over no other file.
fn save(params: &ParamSet, path: &Path) -> Result<String, PresetButtonError> {
    if path.exists() {
        Preset::read(path).map_err(PresetButtonError::Other)?;
    }
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    let text = to_json(&name, table(), params);
    write_atomically(path, |out| Ok(out.write_all(text.as_bytes())?))?;
    Ok(format!("the settings are written to {}", path.display()))
}

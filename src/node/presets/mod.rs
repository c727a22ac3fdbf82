//! Settings for a kind of object or shot: those that come with the plugin, and files of one's own.

mod file;

use std::path::{Path, PathBuf};

use super::clients::bundle_of;
use super::params;
use crate::ofx::{Instance, MessageKind, OfxError, ParamSet, Reply, library_path};
use crate::raster::io::write_atomically;

pub use file::{Preset, Setting};

/// Those that come with the plugin, as they were when it was built: a bundle may have lost its files.
const SHIPPED: [(&str, &str); 5] = [
    ("person", include_str!("../../../bundle/presets/person.json")),
    ("hair", include_str!("../../../bundle/presets/hair.json")),
    ("car", include_str!("../../../bundle/presets/car.json")),
    ("fastMotion", include_str!("../../../bundle/presets/fastMotion.json")),
    ("lowMemory", include_str!("../../../bundle/presets/lowMemory.json")),
];

/// Does what a button of the group says; none for the buttons of others.
pub fn pressed(instance: &Instance, param: &str) -> Option<Reply> {
    let params = instance.params();
    let done = match param {
        params::PRESET_APPLY => shipped(&params).and_then(|(preset, note)| {
            let said = apply(&params, &preset)?;
            Ok(note.into_iter().chain([said]).collect::<Vec<_>>().join("\n"))
        }),
        params::PRESET_LOAD => path(&params).and_then(|path| apply(&params, &Preset::read(&path)?)),
        params::PRESET_SAVE => path(&params).and_then(|path| save(&params, &path)),
        _ => return None,
    };
    match done {
        Ok(said) => instance.show(MessageKind::Note, &said),
        Err(reason) => instance.show(MessageKind::Error, &reason),
    }
    Some(Reply::Ok)
}

/// The chosen preset: the bundle's file, which a studio may change, or else as it was built in; with what there is to
/// be said of a file that cannot be read.
fn shipped(params: &ParamSet) -> Result<(Preset, Option<String>), String> {
    let id = params::option(params::PRESET, params.int(params::PRESET).unwrap_or(-1));
    let Some((_, text)) = SHIPPED.iter().find(|s| s.0 == id) else {
        return Err("Custom is no preset: choose another, or load a file".to_owned());
    };
    let library = library_path();
    let bundle = library.as_deref().and_then(bundle_of);
    let file = bundle.map(|b| b.join("Contents/Resources/presets").join(format!("{id}.json")));
    let note = match file.filter(|f| f.exists()).map(|f| Preset::read(&f)) {
        Some(Ok(preset)) => return Ok((preset, None)),
        Some(Err(reason)) => Some(reason),
        None => None,
    };
    Ok((Preset::parse(text)?, note))
}

/// The preset file that is named.
fn path(params: &ParamSet) -> Result<PathBuf, String> {
    let text = params.text(params::PRESET_FILE).unwrap_or_default();
    let text = text.trim();
    if text.is_empty() {
        return Err("no preset file is named".to_owned());
    }
    let path = PathBuf::from(text);
    Ok(if path.extension().is_none() { path.with_extension("json") } else { path })
}

/// Sets what a preset says, as one step of undo, and says what was set.
fn apply(params: &ParamSet, preset: &Preset) -> Result<String, String> {
    let resolved = preset.resolve();
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
    params.edit("Apply preset", set).map_err(|e| e.to_string())?;
    let (name, named) = (&preset.name, resolved.named);
    let mut said =
        vec![format!("preset {name:?}: {named} settings, the others of tracker and edge as at first")];
    said.extend(resolved.skipped.into_iter().map(|reason| format!("skipped: {reason}")));
    Ok(said.join("\n"))
}

/// Writes the settings of the node, over a preset but over no other file.
fn save(params: &ParamSet, path: &Path) -> Result<String, String> {
    if path.exists() {
        Preset::read(path)
            .map_err(|reason| format!("{reason}; it is not written over, choose another name"))?;
    }
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    let text = file::to_json(&name, params);
    write_atomically(path, |out| Ok(out.write_all(text.as_bytes())?)).map_err(|e| e.to_string())?;
    Ok(format!("the settings are in {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shipped_preset_can_be_chosen_and_is_set_whole() {
        let Some(params::Kind::Choice { options, .. }) = params::find(params::PRESET).map(|p| p.kind) else {
            panic!("the preset is a choice");
        };
        let ids: Vec<&str> = SHIPPED.iter().map(|s| s.0).collect();
        assert_eq!(options[1..].iter().map(|o| o.0).collect::<Vec<_>>(), ids);
        for ((id, text), option) in SHIPPED.iter().zip(&options[1..]) {
            let preset = Preset::parse(text).expect(id);
            assert_eq!(preset.name, option.1, "the name in the panel");
            assert!(preset.about.ends_with('.') && preset.about.matches(". ").count() == 0, "{id}");
            let resolved = preset.resolve();
            assert_eq!(resolved.skipped, Vec::<String>::new(), "{id}");
            let plain = Preset::parse(r#"{"airotoPreset":1,"parameters":{}}"#).expect("a preset").resolve();
            let differ = resolved.settings.iter().filter(|s| !plain.settings.contains(s)).count();
            assert_eq!((differ, differ > 0), (resolved.named, true), "{id} names only what is no default");
        }
    }
}

//! Natron without its window, `NatronRenderer`, with a script of ours.

use super::limited;
use super::pixels::{self, Difference};
use super::table::Trial;
use super::{EIGHT_BITS, Work};
use crate::error::{At, Result};
use crate::files::{make_folder, remove_folder};
use crate::paths;
use serde_json::{Map, Value, json};
use std::path::Path;

/// Renders the mattes in Natron and compares.
pub fn attempt(natron: &Path, work: &Work) -> Result<Trial> {
    let folder = work.folder.join("natron");
    remove_folder(&folder)?;
    let mattes = folder.join("mattes");
    make_folder(&mattes)?;
    let path = folder.join("job.json");
    std::fs::write(&path, job(work, &mattes).to_string()).at("writing", &path)?;
    let mut command = work.in_host(natron, &folder);
    command.args(["-w", "Out", &format!("0-{}", work.scene.count - 1)]);
    command.arg(paths::root().join("xtask/hosts/natron.py")).env("AIROTO_JOB", &path);
    // A home of its own: the person's settings and caches of Natron stay as they are. No window is needed.
    let home = folder.join("home");
    for (name, part) in
        [("HOME", ""), ("XDG_CACHE_HOME", "cache"), ("XDG_CONFIG_HOME", "config"), ("XDG_RUNTIME_DIR", "run")]
    {
        make_folder(&home.join(part))?;
        command.env(name, home.join(part));
    }
    private(&home.join("run"))?;
    command.env("QT_QPA_PLATFORM", "offscreen");
    let ended = limited::run(&mut command, work.limit, &folder, "natron")?;
    Ok(Trial::judge(&ended, drawn(work, &mattes), EIGHT_BITS))
}

fn drawn(work: &Work, mattes: &Path) -> Result<(usize, Difference)> {
    let found = work.scene.all(mattes, "matte.", ".png")?;
    let wanted = work.reference("8")?;
    work.sheet("natron", &found, &wanted)?;
    Ok((found.len(), pixels::compare(&found, &wanted)?))
}

/// What the script is told; Natron writes frame numbers as #.
fn job(work: &Work, mattes: &Path) -> Value {
    let mut parameters = Map::new();
    for (name, value) in work.scene.parameters() {
        let value = if name == "useStore" { Value::Bool(value == "1") } else { Value::String(value) };
        parameters.insert(name.to_owned(), value);
    }
    json!({
        "frames": work.scene.frames.join("#####.png"),
        "mattes": mattes.join("matte.#####.png"),
        "parameters": parameters,
    })
}

/// Qt refuses a folder of the session that others can read.
#[cfg(unix)]
fn private(folder: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700)).at("closing", folder)
}

#[cfg(not(unix))]
fn private(_: &Path) -> Result<()> {
    Ok(())
}

//! The places where packs are kept: finding, adding and removing them.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::ModelError;
use super::not_a_pack;
use super::pack::{MANIFEST, Pack};
use super::search_path::{self, Place};
use crate::io::Unfinished;

/// A pack that is being added.
const ADDED: Unfinished = Unfinished { lead: ".adding-", end: "", folders: true };
/// One that makes place for another of its name, which its own name ends with.
const REPLACED: Unfinished = Unfinished { lead: ".replaced-", ..ADDED };
/// One that is being removed.
const REMOVED: Unfinished = Unfinished { lead: ".removed-", ..ADDED };

/// Texts beside the graphs, such as a licence, that go with a pack when it is added, bytes each.
const MAX_TEXT_BYTES: u64 = 1 << 20;

/// A pack where packs are kept.
#[derive(Debug)]
pub struct Installed {
    /// The name by which it is chosen: the manifest's, or the folder's where that cannot be read.
    pub name: String,
    /// Whose it is.
    pub place: Place,
    /// Where it lies.
    pub folder: PathBuf,
    /// The pack, or why it cannot be used.
    pub pack: Result<Pack, ModelError>,
    /// Where the pack lies that is taken in its stead, having the same name and coming first.
    pub shadowed_by: Option<PathBuf>,
}

/// All packs in the places where packs are kept, those that are found first before others.
#[must_use]
pub fn all() -> Vec<Installed> {
    let mut firsts: BTreeMap<String, PathBuf> = BTreeMap::new();
    let mut packs = Vec::new();
    for (place, folder) in search_path::pack_folders() {
        let Ok(entries) = std::fs::read_dir(folder) else { continue };
        let mut inside: Vec<PathBuf> = entries.flatten().map(|e| e.path()).collect();
        inside.sort();
        for folder in inside {
            let last = folder.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
            // A pack that is being added begins with a dot.
            if last.starts_with('.') || std::fs::symlink_metadata(folder.join(MANIFEST)).is_err() {
                continue;
            }
            let pack = Pack::open(&folder);
            let name = pack.as_ref().map_or(last, |p| p.manifest().name.clone());
            let shadowed_by = firsts.get(&name).cloned();
            firsts.entry(name.clone()).or_insert_with(|| folder.clone());
            packs.push(Installed { name, place, folder, pack, shadowed_by });
        }
    }
    packs
}

/// The pack that `name` means: a folder, or one where packs are kept by its name, else by that of
/// its folder.
///
/// # Errors
/// [`ModelError::Pack`] when there is none or it is unsound.
pub fn find(name: &str) -> Result<Pack, ModelError> {
    let as_path = Path::new(name);
    if as_path.components().count() > 1 || as_path.join(MANIFEST).is_file() {
        return Pack::open(as_path);
    }
    let mut packs = all();
    let named = packs.iter().position(|p| p.name == name);
    let found = named.or_else(|| packs.iter().position(|p| p.folder.file_name() == Some(name.as_ref())));
    if let Some(found) = found {
        return packs.swap_remove(found).pack;
    }
    if as_path.is_file() || not_a_pack::describe(as_path).is_some() {
        // What it is helps more than where was looked.
        return Pack::open(as_path);
    }
    let searched: Vec<String> =
        search_path::pack_folders().iter().map(|(_, folder)| folder.display().to_string()).collect();
    Err(ModelError::Pack { pack: name.to_owned(), reason: format!("not found in {}", searched.join(", ")) })
}

/// Ends what a process has begun that was itself ended: what was half added or half removed goes, and what
/// was to be replaced is there again where nothing has come in its place.
fn tidy(home: &Path) {
    ADDED.remove_dead(home);
    REMOVED.remove_dead(home);
    for (old, name) in REPLACED.dead(home) {
        let target = home.join(&name);
        let restored = !name.is_empty()
            && std::fs::symlink_metadata(&target).is_err()
            && std::fs::rename(&old, &target).is_ok();
        if !restored {
            // What cannot be deleted now is tried again next time.
            let _ = std::fs::remove_dir_all(&old);
        }
    }
}

/// Copies the pack in `from` into the user's data folder, where every byte of its graphs has been
/// found to be as listed; gives its new place. It appears there whole or not at all.
///
/// # Errors
/// [`ModelError::Pack`] when it is unsound, or one of its name is there and is not to be replaced;
/// [`ModelError::File`] when it cannot be written.
pub fn add(from: &Path, replace: bool) -> Result<PathBuf, ModelError> {
    let pack = Pack::open(from)?;
    let home = search_path::user_folder().ok_or(ModelError::Internal("the system names no data folder"))?;
    let target = home.join(&pack.manifest().name);
    let there = std::fs::symlink_metadata(&target).is_ok();
    if there && !replace {
        return Err(pack.refuse(format!("{} already exists; replace it with --replace", target.display())));
    }
    if there && is_same(from, &target) {
        return Err(pack.refuse("is already in your data folder".to_owned()));
    }
    make_folder(&home)?;
    tidy(&home);
    let scratch = ADDED.folder_in(&home).map_err(|e| ModelError::file(&home, e))?;
    fill(&pack, scratch.path())?;
    open_to_all(scratch.path())?;
    let old = home.join(format!("{}{}", REPLACED.prefix(), pack.manifest().name));
    if there {
        std::fs::rename(&target, &old).map_err(|e| ModelError::file(&target, e))?;
    }
    let placed = std::fs::rename(scratch.path(), &target).map_err(|e| ModelError::file(&target, e));
    if there {
        match &placed {
            Ok(()) => delete(&old)?,
            // What was there stays there.
            Err(_) => std::fs::rename(&old, &target).map_err(|e| ModelError::file(&target, e))?,
        }
    }
    placed.map(|()| target)
}

/// Deletes the pack called `name` from the user's data folder; gives where it lay.
///
/// # Errors
/// [`ModelError::Pack`] when there is none, or only elsewhere; [`ModelError::File`] when it cannot
/// be deleted.
pub fn remove(name: &str) -> Result<PathBuf, ModelError> {
    let folder = removable(name)?;
    if let Some(home) = folder.parent() {
        tidy(home);
    }
    let hidden = folder.with_file_name(format!("{}{name}", REMOVED.prefix()));
    std::fs::rename(&folder, &hidden).map_err(|e| ModelError::file(&folder, e))?;
    delete(&hidden)?;
    Ok(folder)
}

/// The folder of the pack called `name` that [`remove`] would delete.
///
/// # Errors
/// [`ModelError::Pack`] when there is none, or only elsewhere.
pub fn removable(name: &str) -> Result<PathBuf, ModelError> {
    let packs = all();
    let named = |p: &&Installed| p.name == name || p.folder.file_name() == Some(name.as_ref());
    let own = packs.iter().filter(|p| p.place == Place::User).find(named);
    if let Some(own) = own {
        return Ok(own.folder.clone());
    }
    let reason = match packs.iter().find(named) {
        Some(other) => {
            format!(
                "is in {} ({}), and only packs in your data folder are removed",
                other.place.words(),
                other.folder.display()
            )
        }
        None => "is not in your data folder".to_owned(),
    };
    Err(ModelError::Pack { pack: name.to_owned(), reason })
}

/// Writes the manifest, the graphs and files that it lists, and the texts beside them.
fn fill(pack: &Pack, folder: &Path) -> Result<(), ModelError> {
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.join(name);
        let mut file = std::fs::File::create_new(&path).map_err(|e| ModelError::file(&path, e))?;
        file.write_all(bytes).and_then(|()| file.sync_all()).map_err(|e| ModelError::file(&path, e))
    };
    for (name, listed) in &pack.manifest().graphs {
        // The bytes that were hashed are those that are written.
        write(&listed.file, &pack.graph(name)?.0)?;
    }
    for (name, listed) in &pack.manifest().files {
        write(&listed.file, &pack.file(name)?)?;
    }
    write(MANIFEST, pack.text())?;
    let entries = std::fs::read_dir(pack.folder()).map_err(|e| ModelError::file(pack.folder(), e))?;
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if folder.join(&name).exists() {
            continue;
        }
        let text = name.starts_with("LICEN") || name.ends_with(".txt") || name.ends_with(".md");
        let plain = entry.file_type().is_ok_and(|kind| kind.is_file());
        if text && plain && entry.metadata().is_ok_and(|m| m.len() <= MAX_TEXT_BYTES) {
            let bytes = std::fs::read(entry.path()).map_err(|e| ModelError::file(&entry.path(), e))?;
            write(&name, &bytes)?;
        }
    }
    Ok(())
}

fn is_same(one: &Path, other: &Path) -> bool {
    matches!((one.canonicalize(), other.canonicalize()), (Ok(a), Ok(b)) if a == b)
}

fn make_folder(folder: &Path) -> Result<(), ModelError> {
    std::fs::create_dir_all(folder).map_err(|e| ModelError::file(folder, e))
}

/// A scratch folder is its owner's alone; a pack may be read by all.
fn open_to_all(folder: &Path) -> Result<(), ModelError> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let all = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(folder, all).map_err(|e| ModelError::file(folder, e))?;
    }
    let _ = folder;
    Ok(())
}

/// Deletes a folder, or the link that stands for one.
fn delete(folder: &Path) -> Result<(), ModelError> {
    let link = std::fs::symlink_metadata(folder).is_ok_and(|m| m.file_type().is_symlink());
    let deleted = if link { std::fs::remove_file(folder) } else { std::fs::remove_dir_all(folder) };
    deleted.map_err(|e| ModelError::file(folder, e))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_nowhere_lists_where_was_looked() {
        let missing = find("no-such-pack").expect_err("no such pack").to_string();
        assert!(missing.contains("no-such-pack: not found in"), "{missing}");
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn what_an_ended_process_was_at_is_brought_to_an_end() {
        let home = tempfile::tempdir().expect("a folder");
        let of = |kind: Unfinished, dead: bool, name: &str| {
            let own = kind.prefix();
            let (system, _) = own.split_once('.').and_then(|(_, rest)| rest.split_once('.')).expect("a name");
            // A number that no process has.
            let prefix = if dead { format!(".{system}.4194305.7.") } else { own.clone() };
            let path = home.path().join(format!("{prefix}{name}"));
            std::fs::create_dir(&path).expect("made");
            std::fs::write(path.join("part"), name).expect("written");
            path
        };
        let gone =
            [of(ADDED, true, "x"), of(REMOVED, true, "a"), of(REPLACED, true, "b"), of(REPLACED, true, "c")];
        let stays = [of(ADDED, false, "x"), of(REMOVED, false, "a"), of(REPLACED, false, "d")];
        std::fs::create_dir(home.path().join("b")).expect("made");
        tidy(home.path());
        assert!(gone.iter().all(|path| !path.exists()), "{gone:?}");
        assert!(stays.iter().all(|path| path.exists()), "of this process, which lives");
        assert_eq!(std::fs::read_to_string(home.path().join("c/part")).expect("restored"), "c");
        assert!(!home.path().join("b/part").exists(), "the new one is in its place");
    }

    #[test]
    fn only_the_users_own_packs_can_be_removed() {
        let refused = removable("swift").expect_err("it ships").to_string();
        assert!(refused.contains("the source tree") || refused.contains("the bundle"), "{refused}");
        let refused = removable("no-such-pack").expect_err("none").to_string();
        assert!(refused.contains("not in your data folder"), "{refused}");
    }
}

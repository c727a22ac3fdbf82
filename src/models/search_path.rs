//! Where models and ONNX Runtime are looked for.
//!
//! In this order: what the environment names; the bundle, whose folder the node tells or which is
//! found from the running program; the user's data folder; the source tree of a development build.

use std::path::{Path, PathBuf};

use parking_lot::RwLock;

/// Packs are looked for in these folders before all others; separated as `PATH` is.
pub const MODELS_VARIABLE: &str = "AIROTO_MODELS";
/// ONNX Runtime's library; when set, no other is tried.
pub const RUNTIME_VARIABLE: &str = "ORT_DYLIB_PATH";

static BUNDLE: RwLock<Option<PathBuf>> = RwLock::new(None);

/// Says where the plugin's bundle lies: the folder that holds `Contents`. A program in another
/// process, such as a host, does not tell by its own place.
pub fn set_bundle(folder: &Path) {
    *BUNDLE.write() = Some(folder.to_path_buf());
}

/// Whose packs a folder holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    /// [`MODELS_VARIABLE`] names it.
    Named,
    /// It came with the plugin or with this program.
    Bundle,
    /// It is the user's own.
    User,
    /// It is in the source tree of a development build.
    Source,
}

impl Place {
    /// For the middle of a sentence.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Named => MODELS_VARIABLE,
            Self::Bundle => "the bundle",
            Self::User => "your data folder",
            Self::Source => "the source tree",
        }
    }
}

/// Folders whose sub-folders may be packs, best first, each once.
#[must_use]
pub fn pack_folders() -> Vec<(Place, PathBuf)> {
    let mut folders: Vec<(Place, PathBuf)> = Vec::new();
    let mut add = |place, folder: PathBuf| {
        if !folders.iter().any(|(_, known)| *known == folder) {
            folders.push((place, folder));
        }
    };
    if let Some(named) = std::env::var_os(MODELS_VARIABLE) {
        for folder in std::env::split_paths(&named).filter(|p| !p.as_os_str().is_empty()) {
            add(Place::Named, folder);
        }
    }
    for contents in contents_folders() {
        add(Place::Bundle, contents.join("Resources").join("models"));
    }
    if let Some(program) = program_folder() {
        add(Place::Bundle, program.join("models"));
    }
    if let Some(folder) = user_folder() {
        add(Place::User, folder);
    }
    for root in source_roots() {
        add(Place::Source, root.join("bundle").join("models"));
    }
    folders
}

/// Where a user's own packs are put.
#[must_use]
pub fn user_folder() -> Option<PathBuf> {
    directories::ProjectDirs::from("org", "airoto", "AIRoto").map(|d| d.data_dir().join("models"))
}

/// Libraries to be tried, best first.
pub(super) fn runtime_libraries() -> Vec<PathBuf> {
    if let Some(named) = std::env::var_os(RUNTIME_VARIABLE).filter(|v| !v.is_empty()) {
        return vec![PathBuf::from(named)];
    }
    let mut folders = Vec::new();
    for contents in contents_folders() {
        folders.push(contents.join(ARCHITECTURE));
        folders.push(contents.join("Resources").join("onnxruntime"));
    }
    folders.extend(program_folder());
    folders.extend(source_roots().map(|root| root.join("target").join("tools").join("onnxruntime")));
    folders.dedup();
    folders.iter().flat_map(|folder| libraries_in(folder)).collect()
}

/// The folder of binaries in an OpenFX bundle.
const ARCHITECTURE: &str = if cfg!(target_os = "macos") {
    "MacOS"
} else if cfg!(windows) {
    "Win64"
} else {
    "Linux-x86-64"
};

/// Files of `folder` that are called as ONNX Runtime's library is, with or without a version.
fn libraries_in(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let stem = format!("{}onnxruntime", std::env::consts::DLL_PREFIX);
    let mut found: Vec<PathBuf> = entries
        .flatten()
        .filter(|entry| {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            name.strip_prefix(&stem)
                .is_some_and(|rest| rest.starts_with('.') && rest.contains(std::env::consts::DLL_SUFFIX))
        })
        .map(|entry| entry.path())
        .collect();
    // The name without a version is the shortest and comes first.
    found.sort_by_key(|path| (path.as_os_str().len(), path.clone()));
    found
}

/// `Contents` folders of the bundle that was told and of the one that the program runs from.
fn contents_folders() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = BUNDLE.read().iter().map(|b| b.join("Contents")).collect();
    if let Some(contents) = program_folder().as_deref().and_then(Path::parent)
        && contents.file_name().is_some_and(|n| n == "Contents")
    {
        folders.push(contents.to_path_buf());
    }
    folders
}

fn program_folder() -> Option<PathBuf> {
    std::env::current_exe().ok()?.parent().map(Path::to_path_buf)
}

/// The source tree, when the program was built in its `target`.
fn source_roots() -> impl Iterator<Item = PathBuf> {
    let program = program_folder().unwrap_or_default();
    let target = program.ancestors().find(|p| p.file_name().is_some_and(|n| n == "target"));
    target.and_then(Path::parent).map(Path::to_path_buf).into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_library_without_a_version_comes_first() {
        let folder = tempfile::tempdir().expect("a folder");
        let plain = format!("{}onnxruntime{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
        for name in [format!("{plain}.1.31.1"), plain.clone(), "libonnxruntime_providers_cuda.so".into()] {
            std::fs::write(folder.path().join(name), b"").expect("written");
        }
        let found = libraries_in(folder.path());
        assert_eq!(found.first().and_then(|p| p.file_name()), Some(std::ffi::OsStr::new(&plain)));
        assert!(found.iter().all(|p| !p.to_string_lossy().contains("providers")), "{found:?}");
    }

    #[test]
    fn a_bundle_that_is_told_is_searched() {
        set_bundle(Path::new("/bundles/AIRoto.ofx.bundle"));
        let models = PathBuf::from("/bundles/AIRoto.ofx.bundle/Contents/Resources/models");
        assert!(pack_folders().contains(&(Place::Bundle, models)));
    }

    #[test]
    fn the_source_tree_of_a_test_is_found() {
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        assert_eq!(source_roots().next(), Some(root));
    }
}

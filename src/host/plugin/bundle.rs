//! Bundles on disk: finding them, and the library in one.

use crate::host::error::HostError;
use std::path::{Path, PathBuf};

/// How deep bundles are looked for below a plugin folder.
const DEEPEST_FOLDER: usize = 8;

/// Names of the folder within a bundle's `Contents` that this platform loads from.
#[must_use]
pub const fn architectures() -> &'static [&'static str] {
    if cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        &["Linux-x86-64"]
    } else if cfg!(all(target_os = "linux", target_arch = "aarch64")) {
        &["Linux-aarch64", "Linux-arm64"]
    } else if cfg!(target_os = "windows") {
        &["Win64"]
    } else if cfg!(target_os = "macos") {
        &["MacOS", "MacOS-x86-64"]
    } else {
        &[]
    }
}

/// The library that `path` means.
pub(in crate::host) fn library_of(path: &Path) -> Result<PathBuf, HostError> {
    let fail = |what: String| HostError::Bundle { path: path.to_owned(), what };
    if path.is_file() {
        return Ok(path.to_owned());
    }
    if !path.is_dir() {
        return Err(fail("there is no such bundle or library".to_owned()));
    }
    if path.join("Contents").is_dir() {
        return library_in(path).ok_or_else(|| {
            fail(format!(
                "has no library for this platform in Contents/{}",
                architectures().join(" or Contents/")
            ))
        });
    }
    let mut found = Vec::new();
    collect(path, 0, &mut found);
    match found.as_slice() {
        [] => Err(fail("holds no bundle (a folder that ends in .ofx.bundle)".to_owned())),
        [one] => library_of(one),
        many => Err(fail(format!("holds {} bundles, expected one", many.len()))),
    }
}

/// The library of a bundle: the one of its name, else the first.
fn library_in(bundle: &Path) -> Option<PathBuf> {
    let name = bundle.file_stem()?;
    architectures().iter().find_map(|architecture| {
        let folder = bundle.join("Contents").join(architecture);
        let named = folder.join(name);
        if named.is_file() {
            return Some(named);
        }
        let mut others: Vec<PathBuf> = std::fs::read_dir(&folder)
            .ok()?
            .filter_map(|e| Some(e.ok()?.path()))
            .filter(|p| p.extension().is_some_and(|e| e == "ofx"))
            .collect();
        others.sort();
        others.into_iter().next()
    })
}

/// The bundle that a library lies in, else its folder.
pub(in crate::host) fn bundle_of(library: &Path) -> PathBuf {
    if library.is_dir() {
        return library.to_owned();
    }
    let bundle = library.ancestors().nth(3);
    let is_bundle = |p: &&Path| p.join("Contents").is_dir() && library.starts_with(p.join("Contents"));
    bundle.filter(is_bundle).or_else(|| library.parent()).unwrap_or(library).to_owned()
}

/// Every bundle and library in the folders that hosts look into: those of `OFX_PLUGIN_PATH`, then
/// the platform's own.
#[must_use]
pub fn find_bundles() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> =
        std::env::var_os("OFX_PLUGIN_PATH").map(|v| std::env::split_paths(&v).collect()).unwrap_or_default();
    if cfg!(target_os = "windows") {
        let files = std::env::var_os("CommonProgramFiles")
            .map_or_else(|| "C:/Program Files/Common Files".into(), PathBuf::from);
        folders.push(files.join("OFX/Plugins"));
    } else if cfg!(target_os = "macos") {
        folders.push("/Library/OFX/Plugins".into());
    } else {
        folders.push("/usr/OFX/Plugins".into());
    }
    let mut found = Vec::new();
    for folder in folders.iter().filter(|f| !f.as_os_str().is_empty()) {
        collect(folder, 0, &mut found);
    }
    found.dedup();
    found
}

/// Bundles and bare libraries below a folder, in the order of their names.
fn collect(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) {
    let Ok(list) = std::fs::read_dir(folder) else { return };
    let mut paths: Vec<PathBuf> = list.filter_map(|e| Some(e.ok()?.path())).collect();
    paths.sort();
    for path in paths {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.ends_with(".ofx.bundle") || (name.ends_with(".ofx") && path.is_file()) {
            found.push(path);
        } else if path.is_dir() && !name.starts_with('@') && depth < DEEPEST_FOLDER {
            collect(&path, depth + 1, found);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bundles_are_found_below_a_folder() {
        let root = tempfile::tempdir().unwrap();
        let path = |name: &str| root.path().join(name);
        for folder in ["vendor/B.ofx.bundle/Contents", "A.ofx.bundle", "@old/C.ofx.bundle"] {
            std::fs::create_dir_all(path(folder)).unwrap();
        }
        for file in ["vendor/d.ofx", "vendor/notes.txt", "A.ofx.bundle/inner.ofx"] {
            std::fs::write(path(file), "").unwrap();
        }
        let mut found = Vec::new();
        collect(root.path(), 0, &mut found);
        assert_eq!(found, [path("A.ofx.bundle"), path("vendor/B.ofx.bundle"), path("vendor/d.ofx")]);
    }

    #[test]
    fn a_library_knows_its_bundle() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("A.ofx.bundle/Contents").join(architectures()[0]);
        std::fs::create_dir_all(&folder).unwrap();
        let library = folder.join("Other.ofx");
        std::fs::write(&library, "").unwrap();
        assert_eq!(bundle_of(&library), root.path().join("A.ofx.bundle"));
        assert_eq!(library_of(root.path()).unwrap(), library);
        let bare = root.path().join("bare.so");
        assert_eq!(bundle_of(&bare), root.path());
    }
}

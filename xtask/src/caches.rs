//! What OpenFX hosts remember about plugins between starts.
//!
//! A host reads a plugin's description from such a file instead of asking the plugin, so after an
//! update it may show the old parameters, or keep refusing what once failed to load. The hosts make
//! the files again at their next start. docs/hosts.md lists them with the hosts' own remedies.

use crate::error::{At, Result};
use crate::platform::Platform;
use directories::BaseDirs;
use std::path::{Path, PathBuf};

/// The folders of the person that hosts keep their files below.
pub struct Folders {
    home: PathBuf,
    /// The platform's caches: `~/.cache`, `~/Library/Caches`, `%LOCALAPPDATA%`.
    cache: PathBuf,
    /// Data that roams: `~/.local/share`, `~/Library/Application Support`, `%APPDATA%`.
    data: PathBuf,
    /// Where Nuke puts what it can make again, if the person has said so.
    nuke: Option<PathBuf>,
    /// The system's folder for temporary files that survive a restart.
    temporary: PathBuf,
}

impl Folders {
    /// Those of the person who runs this, if the system tells.
    pub fn here() -> Option<Self> {
        let base = BaseDirs::new()?;
        Some(Self {
            home: base.home_dir().to_owned(),
            cache: base.cache_dir().to_owned(),
            data: base.data_dir().to_owned(),
            nuke: std::env::var_os("NUKE_TEMP_DIR").map(PathBuf::from),
            temporary: PathBuf::from("/var/tmp"),
        })
    }
}

/// Files of one host: those in a folder whose names begin and end so.
#[derive(Debug)]
struct Known {
    host: &'static str,
    folder: PathBuf,
    begins: &'static str,
    ends: &'static str,
}

/// Every place that is known, whether anything is there or not.
fn known(platform: Platform, folders: &Folders) -> Vec<Known> {
    let mut all = Vec::new();
    let mut add = |host, folder: PathBuf, begins, ends| {
        all.push(Known { host, folder, begins, ends });
    };
    // Natron 2: one file for each of its versions, in a folder for nothing else. Its source names
    // the folder; Windows versions were seen with either of two names above it.
    let natron: &[&str] = match platform {
        Platform::Windows => &["INRIA/Natron/cache", "INRIA/Natron/Caches"],
        Platform::Linux | Platform::MacOs => &["INRIA/Natron"],
    };
    for place in natron {
        add("Natron", folders.cache.join(place).join("OFXLoadCache"), "OFXCache_", ".xml");
    }
    // DaVinci Resolve: V2 since version 16, without it before.
    let resolve: &[&str] = match platform {
        Platform::Linux => &["DaVinciResolve", "DaVinciResolve/configs"],
        Platform::MacOs => &["Blackmagic Design/DaVinci Resolve"],
        Platform::Windows => &["Blackmagic Design/DaVinci Resolve/Support"],
    };
    for place in resolve {
        add("DaVinci Resolve", folders.data.join(place), "OFXPluginCache", ".xml");
    }
    // Nuke: a folder in its temporary one, which is a person's own; the number is the user's.
    match platform {
        Platform::Linux | Platform::MacOs => {
            for place in of_this_user(&folders.temporary, "nuke-u") {
                add("Nuke", place.join("ofxplugincache"), "ofxplugincache", ".xml");
            }
        }
        Platform::Windows => {
            let place = folders.home.join("AppData/Local/Temp/nuke/ofxplugincache");
            add("Nuke", place, "ofxplugincache", ".xml");
        }
    }
    if let Some(nuke) = &folders.nuke {
        add("Nuke", nuke.join("ofxplugincache"), "ofxplugincache", ".xml");
    }
    all
}

/// The folders named `start` and a number that we may write to.
fn of_this_user(folder: &Path, start: &str) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    entries
        .flatten()
        .filter(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            let number = name.strip_prefix(start);
            number.is_some_and(|number| !number.is_empty() && number.parse::<u64>().is_ok())
        })
        .map(|entry| entry.path())
        .collect()
}

/// The files that are there, with the host that each belongs to.
pub fn find(platform: Platform, folders: &Folders) -> Vec<(&'static str, PathBuf)> {
    let mut found = Vec::new();
    for known in known(platform, folders) {
        let Ok(entries) = std::fs::read_dir(&known.folder) else { continue };
        for entry in entries.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
            if is_file && name.starts_with(known.begins) && name.ends_with(known.ends) {
                found.push((known.host, entry.path()));
            }
        }
    }
    found.sort();
    found
}

/// Removes the files, or says that it would; returns how many.
///
/// One that cannot be removed, such as another user's, is said and left.
pub fn clear(dry_run: bool) -> Result<usize> {
    let Some(folders) = Folders::here() else { return Ok(0) };
    let found = find(Platform::HERE, &folders);
    for (host, path) in &found {
        if dry_run {
            eprintln!("· would remove the plugin cache of {host}: {}", path.display());
        } else {
            match std::fs::remove_file(path).at("removing", path) {
                Ok(()) => {
                    eprintln!("✓ removed the plugin cache of {host}: {}", path.display());
                }
                Err(error) => eprintln!("· the plugin cache of {host} stays: {error}"),
            }
        }
    }
    Ok(found.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(path: PathBuf) -> PathBuf {
        std::fs::create_dir_all(path.parent().expect("it lies in a folder")).expect("made");
        std::fs::write(&path, "").expect("a file can be written");
        path
    }

    fn folders(place: &Path) -> Folders {
        Folders {
            home: place.join("home"),
            cache: place.join("cache"),
            data: place.join("data"),
            nuke: Some(place.join("farm")),
            temporary: place.join("tmp"),
        }
    }

    #[test]
    fn only_what_hosts_remember_is_found() {
        let place = tempfile::tempdir().expect("a folder can be made");
        let at = |name: &str| place.path().join(name);
        let mut caches = vec![
            ("DaVinci Resolve", write(at("data/DaVinciResolve/OFXPluginCacheV2.xml"))),
            ("Natron", write(at("cache/INRIA/Natron/OFXLoadCache/OFXCache_2.5.0_RC_1.xml"))),
            ("Nuke", write(at("farm/ofxplugincache/ofxplugincache_Nuke16.0-64.xml"))),
            ("Nuke", write(at("tmp/nuke-u1000/ofxplugincache/ofxplugincache-1000-64.xml"))),
        ];
        caches.sort();
        for other in [
            "data/DaVinciResolve/config.xml",
            "data/DaVinciResolve/OFXPluginCache.log",
            "cache/INRIA/Natron/OFXLoadCache/notes.txt",
            "tmp/nuke-u1000/ViewerCache/ofxplugincache.xml",
            "tmp/nuke-user/ofxplugincache/ofxplugincache.xml",
        ] {
            write(at(other));
        }
        assert_eq!(find(Platform::Linux, &folders(place.path())), caches);
    }

    #[test]
    fn every_platform_knows_every_host() {
        let place = tempfile::tempdir().expect("a folder can be made");
        std::fs::create_dir_all(place.path().join("tmp/nuke-u501")).expect("made");
        for platform in [Platform::Linux, Platform::MacOs, Platform::Windows] {
            let known = known(platform, &folders(place.path()));
            for host in ["Natron", "DaVinci Resolve", "Nuke"] {
                assert!(known.iter().any(|known| known.host == host), "{platform:?} {host}");
            }
            assert!(known.iter().all(|known| known.folder.starts_with(place.path())), "{known:?}");
        }
    }
}

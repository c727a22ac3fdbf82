//! `cargo xtask install` and `uninstall`: the bundle in the folder where hosts look for plugins.

use crate::bundle::{self, BUNDLE};
use crate::error::{At, Error, Result};
use crate::files;
use crate::platform::Platform;
use crate::progress::{heading, megabytes};
use crate::{caches, paths};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Options of `install`.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    pub whom: Whom,
    /// Print what would be done, and do nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// For whom: one person, which needs no rights, or everybody on the machine.
#[derive(clap::Args)]
#[group(multiple = false)]
pub struct Whom {
    /// For you alone, in your own plugin folder (the default)
    #[arg(long)]
    pub user: bool,
    /// For everybody, in the system's plugin folder, which every host reads; needs write permission
    #[arg(long)]
    pub system: bool,
}

impl Whom {
    fn folder(&self) -> Result<PathBuf> {
        if self.system {
            return Ok(system(Platform::HERE));
        }
        let base = directories::BaseDirs::new()
            .ok_or_else(|| Error::person("the system does not say where your home folder is"))?;
        Ok(match Platform::HERE {
            Platform::MacOs => base.home_dir().join("Library/OFX/Plugins"),
            Platform::Linux | Platform::Windows => base.data_local_dir().join("OFX/Plugins"),
        })
    }
}

/// The folder that the OpenFX specification tells every host to read.
fn system(platform: Platform) -> PathBuf {
    match platform {
        Platform::Linux => PathBuf::from("/usr/OFX/Plugins"),
        Platform::MacOs => PathBuf::from("/Library/OFX/Plugins"),
        Platform::Windows => std::env::var_os("CommonProgramFiles")
            .map_or_else(|| PathBuf::from("C:/Program Files/Common Files"), PathBuf::from)
            .join("OFX/Plugins"),
    }
}

/// Installs the bundle in `target/bundle`, made now if it is not there.
pub fn install(arguments: &Arguments) -> Result<()> {
    let folder = arguments.whom.folder()?;
    let target = folder.join(BUNDLE);
    if arguments.dry_run {
        heading("install: steps that would run");
        eprintln!("· would build the bundle and put it at {}", target.display());
        caches::clear(true)?;
        return hint(&arguments.whom, &folder);
    }
    // Asked first: a build of minutes must not end in "permission denied".
    writable(&folder)?;
    let bundle = bundle::run(&bundle::Arguments { debug: false, output: None })?.folder;
    heading("install");
    let bytes = files::replace_folder(&bundle, &target).map_err(|error| in_use(error, &target))?;
    eprintln!("✓ {} ({})", target.display(), megabytes(bytes));
    caches::clear(false)?;
    hint(&arguments.whom, &folder)
}

/// Removes the bundle from the folder that `install` puts it in.
pub fn uninstall(arguments: &Arguments) -> Result<()> {
    let target = arguments.whom.folder()?.join(BUNDLE);
    heading("uninstall");
    if !target.exists() {
        eprintln!("· there is nothing at {}", target.display());
    } else if arguments.dry_run {
        eprintln!("· would remove {}", target.display());
    } else {
        files::remove_folder(&target)?;
        eprintln!("✓ removed {}", target.display());
    }
    caches::clear(arguments.dry_run)?;
    Ok(())
}

/// Says now, in one sentence, that the folder cannot be written.
fn writable(folder: &Path) -> Result<()> {
    let refused = |error: &std::io::Error| {
        matches!(error.kind(), ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem)
    };
    let probe = folder.join(format!("@airoto.probe{}", std::process::id()));
    let tried = std::fs::create_dir_all(folder).and_then(|()| std::fs::create_dir(&probe));
    match tried {
        Err(error) if refused(&error) => Err(Error::person(format!(
            "no permission to write to {}: install for yourself with --user, or copy {} there as an \
             administrator",
            folder.display(),
            paths::bundles().join(BUNDLE).display()
        ))),
        other => {
            other.at("making the folder", &probe)?;
            std::fs::remove_dir(&probe).at("removing", &probe)
        }
    }
}

/// Windows keeps a library that a host has loaded from being replaced.
fn in_use(error: Error, target: &Path) -> Error {
    match error {
        Error::Io { source, .. } if cfg!(windows) && source.kind() == ErrorKind::PermissionDenied => {
            Error::person(format!(
                "{} cannot be replaced while a host has it loaded: close the host",
                target.display()
            ))
        }
        other => other,
    }
}

/// What the person must do that we cannot.
fn hint(whom: &Whom, folder: &Path) -> Result<()> {
    if !whom.system {
        let folder = folder.display();
        match Platform::HERE {
            Platform::Linux => eprintln!(
                "Hosts read your own folder if OFX_PLUGIN_PATH names it; add to your profile:\n  export \
                 OFX_PLUGIN_PATH=\"{folder}${{OFX_PLUGIN_PATH:+:$OFX_PLUGIN_PATH}}\""
            ),
            Platform::Windows => eprintln!(
                "Hosts read your own folder if OFX_PLUGIN_PATH names it; run once:\n  setx OFX_PLUGIN_PATH \
                 \"{folder}\""
            ),
            Platform::MacOs => eprintln!(
                "If a host does not find the plugin, run: launchctl setenv OFX_PLUGIN_PATH \"{folder}\""
            ),
        }
    }
    eprintln!("Restart your host. The node is AI Roto.");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_folders_are_those_of_the_specification() {
        assert_eq!(system(Platform::Linux), Path::new("/usr/OFX/Plugins"));
        assert_eq!(system(Platform::MacOs), Path::new("/Library/OFX/Plugins"));
        assert!(system(Platform::Windows).ends_with("OFX/Plugins"));
    }

    #[test]
    fn a_folder_that_is_a_file_is_no_folder() {
        let place = tempfile::tempdir().expect("a folder can be made");
        writable(&place.path().join("OFX/Plugins")).expect("it can be made");
        let left = std::fs::read_dir(place.path().join("OFX/Plugins")).expect("it is there");
        assert_eq!(left.count(), 0, "the probe is gone");
        let file = place.path().join("file");
        std::fs::write(&file, "").expect("a file can be written");
        assert!(writable(&file).is_err());
    }
}

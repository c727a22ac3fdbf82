//! A library of plugins, loaded, and what is asked of it.

use super::Plugin;
use super::bundle::library_of;
use super::library::Loaded;
use crate::host::audit::Finding;
use crate::host::error::HostError;
use crate::host::profile::HostProfile;
use std::path::Path;
use std::sync::Arc;

/// A loaded library of plugins. Cheap to clone.
///
/// Two binaries of one file share the plugin's own variables, as they do in any process; hosts of
/// different profiles at the same time need [`Binary::open_copy`].
#[derive(Clone)]
pub struct Binary {
    inner: Arc<Loaded>,
}

impl Binary {
    /// Loads `path`: a bundle's folder, a folder that holds one bundle, or the library itself.
    ///
    /// # Errors
    /// [`HostError::Bundle`] when there is no library for this platform, when it cannot be loaded,
    /// or when it is no OpenFX plugin.
    pub fn open(profile: HostProfile, path: &Path) -> Result<Self, HostError> {
        let library = library_of(path)?;
        Ok(Self { inner: Loaded::load(profile, path, &library, None)? })
    }

    /// As [`Binary::open`], with variables of its own: the library is copied to a temporary
    /// folder before it is loaded. The plugin is still told the path of the original.
    ///
    /// # Errors
    /// As [`Binary::open`], or when the library cannot be copied.
    pub fn open_copy(profile: HostProfile, path: &Path) -> Result<Self, HostError> {
        let library = library_of(path)?;
        let fail = |e: std::io::Error| HostError::Bundle {
            path: library.clone(),
            what: format!("cannot be copied to a temporary folder: {e}"),
        };
        let folder = tempfile::tempdir().map_err(fail)?;
        let copy = folder.path().join(library.file_name().unwrap_or_default());
        std::fs::copy(&library, &copy).map_err(fail)?;
        Ok(Self { inner: Loaded::load(profile, &library, &copy, Some(folder))? })
    }

    /// The path that it was loaded from.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.inner.path
    }

    /// All image effects in it.
    #[must_use]
    pub fn plugins(&self) -> Vec<Plugin> {
        let image_effects = |i: &usize| self.inner.entries[*i].api == "OfxImageEffectPluginAPI";
        (0..self.inner.entries.len())
            .filter(image_effects)
            .map(|index| Plugin { library: self.inner.clone(), index })
            .collect()
    }

    /// The newest plugin of that identifier.
    ///
    /// # Errors
    /// [`HostError::Bundle`] naming those that there are.
    pub fn plugin(&self, identifier: &str) -> Result<Plugin, HostError> {
        let all = self.plugins();
        let newest = all.iter().filter(|p| p.identifier() == identifier).max_by_key(|p| p.version());
        newest.cloned().ok_or_else(|| {
            let known: Vec<&str> = all.iter().map(Plugin::identifier).collect();
            HostError::Bundle {
                path: self.inner.path.clone(),
                what: format!("holds no plugin {identifier}, only {}", known.join(", ")),
            }
        })
    }

    /// How the host behaves.
    #[must_use]
    pub fn profile(&self) -> &HostProfile {
        &self.inner.host.profile
    }

    /// Everything noticed about the plugins of this binary.
    #[must_use]
    pub fn findings(&self) -> Vec<Finding> {
        self.inner.host.audit.findings()
    }

    /// What the plugins of this binary did against the API.
    #[must_use]
    pub fn faults(&self) -> Vec<String> {
        self.inner.host.audit.faults()
    }
}

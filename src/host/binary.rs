//! Bundles on disk: finding them, loading them, asking them what is inside.

use super::action;
use super::audit::{Audit, Finding};
use super::effect::{Effect, Entry, HostShared};
use super::error::HostError;
use super::guard::{Scope, within};
use super::kinds::Context;
use super::plugin::Plugin;
use super::profile::HostProfile;
use super::status::Status;
use crate::ofx::sys;
use libloading::Library;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::ffi::{CStr, c_char, c_int};
use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Plugins that one library may hold; a wrong count must not run through memory.
const MOST_PLUGINS: i32 = 4096;
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

/// A loaded library of plugins. Cheap to clone.
///
/// Two binaries of one file share the plugin's own variables, as they do in any process; hosts of
/// different profiles at the same time need [`Binary::open_copy`].
#[derive(Clone)]
pub struct Binary {
    pub(super) inner: Arc<Inner>,
}

/// A loaded library; its plugins keep it loaded.
pub(super) struct Inner {
    library: ManuallyDrop<Library>,
    pub(super) host: Arc<HostShared>,
    path: PathBuf,
    /// What plugins are told that their file path is.
    pub(super) folder: PathBuf,
    pub(super) entries: Vec<RawPlugin>,
    /// The folder of a copy, which goes with it.
    _copy: Option<tempfile::TempDir>,
}

/// A plugin as the library declares it.
pub(super) struct RawPlugin {
    pub(super) identifier: String,
    pub(super) version: (u32, u32),
    pub(super) api: String,
    pub(super) api_version: i32,
    set_host: Option<unsafe extern "C" fn(*mut sys::OfxHost)>,
    pub(super) entry: Entry,
    pub(super) state: Mutex<Described>,
}

/// What a plugin has said of itself so far.
#[derive(Default)]
pub(super) struct Described {
    /// Whether Load was answered well, so that Unload is due.
    pub(super) loaded: bool,
    pub(super) base: Option<Arc<Effect>>,
    pub(super) contexts: HashMap<Context, Arc<Effect>>,
}

impl Binary {
    /// Loads `path`: a bundle's folder, a folder that holds one bundle, or the library itself.
    ///
    /// # Errors
    /// [`HostError::Bundle`] when there is no library for this platform, when it cannot be loaded,
    /// or when it is no OpenFX plugin.
    pub fn open(profile: HostProfile, path: &Path) -> Result<Self, HostError> {
        let library = library_of(path)?;
        Self::load(profile, path, &library, None)
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
        Self::load(profile, &library, &copy, Some(folder))
    }

    fn load(
        profile: HostProfile,
        path: &Path,
        library: &Path,
        copy: Option<tempfile::TempDir>,
    ) -> Result<Self, HostError> {
        let fail = |what: String| HostError::Bundle { path: path.to_owned(), what };
        // Libraries are loaded by absolute path, so that the system does not search for them.
        let absolute = std::fs::canonicalize(library).map_err(|e| fail(format!("cannot be found: {e}")))?;
        let original = std::fs::canonicalize(path).unwrap_or_else(|_| absolute.clone());
        // SAFETY: loading runs the library's initialisers, which is what the caller asked for.
        let library =
            unsafe { Library::new(&absolute) }.map_err(|e| fail(format!("cannot be loaded: {e}")))?;
        let host = HostShared::new(profile);
        super::suites::install_varargs();
        let closes = host.profile.closes_library;
        let entries = match read_entries(&library, &host) {
            Ok(entries) => entries,
            Err(what) => {
                if !closes {
                    std::mem::forget(library);
                }
                return Err(fail(what));
            }
        };
        let folder = bundle_of(&original);
        let inner =
            Inner { library: ManuallyDrop::new(library), host, path: original, folder, entries, _copy: copy };
        Ok(Self { inner: Arc::new(inner) })
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
            .map(|index| Plugin { binary: self.inner.clone(), index })
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

impl Inner {
    pub(super) fn audit(&self) -> &Arc<Audit> {
        &self.host.audit
    }

    /// Gives a plugin the host's structure and sends it Load, once.
    pub(super) fn load_plugin(&self, plugin: &RawPlugin, described: &mut Described) -> Result<(), HostError> {
        if described.loaded {
            return Ok(());
        }
        let fail = |action: &str, status: Status| HostError::Action {
            plugin: plugin.identifier.clone(),
            action: action.to_owned(),
            status,
            message: None,
        };
        let Some(set_host) = plugin.set_host else {
            return Err(fail("setHost", Status::FAILED));
        };
        let scope = |action: &'static str| Scope {
            audit: self.audit().clone(),
            effect: None,
            action,
            job: None,
            spawned: None,
        };
        let structure: *const sys::OfxHost = &raw const *self.host.structure.0;
        // SAFETY: the structure lives as long as the host, and the plugin only reads it.
        within(scope("setHost"), || unsafe { set_host(structure.cast_mut()) });
        let status = within(scope("OfxActionLoad"), || {
            action::call(plugin.entry, "OfxActionLoad", std::ptr::null(), None, None)
        });
        if self.accepts(status) {
            described.loaded = true;
            Ok(())
        } else {
            Err(fail("Load", status))
        }
    }

    /// Whether this host takes a status of Load and Describe for success.
    pub(super) fn accepts(&self, status: Status) -> bool {
        status == Status::OK || (status == Status::DEFAULT && !self.host.profile.load_must_be_ok)
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        for plugin in &self.entries {
            let mut state = plugin.state.lock();
            state.contexts.clear();
            state.base = None;
            if state.loaded {
                let scope = Scope {
                    audit: self.host.audit.clone(),
                    effect: None,
                    action: "OfxActionUnload",
                    job: None,
                    spawned: None,
                };
                let status = within(scope, || {
                    action::call(plugin.entry, "OfxActionUnload", std::ptr::null(), None, None)
                });
                if !status.is_success() {
                    log::warn!("{}: Unload answered {status}", plugin.identifier);
                }
            }
        }
        if self.host.profile.closes_library {
            // SAFETY: nothing of the library is used after this, and it is dropped once.
            unsafe { ManuallyDrop::drop(&mut self.library) };
        }
    }
}

/// Reads what a library declares.
fn read_entries(library: &Library, host: &HostShared) -> Result<Vec<RawPlugin>, String> {
    type SetHost = unsafe extern "C" fn(*const sys::OfxHost) -> c_int;
    type Count = unsafe extern "C" fn() -> c_int;
    type Get = unsafe extern "C" fn(c_int) -> *const sys::OfxPlugin;
    // SAFETY: functions of these names have these types in every OpenFX binary.
    let (set_host, count, get) = unsafe {
        (
            library.get::<SetHost>(b"OfxSetHost\0"),
            library.get::<Count>(b"OfxGetNumberOfPlugins\0"),
            library.get::<Get>(b"OfxGetPlugin\0"),
        )
    };
    let lacks = |name: &str| format!("is no OpenFX plugin: it does not export {name}");
    let count = count.map_err(|_| lacks("OfxGetNumberOfPlugins"))?;
    let get = get.map_err(|_| lacks("OfxGetPlugin"))?;
    if let Ok(set_host) = set_host {
        // SAFETY: the structure lives as long as the host, and the plugin only reads it.
        let status = Status(unsafe { set_host(&raw const *host.structure.0) });
        if !status.is_success() {
            return Err(format!("does not want this host: OfxSetHost answered {status}"));
        }
    }
    // SAFETY: a function of the library without arguments.
    let count = unsafe { count() };
    if !(0..=MOST_PLUGINS).contains(&count) {
        return Err(format!("says that it holds {count} plugins, expected 0 to {MOST_PLUGINS}"));
    }
    let mut entries = Vec::new();
    for i in 0..count {
        // SAFETY: the index is below the count.
        let pointer = unsafe { get(i) };
        // SAFETY: a plugin's structure lives as long as its library.
        let Some(plugin) = (unsafe { pointer.as_ref() }) else {
            host.audit.fault(format!("plugin {i} is null"));
            continue;
        };
        let text = |p: *const c_char| {
            if p.is_null() {
                return None;
            }
            // SAFETY: not null, and a plugin's strings live as long as its library.
            Some(unsafe { CStr::from_ptr(p) }.to_string_lossy().into_owned())
        };
        let (Some(api), Some(identifier)) = (text(plugin.pluginApi), text(plugin.pluginIdentifier)) else {
            host.audit.fault(format!("plugin {i} has no identifier or no API"));
            continue;
        };
        if plugin.mainEntry.is_none() || plugin.setHost.is_none() {
            host.audit.fault(format!("plugin {identifier} has no main entry or no setHost"));
            continue;
        }
        entries.push(RawPlugin {
            identifier,
            version: (plugin.pluginVersionMajor, plugin.pluginVersionMinor),
            api,
            api_version: plugin.apiVersion,
            set_host: plugin.setHost,
            entry: Entry(plugin.mainEntry),
            state: Mutex::default(),
        });
    }
    Ok(entries)
}

/// The library that `path` means.
fn library_of(path: &Path) -> Result<PathBuf, HostError> {
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
fn bundle_of(library: &Path) -> PathBuf {
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

//! A loaded library and the plugins that it declares.

use super::bundle::bundle_of;
use crate::host::action;
use crate::host::audit::Audit;
use crate::host::effect::scope::{Scope, within};
use crate::host::effect::{Effect, Entry, HostShared};
use crate::host::error::HostError;
use crate::host::kinds::Context;
use crate::host::profile::HostProfile;
use crate::host::status::Status;
use crate::host::suites;
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

/// A loaded library; its plugins keep it loaded.
pub(in crate::host) struct Loaded {
    library: ManuallyDrop<Library>,
    pub(in crate::host) host: Arc<HostShared>,
    pub(in crate::host) path: PathBuf,
    /// What plugins are told that their file path is.
    pub(in crate::host) folder: PathBuf,
    pub(in crate::host) entries: Vec<RawPlugin>,
    /// The folder of a copy, which goes with it.
    _copy: Option<tempfile::TempDir>,
}

/// A plugin as the library declares it.
pub(in crate::host) struct RawPlugin {
    pub(in crate::host) identifier: String,
    pub(in crate::host) version: (u32, u32),
    pub(in crate::host) api: String,
    pub(in crate::host) api_version: i32,
    set_host: Option<unsafe extern "C" fn(*mut sys::OfxHost)>,
    pub(in crate::host) entry: Entry,
    pub(in crate::host) state: Mutex<Described>,
}

/// What a plugin has said of itself so far.
#[derive(Default)]
pub(in crate::host) struct Described {
    /// Whether Load was answered well, so that Unload is due.
    pub(in crate::host) loaded: bool,
    pub(in crate::host) base: Option<Arc<Effect>>,
    pub(in crate::host) contexts: HashMap<Context, Arc<Effect>>,
}

impl Loaded {
    /// Loads a library for `path`, with the folder that goes with it when it is a copy.
    pub(in crate::host) fn load(
        profile: HostProfile,
        path: &Path,
        library: &Path,
        copy: Option<tempfile::TempDir>,
    ) -> Result<Arc<Self>, HostError> {
        let fail = |what: String| HostError::Bundle { path: path.to_owned(), what };
        // Libraries are loaded by absolute path, so that the system does not search for them.
        let absolute = std::fs::canonicalize(library).map_err(|e| fail(format!("cannot be found: {e}")))?;
        let original = std::fs::canonicalize(path).unwrap_or_else(|_| absolute.clone());
        // SAFETY: loading runs the library's initialisers, which is what the caller asked for.
        let library =
            unsafe { Library::new(&absolute) }.map_err(|e| fail(format!("cannot be loaded: {e}")))?;
        let host = HostShared::new(profile, suites::fetch_suite);
        suites::install_varargs();
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
        let library = ManuallyDrop::new(library);
        Ok(Arc::new(Self { library, host, path: original, folder, entries, _copy: copy }))
    }

    pub(in crate::host) fn audit(&self) -> &Arc<Audit> {
        &self.host.audit
    }

    /// Gives a plugin the host's structure and sends it Load, once.
    pub(in crate::host) fn load_plugin(
        &self,
        plugin: &RawPlugin,
        described: &mut Described,
    ) -> Result<(), HostError> {
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
    pub(in crate::host) fn accepts(&self, status: Status) -> bool {
        status == Status::OK || (status == Status::DEFAULT && !self.host.profile.load_must_be_ok)
    }
}

impl Drop for Loaded {
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

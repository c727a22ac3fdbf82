//! What all effects of a binary share: the host as they see it.

use crate::host::audit::Audit;
use crate::host::profile::HostProfile;
use crate::host::property::{PropertySet, schema};
use crate::ofx::sys;
use parking_lot::{Mutex, RwLock};
use std::collections::HashMap;
use std::ffi::{c_char, c_int, c_void};
use std::sync::{Arc, LazyLock, Weak};

/// The structure that a plugin is given through `setHost`.
pub(in crate::host) struct HostStructure(pub(in crate::host) Box<sys::OfxHost>);

// SAFETY: it is never written after it was made.
unsafe impl Send for HostStructure {}
// SAFETY: it is never written after it was made.
unsafe impl Sync for HostStructure {}

/// The type of `OfxHost::fetchSuite`.
type FetchSuite = unsafe extern "C" fn(sys::OfxPropertySetHandle, *const c_char, c_int) -> *const c_void;

/// What all effects of a binary share.
pub(in crate::host) struct HostShared {
    pub(in crate::host) profile: HostProfile,
    pub(in crate::host) props: Arc<PropertySet>,
    pub(in crate::host) audit: Arc<Audit>,
    pub(in crate::host) structure: HostStructure,
    /// Held while a plugin renders that says it is unsafe.
    pub(in crate::host) render_lock: Mutex<()>,
}

/// Hosts by the handle of their properties.
static HOSTS: LazyLock<RwLock<HashMap<usize, Weak<HostShared>>>> = LazyLock::new(RwLock::default);

impl HostShared {
    /// A host that behaves as `profile` says.
    ///
    /// `fetch_suite` is what its structure gives plugins for the suites.
    pub(in crate::host) fn new(profile: HostProfile, fetch_suite: FetchSuite) -> Arc<Self> {
        let audit = Arc::new(Audit::default());
        let props = PropertySet::new(schema::host(&profile), "the host", &audit);
        let structure =
            HostStructure(Box::new(sys::OfxHost { host: props.handle(), fetchSuite: Some(fetch_suite) }));
        let id = props.id();
        let host = Arc::new(Self { profile, props, audit, structure, render_lock: Mutex::default() });
        HOSTS.write().insert(id, Arc::downgrade(&host));
        host
    }

    /// The host whose properties a handle stands for.
    pub(in crate::host) fn find(handle: usize) -> Option<Arc<Self>> {
        HOSTS.read().get(&handle)?.upgrade()
    }
}

impl Drop for HostShared {
    fn drop(&mut self) {
        HOSTS.write().remove(&self.props.id());
    }
}

//! What a host says of itself.

use super::{PropertySet, Suites, sys};

/// What a host says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostInfo {
    /// Its identifier, such as "uk.co.thefoundry.nuke".
    pub name: String,
    /// Whether it gives other frames than the one that is rendered. Hosts that do not say are taken at their best.
    pub temporal_access: bool,
    /// Whether nobody sits before it, as on a farm.
    pub background: bool,
}

impl Suites {
    /// What the host says of itself.
    #[must_use]
    pub fn host_info(&self) -> HostInfo {
        // SAFETY: the host's table and its property set stay until the library is unloaded.
        let set = unsafe { PropertySet::from_raw(self, (*self.host()).host, "the host") };
        let Ok(set) = set else {
            return HostInfo { name: String::new(), temporal_access: true, background: false };
        };
        HostInfo {
            name: set.text(sys::kOfxPropName, 0).unwrap_or_default(),
            temporal_access: set.int(sys::kOfxImageEffectPropTemporalClipAccess, 0) != Some(0),
            background: set.int(sys::kOfxImageEffectHostPropIsBackground, 0) == Some(1),
        }
    }
}

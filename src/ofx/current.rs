//! The host that was set last.

use parking_lot::{Mutex, RwLock};

use super::error::OfxError;
use super::guard::guard;
use super::{Suites, sys};

/// The suites of the host that was set last; hosts set it more than once.
static SUITES: RwLock<Option<&'static Suites>> = RwLock::new(None);
/// All that were ever fetched.
static FETCHED: Mutex<Vec<&'static Suites>> = Mutex::new(Vec::new());
/// The host's table, until its suites are fetched at the load action.
static HOST: RwLock<usize> = RwLock::new(0);

/// Keeps the host's table. Suites are fetched when the plugin is loaded, as the API asks.
///
/// # Safety
/// `host` is null or the host's table, which stays until the library is unloaded.
pub unsafe fn set_host(host: *mut sys::OfxHost) {
    guard("setHost", || {
        *HOST.write() = host as usize;
        *SUITES.write() = None;
        sys::kOfxStatOK
    });
}

pub(super) fn suites() -> Result<&'static Suites, OfxError> {
    if let Some(suites) = *SUITES.read() {
        return Ok(suites);
    }
    let mut kept = SUITES.write();
    let host = *HOST.read() as *mut sys::OfxHost;
    // SAFETY: what `set_host` was given, by its contract.
    let fetched = unsafe { Suites::fetch(host) }?;
    // They stay for good, since nobody knows who still holds them; but a host that loads the plugin again and
    // again has the same ones each time.
    let mut known = FETCHED.lock();
    let suites = match known.iter().find(|suites| ***suites == fetched) {
        Some(suites) => *suites,
        None => {
            let suites: &'static Suites = Box::leak(Box::new(fetched));
            known.push(suites);
            suites
        }
    };
    *kept = Some(suites);
    Ok(suites)
}

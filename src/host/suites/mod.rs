//! The suites: what a plugin can call.

mod clips;
mod effect;
mod image;
mod interact;
mod memory;
mod message;
mod param;
mod parametric;
mod property;
mod session;
mod stamp;
mod thread;
mod varargs;

use crate::host::effect::HostShared;
use crate::host::memory::guard::{self, guard};
use crate::host::profile::MessageV2;
use crate::host::status::Status;
use crate::ofx::sys;
use std::ffi::{c_char, c_int, c_void};

pub(super) use varargs::install as install_varargs;

/// A function that answers `kOfxStatErrUnsupported` to whatever it is given.
///
/// C passes arguments in registers or on a stack that the caller clears, so one function without
/// parameters can stand for every function of a suite.
extern "C" fn unsupported() -> c_int {
    Status::UNSUPPORTED.0
}

/// A suite that is there and does nothing, as large as the largest suite.
static STUBS: [extern "C" fn() -> c_int; 24] = [unsupported; 24];

/// An address that is no function.
const NO_FUNCTION: usize = 0x10;

/// Version 2 of the message suite with pointers that must not be called.
#[repr(C)]
struct BrokenMessages {
    message: sys::OfxMessageSuiteV1,
    set: usize,
    clear: usize,
}

static NULL_MESSAGES: BrokenMessages = BrokenMessages { message: message::V1, set: 0, clear: 0 };
static BAD_MESSAGES: BrokenMessages =
    BrokenMessages { message: message::V1, set: NO_FUNCTION, clear: NO_FUNCTION };

/// The address of a suite.
fn address<T>(suite: &'static T) -> *const c_void {
    std::ptr::from_ref(suite).cast()
}

/// What `OfxHost::fetchSuite` points to.
pub(super) unsafe extern "C" fn fetch_suite(
    host: sys::OfxPropertySetHandle,
    name: *const c_char,
    version: c_int,
) -> *const c_void {
    let mut suite = std::ptr::null();
    guard("fetchSuite", || {
        // SAFETY: a plugin passes null or a string.
        let name = unsafe { guard::string(name) }?;
        let shared = HostShared::find(host.addr()).ok_or(Status::BAD_HANDLE)?;
        suite = find(&shared, &name, version);
        if suite.is_null() {
            shared.audit.remark(format!("fetched suite {name} {version}, which this host lacks"));
        }
        Ok(())
    });
    suite
}

fn find(host: &HostShared, name: &str, version: i32) -> *const c_void {
    let profile = &host.profile;
    if profile.without_suites.iter().any(|(n, v)| *n == name && (*v == 0 || *v == version)) {
        return std::ptr::null();
    }
    if profile.stub_suites.contains(&name) {
        return address(&STUBS);
    }
    match (name, version) {
        ("OfxImageEffectSuite", 1) => address(&effect::SUITE),
        ("OfxPropertySuite", 1) => address(&property::SUITE),
        ("OfxParameterSuite", 1) => address(&param::SUITE),
        ("OfxMemorySuite", 1) => address(&memory::SUITE),
        ("OfxMultiThreadSuite", 1) => address(&thread::SUITE),
        ("OfxMessageSuite", 1) => address(&message::V1),
        ("OfxMessageSuite", 2) => match profile.message_v2 {
            MessageV2::Works | MessageV2::LosesArguments => address(&message::V2),
            MessageV2::Missing => std::ptr::null(),
            MessageV2::NullEntries => address(&NULL_MESSAGES),
            MessageV2::BadPointers => address(&BAD_MESSAGES),
        },
        ("OfxProgressSuite", 1) => address(&session::PROGRESS_V1),
        ("OfxProgressSuite", 2) => address(&session::PROGRESS_V2),
        ("OfxTimeLineSuite", 1) => address(&session::TIMELINE),
        ("OfxDialogSuite", 1) => address(&session::DIALOG),
        ("OfxInteractSuite", 1) => address(&interact::INTERACT),
        ("OfxDrawSuite", 1) => address(&interact::DRAW),
        ("OfxParametricParameterSuite", 1) => address(&parametric::SUITE),
        ("OrgAirotoStampSuite", 1) => address(&stamp::SUITE),
        _ => std::ptr::null(),
    }
}

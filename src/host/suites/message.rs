//! The message suites.

use super::varargs;
use crate::host::effect::Effect;
use crate::host::memory::guard::guard;
use crate::host::memory::handles;
use crate::ofx::sys::{OfxMessageSuiteV1, OfxMessageSuiteV2};
use std::ffi::{c_int, c_void};

pub(super) const V1: OfxMessageSuiteV1 = OfxMessageSuiteV1 { message: Some(varargs::airoto_host_message) };

pub(super) static V2: OfxMessageSuiteV2 = OfxMessageSuiteV2 {
    message: Some(varargs::airoto_host_message),
    setPersistentMessage: Some(varargs::airoto_host_set_persistent_message),
    clearPersistentMessage: Some(clear),
};

unsafe extern "C" fn clear(handle: *mut c_void) -> c_int {
    guard("clearPersistentMessage", || {
        let effect = handles::find::<Effect>(handle)?;
        *effect.persistent.lock() = None;
        Ok(())
    })
}

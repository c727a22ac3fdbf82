//! The memory suite.

use crate::host::effect::scope;
use crate::host::memory::block;
use crate::host::memory::guard::{guard, put};
use crate::host::status::Status;
use crate::ofx::sys::OfxMemorySuiteV1;
use std::ffi::{c_int, c_void};

pub(super) static SUITE: OfxMemorySuiteV1 =
    OfxMemorySuiteV1 { memoryAlloc: Some(alloc), memoryFree: Some(free) };

unsafe extern "C" fn alloc(handle: *mut c_void, size: usize, target: *mut *mut c_void) -> c_int {
    guard("memoryAlloc", || {
        if target.is_null() {
            return Err(Status::VALUE);
        }
        // Any handle will do, and none: it only says for whom the memory is.
        let owner = (!handle.is_null()).then(|| handle.addr());
        let owner = owner.or_else(|| Some(scope::current()?.effect?.id()));
        let address = block::allocate(size, owner)?;
        // SAFETY: not null, and a plugin passes the address of a variable.
        unsafe { put(target, address.cast()) }
    })
}

unsafe extern "C" fn free(address: *mut c_void) -> c_int {
    guard("memoryFree", || block::free(address.addr()))
}

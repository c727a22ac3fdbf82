//! Handles: numbers that a plugin gets for the host's objects.
//!
//! A handle is never an address and is never used twice, so looking it up tells a live handle from
//! a stale, foreign or invented one.

use crate::host::status::Status;
use parking_lot::RwLock;
use std::any::Any;
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Weak};

/// What handles stand for. Only the kind that an object was registered as can be found again.
static TABLE: LazyLock<RwLock<HashMap<usize, Weak<dyn Any + Send + Sync>>>> = LazyLock::new(RwLock::default);
/// The first handle is no small number, so that a small number is no handle.
static NEXT: AtomicUsize = AtomicUsize::new(0x5A00_0000);

/// A number for an object that is about to be made.
pub(in crate::host) fn reserve() -> usize {
    // Steps of 16: some plugins look at the low bits of a pointer.
    NEXT.fetch_add(16, Ordering::Relaxed)
}

/// From now on `id` stands for `object`, for as long as somebody holds it.
pub(in crate::host) fn register<T: Any + Send + Sync>(id: usize, object: &Arc<T>) {
    let object: Weak<T> = Arc::downgrade(object);
    TABLE.write().insert(id, object);
}

/// From now on `id` stands for nothing.
pub(in crate::host) fn release(id: usize) {
    TABLE.write().remove(&id);
}

/// The object that a handle stands for.
///
/// # Errors
/// [`Status::BAD_HANDLE`] when the handle is none, is stale, or is one of another kind.
pub(in crate::host) fn find<T: Any + Send + Sync>(handle: *const impl Sized) -> Result<Arc<T>, Status> {
    // The table is let go first: the object may end here, which takes it out of the table.
    let weak = TABLE.read().get(&handle.addr()).cloned();
    let object = weak.and_then(|weak| weak.upgrade()).ok_or(Status::BAD_HANDLE)?;
    object.downcast().map_err(|_| Status::BAD_HANDLE)
}

/// A number as the pointer that crosses the API.
pub(in crate::host) fn pointer<T>(id: usize) -> *mut T {
    std::ptr::without_provenance_mut(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invented_handles_are_none() {
        assert_eq!(find::<u32>(std::ptr::null::<u8>()).err(), Some(Status::BAD_HANDLE));
        assert_eq!(find::<u32>(pointer::<u8>(reserve())).err(), Some(Status::BAD_HANDLE));
    }

    #[test]
    fn a_handle_is_of_one_kind_and_ends_with_its_object() {
        let (id, object) = (reserve(), Arc::new(7_u32));
        register(id, &object);
        assert_eq!(find::<u32>(pointer::<u8>(id)).ok().as_deref(), Some(&7));
        assert_eq!(find::<i32>(pointer::<u8>(id)).err(), Some(Status::BAD_HANDLE));
        drop(object);
        assert_eq!(find::<u32>(pointer::<u8>(id)).err(), Some(Status::BAD_HANDLE));
        release(id);
    }
}

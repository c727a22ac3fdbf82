//! Handles: numbers that a plugin gets for the host's objects.
//!
//! A handle is never an address and is never used twice, so looking it up tells a live handle from
//! a stale, foreign or invented one.

use super::effect::{Clip, Effect};
use super::interact::{DrawContext, InteractState};
use super::memory::{HostMutex, ImageMemory};
use super::param::Param;
use super::property::PropertySet;
use super::status::Status;
use parking_lot::RwLock;
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Weak};

/// What a handle stands for.
#[derive(Clone)]
pub(super) enum Object {
    Properties(Weak<PropertySet>),
    Effect(Weak<Effect>),
    /// The params of an effect.
    ParamSet(Weak<Effect>),
    Param(Weak<Param>),
    Clip(Weak<Clip>),
    Memory(Weak<ImageMemory>),
    Mutex(Weak<HostMutex>),
    Interact(Weak<InteractState>),
    Draw(Weak<DrawContext>),
}

static TABLE: LazyLock<RwLock<HashMap<usize, Object>>> = LazyLock::new(RwLock::default);
/// The first handle is no small number, so that a small number is no handle.
static NEXT: AtomicUsize = AtomicUsize::new(0x5A00_0000);

/// A number for an object that is about to be made.
pub(super) fn reserve() -> usize {
    // Steps of 16: some plugins look at the low bits of a pointer.
    NEXT.fetch_add(16, Ordering::Relaxed)
}

/// From now on `id` stands for `object`.
pub(super) fn register(id: usize, object: Object) {
    TABLE.write().insert(id, object);
}

/// From now on `id` stands for nothing.
pub(super) fn release(id: usize) {
    TABLE.write().remove(&id);
}

fn find(id: usize) -> Option<Object> {
    TABLE.read().get(&id).cloned()
}

/// Declares a look-up function for a kind of handle.
macro_rules! lookup {
    ($(#[$doc:meta])* $name:ident, $variant:ident, $type:ty) => {
        $(#[$doc])*
        pub(super) fn $name<T>(handle: *const T) -> Result<Arc<$type>, Status> {
            match find(handle.addr()) {
                Some(Object::$variant(weak)) => weak.upgrade().ok_or(Status::BAD_HANDLE),
                _ => Err(Status::BAD_HANDLE),
            }
        }
    };
}

lookup!(
    /// The property set that a handle stands for.
    properties, Properties, PropertySet
);
lookup!(
    /// The effect that a handle stands for.
    effect, Effect, Effect
);
lookup!(
    /// The effect whose params a handle stands for.
    param_set, ParamSet, Effect
);
lookup!(
    /// The param that a handle stands for.
    param, Param, Param
);
lookup!(
    /// The clip that a handle stands for.
    clip, Clip, Clip
);
lookup!(
    /// The image memory that a handle stands for.
    memory, Memory, ImageMemory
);
lookup!(
    /// The mutex that a handle stands for.
    mutex, Mutex, HostMutex
);
lookup!(
    /// The interact that a handle stands for.
    interact, Interact, InteractState
);
lookup!(
    /// The draw context that a handle stands for.
    draw, Draw, DrawContext
);

/// A number as the pointer that crosses the API.
pub(super) fn pointer<T>(id: usize) -> *mut T {
    std::ptr::without_provenance_mut(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invented_handles_are_none() {
        assert_eq!(properties::<u8>(std::ptr::null()).err(), Some(Status::BAD_HANDLE));
        assert_eq!(clip(pointer::<u8>(reserve())).err(), Some(Status::BAD_HANDLE));
    }
}

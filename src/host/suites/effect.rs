//! The image effect suite.

use super::clips;
use crate::host::clip::Clip;
use crate::host::effect::{Effect, Role, scope};
use crate::host::memory::guard::{guard, put, put_optional, string};
use crate::host::memory::handles;
use crate::host::memory::image::ImageMemory;
use crate::host::property::schema;
use crate::host::status::Status;
use crate::ofx::sys::{
    OfxImageClipHandle, OfxImageEffectHandle, OfxImageEffectSuiteV1, OfxImageMemoryHandle, OfxParamSetHandle,
    OfxPropertySetHandle,
};
use std::ffi::{c_char, c_int, c_void};

pub(super) static SUITE: OfxImageEffectSuiteV1 = OfxImageEffectSuiteV1 {
    getPropertySet: Some(get_property_set),
    getParamSet: Some(get_param_set),
    clipDefine: Some(clip_define),
    clipGetHandle: Some(clip_get_handle),
    clipGetPropertySet: Some(clip_get_property_set),
    clipGetImage: Some(clips::get_image),
    clipReleaseImage: Some(clips::release_image),
    clipGetRegionOfDefinition: Some(clips::get_region_of_definition),
    abort: Some(abort),
    imageMemoryAlloc: Some(image_memory_alloc),
    imageMemoryFree: Some(image_memory_free),
    imageMemoryLock: Some(image_memory_lock),
    imageMemoryUnlock: Some(image_memory_unlock),
};

unsafe extern "C" fn get_property_set(
    effect: OfxImageEffectHandle,
    target: *mut OfxPropertySetHandle,
) -> c_int {
    guard("getPropertySet", || {
        let effect = handles::find::<Effect>(effect)?;
        // SAFETY: a plugin passes null or the address of a variable.
        unsafe { put(target, effect.props.handle()) }
    })
}

unsafe extern "C" fn get_param_set(effect: OfxImageEffectHandle, target: *mut OfxParamSetHandle) -> c_int {
    guard("getParamSet", || {
        let effect = handles::find::<Effect>(effect)?;
        // SAFETY: a plugin passes null or the address of a variable.
        unsafe { put(target, effect.param_set_handle()) }
    })
}

unsafe extern "C" fn clip_define(
    effect: OfxImageEffectHandle,
    name: *const c_char,
    target: *mut OfxPropertySetHandle,
) -> c_int {
    guard("clipDefine", || {
        let effect = handles::find::<Effect>(effect)?;
        // SAFETY: a plugin passes null or a string.
        let name = unsafe { string(name) }?;
        if effect.role != Role::Descriptor || effect.context.is_none() {
            effect.audit.fault(format!("defined clip {name} outside of DescribeInContext"));
            return Err(Status::BAD_HANDLE);
        }
        if effect.clip(&name).is_some() {
            effect.audit.fault(format!("defined clip {name} twice"));
            return Err(Status::EXISTS);
        }
        let clip = effect.add_clip(&name, schema::clip_descriptor(effect.profile(), &name));
        // SAFETY: a plugin passes null or the address of a variable.
        unsafe { put_optional(target, clip.props.handle()) };
        Ok(())
    })
}

unsafe extern "C" fn clip_get_handle(
    effect: OfxImageEffectHandle,
    name: *const c_char,
    target: *mut OfxImageClipHandle,
    props: *mut OfxPropertySetHandle,
) -> c_int {
    guard("clipGetHandle", || {
        let effect = handles::find::<Effect>(effect)?;
        // SAFETY: a plugin passes null or a string.
        let name = unsafe { string(name) }?;
        if effect.role != Role::Instance {
            effect.audit.fault(format!("fetched clip {name} of a descriptor"));
            return Err(Status::BAD_HANDLE);
        }
        let Some(clip) = effect.clip(&name) else {
            effect.audit.remark(format!("fetched clip {name}, which was not defined"));
            if !effect.profile().undefined_clips {
                return Err(Status::UNKNOWN);
            }
            // SAFETY: a plugin passes null or the address of a variable.
            unsafe {
                put_optional(target, std::ptr::null_mut());
                put_optional(props, std::ptr::null_mut());
            }
            return Ok(());
        };
        // SAFETY: a plugin passes null or the address of a variable.
        unsafe {
            put_optional(props, clip.props.handle());
            put(target, clip.handle())
        }
    })
}

unsafe extern "C" fn clip_get_property_set(
    clip: OfxImageClipHandle,
    target: *mut OfxPropertySetHandle,
) -> c_int {
    guard("clipGetPropertySet", || {
        let clip = handles::find::<Clip>(clip)?;
        // SAFETY: a plugin passes null or the address of a variable.
        unsafe { put(target, clip.props.handle()) }
    })
}

unsafe extern "C" fn abort(effect: OfxImageEffectHandle) -> c_int {
    let mut aborted = 0;
    guard("abort", || {
        aborted = c_int::from(handles::find::<Effect>(effect)?.aborted());
        Ok(())
    });
    aborted
}

/// The handle of the effect that memory is for, when there is one.
fn owner(effect: usize) -> Option<usize> {
    (effect != 0).then_some(effect).or_else(|| Some(scope::current()?.effect?.id()))
}

unsafe extern "C" fn image_memory_alloc(
    effect: OfxImageEffectHandle,
    size: usize,
    target: *mut OfxImageMemoryHandle,
) -> c_int {
    guard("imageMemoryAlloc", || {
        if !effect.is_null() {
            handles::find::<Effect>(effect)?;
        }
        let id = ImageMemory::allocate(size, owner(effect.addr()))?;
        // SAFETY: a plugin passes null or the address of a variable.
        unsafe { put(target, handles::pointer(id)) }
    })
}

unsafe extern "C" fn image_memory_free(memory: OfxImageMemoryHandle) -> c_int {
    guard("imageMemoryFree", || {
        handles::find::<ImageMemory>(memory)?.free();
        Ok(())
    })
}

unsafe extern "C" fn image_memory_lock(memory: OfxImageMemoryHandle, target: *mut *mut c_void) -> c_int {
    guard("imageMemoryLock", || {
        let memory = handles::find::<ImageMemory>(memory)?;
        // SAFETY: a plugin passes null or the address of a variable.
        unsafe { put(target, memory.lock().cast()) }
    })
}

unsafe extern "C" fn image_memory_unlock(memory: OfxImageMemoryHandle) -> c_int {
    guard("imageMemoryUnlock", || handles::find::<ImageMemory>(memory)?.unlock())
}

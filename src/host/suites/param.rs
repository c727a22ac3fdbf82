//! The parameter suite, but for the functions of any number of arguments.

use super::varargs;
use crate::host::effect::{Effect, Role};
use crate::host::kinds::ParamKind;
use crate::host::memory::guard::{guard, put, put_optional, string};
use crate::host::memory::handles;
use crate::host::param::Param;
use crate::host::property::schema;
use crate::host::status::Status;
use crate::ofx::sys::{
    OfxParamHandle, OfxParamSetHandle, OfxParameterSuiteV1, OfxPropertySetHandle, OfxRangeD, OfxTime,
};
use std::ffi::{c_char, c_int, c_uint};
use std::sync::Arc;
use std::sync::atomic::Ordering;

pub(super) static SUITE: OfxParameterSuiteV1 = OfxParameterSuiteV1 {
    paramDefine: Some(define),
    paramGetHandle: Some(get_handle),
    paramSetGetPropertySet: Some(set_get_property_set),
    paramGetPropertySet: Some(get_property_set),
    paramGetValue: Some(varargs::airoto_host_param_get_value),
    paramGetValueAtTime: Some(varargs::airoto_host_param_get_value_at_time),
    paramGetDerivative: Some(varargs::airoto_host_param_get_derivative),
    paramGetIntegral: Some(varargs::airoto_host_param_get_integral),
    paramSetValue: Some(varargs::airoto_host_param_set_value),
    paramSetValueAtTime: Some(varargs::airoto_host_param_set_value_at_time),
    paramGetNumKeys: Some(get_num_keys),
    paramGetKeyTime: Some(get_key_time),
    paramGetKeyIndex: Some(get_key_index),
    paramDeleteKey: Some(delete_key),
    paramDeleteAllKeys: Some(delete_all_keys),
    paramCopy: Some(copy),
    paramEditBegin: Some(edit_begin),
    paramEditEnd: Some(edit_end),
};

unsafe extern "C" fn define(
    set: OfxParamSetHandle,
    kind: *const c_char,
    name: *const c_char,
    target: *mut OfxPropertySetHandle,
) -> c_int {
    guard("paramDefine", || {
        let effect = Effect::of_params(set)?;
        // SAFETY: a plugin passes null or strings.
        let (kind, name) = unsafe { (string(kind)?, string(name)?) };
        if effect.role != Role::Descriptor {
            effect.audit.fault(format!("defined param {name} on an instance"));
            return Err(Status::BAD_HANDLE);
        }
        let profile = effect.profile();
        let Some(kind) = ParamKind::from_ofx(&kind) else {
            effect.audit.remark(format!("defined param {name} of type {kind}, which this host lacks"));
            return Err(Status::UNKNOWN);
        };
        if profile.without_params.contains(&kind) || (kind == ParamKind::StrChoice && !profile.string_choices)
        {
            effect.audit.remark(format!("defined param {name} of type {kind}, which this host lacks"));
            return Err(Status::UNSUPPORTED);
        }
        if effect.param(&name).is_some() {
            effect.audit.fault(format!("defined param {name} twice"));
            return Err(Status::EXISTS);
        }
        let defined = effect.params.read().len();
        if usize::try_from(profile.max_parameters).is_ok_and(|most| defined >= most) {
            return Err(Status::UNSUPPORTED);
        }
        let param = effect.new_param(&name, kind, schema::param(profile, kind, &name));
        // SAFETY: a plugin passes null or the address of a variable.
        unsafe { put_optional(target, param.props.handle()) };
        if kind == ParamKind::Parametric {
            param.reset();
        }
        effect.params.write().push(param);
        Ok(())
    })
}

unsafe extern "C" fn get_handle(
    set: OfxParamSetHandle,
    name: *const c_char,
    target: *mut OfxParamHandle,
    props: *mut OfxPropertySetHandle,
) -> c_int {
    guard("paramGetHandle", || {
        let effect = Effect::of_params(set)?;
        // SAFETY: a plugin passes null or a string.
        let name = unsafe { string(name) }?;
        let Some(param) = effect.param(&name) else {
            effect.audit.remark(format!("fetched param {name}, which was not defined"));
            return Err(Status::UNKNOWN);
        };
        // A descriptor's params have handles too: the parametric suite sets their curves.
        if effect.role == Role::Descriptor && param.kind != ParamKind::Parametric {
            effect.audit.fault(format!("fetched param {name} of a descriptor"));
            return Err(Status::BAD_HANDLE);
        }
        // SAFETY: a plugin passes null or the address of a variable.
        unsafe {
            put_optional(props, param.props.handle());
            put(target, param.handle())
        }
    })
}

unsafe extern "C" fn set_get_property_set(
    set: OfxParamSetHandle,
    target: *mut OfxPropertySetHandle,
) -> c_int {
    guard("paramSetGetPropertySet", || {
        let effect = Effect::of_params(set)?;
        // SAFETY: a plugin passes null or the address of a variable.
        unsafe { put(target, effect.param_props.handle()) }
    })
}

unsafe extern "C" fn get_property_set(param: OfxParamHandle, target: *mut OfxPropertySetHandle) -> c_int {
    guard("paramGetPropertySet", || {
        let param = handles::find::<Param>(param)?;
        // SAFETY: a plugin passes null or the address of a variable.
        unsafe { put(target, param.props.handle()) }
    })
}

/// A param of an instance that has values.
fn with_keys(handle: OfxParamHandle) -> Result<Arc<Param>, Status> {
    let param = handles::find::<Param>(handle)?;
    Effect::instance(param.effect)?;
    if param.kind.has_value() { Ok(param) } else { Err(Status::BAD_HANDLE) }
}

unsafe extern "C" fn get_num_keys(param: OfxParamHandle, target: *mut c_uint) -> c_int {
    guard("paramGetNumKeys", || {
        let count = c_uint::try_from(with_keys(param)?.key_times().len()).unwrap_or(c_uint::MAX);
        // SAFETY: a plugin passes null or the address of a variable.
        unsafe { put(target, count) }
    })
}

unsafe extern "C" fn get_key_time(param: OfxParamHandle, n: c_uint, target: *mut OfxTime) -> c_int {
    guard("paramGetKeyTime", || {
        let time = with_keys(param)?.key_times().get(n as usize).copied().ok_or(Status::BAD_INDEX)?;
        // SAFETY: a plugin passes null or the address of a variable.
        unsafe { put(target, time) }
    })
}

unsafe extern "C" fn get_key_index(
    param: OfxParamHandle,
    time: OfxTime,
    direction: c_int,
    target: *mut c_int,
) -> c_int {
    guard("paramGetKeyIndex", || {
        let times = with_keys(param)?.key_times();
        let found = match direction {
            0 => times.iter().position(|t| *t == time),
            d if d < 0 => times.iter().rposition(|t| *t < time),
            _ => times.iter().position(|t| *t > time),
        };
        let Some(found) = found else {
            // SAFETY: a plugin passes null or the address of a variable.
            unsafe { put_optional(target, -1) };
            return Err(Status::FAILED);
        };
        // SAFETY: a plugin passes null or the address of a variable.
        unsafe { put(target, c_int::try_from(found).unwrap_or(c_int::MAX)) }
    })
}

unsafe extern "C" fn delete_key(param: OfxParamHandle, time: OfxTime) -> c_int {
    guard("paramDeleteKey", || with_keys(param)?.delete_key(time))
}

unsafe extern "C" fn delete_all_keys(param: OfxParamHandle) -> c_int {
    guard("paramDeleteAllKeys", || {
        with_keys(param)?.delete_keys();
        Ok(())
    })
}

unsafe extern "C" fn copy(
    to: OfxParamHandle,
    from: OfxParamHandle,
    offset: OfxTime,
    range: *const OfxRangeD,
) -> c_int {
    guard("paramCopy", || {
        let (to, from) = (handles::find::<Param>(to)?, handles::find::<Param>(from)?);
        let effect = Effect::instance(to.effect)?;
        Effect::instance(from.effect)?;
        if to.kind != from.kind {
            effect
                .audit
                .fault(format!("copied param {} to {}, which is of another type", from.name, to.name));
            return Err(Status::VALUE);
        }
        if !effect.profile().copies_params || Arc::ptr_eq(&to, &from) {
            return Ok(());
        }
        // SAFETY: a plugin passes null or the address of a range.
        let range = unsafe { range.as_ref() }.map(|r| (r.min, r.max));
        to.copy_from(&from, offset, range);
        Ok(())
    })
}

fn edits(set: OfxParamSetHandle) -> Result<Arc<Effect>, Status> {
    Effect::of_params(set)
        .and_then(|e| if e.role == Role::Instance { Ok(e) } else { Err(Status::BAD_HANDLE) })
}

unsafe extern "C" fn edit_begin(set: OfxParamSetHandle, name: *const c_char) -> c_int {
    guard("paramEditBegin", || {
        let effect = edits(set)?;
        // SAFETY: a plugin passes null or a string.
        let name = if name.is_null() { String::new() } else { unsafe { string(name) }?.into_owned() };
        if effect.edits.fetch_add(1, Ordering::Relaxed) == 0 {
            *effect.edit_name.lock() = name;
        }
        Ok(())
    })
}

unsafe extern "C" fn edit_end(set: OfxParamSetHandle) -> c_int {
    guard("paramEditEnd", || {
        let effect = edits(set)?;
        let less = effect.edits.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1));
        match less {
            Ok(1) => {
                let name = std::mem::take(&mut *effect.edit_name.lock());
                effect.history.lock().edit_is_over(&name);
                effect.steps.lock().push(name);
                Ok(())
            }
            Ok(_) => Ok(()),
            Err(_) => {
                effect.audit.fault("ended an edit of params that was not begun");
                Err(Status::FAILED)
            }
        }
    })
}

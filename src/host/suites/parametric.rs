//! The suite of parametric curves.

use crate::host::kinds::ParamKind;
use crate::host::memory::guard::{self, guard, put, put_optional};
use crate::host::memory::handles;
use crate::host::param::{Curve, Param, curve_value};
use crate::host::status::Status;
use crate::ofx::sys::{OfxParamHandle, OfxParametricParameterSuiteV1, OfxTime};
use std::ffi::c_int;

pub(super) static SUITE: OfxParametricParameterSuiteV1 = OfxParametricParameterSuiteV1 {
    parametricParamGetValue: Some(get_value),
    parametricParamGetNControlPoints: Some(count),
    parametricParamGetNthControlPoint: Some(get),
    parametricParamSetNthControlPoint: Some(set),
    parametricParamAddControlPoint: Some(add),
    parametricParamDeleteControlPoint: Some(delete),
    parametricParamDeleteAllControlPoints: Some(delete_all),
};

/// Runs `f` on one curve of a parametric param.
fn with<R>(
    param: OfxParamHandle,
    curve: c_int,
    f: impl FnOnce(&mut Curve) -> Result<R, Status>,
) -> Result<R, Status> {
    let param = handles::find::<Param>(param)?;
    if param.kind != ParamKind::Parametric {
        guard::fault(format!("took param {} of type {} for a parametric one", param.name, param.kind));
        return Err(Status::BAD_HANDLE);
    }
    let wanted = param.props.first::<i32>("OfxParamPropParametricDimension").unwrap_or(1);
    let known = param.curves.lock().len();
    if usize::try_from(wanted).is_ok_and(|n| n != known) {
        // The dimension is set after the param was defined.
        param.reset();
    }
    let mut curves = param.curves.lock();
    let curve = usize::try_from(curve).ok().and_then(|i| curves.get_mut(i)).ok_or(Status::BAD_INDEX)?;
    f(curve)
}

fn place(curve: &Curve, nth: c_int) -> Result<usize, Status> {
    usize::try_from(nth).ok().filter(|i| *i < curve.len()).ok_or(Status::BAD_INDEX)
}

unsafe extern "C" fn get_value(
    param: OfxParamHandle,
    curve: c_int,
    _time: OfxTime,
    position: f64,
    target: *mut f64,
) -> c_int {
    guard("parametricParamGetValue", || {
        let value = with(param, curve, |c| Ok(curve_value(c, position)))?;
        // SAFETY: a plugin passes null or the address of a variable.
        unsafe { put(target, value) }
    })
}

unsafe extern "C" fn count(param: OfxParamHandle, curve: c_int, _time: f64, target: *mut c_int) -> c_int {
    guard("parametricParamGetNControlPoints", || {
        let count = with(param, curve, |c| Ok(c.len()))?;
        // SAFETY: a plugin passes null or the address of a variable.
        unsafe { put(target, c_int::try_from(count).unwrap_or(c_int::MAX)) }
    })
}

unsafe extern "C" fn get(
    param: OfxParamHandle,
    curve: c_int,
    _time: f64,
    nth: c_int,
    key: *mut f64,
    value: *mut f64,
) -> c_int {
    guard("parametricParamGetNthControlPoint", || {
        let point = with(param, curve, |c| Ok(c[place(c, nth)?]))?;
        // SAFETY: a plugin passes null or the address of a variable.
        unsafe {
            put_optional(key, point.0);
            put_optional(value, point.1);
        }
        Ok(())
    })
}

fn insert(curve: &mut Curve, key: f64, value: f64) {
    let at = curve.partition_point(|(p, _)| *p < key);
    match curve.get_mut(at) {
        Some(point) if point.0 == key => point.1 = value,
        _ => curve.insert(at, (key, value)),
    }
}

unsafe extern "C" fn set(
    param: OfxParamHandle,
    curve: c_int,
    _time: f64,
    nth: c_int,
    key: f64,
    value: f64,
    _animate: bool,
) -> c_int {
    guard("parametricParamSetNthControlPoint", || {
        with(param, curve, |c| {
            let at = place(c, nth)?;
            c.remove(at);
            insert(c, key, value);
            Ok(())
        })
    })
}

unsafe extern "C" fn add(
    param: OfxParamHandle,
    curve: c_int,
    _time: f64,
    key: f64,
    value: f64,
    _animate: bool,
) -> c_int {
    guard("parametricParamAddControlPoint", || {
        with(param, curve, |c| {
            insert(c, key, value);
            Ok(())
        })
    })
}

unsafe extern "C" fn delete(param: OfxParamHandle, curve: c_int, nth: c_int) -> c_int {
    guard("parametricParamDeleteControlPoint", || {
        with(param, curve, |c| {
            let at = place(c, nth)?;
            c.remove(at);
            Ok(())
        })
    })
}

unsafe extern "C" fn delete_all(param: OfxParamHandle, curve: c_int) -> c_int {
    guard("parametricParamDeleteAllControlPoints", || {
        with(param, curve, |c| {
            c.clear();
            Ok(())
        })
    })
}

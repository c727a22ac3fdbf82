//! The Rust side of `param_varargs.c`.

use crate::host::action;
use crate::host::effect::{Effect, HostMessage, scope};
use crate::host::kinds::{MessageKind, ParamKind};
use crate::host::memory::guard::{self, guard, put, string};
use crate::host::memory::handles;
use crate::host::param::Param;
use crate::host::profile::{MessageV2, SetParam};
use crate::host::status::Status;
use crate::host::value::Value;
use crate::ofx::sys::{OfxBytes, OfxParamHandle, OfxStatus, OfxTime};
use std::ffi::{c_char, c_int, c_void};
use std::sync::{Arc, Once};

/// What `param_varargs.c` calls; the two declarations must agree.
#[repr(C)]
struct Calls {
    shape: unsafe extern "C" fn(OfxParamHandle, *mut c_int, *mut c_int) -> OfxStatus,
    get:
        unsafe extern "C" fn(OfxParamHandle, c_int, OfxTime, OfxTime, *const *mut c_void, c_int) -> OfxStatus,
    set: unsafe extern "C" fn(
        OfxParamHandle,
        c_int,
        OfxTime,
        *const c_int,
        *const f64,
        *const c_char,
        *const OfxBytes,
    ) -> OfxStatus,
    message: unsafe extern "C" fn(
        *mut c_void,
        *const c_char,
        *const c_char,
        *const c_char,
        *const c_char,
        c_int,
    ) -> OfxStatus,
}

static CALLS: Calls = Calls { shape, get, set, message };

unsafe extern "C" {
    fn airoto_host_set_calls(calls: *const Calls);
    pub(super) fn airoto_host_param_get_value(param: OfxParamHandle, ...) -> OfxStatus;
    pub(super) fn airoto_host_param_get_value_at_time(param: OfxParamHandle, time: OfxTime, ...)
    -> OfxStatus;
    pub(super) fn airoto_host_param_get_derivative(param: OfxParamHandle, time: OfxTime, ...) -> OfxStatus;
    pub(super) fn airoto_host_param_get_integral(
        param: OfxParamHandle,
        from: OfxTime,
        to: OfxTime,
        ...
    ) -> OfxStatus;
    pub(super) fn airoto_host_param_set_value(param: OfxParamHandle, ...) -> OfxStatus;
    pub(super) fn airoto_host_param_set_value_at_time(param: OfxParamHandle, time: OfxTime, ...)
    -> OfxStatus;
    pub(super) fn airoto_host_message(
        handle: *mut c_void,
        kind: *const c_char,
        id: *const c_char,
        format: *const c_char,
        ...
    ) -> OfxStatus;
    pub(super) fn airoto_host_set_persistent_message(
        handle: *mut c_void,
        kind: *const c_char,
        id: *const c_char,
        format: *const c_char,
        ...
    ) -> OfxStatus;
}

/// Tells the C part where the Rust part is; must come before any suite is handed out.
pub(in crate::host) fn install() {
    static ONCE: Once = Once::new();
    // SAFETY: the table lives for ever and is not written.
    ONCE.call_once(|| unsafe { airoto_host_set_calls(&raw const CALLS) });
}

/// What the values of a param are; the numbers are those of `param_varargs.c`.
unsafe extern "C" fn shape(param: OfxParamHandle, shape: *mut c_int, count: *mut c_int) -> OfxStatus {
    guard("a param's value", || {
        let param = handles::find::<Param>(param)?;
        Effect::instance(param.effect)?;
        let (kind, n) = match param.kind {
            kind if kind.is_integer() => (1, kind.dimension()),
            kind if kind.is_double() => (2, kind.dimension()),
            kind if kind.is_text() => (3, 1),
            ParamKind::Bytes => (4, 1),
            kind => {
                guard::fault(format!(
                    "asked param {} of type {kind} for a value, which it has not",
                    param.name
                ));
                return Err(Status::BAD_HANDLE);
            }
        };
        // SAFETY: the C part passes the addresses of its variables.
        unsafe {
            put(shape, kind)?;
            put(count, c_int::try_from(n).unwrap_or(0))
        }
    })
}

unsafe extern "C" fn get(
    param: OfxParamHandle,
    ask: c_int,
    a: OfxTime,
    b: OfxTime,
    targets: *const *mut c_void,
    count: c_int,
) -> OfxStatus {
    guard("paramGetValue", || {
        let param = handles::find::<Param>(param)?;
        // SAFETY: the C part passes as many addresses as it says.
        let targets = unsafe { std::slice::from_raw_parts(targets, usize::try_from(count).unwrap_or(0)) };
        let value = match ask {
            2 => return numbers(&param.derivative(a)?, &param, targets),
            3 => return numbers(&param.integral(a, b)?, &param, targets),
            1 => param.value(Some(a)),
            _ => param.value(None),
        };
        give(&param, &value, targets)
    })
}

/// Writes slopes or areas, which only params of floating point numbers have.
fn numbers(values: &[f64], param: &Param, targets: &[*mut c_void]) -> Result<(), Status> {
    if !param.kind.is_double() {
        return Err(Status::UNSUPPORTED);
    }
    for (value, target) in values.iter().zip(targets) {
        // SAFETY: a plugin passes the address of a double for every dimension.
        unsafe { put(target.cast::<f64>(), *value) }?;
    }
    Ok(())
}

fn give(param: &Param, value: &Value, targets: &[*mut c_void]) -> Result<(), Status> {
    if param.kind.is_integer() {
        for (value, target) in value.ints().unwrap_or_default().into_iter().zip(targets) {
            // SAFETY: a plugin passes the address of an int for every dimension.
            unsafe { put(target.cast::<c_int>(), value) }?;
        }
        return Ok(());
    }
    if param.kind.is_double() {
        return numbers(&value.doubles().unwrap_or_default(), param, targets);
    }
    let target = targets.first().copied().ok_or(Status::VALUE)?;
    match value {
        Value::Text(text) => {
            let untouched = Effect::with_id(param.effect).is_ok_and(|e| e.profile().custom_untouched);
            if untouched && param.kind == ParamKind::Custom {
                return Ok(());
            }
            // SAFETY: a plugin passes the address of a pointer.
            unsafe { put(target.cast::<*mut c_char>(), param.lend(text)) }
        }
        Value::Bytes(bytes) => {
            let (data, length) = param.lend_bytes(bytes.clone());
            // SAFETY: a plugin passes the address of a structure.
            unsafe { put(target.cast::<OfxBytes>(), OfxBytes { data, length }) }
        }
        _ => Err(Status::FAILED),
    }
}

/// Actions in which a plugin may set params.
const MAY_SET: [&str; 10] = [
    "OfxActionCreateInstance",
    "OfxActionInstanceChanged",
    "OfxActionBeginInstanceChanged",
    "OfxActionEndInstanceChanged",
    "OfxActionSyncPrivateData",
    "OfxActionEndInstanceEdit",
    "OfxActionDialog",
    "OfxInteractActionPenDown",
    "OfxInteractActionPenMotion",
    "OfxInteractActionPenUp",
];

fn allowed(param: &Param) -> Result<(), Status> {
    let effect = Effect::instance(param.effect)?;
    let Some(scope) = scope::current() else { return Ok(()) };
    if MAY_SET.contains(&scope.action) || scope.action.starts_with("OfxInteractActionKey") {
        return Ok(());
    }
    effect
        .audit
        .fault(format!("set param {} in action {}, which does not allow it", param.name, scope.action));
    match effect.profile().set_param {
        SetParam::Recorded => Ok(()),
        SetParam::Refused => Err(Status::FAILED),
    }
}

unsafe extern "C" fn set(
    param: OfxParamHandle,
    timed: c_int,
    time: OfxTime,
    ints: *const c_int,
    doubles: *const f64,
    text: *const c_char,
    bytes: *const OfxBytes,
) -> OfxStatus {
    guard("paramSetValue", || {
        let param = handles::find::<Param>(param)?;
        allowed(&param)?;
        let n = param.kind.dimension();
        let value = if param.kind.is_integer() {
            // SAFETY: the C part passes four.
            Value::from_ints(param.kind, unsafe { std::slice::from_raw_parts(ints, n) })
        } else if param.kind.is_double() {
            // SAFETY: the C part passes four.
            Value::from_doubles(unsafe { std::slice::from_raw_parts(doubles, n) })
        } else if param.kind.is_text() {
            // SAFETY: a plugin passes null or a string.
            Value::Text(unsafe { string(text) }?.into_owned())
        } else {
            // SAFETY: a plugin passes null or the address of a structure.
            let bytes = unsafe { bytes.as_ref() }.ok_or(Status::VALUE)?;
            if bytes.data.is_null() {
                Value::Bytes(Vec::new())
            } else {
                // SAFETY: not null, and a plugin says how many there are.
                Value::Bytes(unsafe { std::slice::from_raw_parts(bytes.data, bytes.length) }.to_vec())
            }
        };
        if let Some((low, high)) = param.outside(&value) {
            let effect = Effect::instance(param.effect)?;
            effect.audit.remark(format!("set param {} to {value}, its range is {low} to {high}", param.name));
            if param.kind == ParamKind::Choice {
                return Err(Status::BAD_INDEX);
            }
        }
        Effect::instance(param.effect)?.about_to_set(&param);
        if timed == 0 {
            param.set(value);
        } else {
            param.set_at(time, value);
        }
        changed(&param)
    })
}

/// Tells the plugin that it changed a param, as hosts do, in the actions that may be nested.
fn changed(param: &Arc<Param>) -> Result<(), Status> {
    /// Plugins that answer a change with a change must come to an end.
    const DEEPEST: usize = 8;
    let effect = Effect::instance(param.effect)?;
    let nested = scope::current().is_some_and(|s| s.action == "OfxActionInstanceChanged");
    if nested && scope::depth() < DEEPEST {
        // The lock is let go before the plugin is called: it may ask for the time.
        let time = *effect.time.lock();
        let status = action::param_changed(&effect, &param.name, "OfxChangePluginEdited", time);
        if !status.is_success() {
            effect.audit.remark(format!("answered {status} to its own change of param {}", param.name));
        }
    }
    Ok(())
}

unsafe extern "C" fn message(
    handle: *mut c_void,
    kind: *const c_char,
    id: *const c_char,
    text: *const c_char,
    format: *const c_char,
    persistent: c_int,
) -> OfxStatus {
    let mut answer = Status::OK;
    let status = guard("message", || {
        let effect = if handle.is_null() { None } else { Some(handles::find::<Effect>(handle)?) };
        let effect = effect.or_else(|| scope::current()?.effect);
        // SAFETY: a plugin passes null or strings.
        let (kind, text, format) = unsafe { (string(kind)?, string(text)?, string(format)?) };
        // SAFETY: a plugin passes null or a string.
        let id = if id.is_null() { String::new() } else { unsafe { string(id) }?.into_owned() };
        let Some(known) = MessageKind::from_ofx(&kind) else {
            guard::fault(format!("posted a message of the unknown type {kind}"));
            return Err(Status::VALUE);
        };
        let persistent = persistent != 0;
        if persistent
            && !matches!(
                known,
                MessageKind::Error | MessageKind::Warning | MessageKind::Message | MessageKind::Fatal
            )
        {
            guard::fault(format!("posted a persistent message of type {known}"));
        }
        let Some(effect) = effect else {
            log::info!("{known}: {text}");
            return Ok(());
        };
        let text = match effect.profile().message_v2 {
            MessageV2::LosesArguments if format.contains("%s") => format.replace("%s", " "),
            _ => text.into_owned(),
        };
        effect.post(HostMessage { kind: known, id, text, persistent });
        if known == MessageKind::Question && !persistent {
            answer = if effect.profile().answers_yes { Status::YES } else { Status::NO };
        }
        Ok(())
    });
    if status == Status::OK.0 { answer.0 } else { status }
}

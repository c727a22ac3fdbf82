//! Sending actions to a plugin.

pub(in crate::host) mod preferences;

use crate::host::audit::Audit;
use crate::host::effect::held::reclaim;
use crate::host::effect::job::RenderJob;
use crate::host::effect::scope::{Scope, within};
use crate::host::effect::{Effect, Entry};
use crate::host::profile::Owner;
use crate::host::property::{Builder, PropertySet};
use crate::host::status::Status;
use crate::ofx::sys;
use std::ffi::{CString, c_void};
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Calls a plugin's main entry.
pub(in crate::host) fn call(
    entry: Entry,
    action: &'static str,
    handle: *const c_void,
    input: Option<&PropertySet>,
    output: Option<&PropertySet>,
) -> Status {
    let (Some(function), Ok(name)) = (entry.0, CString::new(action)) else {
        return Status::FAILED;
    };
    let set = |set: Option<&PropertySet>| set.map_or(std::ptr::null_mut(), PropertySet::handle);
    // SAFETY: the main entry of a plugin whose library is loaded, with arguments as the action asks.
    let status = Status(unsafe { function(name.as_ptr(), handle, set(input), set(output)) });
    log::trace!("{action}: {status}");
    status
}

/// Sends an action to an effect.
pub(in crate::host) fn send(
    effect: &Arc<Effect>,
    action: &'static str,
    input: Option<&PropertySet>,
    output: Option<&PropertySet>,
    job: Option<Arc<RenderJob>>,
) -> Status {
    let handle: *mut c_void = effect.handle();
    scoped(effect, action, job, || call(effect.entry, action, handle, input, output))
}

/// Sends an action whose handle is the plugin's own.
pub(in crate::host) fn send_to(effect: &Arc<Effect>, action: &'static str, handle: *mut c_void) -> Status {
    scoped(effect, action, None, || call(effect.entry, action, handle, None, None))
}

/// Runs `f` as an action of an effect; images that it leaves behind are a fault.
pub(in crate::host) fn scoped(
    effect: &Arc<Effect>,
    action: &'static str,
    job: Option<Arc<RenderJob>>,
    f: impl FnOnce() -> Status,
) -> Status {
    let scope =
        Scope { audit: effect.audit.clone(), effect: Some(effect.clone()), action, job, spawned: None };
    effect.running.fetch_add(1, Ordering::SeqCst);
    let status = within(scope, f);
    if effect.running.fetch_sub(1, Ordering::SeqCst) == 1 {
        let left = reclaim(effect);
        if !left.is_empty() {
            effect.audit.fault(format!("left images unreleased after {action}: {}", left.join(", ")));
        }
    }
    status
}

/// A property set of arguments.
pub(in crate::host) fn arguments(effect: &Effect, fill: impl FnOnce(&mut Builder)) -> Arc<PropertySet> {
    let mut b = Builder::new(Owner::Arguments);
    fill(&mut b);
    set_of(b.without(effect.profile()), &effect.audit)
}

/// Arguments behind a handle.
pub(in crate::host) fn set_of(b: Builder, audit: &Arc<Audit>) -> Arc<PropertySet> {
    PropertySet::new(b, "the arguments", audit)
}

/// Arguments that say that no graphics card is used.
pub(in crate::host) fn gpu_arguments(b: &mut Builder) {
    b.int(sys::kOfxImageEffectPropOpenGLEnabled, &[0])
        .int(sys::kOfxImageEffectPropCudaEnabled, &[0])
        .int(sys::kOfxImageEffectPropMetalEnabled, &[0])
        .int(sys::kOfxImageEffectPropOpenCLEnabled, &[0])
        .pointer(sys::kOfxImageEffectPropCudaStream, 0)
        .pointer(sys::kOfxImageEffectPropMetalCommandQueue, 0)
        .pointer(sys::kOfxImageEffectPropOpenCLCommandQueue, 0);
}

/// Tells a plugin that a param or clip has changed.
fn changed(effect: &Arc<Effect>, kind: &str, name: &str, reason: &str, time: f64) -> Status {
    let around = arguments(effect, |b| {
        b.string(sys::kOfxPropChangeReason, reason);
    });
    let within = arguments(effect, |b| {
        b.string(sys::kOfxPropType, kind)
            .string(sys::kOfxPropName, name)
            .string(sys::kOfxPropChangeReason, reason)
            .double(sys::kOfxPropTime, &[time])
            .double(sys::kOfxImageEffectPropRenderScale, &[1.0, 1.0]);
    });
    let begun = send(effect, "OfxActionBeginInstanceChanged", Some(&around), None, None);
    let status = send(effect, "OfxActionInstanceChanged", Some(&within), None, None);
    let ended = send(effect, "OfxActionEndInstanceChanged", Some(&around), None, None);
    [begun, status, ended].into_iter().find(|s| !s.is_success()).unwrap_or(status)
}

/// Tells a plugin that a param has changed.
pub(in crate::host) fn param_changed(effect: &Arc<Effect>, name: &str, reason: &str, time: f64) -> Status {
    changed(effect, "OfxTypeParameter", name, reason, time)
}

/// Tells a plugin that a clip has changed.
pub(in crate::host) fn clip_changed(effect: &Arc<Effect>, name: &str, reason: &str, time: f64) -> Status {
    changed(effect, "OfxTypeClip", name, reason, time)
}

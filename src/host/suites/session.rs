//! The suites that speak with whoever sits in front of the host: progress, timeline, dialog.

use crate::host::action;
use crate::host::effect::{Effect, Progress, Role, scope};
use crate::host::memory::guard::{guard, put, put_optional, string};
use crate::host::memory::handles;
use crate::host::status::Status;
use crate::ofx::sys::{OfxDialogSuiteV1, OfxProgressSuiteV1, OfxProgressSuiteV2, OfxTimeLineSuiteV1};
use std::ffi::{c_char, c_int, c_void};
use std::sync::Arc;
use std::sync::atomic::Ordering;

pub(super) static PROGRESS_V1: OfxProgressSuiteV1 = OfxProgressSuiteV1 {
    progressStart: Some(progress_start_v1),
    progressUpdate: Some(progress_update),
    progressEnd: Some(progress_end),
};

pub(super) static PROGRESS_V2: OfxProgressSuiteV2 = OfxProgressSuiteV2 {
    progressStart: Some(progress_start_v2),
    progressUpdate: Some(progress_update),
    progressEnd: Some(progress_end),
};

pub(super) static TIMELINE: OfxTimeLineSuiteV1 = OfxTimeLineSuiteV1 {
    getTime: Some(get_time),
    gotoTime: Some(goto_time),
    getTimeBounds: Some(get_time_bounds),
};

pub(super) static DIALOG: OfxDialogSuiteV1 = OfxDialogSuiteV1 {
    RequestDialog: Some(request_dialog),
    NotifyRedrawPending: Some(notify_redraw_pending),
};

fn instance(handle: *mut c_void) -> Result<Arc<Effect>, Status> {
    let effect = handles::find::<Effect>(handle)?;
    if effect.role == Role::Instance { Ok(effect) } else { Err(Status::BAD_HANDLE) }
}

fn start(effect: *mut c_void, label: *const c_char) -> Result<(), Status> {
    let effect = instance(effect)?;
    // SAFETY: a plugin passes null or a string.
    let label = if label.is_null() { String::new() } else { unsafe { string(label) }?.into_owned() };
    let before = effect.progress.lock().replace(Progress { label, fraction: 0.0, updates: 0 });
    if before.is_some() {
        effect.audit.fault("started progress twice");
    }
    Ok(())
}

unsafe extern "C" fn progress_start_v1(effect: *mut c_void, label: *const c_char) -> c_int {
    guard("progressStart", || start(effect, label))
}

unsafe extern "C" fn progress_start_v2(
    effect: *mut c_void,
    label: *const c_char,
    _id: *const c_char,
) -> c_int {
    guard("progressStart", || start(effect, label))
}

unsafe extern "C" fn progress_update(effect: *mut c_void, fraction: f64) -> c_int {
    guard("progressUpdate", || {
        let effect = instance(effect)?;
        let mut progress = effect.progress.lock();
        let Some(progress) = progress.as_mut() else {
            effect.audit.fault("updated progress that was not started");
            return Err(Status::FAILED);
        };
        if !(0.0..=1.0).contains(&fraction) {
            effect.audit.fault(format!("updated progress to {fraction}, expected 0 to 1"));
        }
        progress.fraction = fraction;
        progress.updates = progress.updates.saturating_add(1);
        let cancelled = match effect.cancel_after.load(Ordering::Relaxed) {
            0 => false,
            after => progress.updates as usize >= after,
        };
        if cancelled || effect.aborted() { Err(Status::NO) } else { Ok(()) }
    })
}

unsafe extern "C" fn progress_end(effect: *mut c_void) -> c_int {
    guard("progressEnd", || {
        let effect = instance(effect)?;
        let Some(ended) = effect.progress.lock().take() else {
            effect.audit.fault("ended progress that was not started");
            return Err(Status::FAILED);
        };
        effect.progressed.lock().push(ended);
        Ok(())
    })
}

unsafe extern "C" fn get_time(effect: *mut c_void, target: *mut f64) -> c_int {
    guard("timeline getTime", || {
        let time = *instance(effect)?.time.lock();
        // SAFETY: a plugin passes null or the address of a variable.
        unsafe { put(target, time) }
    })
}

unsafe extern "C" fn goto_time(effect: *mut c_void, time: f64) -> c_int {
    guard("timeline gotoTime", || {
        let effect = instance(effect)?;
        let (first, last) = effect.time_bounds;
        *effect.time.lock() = time.clamp(first, last.max(first));
        Ok(())
    })
}

unsafe extern "C" fn get_time_bounds(effect: *mut c_void, first: *mut f64, last: *mut f64) -> c_int {
    guard("timeline getTimeBounds", || {
        let bounds = instance(effect)?.time_bounds;
        // SAFETY: a plugin passes null or the address of a variable.
        unsafe {
            put_optional(first, bounds.0);
            put_optional(last, bounds.1);
        }
        Ok(())
    })
}

unsafe extern "C" fn request_dialog(data: *mut c_void) -> c_int {
    guard("RequestDialog", || {
        let effect = scope::current().and_then(|s| s.effect).ok_or(Status::FAILED)?;
        // The dialog action's handle is what the plugin gave.
        let status = action::send_to(&effect, "OfxActionDialog", data);
        if status.is_success() { Ok(()) } else { Err(status) }
    })
}

unsafe extern "C" fn notify_redraw_pending() -> c_int {
    guard("NotifyRedrawPending", || Ok(()))
}

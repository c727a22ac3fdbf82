//! The part of the image effect suite that deals with images.

use super::image;
use crate::host::clip::Clip;
use crate::host::effect::job::RenderJob;
use crate::host::effect::{Effect, held, scope};
use crate::host::kinds::RectD;
use crate::host::memory::guard::{guard, put};
use crate::host::memory::handles;
use crate::host::status::Status;
use crate::ofx::sys::{OfxImageClipHandle, OfxPropertySetHandle, OfxRectD, OfxTime};
use std::ffi::c_int;
use std::sync::Arc;

pub(super) unsafe extern "C" fn get_image(
    clip: OfxImageClipHandle,
    time: OfxTime,
    _region: *const OfxRectD,
    target: *mut OfxPropertySetHandle,
) -> c_int {
    guard("clipGetImage", || {
        let clip = handles::find::<Clip>(clip)?;
        if !target.is_null() {
            // SAFETY: not null, and a plugin passes the address of a variable.
            unsafe { put(target, std::ptr::null_mut()) }?;
        }
        let instance = Effect::instance(clip.effect)?;
        let image = if clip.is_output() {
            let Some(job) = scope::job(&instance, time) else {
                instance.audit.fault("fetched the output image outside of a render");
                return Err(Status::FAILED);
            };
            image::output(&instance, &clip, job)
        } else {
            let connection = clip.connection().ok_or(Status::FAILED)?;
            let job = scope::job(&instance, time);
            let scale = job.as_ref().map_or((1.0, 1.0), |j| j.scale);
            if let Some(job) = &job {
                check_needed(&instance, &clip, job, time);
            }
            let rendered = job.map(|j| j.time);
            let time = allowed_time(&instance, &clip, time, rendered);
            image::input(&instance, &clip, &connection, time, scale)?
        };
        let handle = image.props.handle();
        // SAFETY: a plugin passes null or the address of a variable.
        unsafe { put(target, handle) }?;
        held::hold(image);
        Ok(())
    })
}

/// Notes a fault where a render fetches a frame that the plugin did not say that it needs.
fn check_needed(effect: &Effect, clip: &Clip, job: &RenderJob, time: f64) {
    let Some(needed) = job.needed.as_ref().and_then(|needed| needed.get(&clip.name)) else { return };
    if !needed.iter().any(|(first, last)| (*first..=*last).contains(&time)) {
        effect.audit.fault(format!(
            "fetched frame {time} of clip {} to render frame {}, and said that it needs frames {needed:?}",
            clip.name, job.time
        ));
    }
}

/// The time whose image is given for another one, after the rules of temporal access.
fn allowed_time(effect: &Arc<Effect>, clip: &Clip, time: f64, rendered: Option<f64>) -> f64 {
    let Some(rendered) = rendered else { return time };
    if rendered == time {
        return time;
    }
    let says = |set: &crate::host::property::PropertySet| {
        set.first::<i32>("OfxImageEffectPropTemporalClipAccess").unwrap_or(0) != 0
    };
    if !says(&effect.props) || !says(&clip.props) {
        effect.audit.fault(format!(
            "fetched another frame of clip {} without having declared temporal access on effect and clip",
            clip.name
        ));
    }
    if effect.profile().same_frame_only { rendered } else { time }
}

pub(super) unsafe extern "C" fn release_image(image: OfxPropertySetHandle) -> c_int {
    guard("clipReleaseImage", || held::release_image(image.addr()))
}

pub(super) unsafe extern "C" fn get_region_of_definition(
    clip: OfxImageClipHandle,
    time: OfxTime,
    target: *mut OfxRectD,
) -> c_int {
    guard("clipGetRegionOfDefinition", || {
        let clip = handles::find::<Clip>(clip)?;
        let instance = Effect::instance(clip.effect)?;
        let r = region(&instance, &clip, time).ok_or(Status::FAILED)?;
        // SAFETY: a plugin passes null or the address of a variable.
        unsafe { put(target, OfxRectD { x1: r.x0, y1: r.y0, x2: r.x1, y2: r.y1 }) }
    })
}

/// Where a clip has pixels, in canonical coordinates.
fn region(effect: &Effect, clip: &Clip, time: f64) -> Option<RectD> {
    if clip.is_output() {
        let known = *clip.region.lock();
        return known.or_else(|| {
            let size = effect.props.all::<f64>("OfxImageEffectPropProjectSize");
            match size.as_slice() {
                [w, h] => Some(RectD::new(0.0, 0.0, *w, *h)),
                _ => None,
            }
        });
    }
    clip.connection().map(|c| c.source.region_of_definition(time))
}

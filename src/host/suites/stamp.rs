//! The suite that tells whether a frame of a clip is as it was: none of the API's.

use crate::host::clip::Clip;
use crate::host::effect::Effect;
use crate::host::memory::guard::{guard, put};
use crate::host::memory::handles;
use crate::host::source::FrameStamp;
use crate::host::status::Status;
use crate::ofx::sys::{OfxAirotoStampSuiteV1, OfxImageClipHandle, OfxTime};
use std::ffi::c_int;

pub(super) static SUITE: OfxAirotoStampSuiteV1 = OfxAirotoStampSuiteV1 { clipGetStamp: Some(get_stamp) };

unsafe extern "C" fn get_stamp(clip: OfxImageClipHandle, time: OfxTime, target: *mut u8) -> c_int {
    guard("clipGetStamp", || {
        let clip = handles::find::<Clip>(clip)?;
        let instance = Effect::instance(clip.effect)?;
        let connection = clip.connection().ok_or(Status::UNSUPPORTED)?;
        // Another frame than the one that is rendered would be given for this one.
        if instance.profile().same_frame_only {
            return Err(Status::UNSUPPORTED);
        }
        match connection.source.stamp(time) {
            FrameStamp::Never => Err(Status::UNSUPPORTED),
            FrameStamp::NotNow => Err(Status::FAILED),
            // SAFETY: a plugin passes null or the address of 32 bytes.
            FrameStamp::Is(stamp) => unsafe { put(target.cast::<[u8; 32]>(), stamp) },
        }
    })
}

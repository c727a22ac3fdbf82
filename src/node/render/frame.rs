//! Where and when a track lives.

use crate::node::source::Geometry;
use crate::node::{MaskUse, Settings};
use crate::ofx::{Clip, OfxError, RenderArgs};
use crate::raster::RectI;

/// The frames that the plate has, `time` among them. A host that does not say (MLT) is taken to have them from the
/// first prompt, or 0, on.
pub fn range(source: &Clip, settings: &Settings, time: i64) -> (i64, i64) {
    let range = source.frame_range().unwrap_or_else(|| {
        let prompts = settings.prompts.prompts_or_none().frames();
        let mask = match settings.mask {
            MaskUse::Prompt { frame } => frame,
            MaskUse::Off | MaskUse::Garbage | MaskUse::Trimap => 0,
        };
        let first = prompts.first().copied().unwrap_or(0).min(mask).min(0);
        let last = prompts.last().copied().unwrap_or(0).max(mask).max(MANY_FRAMES);
        // Prompts on frames that no host can name are the engine's to refuse.
        (first.max(i64::from(i32::MIN)), last.min(i64::from(i32::MAX)))
    });
    (range.0.min(time), range.1.max(time))
}

/// A range as the host says it, in words.
pub fn range_in_words((first, last): (f64, f64)) -> String {
    let word = |v: f64| if v.abs() < 1e15 { format!("{v}") } else { format!("{v:e}") };
    format!("{} to {}", word(first), word(last))
}

/// More frames than any plate has whose host does not say how many it has.
const MANY_FRAMES: i64 = 1_000_000;

/// The full frame at full size, as a render at `time` has it.
///
/// # Errors
/// [`OfxError::Broken`] where there is no plate.
pub fn full_frame(source: &Clip, settings: &Settings, time: f64) -> Result<Geometry, OfxError> {
    let now = time.round() as i64;
    let range = source.frame_range().unwrap_or((now, now));
    let args = RenderArgs { time, window: RectI::default(), scale: (1.0, 1.0) };
    geometry(source, settings, &args, range)
}

/// The frame that a track lives in: the region of the plate on the frame of the first prompt.
///
/// # Errors
/// [`OfxError::Broken`] where there is no plate.
pub fn geometry(
    source: &Clip,
    settings: &Settings,
    args: &RenderArgs,
    range: (i64, i64),
) -> Result<Geometry, OfxError> {
    let first = match settings.mask {
        MaskUse::Prompt { frame } => Some(frame),
        MaskUse::Off | MaskUse::Garbage | MaskUse::Trimap => None,
    };
    // Prompts that cannot be read are the engine's to refuse.
    let prompted = settings.prompts.prompts_or_none().frames().first().copied();
    let anchor = prompted.or(first).unwrap_or(range.0).clamp(range.0, range.1);
    let region = source
        .region_of_definition(anchor as f64)
        .or_else(|| source.region_of_definition(args.time))
        .ok_or_else(|| OfxError::Broken("no region of definition of Source".to_owned()))?;
    Geometry::new(region, source.pixel_aspect(), args.scale)
}

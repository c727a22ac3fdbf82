//! Which frames of its clips a render needs.

use crate::job::{MaskKeys, Propagation};
use crate::node::describe::SOURCE;
use crate::node::{MaskUse, Settings};
use crate::ofx::{FramesNeeded, Instance};

/// Most ranges that a host is told; of more the one that holds them all.
const MOST_RANGES: usize = 256;

/// The frames of the Source clip and of the Mask clip that the render of `time` may need; none where the host does not
/// say which frames there are.
pub fn frames_needed(instance: &Instance, settings: &Settings, time: f64) -> Vec<FramesNeeded> {
    let Ok(source) = instance.clip(SOURCE) else { return Vec::new() };
    // In a range without end every frame of a prompt lies.
    let endless = || source.said_range().map(|_| (i64::from(i32::MIN), i64::from(i32::MAX)));
    let Some(range) = source.frame_range().or_else(endless) else { return Vec::new() };
    let source = of_source(settings, range, time);
    let mut needed =
        vec![FramesNeeded { property: b"OfxImageClipPropFrameRange_Source\0", ranges: vec![source] }];
    let masks = of_mask(settings, range, time);
    if !masks.is_empty() {
        needed.push(FramesNeeded { property: b"OfxImageClipPropFrameRange_Mask\0", ranges: masks });
    }
    needed
}

/// First and last frame of the plate, which has the frames from `first` to `last`.
fn of_source(settings: &Settings, (first, last): (i64, i64), time: f64) -> (f64, f64) {
    let parsed = settings.prompts.prompts_or_none();
    let masks = settings.mask_keys();
    // Edges also depend on the frames about the one that is rendered.
    let reach = parsed.reach(&settings.edge) as f64;
    let near = ((time - reach).max(first as f64), (time + reach).min(last as f64));
    if *masks == MaskKeys::NotEmpty {
        // Any of them may be the nearest keyframe.
        return ((first as f64).min(time), (last as f64).max(time));
    }
    let mut frames = parsed.frames();
    frames.extend_from_slice(masks.named());
    frames.retain(|f| (first..=last).contains(f));
    // The way from the nearest prompts on both sides leads over the frames between.
    let before = frames.iter().filter(|&&f| f as f64 <= time).max();
    let after = frames.iter().filter(|&&f| f as f64 >= time).min();
    // Clicks correct what other prompts give there, wherever those are.
    let corrects = [before, after].into_iter().flatten().any(|&f| parsed.only_clicks(f));
    let (from, to) = if corrects || settings.propagation == Propagation::Reference {
        (frames.iter().min(), frames.iter().max())
    } else {
        (before, after)
    };
    let bound = |f: Option<&i64>| f.map_or(time, |&f| f as f64);
    (bound(from).min(near.0).min(time), bound(to).max(near.1).max(time))
}

/// Ranges of frames of the Mask input; none where that of the frame alone is needed, or none is.
fn of_mask(settings: &Settings, (first, last): (i64, i64), time: f64) -> Vec<(f64, f64)> {
    match &settings.mask {
        MaskUse::Off | MaskUse::Garbage => Vec::new(),
        MaskUse::Trimap => {
            let reach = settings.prompts.prompts_or_none().reach(&settings.edge) as f64;
            vec![((time - reach).max(first as f64).min(time), (time + reach).min(last as f64).max(time))]
        }
        MaskUse::Prompt { .. } => match settings.mask_keys() {
            MaskKeys::Nowhere => Vec::new(),
            MaskKeys::NotEmpty => vec![((first as f64).min(time), (last as f64).max(time))],
            MaskKeys::On(_) | MaskKeys::Listed(_) => ranges(settings.mask_keys().named()),
        },
    }
}

/// Frames in order as ranges.
fn ranges(frames: &[i64]) -> Vec<(f64, f64)> {
    let mut ranges: Vec<(f64, f64)> = Vec::new();
    for &frame in frames {
        let frame = frame as f64;
        match ranges.last_mut() {
            Some((_, last)) if *last + 1.0 == frame => *last = frame,
            _ => ranges.push((frame, frame)),
        }
    }
    match (&ranges[..], ranges.len() > MOST_RANGES) {
        ([(first, _), .., (_, last)], true) => vec![(*first, *last)],
        _ => ranges,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_one_range_and_many_ranges_are_one() {
        assert_eq!(ranges(&[1, 15, 16, 40]), [(1.0, 1.0), (15.0, 16.0), (40.0, 40.0)]);
        let many: Vec<i64> = (0..600).step_by(2).collect();
        assert_eq!(ranges(&many), [(0.0, 598.0)]);
        assert!(ranges(&[]).is_empty());
    }
}

//! The frames of a plate.

use crate::node::Settings;
use crate::ofx::Clip;

/// More frames than any plate has whose host does not say how many it has.
const MANY_FRAMES: i64 = 1_000_000;

/// The frames that the plate has, `time` among them. A host that does not say (MLT) is taken to have them from the
/// first prompt, or 0, on.
pub fn range(source: &Clip, settings: &Settings, time: i64) -> (i64, i64) {
    let range = source.frame_range().unwrap_or_else(|| {
        let prompts = settings.prompts.prompts_or_none().frames();
        let masks = settings.mask_keys().named();
        let first = prompts.iter().chain(masks).copied().fold(0, i64::min);
        let last = prompts.iter().chain(masks).copied().fold(MANY_FRAMES, i64::max);
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

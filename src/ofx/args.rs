//! What comes with an action.

use super::error::OfxError;
use super::{PropertySet, sys};
use crate::raster::RectI;

/// What is to be rendered.
#[derive(Debug, Clone, PartialEq)]
pub struct RenderArgs {
    /// The frame.
    pub time: f64,
    /// Pixels of the output to be filled, y up.
    pub window: RectI,
    /// Render scale in x and y: 1 for the full size.
    pub scale: (f64, f64),
}

impl RenderArgs {
    pub(super) fn read(set: &PropertySet) -> Result<Self, OfxError> {
        let broken = |what: &str| OfxError::Broken(format!("a render without {what}"));
        let [x0, y0, x1, y1] =
            set.int4(sys::kOfxImageEffectPropRenderWindow).ok_or_else(|| broken("a render window"))?;
        Ok(Self {
            time: time(set).ok_or_else(|| broken("a time between -2147483647 and 2147483647"))?,
            window: RectI::new(x0, y0, x1, y1),
            scale: scale(set),
        })
    }
}

/// A sequence of renders.
#[derive(Debug, Clone, PartialEq)]
pub struct SequenceArgs {
    /// First and last frame, where the host says.
    pub range: Option<(f64, f64)>,
    /// From each frame to the next; 1 where the host does not say.
    pub step: f64,
    /// Whether it is for a person who waits.
    pub interactive: bool,
}

impl SequenceArgs {
    pub(super) fn read(set: &PropertySet) -> Self {
        Self {
            range: set.double2(sys::kOfxImageEffectPropFrameRange),
            step: set.double(sys::kOfxImageEffectPropFrameStep, 0).unwrap_or(1.0),
            interactive: set.int(sys::kOfxPropIsInteractive, 0) == Some(1),
        }
    }
}

/// The time of an action; none where it is no number, or beyond all frames that the API can name.
pub(super) fn time(set: &PropertySet) -> Option<f64> {
    set.double(sys::kOfxPropTime, 0).filter(|t| t.abs() <= f64::from(i32::MAX))
}

/// The render scale of an action; 1 where the host does not say.
pub(super) fn scale(set: &PropertySet) -> (f64, f64) {
    let given = set.double2(sys::kOfxImageEffectPropRenderScale);
    given.filter(|s| s.0.is_finite() && s.1.is_finite() && s.0 > 0.0 && s.1 > 0.0).unwrap_or((1.0, 1.0))
}

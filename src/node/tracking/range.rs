//! The frames that the buttons track.

use crate::ofx::{Clip, ParamSet};
use crate::params;

/// The frames that the buttons track.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrackRange {
    /// The first and the last.
    pub bounds: (i64, i64),
    /// Whether nobody says where they end.
    pub endless: bool,
}

impl TrackRange {
    /// As the panel says, of a plate that has the frames `whole`.
    pub fn read(params: &ParamSet, clip: &Clip, whole: (i64, i64)) -> Self {
        let chosen =
            params::option(params::TRACK_RANGE, params.int(params::TRACK_RANGE).unwrap_or(-1)) == "range";
        let bound = |id| params.int(id).map(i64::from);
        match (bound(params::TRACK_FIRST), bound(params::TRACK_LAST)) {
            (Some(a), Some(b)) if chosen => {
                Self { bounds: (a.min(b).max(whole.0), a.max(b).min(whole.1)), endless: false }
            }
            _ => Self { bounds: whole, endless: clip.frame_range().is_none() },
        }
    }
}

//! What trackers, matting networks and detectors have in common.

use crate::job::ModelInfo;

/// What every model that is open tells of itself.
pub trait Model: Send {
    /// Name, version and device.
    fn info(&self) -> ModelInfo;

    /// The pack to go on with where the device has too little memory for this one; it is opened by
    /// this name.
    fn smaller(&self) -> Option<String> {
        None
    }
}

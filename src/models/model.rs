//! What trackers, matting networks and detectors have in common.

/// What there is to say of a model that is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelInfo {
    /// The name by which it is chosen.
    pub name: String,
    /// Changes whenever its results may change: part of the key of every track.
    pub version: String,
    /// Where it runs, in words ("CPU", "CUDA").
    pub device: String,
    /// What the user should be told of that choice, such as the reason for a fallback.
    pub note: Option<String>,
}

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

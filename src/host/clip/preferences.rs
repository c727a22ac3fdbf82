//! What host and plugin agree on for clips.

use crate::host::kinds::{Components, Depth, Field, Premultiplication};

/// What has been agreed with a plugin.
#[derive(Debug, Clone, PartialEq)]
pub struct ClipPreferences {
    /// Every clip, in the order of their declaration.
    pub clips: Vec<ClipPreference>,
    /// Frames a second of the output.
    pub frame_rate: f64,
    /// What the output's alpha means.
    pub premultiplication: Premultiplication,
    /// Fields of the output.
    pub field: Field,
    /// The output has images between whole frames.
    pub continuous: bool,
    /// The output varies from frame to frame even when nothing that it depends on does.
    pub frame_varying: bool,
}

/// What has been agreed for one clip.
#[derive(Debug, Clone, PartialEq)]
pub struct ClipPreference {
    /// Its name.
    pub name: String,
    /// Channels of its images.
    pub components: Components,
    /// Depth of its images.
    pub depth: Depth,
    /// Pixel aspect of its images.
    pub pixel_aspect: f64,
    /// Colour space of its images; empty where colour is not managed.
    pub colourspace: String,
}

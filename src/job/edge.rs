//! How edges are made.

use serde::{Deserialize, Serialize};

/// Frames on either side with which alpha is filtered.
pub const STEADIED_BY: u32 = 2;

/// How much wider the unknown band gets at hair, unless said otherwise.
pub const HAIR: f32 = 2.0;

/// How the edges of mattes are made.
///
/// Built with `..EdgeSettings::default()`, so that a setting that is added later has its default.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EdgeSettings {
    /// What finds alpha in the unknown band.
    pub quality: Quality,
    /// The matting network of [`Quality::Fine`]: a model pack by its name or its folder; empty for the
    /// first that is installed.
    pub matter: String,
    /// Pixels of the band inside the edge of the mask; none to go by the object's size.
    pub inside: Option<f32>,
    /// Pixels of the band outside the edge of the mask; none to go by the object's size.
    pub outside: Option<f32>,
    /// How much wider the band gets where the edge looks like hair; 0 is off.
    pub hair: f32,
    /// Whether [`FrameSource::mask`](super::FrameSource::mask) is a painted trimap: 0 outside, 1 inside, what is between unknown.
    pub painted: bool,
    /// How motion blur is handled.
    pub motion_blur: MotionBlur,
    /// How far chatter of the edge is filtered out, 0 (not at all) to 1.
    pub stability: f32,
    /// Islands of the matte of fewer pixels than this go; 0 is off.
    pub clean_black: f32,
    /// Holes in the matte of fewer pixels than this are filled; 0 is off.
    pub clean_white: f32,
    /// Alpha up to this becomes 0; 0 is off.
    pub clip_black: f32,
    /// Alpha from this on becomes 1; 1 is off.
    pub clip_white: f32,
    /// Whether the trimaps are wanted with the mattes.
    pub show_trimap: bool,
    /// Whether the lengths of motion blur are wanted with the mattes, where blur is looked for.
    pub show_blur: bool,
}

/// What finds alpha in the unknown band.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Quality {
    /// The tracker's own edge, along the edges of the frame.
    #[default]
    Tracked,
    /// Closed-form matting, without a model.
    Fast,
    /// A matting network.
    Fine,
}

/// How motion blur is handled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum MotionBlur {
    /// It is not looked for.
    #[default]
    Ignore,
    /// The edge gets the ramp that the plate has.
    Soften,
    /// The edge stays as it is, for a blur by vectors later on.
    Vectors,
}

impl Default for EdgeSettings {
    fn default() -> Self {
        Self {
            quality: Quality::default(),
            matter: String::new(),
            inside: None,
            outside: None,
            hair: HAIR,
            painted: false,
            motion_blur: MotionBlur::default(),
            stability: 0.0,
            clean_black: 0.0,
            clean_white: 0.0,
            clip_black: 0.0,
            clip_white: 1.0,
            show_trimap: false,
            show_blur: false,
        }
    }
}

impl EdgeSettings {
    /// Whether the tracked mattes are all that is wanted.
    #[must_use]
    pub fn is_off(&self) -> bool {
        self.finds_nothing() && !self.cleans()
    }

    /// Whether the edge is the tracked one, before anything is cleaned.
    #[must_use]
    pub fn finds_nothing(&self) -> bool {
        self.quality == Quality::Tracked
            && self.motion_blur == MotionBlur::Ignore
            && self.stability <= 0.0
            && !self.show_trimap
    }

    /// Whether islands, holes or levels change the matte.
    #[must_use]
    pub fn cleans(&self) -> bool {
        self.clean_black > 0.0 || self.clean_white > 0.0 || self.clip_black > 0.0 || self.clip_white < 1.0
    }

    /// These settings without what is done to an edge after it was found.
    #[must_use]
    pub fn only_found(&self) -> Self {
        let Self { clean_black, clean_white, clip_black, clip_white, .. } = Self::default();
        Self { clean_black, clean_white, clip_black, clip_white, stability: 0.0, ..self.clone() }
    }

    /// How many frames before and after one its edge depends on.
    #[must_use]
    pub fn reach(&self) -> i64 {
        let steadied = if self.stability > 0.0 { i64::from(STEADIED_BY) } else { 0 };
        steadied + i64::from(self.motion_blur != MotionBlur::Ignore)
    }
}

//! What a person chooses about shapes.

use super::ShapeError;

/// On which frames a shape has keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keys {
    /// On every frame that the shape lives.
    EveryFrame,
    /// As few as the tolerance allows.
    Reduced,
    /// On every n-th frame of its life, and on the last.
    Every(u32),
}

/// How mattes become shapes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ShapeSettings {
    /// The matte's value along the outline, between 0 and 1.
    pub level: f32,
    /// How far a shape may stray from the outline, in pixels. Small objects are held closer.
    pub tolerance_px: f64,
    /// A shape has no more control points than this, even where that strays further.
    pub max_points: usize,
    /// Outlines that enclose less are dropped, in square pixels.
    pub min_area_px: f64,
    /// On which frames to set keys.
    pub keys: Keys,
    /// Whether an object is split into several shapes at its thin joints.
    pub parts: bool,
}

impl Default for ShapeSettings {
    fn default() -> Self {
        Self {
            level: 0.5,
            tolerance_px: 1.5,
            max_points: 40,
            min_area_px: 20.0,
            keys: Keys::Reduced,
            parts: false,
        }
    }
}

impl ShapeSettings {
    /// Says which setting is out of its range, if one is.
    ///
    /// # Errors
    /// [`ShapeError::Input`] naming the setting, what was found and what was expected.
    pub fn check(&self) -> Result<(), ShapeError> {
        let fail = |text: String| Err(ShapeError::Input(text));
        if !(self.level > 0.0 && self.level < 1.0) {
            return fail(format!("the level of the outline is {}, expected between 0 and 1", self.level));
        }
        if !(self.tolerance_px > 0.0 && self.tolerance_px.is_finite()) {
            return fail(format!("the tolerance is {} pixels, expected above 0", self.tolerance_px));
        }
        if self.max_points < 4 {
            return fail(format!("the maximum number of points is {}, expected 4 or more", self.max_points));
        }
        if !(self.min_area_px >= 0.0 && self.min_area_px.is_finite()) {
            return fail(format!(
                "the smallest area is {} square pixels, expected 0 or more",
                self.min_area_px
            ));
        }
        if self.keys == Keys::Every(0) {
            return fail("the distance between keys is 0 frames, expected 1 or more".to_owned());
        }
        Ok(())
    }
}

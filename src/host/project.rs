//! Projects.

/// The project that an instance lives in.
#[derive(Debug, Clone, PartialEq)]
pub struct Project {
    /// Width in canonical coordinates.
    pub width: f64,
    /// Height in canonical coordinates.
    pub height: f64,
    /// Width of a pixel over its height.
    pub pixel_aspect: f64,
    /// Frames a second.
    pub frame_rate: f64,
    /// First frame.
    pub first: i64,
    /// Last frame.
    pub last: i64,
}

impl Project {
    /// A project of square pixels.
    #[must_use]
    pub fn new(width: u32, height: u32, frame_rate: f64, first: i64, last: i64) -> Self {
        Self {
            width: f64::from(width),
            height: f64::from(height),
            pixel_aspect: 1.0,
            frame_rate,
            first,
            last,
        }
    }

    /// How many frames there are.
    #[must_use]
    pub fn duration(&self) -> f64 {
        (self.last - self.first + 1) as f64
    }
}

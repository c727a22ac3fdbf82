//! Continuous alpha.

use super::SizeError;

/// A matte: one `f32` a pixel, 0 outside to 1 inside, top row first.
#[derive(Debug, Clone, PartialEq)]
pub struct Matte {
    width: u32,
    height: u32,
    data: Vec<f32>,
}

impl Matte {
    /// Wraps `data`, `width * height` values, top row first.
    ///
    /// # Errors
    /// [`SizeError`] when the length of `data` is another.
    pub fn new(width: u32, height: u32, data: Vec<f32>) -> Result<Self, SizeError> {
        let expected = width as usize * height as usize;
        if data.len() != expected {
            return Err(SizeError { what: "a matte", width, height, expected, found: data.len() });
        }
        Ok(Self { width, height, data })
    }

    /// A matte of one value.
    #[must_use]
    pub fn filled(width: u32, height: u32, value: f32) -> Self {
        Self { width, height, data: vec![value; width as usize * height as usize] }
    }

    /// Width in pixels.
    #[must_use]
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Height in pixels.
    #[must_use]
    pub fn height(&self) -> u32 {
        self.height
    }

    /// All values, top row first.
    #[must_use]
    pub fn data(&self) -> &[f32] {
        &self.data
    }

    /// All values, to be written.
    pub fn data_mut(&mut self) -> &mut [f32] {
        &mut self.data
    }

    /// The value in column `x` of row `y`.
    ///
    /// # Panics
    /// When the pixel is outside the matte.
    #[must_use]
    pub fn value(&self, x: u32, y: u32) -> f32 {
        self.data[y as usize * self.width as usize + x as usize]
    }

    /// Whether no pixel is above one half.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.data.iter().all(|&v| v <= 0.5)
    }

    /// How many pixels are above one half.
    #[must_use]
    pub fn area(&self) -> usize {
        self.data.iter().filter(|&&v| v > 0.5).count()
    }

    /// Region overlap of two mattes cut at one half: 1 when both are empty.
    ///
    /// # Panics
    /// When the sizes differ.
    #[must_use]
    pub fn iou(&self, other: &Self) -> f64 {
        assert_eq!((self.width, self.height), (other.width, other.height), "mattes of unequal size");
        let (mut both, mut either) = (0_usize, 0_usize);
        for (&a, &b) in self.data.iter().zip(&other.data) {
            let (a, b) = (a > 0.5, b > 0.5);
            both += usize::from(a && b);
            either += usize::from(a || b);
        }
        if either == 0 { 1.0 } else { both as f64 / either as f64 }
    }

    /// Gives the values back.
    #[must_use]
    pub fn into_data(self) -> Vec<f32> {
        self.data
    }
}

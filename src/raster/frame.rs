//! The picture that a model sees.

use super::SizeError;

/// An RGB picture of 8 bits a channel, display-referred sRGB, top row first, at the size of the
/// footage.
///
/// It is what every tracker is given, whatever the host's depth and colour space were, so that a
/// digest of it says whether two renders see the same pixels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    width: u32,
    height: u32,
    data: Vec<u8>,
}

impl Frame {
    /// Wraps `data`, `width * height * 3` bytes, R G B interleaved, top row first.
    ///
    /// # Errors
    /// [`SizeError`] when the length of `data` is another.
    pub fn new(width: u32, height: u32, data: Vec<u8>) -> Result<Self, SizeError> {
        let expected = width as usize * height as usize * 3;
        if data.len() != expected {
            return Err(SizeError { what: "a frame", width, height, expected, found: data.len() });
        }
        Ok(Self { width, height, data })
    }

    /// A frame of one colour.
    #[must_use]
    pub fn filled(width: u32, height: u32, rgb: [u8; 3]) -> Self {
        let data = rgb.repeat(width as usize * height as usize);
        Self { width, height, data }
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

    /// All bytes, R G B interleaved, top row first.
    #[must_use]
    pub fn data(&self) -> &[u8] {
        &self.data
    }

    /// All bytes, to be written.
    pub fn data_mut(&mut self) -> &mut [u8] {
        &mut self.data
    }

    /// The pixel in column `x` of row `y`.
    ///
    /// # Panics
    /// When the pixel is outside the frame.
    #[must_use]
    pub fn pixel(&self, x: u32, y: u32) -> [u8; 3] {
        let i = (y as usize * self.width as usize + x as usize) * 3;
        [self.data[i], self.data[i + 1], self.data[i + 2]]
    }

    /// Gives the bytes back.
    #[must_use]
    pub fn into_data(self) -> Vec<u8> {
        self.data
    }
}

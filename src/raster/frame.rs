//! The picture that a model sees.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use super::SizeError;

/// Bytes that are somewhere else, as in memory that is shared with another process.
pub trait Elsewhere: AsRef<[u8]> + Any + Send + Sync {}

/// See [`Elsewhere`].
pub type SharedBytes = Arc<dyn Elsewhere>;

/// The bytes of a frame.
#[derive(Clone)]
enum Bytes {
    Own(Vec<u8>),
    Shared(SharedBytes),
}

impl Bytes {
    fn get(&self) -> &[u8] {
        match self {
            Self::Own(bytes) => bytes,
            Self::Shared(bytes) => (**bytes).as_ref(),
        }
    }

    /// The bytes, copied where they are somewhere else.
    fn into_own(self) -> Vec<u8> {
        match self {
            Self::Own(bytes) => bytes,
            Self::Shared(bytes) => (*bytes).as_ref().to_vec(),
        }
    }
}

/// An RGB picture of 8 bits a channel, display-referred sRGB, top row first, at the size of the
/// footage.
///
/// It is what every tracker is given, whatever the host's depth and colour space were, so that a
/// digest of it says whether two renders see the same pixels.
#[derive(Clone)]
pub struct Frame {
    width: u32,
    height: u32,
    data: Bytes,
}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Frame({}x{})", self.width, self.height)
    }
}

impl Eq for Frame {}

impl PartialEq for Frame {
    /// By size and pixels.
    fn eq(&self, other: &Self) -> bool {
        (self.width, self.height, self.data()) == (other.width, other.height, other.data())
    }
}

impl Frame {
    /// Wraps `data`, `width * height * 3` bytes, R G B interleaved, top row first.
    ///
    /// # Errors
    /// [`SizeError`] when the length of `data` is another.
    pub fn new(width: u32, height: u32, data: Vec<u8>) -> Result<Self, SizeError> {
        Self::checked(width, height, Bytes::Own(data))
    }

    /// As [`Self::new`], of bytes that stay where they are until they are written to.
    ///
    /// # Errors
    /// [`SizeError`] when the length of `data` is another.
    pub fn shared(width: u32, height: u32, data: SharedBytes) -> Result<Self, SizeError> {
        Self::checked(width, height, Bytes::Shared(data))
    }

    fn checked(width: u32, height: u32, data: Bytes) -> Result<Self, SizeError> {
        let (expected, found) = (width as usize * height as usize * 3, data.get().len());
        if found != expected {
            return Err(SizeError { what: "a frame", width, height, expected, found });
        }
        Ok(Self { width, height, data })
    }

    /// A frame of one colour.
    #[must_use]
    pub fn filled(width: u32, height: u32, rgb: [u8; 3]) -> Self {
        let pixels = width as usize * height as usize;
        // Zeros are not written, so that memory is taken where it is used.
        let data = if rgb == [0; 3] { vec![0; 3 * pixels] } else { rgb.repeat(pixels) };
        Self { width, height, data: Bytes::Own(data) }
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
        self.data.get()
    }

    /// All bytes, to be written.
    pub fn data_mut(&mut self) -> &mut [u8] {
        if let Bytes::Shared(bytes) = &self.data {
            self.data = Bytes::Own((**bytes).as_ref().to_vec());
        }
        match &mut self.data {
            Bytes::Own(bytes) => bytes,
            // They were made its own above.
            Bytes::Shared(_) => &mut [],
        }
    }

    /// Where its bytes are, if they are [`Elsewhere`].
    #[must_use]
    pub fn elsewhere(&self) -> Option<&dyn Any> {
        match &self.data {
            Bytes::Own(_) => None,
            Bytes::Shared(bytes) => Some(&**bytes),
        }
    }

    /// The pixel in column `x` of row `y`.
    ///
    /// # Panics
    /// When the pixel is outside the frame.
    #[must_use]
    pub fn pixel(&self, x: u32, y: u32) -> [u8; 3] {
        let i = (y as usize * self.width as usize + x as usize) * 3;
        let data = self.data();
        [data[i], data[i + 1], data[i + 2]]
    }

    /// Gives the bytes back.
    #[must_use]
    pub fn into_data(self) -> Vec<u8> {
        self.data.into_own()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Sevens([u8; 12]);

    impl AsRef<[u8]> for Sevens {
        fn as_ref(&self) -> &[u8] {
            &self.0
        }
    }

    impl Elsewhere for Sevens {}

    #[test]
    fn shared_bytes_stay_as_they_are_when_the_frame_is_written() {
        let bytes: SharedBytes = Arc::new(Sevens([7; 12]));
        let mut frame = Frame::shared(2, 2, Arc::clone(&bytes)).expect("12 bytes");
        assert!(frame.elsewhere().is_some_and(|bytes| bytes.is::<Sevens>()));
        assert_eq!(frame, Frame::filled(2, 2, [7; 3]));
        frame.data_mut()[0] = 9;
        assert_eq!((frame.pixel(0, 0), (*bytes).as_ref()[0]), ([9, 7, 7], 7));
        assert_eq!(frame.into_data().len(), 12);
        assert!(Frame::shared(3, 2, bytes).is_err());
    }
}

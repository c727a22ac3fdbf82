//! What the memories of trackers are written with: numbers in little endian, pictures and planes laid out so
//! that they compress, a digest at the end. Readers take bytes that may be anything.

use crate::raster::Frame;

/// Bytes of the digest: the first half of BLAKE3.
pub(super) const DIGEST: usize = 16;

/// `body` and the digest of it.
pub(super) fn seal(mut body: Vec<u8>) -> Vec<u8> {
    let digest = blake3::hash(&body);
    body.extend(&digest.as_bytes()[..DIGEST]);
    body
}

/// The body that was sealed; none where the digest is another.
pub(super) fn unseal(bytes: &[u8]) -> Option<&[u8]> {
    let (body, digest) = bytes.split_at_checked(bytes.len().checked_sub(DIGEST)?)?;
    (blake3::hash(body).as_bytes()[..DIGEST] == *digest).then_some(body)
}

/// Writes a memory. What it takes is on its way to be compressed.
#[derive(Default)]
pub(super) struct Sink(pub Vec<u8>);

impl Sink {
    /// A number of things or of pixels.
    pub fn count(&mut self, count: usize) {
        self.0.extend(u32::try_from(count).unwrap_or(u32::MAX).to_le_bytes());
    }

    /// One number.
    pub fn real(&mut self, value: f64) {
        self.0.extend(value.to_le_bytes());
    }

    /// A frame's number.
    pub fn time(&mut self, time: i64) {
        self.0.extend(time.to_le_bytes());
    }

    /// Many numbers, in four planes of bytes: signs and exponents lie together.
    pub fn floats(&mut self, values: &[f32]) {
        for byte in (0..4).rev() {
            self.0.extend(values.iter().map(|v| v.to_le_bytes()[byte]));
        }
    }

    /// The pixels of a picture, in three planes of the differences from the pixel to the left.
    pub fn picture(&mut self, picture: &Frame) {
        let columns = picture.width().max(1) as usize;
        for channel in 0..3 {
            for row in picture.data().chunks_exact(3 * columns) {
                let mut before = 0_u8;
                self.0.extend(row.iter().skip(channel).step_by(3).map(|&v| {
                    let step = v.wrapping_sub(before);
                    before = v;
                    step
                }));
            }
        }
    }
}

/// What is left to be read. Everything is none where the bytes end too early.
pub(super) struct Reader<'a>(pub &'a [u8]);

impl<'a> Reader<'a> {
    /// So many bytes.
    pub fn slice(&mut self, length: usize) -> Option<&'a [u8]> {
        let (head, tail) = self.0.split_at_checked(length)?;
        self.0 = tail;
        Some(head)
    }

    /// As many bytes as are asked for.
    pub fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.slice(N)?.try_into().ok()
    }

    /// A number of things or of pixels.
    pub fn count(&mut self) -> Option<usize> {
        self.take().map(|bytes| u32::from_le_bytes(bytes) as usize)
    }

    /// A finite number.
    pub fn real(&mut self) -> Option<f64> {
        self.take().map(f64::from_le_bytes).filter(|v| v.is_finite())
    }

    /// A frame's number.
    pub fn time(&mut self) -> Option<i64> {
        self.take().map(i64::from_le_bytes)
    }

    /// So many finite numbers, as [`Sink::floats`] wrote them.
    pub fn floats(&mut self, count: usize) -> Option<Vec<f32>> {
        let bytes = self.slice(count.checked_mul(4)?)?;
        let value = |i: usize| {
            let byte = |plane: usize| bytes[plane * count + i];
            f32::from_be_bytes([byte(0), byte(1), byte(2), byte(3)])
        };
        let values: Vec<f32> = (0..count).map(value).collect();
        values.iter().all(|v| v.is_finite()).then_some(values)
    }

    /// A picture of that size, as [`Sink::picture`] wrote it.
    pub fn picture(&mut self, (width, height): (usize, usize)) -> Option<Frame> {
        let pixels = width.checked_mul(height).filter(|&n| n > 0)?;
        let planes = self.slice(pixels.checked_mul(3)?)?;
        let mut data = vec![0_u8; 3 * pixels];
        for (channel, plane) in planes.chunks_exact(pixels).enumerate() {
            for (y, row) in plane.chunks_exact(width).enumerate() {
                let mut value = 0_u8;
                for (x, step) in row.iter().enumerate() {
                    value = value.wrapping_add(*step);
                    data[3 * (y * width + x) + channel] = value;
                }
            }
        }
        Frame::new(u32::try_from(width).ok()?, u32::try_from(height).ok()?, data).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_written_is_read(
            width in 1_usize..9, height in 1_usize..9, bytes in proptest::collection::vec(any::<u8>(), 192),
            floats in proptest::collection::vec(-1e30_f32..1e30, 0..20), real in -1e300_f64..1e300,
        ) {
            let frame = Frame::new(width as u32, height as u32, bytes[..3 * width * height].to_vec()).expect("the size");
            let mut sink = Sink::default();
            sink.count(7);
            sink.floats(&floats);
            sink.picture(&frame);
            sink.real(real);
            sink.time(-3);
            let sealed = seal(sink.0);
            let mut read = Reader(unseal(&sealed).expect("sealed"));
            prop_assert_eq!(read.count(), Some(7));
            prop_assert_eq!(read.floats(floats.len()), Some(floats));
            let back = read.picture((width, height)).expect("a picture");
            prop_assert_eq!(back.data(), frame.data());
            prop_assert_eq!((read.real(), read.time(), read.count()), (Some(real), Some(-3), None));
        }
    }

    #[test]
    fn what_is_not_whole_is_none() {
        let mut sealed = seal(b"a body".to_vec());
        assert_eq!(unseal(&sealed), Some(&b"a body"[..]));
        sealed[2] ^= 1;
        assert_eq!((unseal(&sealed), unseal(b"short")), (None, None));
        assert!(Reader(&f32::NAN.to_be_bytes()).floats(1).is_none());
        assert!(Reader(&[0; 8]).floats(usize::MAX).is_none());
        assert!(Reader(&[0; 8]).picture((usize::MAX, 3)).is_none() && Reader(&[]).picture((0, 3)).is_none());
        assert!(Reader(&f64::INFINITY.to_le_bytes()).real().is_none());
    }
}

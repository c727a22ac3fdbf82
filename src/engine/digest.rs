//! Content digests: what every track, keyframe and stored matte is known by.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::raster::{Frame, Matte};

/// A BLAKE3 digest.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Digest(pub [u8; 32]);

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.hex()[..12])
    }
}

impl Digest {
    /// As 64 hexadecimal digits.
    pub fn hex(&self) -> String {
        blake3::Hash::from_bytes(self.0).to_hex().to_string()
    }

    /// Of a frame: its size and its pixels.
    pub fn of_frame(frame: &Frame) -> Self {
        Recipe::new("frame").size(frame.width(), frame.height()).bytes(frame.data()).done()
    }

    /// Of a matte: its size and its values.
    pub fn of_matte(matte: &Matte) -> Self {
        let mut recipe = Recipe::new("matte").size(matte.width(), matte.height());
        // In pieces, so that a large matte is not copied as a whole.
        let mut piece = Vec::with_capacity(4 * 4096);
        for values in matte.data().chunks(4096) {
            piece.clear();
            piece.extend(values.iter().flat_map(|v| v.to_le_bytes()));
            recipe = recipe.bytes(&piece);
        }
        recipe.done()
    }
}

/// What goes into a digest, in order. Every part has a fixed length or is preceded by its own.
pub struct Recipe(blake3::Hasher);

impl Recipe {
    /// A recipe of its own kind: equal parts under another name give another digest.
    pub fn new(kind: &str) -> Self {
        Self(blake3::Hasher::new()).text("airoto track 1").text(kind)
    }

    pub fn bytes(mut self, bytes: &[u8]) -> Self {
        self.0.update(bytes);
        self
    }

    pub fn text(self, text: &str) -> Self {
        self.number(text.len() as i64).bytes(text.as_bytes())
    }

    pub fn number(self, number: i64) -> Self {
        self.bytes(&number.to_le_bytes())
    }

    pub fn size(self, width: u32, height: u32) -> Self {
        self.number(i64::from(width)).number(i64::from(height))
    }

    pub fn real(self, value: f64) -> Self {
        self.bytes(&value.to_bits().to_le_bytes())
    }

    pub fn digest(self, digest: &Digest) -> Self {
        self.bytes(&digest.0)
    }

    pub fn done(self) -> Digest {
        Digest(*self.0.finalize().as_bytes())
    }
}

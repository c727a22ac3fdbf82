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

    /// Of a matte: its size, and what is not 0 of it.
    pub fn of_matte(matte: &Matte) -> Self {
        let part = matte.tight();
        let mut recipe = Recipe::new("matte").size(matte.width(), matte.height());
        recipe = [part.x0, part.y0, part.x1, part.y1].iter().fold(recipe, |r, v| r.number(i64::from(*v)));
        let mut bytes = Vec::with_capacity(4 * part.width() as usize);
        for row in matte.rows(part) {
            bytes.clear();
            bytes.extend(row.iter().flat_map(|v| v.to_le_bytes()));
            recipe = recipe.bytes(&bytes);
        }
        recipe.done()
    }
}

/// Bytes from which they are worth several threads.
const MANY: usize = 1 << 20;

/// What goes into a digest, in order. Every part has a fixed length or is preceded by its own.
pub struct Recipe(blake3::Hasher);

impl Recipe {
    /// A recipe of its own kind: equal parts under another name give another digest.
    pub fn new(kind: &str) -> Self {
        Self(blake3::Hasher::new()).text("airoto track 1").text(kind)
    }

    pub fn bytes(mut self, bytes: &[u8]) -> Self {
        if bytes.len() < MANY {
            self.0.update(bytes);
        } else {
            self.0.update_rayon(bytes);
        }
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

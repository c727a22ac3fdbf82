//! Whether two frames belong to the same shot.
//!
//! Colours alone do not tell: a flash changes all of them, and so does a lamp. What makes a shot is that one picture
//! can be followed into the other: optical flow there and back closes, and brings what is there, whatever the light.
//! After a cut nothing can be followed. Both are asked on a small picture, the second only where the colours changed.

use crate::models::flow::dis;
use crate::models::flow::plane::Plane;
use crate::raster::{Colours, Frame, RectI, resize};

/// Size of the picture that is followed, in pixels.
const SIZE: (u32, u32) = (160, 90);
/// Side of the blocks that are followed, in its pixels.
const BLOCK: usize = 8;
/// Standard deviation of the luma of a block that can be followed, in levels of 255.
const TEXTURE: f32 = 4.0;
/// Share of such blocks in a picture in which there is something to be seen.
const SEEN: f32 = 0.1;
/// A block is followed where its way there and back is off by this at most, in pixels.
const OFF: f32 = 1.0;
/// And where this share of its variance at most is left after what was followed is taken away.
const LEFT: f32 = 0.35;

/// A frame, ready to be compared.
#[derive(Debug)]
pub(super) struct View {
    /// The frame, small.
    pub small: Frame,
    colours: Colours,
    luma: Plane,
    /// Whether each block has something to be followed.
    textured: Vec<bool>,
}

impl View {
    /// Of a frame of any size.
    pub fn new(frame: &Frame) -> Self {
        Self::of_small(resize::frame(frame, SIZE.0, SIZE.1))
    }

    /// Of the small picture of a view, which is [`SIZE`] large.
    fn of_small(small: Frame) -> Self {
        let data = small.data();
        let luma = Plane::from_fn(SIZE.0 as usize, SIZE.1 as usize, |x, y| {
            let at = 3 * (y * SIZE.0 as usize + x);
            let [r, g, b] = [data[at], data[at + 1], data[at + 2]].map(f32::from);
            0.299 * r + 0.587 * g + 0.114 * b
        });
        let textured: Vec<bool> =
            blocks().map(|b| variance(b, |x, y| luma.at(x, y)) > TEXTURE * TEXTURE).collect();
        Self { colours: Colours::of(&small), luma, textured, small }
    }

    /// From the small picture that was kept of one; none where it has another size.
    pub fn kept(small: Frame) -> Option<Self> {
        ((small.width(), small.height()) == SIZE).then(|| Self::of_small(small))
    }

    /// Columns and rows of the small picture.
    pub const fn size() -> (u32, u32) {
        SIZE
    }

    /// Whether there is something to be seen: it is no flash, no fade to black.
    pub fn is_clear(&self) -> bool {
        let textured = self.textured.iter().filter(|t| **t).count();
        textured as f32 >= SEEN * self.textured.len() as f32
    }

    /// Share of the pixels that changed their colour, 0 to 1.
    pub fn apart(&self, other: &Self) -> f32 {
        self.colours.apart(&other.colours)
    }

    /// Share of the blocks of `self` that can be followed to `other`, 0 to 1, of those that have a texture in both;
    /// none where there are too few.
    pub fn followed(&self, other: &Self) -> Option<f32> {
        let (here, there) = rayon::join(|| dis::pyramid(&self.luma), || dis::pyramid(&other.luma));
        let (out, back) = rayon::join(|| dis::flow(&here, &there), || dis::flow(&there, &here));
        let place = |x: usize, y: usize| (x as f32 + out.u.at(x, y), y as f32 + out.v.at(x, y));
        let moved = |x: usize, y: usize| {
            let (px, py) = place(x, y);
            other.luma.sample(px, py)
        };
        let (mut followed, mut known) = (0_u32, 0_u32);
        for (block, _) in blocks().zip(&self.textured).filter(|(_, textured)| **textured) {
            if variance(block, moved) <= TEXTURE * TEXTURE / 4.0 {
                continue;
            }
            known += 1;
            let off = mean(block, |x, y| {
                let (px, py) = place(x, y);
                (out.u.at(x, y) + back.u.sample(px, py)).hypot(out.v.at(x, y) + back.v.sample(px, py))
            });
            let left = variance(block, |x, y| self.luma.at(x, y) - moved(x, y));
            let closes = off <= OFF && left <= LEFT * variance(block, |x, y| self.luma.at(x, y));
            followed += u32::from(closes);
        }
        let enough = known as f32 >= SEEN * self.textured.len() as f32;
        enough.then(|| followed as f32 / known as f32)
    }

    /// Bytes that it holds.
    pub fn bytes(&self) -> usize {
        self.small.data().len() + self.luma.bytes() + self.textured.len()
    }
}

/// The blocks of a picture, row by row.
fn blocks() -> impl Iterator<Item = RectI> {
    let side = BLOCK as i32;
    let (columns, rows) = (SIZE.0 as i32 / side, SIZE.1 as i32 / side);
    (0..rows * columns).map(move |i| {
        let (x, y) = (i % columns * side, i / columns * side);
        RectI::new(x, y, x + side, y + side)
    })
}

fn mean(block: RectI, value: impl Fn(usize, usize) -> f32) -> f32 {
    let mut sum = 0.0;
    for y in block.y0..block.y1 {
        for x in block.x0..block.x1 {
            sum += value(x as usize, y as usize);
        }
    }
    sum / (BLOCK * BLOCK) as f32
}

fn variance(block: RectI, value: impl Fn(usize, usize) -> f32) -> f32 {
    let middle = mean(block, &value);
    mean(block, |x, y| (value(x, y) - middle) * (value(x, y) - middle))
}

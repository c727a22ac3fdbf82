//! The drawing that a tracker is held to as bytes, and back; little endian, compressed by zstd, a digest at the end.
//!
//! | bytes | what |
//! |---|---|
//! | 4 | `AHYB` |
//! | 1 | version, 1 |
//! | 4 | bytes that follow before they were compressed |
//! | n | compressed: 1 whether drawings are carried; 4 length of the tracker's own memory, that memory; 1 whether there is a drawing, 4, 4 size of the grid, its colours and distances; 1 whether there is a way, 16 its part, colours of its frame, three planes of the part |
//! | 16 | the first half of BLAKE3 of all before |
//!
//! Planes are `f32`s in four planes of bytes.

use std::sync::Arc;

use super::drawing::{Drawing, Way};
use super::picture::Picture;
use crate::models::flow::plane::Plane;
use crate::raster::{Frame, RectI};

const MAGIC: &[u8; 4] = b"AHYB";
const VERSION: u8 = 1;
const DIGEST: usize = 16;
/// Bytes of a memory at most, before it is compressed.
const MOST: usize = 1 << 30;
/// Pixels of a grid at most: more than it ever has.
const MOST_PIXELS: usize = 1 << 22;

/// What is known beside the tracker's own memory.
#[derive(Clone, Default)]
pub(super) struct Known {
    /// Whether drawings are carried at all.
    pub carries: bool,
    /// That of the last keyframe.
    pub drawing: Option<Arc<Drawing>>,
    /// Back to it; none where it is lost.
    pub way: Option<Arc<Way>>,
}

/// What is `known` as bytes, with those of the tracker's own memory.
pub(super) fn encode(inner: &[u8], known: &Known) -> Vec<u8> {
    let mut out = vec![u8::from(known.carries)];
    out.extend((inner.len() as u32).to_le_bytes());
    out.extend(inner);
    out.push(u8::from(known.drawing.is_some()));
    if let Some(drawing) = &known.drawing {
        let (width, height) = drawing.picture.size();
        [width, height].iter().for_each(|v| out.extend(v.to_le_bytes()));
        out.extend(drawing.picture.small.data());
        plane_bytes(&drawing.distances, &mut out);
    }
    // A way leads back to a drawing, and has its grid.
    let way = known.way.as_ref().filter(|_| known.drawing.is_some());
    out.push(u8::from(way.is_some()));
    if let Some(way) = way {
        let RectI { x0, y0, x1, y1 } = way.part;
        [x0, y0, x1, y1].iter().for_each(|v| out.extend(v.to_le_bytes()));
        out.extend(way.picture.small.data());
        [&way.u, &way.v, &way.off].iter().for_each(|plane| plane_bytes(plane, &mut out));
    }
    let mut saved = MAGIC.to_vec();
    saved.push(VERSION);
    saved.extend((out.len() as u32).to_le_bytes());
    // Compression into memory has no way to fail that input could reach; what is empty is not restored.
    saved.extend(zstd::bulk::compress(&out, 1).unwrap_or_default());
    let digest = blake3::hash(&saved);
    saved.extend(&digest.as_bytes()[..DIGEST]);
    saved
}

/// The tracker's own memory and what is known beside it; none of bytes that are damaged or something else.
pub(super) fn decode(saved: &[u8]) -> Option<(Vec<u8>, Known)> {
    let (saved, digest) = saved.split_at_checked(saved.len().checked_sub(DIGEST)?)?;
    if blake3::hash(saved).as_bytes()[..DIGEST] != *digest {
        return None;
    }
    let mut head = Reader(saved);
    if head.take(4)? != MAGIC || head.take(1)? != [VERSION] {
        return None;
    }
    let length = head.number()? as usize;
    let whole = zstd::bulk::decompress(head.0, Some(length).filter(|n| *n <= MOST)?).ok()?;
    let mut from = Reader(&whole);
    let carries = from.flag()?;
    let length = from.number()? as usize;
    let inner = from.take(length)?.to_vec();
    let drawing = if from.flag()? { Some(Arc::new(drawing(&mut from)?)) } else { None };
    let way = match (from.flag()?, &drawing) {
        (true, Some(drawing)) => Some(Arc::new(way(&mut from, drawing.picture.size())?)),
        (true, None) => return None,
        (false, _) => None,
    };
    from.0.is_empty().then_some((inner, Known { carries, drawing, way }))
}

fn drawing(from: &mut Reader) -> Option<Drawing> {
    let size = (from.number()?, from.number()?);
    let picture = Arc::new(from.picture(size)?);
    let distances = from.plane(size.0 as usize, size.1 as usize)?;
    Some(Drawing { picture, distances })
}

fn way(from: &mut Reader, size: (u32, u32)) -> Option<Way> {
    let [x0, y0, x1, y1] =
        [from.number()?, from.number()?, from.number()?, from.number()?].map(u32::cast_signed);
    let part = RectI::new(x0, y0, x1, y1);
    if part.is_empty() || !RectI::of_size(size.0, size.1).contains(&part) {
        return None;
    }
    let picture = Arc::new(from.picture(size)?);
    let (w, h) = (part.width() as usize, part.height() as usize);
    Some(Way { picture, part, u: from.plane(w, h)?, v: from.plane(w, h)?, off: from.plane(w, h)? })
}

fn plane_bytes(plane: &Plane, out: &mut Vec<u8>) {
    for byte in 0..4 {
        out.extend(plane.data.iter().map(|v| v.to_le_bytes()[byte]));
    }
}

/// Bytes that are read from their beginning on.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn number(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.take(4)?.try_into().ok()?))
    }

    fn flag(&mut self) -> Option<bool> {
        match self.take(1)? {
            [0] => Some(false),
            [1] => Some(true),
            _ => None,
        }
    }

    fn picture(&mut self, (width, height): (u32, u32)) -> Option<Picture> {
        let pixels = (width as usize).checked_mul(height as usize)?;
        let colours = self.take(Some(pixels).filter(|n| (1..=MOST_PIXELS).contains(n))? * 3)?;
        Frame::new(width, height, colours.to_vec()).ok().map(|small| Picture { small })
    }

    fn plane(&mut self, width: usize, height: usize) -> Option<Plane> {
        let count = width.checked_mul(height)?;
        let bytes = self.take(count.checked_mul(4)?)?;
        let value = |i: usize| f32::from_le_bytes([0, 1, 2, 3].map(|plane| bytes[plane * count + i]));
        let data: Vec<f32> = (0..count).map(value).collect();
        data.iter().all(|v| v.is_finite()).then_some(Plane { width, height, data })
    }
}

//! The drawing that a tracker is held to as bytes, and back; little endian, compressed by zstd, a digest at the end.
//!
//! | bytes | what |
//! |---|---|
//! | 4 | `AHYB` |
//! | 1 | version, 4 |
//! | 4 | bytes that follow before they were compressed |
//! | n | compressed: 1 whether drawings are carried; 4 length of the tracker's own memory, that memory; 1 whether there is a second tracker, 4 length of its memory, that memory; 1 whether there is a drawing, 4, 4 size of the grid, its colours and distances; 1 whether there is a way, 16 its part, colours of its frame, three planes of the part; what is watched: 1 whether a frame was seen, 8 its number, its small picture; 1 number of steps, 4 each; 1 what ended the track or 0, 8 the frame; 1 whether there is a place, 16 it; 1 how the object was lost or 0, 8 the frame |
//! | 16 | the first half of BLAKE3 of all before |
//!
//! Colours and planes are as [`Sink`] writes them.

use std::sync::Arc;

use super::drawing::{Drawing, Way};
use super::picture::Picture;
use super::presence::Presence;
use super::shot::View;
use super::watch::Watch;
use crate::job::{Happening, Noticed};
use crate::models::flow::plane::Plane;
use crate::models::saved::{Reader, Sink, seal, unseal};
use crate::raster::RectI;

const MAGIC: [u8; 4] = *b"AHYB";
const VERSION: u8 = 4;
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
    /// What was seen on the way.
    pub watch: Watch,
}

/// A memory of the hybrid tracker, the trackers' own as they save them.
pub(super) struct Saved {
    /// That of the tracker.
    pub inner: Vec<u8>,
    /// That of the second tracker.
    pub second: Option<Vec<u8>>,
    /// What is known beside them.
    pub known: Known,
}

/// A memory as bytes.
pub(super) fn encode(saved: &Saved) -> Vec<u8> {
    let Saved { inner, second, known } = saved;
    let mut out = Sink::default();
    out.0.push(u8::from(known.carries));
    out.count(inner.len());
    out.0.extend(inner);
    out.0.push(u8::from(second.is_some()));
    if let Some(second) = second {
        out.count(second.len());
        out.0.extend(second);
    }
    out.0.push(u8::from(known.drawing.is_some()));
    if let Some(drawing) = &known.drawing {
        let (width, height) = drawing.picture.size();
        [width, height].into_iter().for_each(|side| out.count(side as usize));
        out.picture(&drawing.picture.small);
        out.floats(&drawing.distances.data);
    }
    // A way leads back to a drawing, and has its grid.
    let way = known.way.as_ref().filter(|_| known.drawing.is_some());
    out.0.push(u8::from(way.is_some()));
    if let Some(way) = way {
        let RectI { x0, y0, x1, y1 } = way.part;
        [x0, y0, x1, y1].iter().for_each(|v| out.0.extend(v.to_le_bytes()));
        out.picture(&way.picture.small);
        [&way.u, &way.v, &way.off].into_iter().for_each(|plane| out.floats(&plane.data));
    }
    watched(&mut out, &known.watch);
    let mut saved = Sink(MAGIC.to_vec());
    saved.0.push(VERSION);
    saved.count(out.0.len());
    // Compression into memory has no way to fail that input could reach; what is empty is not restored.
    saved.0.extend(zstd::bulk::compress(&out.0, 1).unwrap_or_default());
    seal(saved.0)
}

/// A memory of bytes; none of those that are damaged or something else.
pub(super) fn decode(saved: &[u8]) -> Option<Saved> {
    let mut head = Reader(unseal(saved)?);
    if head.take::<4>()? != MAGIC || head.take::<1>()? != [VERSION] {
        return None;
    }
    let length = head.count().filter(|n| *n <= MOST)?;
    let whole = zstd::bulk::decompress(head.0, length).ok()?;
    let mut from = Reader(&whole);
    let carries = flag(&mut from)?;
    let length = from.count()?;
    let inner = from.slice(length)?.to_vec();
    let second = if flag(&mut from)? {
        let length = from.count()?;
        Some(from.slice(length)?.to_vec())
    } else {
        None
    };
    let drawing = if flag(&mut from)? { Some(Arc::new(drawing(&mut from)?)) } else { None };
    let way = match (flag(&mut from)?, &drawing) {
        (true, Some(drawing)) => Some(Arc::new(way(&mut from, drawing.picture.size())?)),
        (true, None) => return None,
        (false, _) => None,
    };
    let watch = watch(&mut from)?;
    from.0.is_empty().then_some(Saved { inner, second, known: Known { carries, drawing, way, watch } })
}

fn watched(out: &mut Sink, watch: &Watch) {
    out.0.push(u8::from(watch.seen.is_some()));
    if let Some((time, view)) = &watch.seen {
        out.time(*time);
        out.picture(&view.small);
    }
    out.0.push(watch.steps.len() as u8);
    out.floats(&watch.steps);
    noticed(out, watch.ended);
    out.0.push(u8::from(watch.presence.place.is_some()));
    if let Some(RectI { x0, y0, x1, y1 }) = watch.presence.place {
        [x0, y0, x1, y1].iter().for_each(|v| out.0.extend(v.to_le_bytes()));
    }
    noticed(out, watch.presence.lost);
}

fn noticed(out: &mut Sink, noticed: Option<Noticed>) {
    out.0.push(noticed.map_or(0, |noticed| noticed.what as u8));
    out.time(noticed.map_or(0, |noticed| noticed.time));
}

fn read_noticed(from: &mut Reader) -> Option<Option<Noticed>> {
    let ([what], time) = (from.take()?, from.time()?);
    match what {
        0 => Some(None),
        what => Some(Some(Noticed { what: Happening::of_number(what)?, time })),
    }
}

fn rectangle(from: &mut Reader) -> Option<RectI> {
    let mut side = || from.take().map(i32::from_le_bytes);
    Some(RectI::new(side()?, side()?, side()?, side()?))
}

fn watch(from: &mut Reader) -> Option<Watch> {
    let seen = if flag(from)? {
        let time = from.time()?;
        let (width, height) = View::size();
        let small = from.picture((width as usize, height as usize))?;
        Some((time, Arc::new(View::kept(small)?)))
    } else {
        None
    };
    let [count] = from.take()?;
    let steps = from.floats(usize::from(count))?;
    let ended = read_noticed(from)?;
    let place = if flag(from)? { Some(rectangle(from)?) } else { None };
    let presence = Presence { place, lost: read_noticed(from)? };
    Some(Watch { seen, steps, ended, presence })
}

fn drawing(from: &mut Reader) -> Option<Drawing> {
    let (width, height) = (from.count()?, from.count()?);
    let picture = Arc::new(picture(from, (width, height))?);
    Some(Drawing::kept(picture, plane(from, width, height)?))
}

fn way(from: &mut Reader, size: (u32, u32)) -> Option<Way> {
    let part = rectangle(from)?;
    if part.is_empty() || !RectI::of_size(size.0, size.1).contains(&part) {
        return None;
    }
    let picture = Arc::new(picture(from, (size.0 as usize, size.1 as usize))?);
    let (w, h) = (part.width() as usize, part.height() as usize);
    Some(Way { picture, part, u: plane(from, w, h)?, v: plane(from, w, h)?, off: plane(from, w, h)? })
}

fn flag(from: &mut Reader) -> Option<bool> {
    match from.take()? {
        [0] => Some(false),
        [1] => Some(true),
        _ => None,
    }
}

fn picture(from: &mut Reader, size: (usize, usize)) -> Option<Picture> {
    size.0.checked_mul(size.1).filter(|n| (1..=MOST_PIXELS).contains(n))?;
    from.picture(size).map(|small| Picture { small })
}

fn plane(from: &mut Reader, width: usize, height: usize) -> Option<Plane> {
    let data = from.floats(width.checked_mul(height)?)?;
    Some(Plane { width, height, data })
}

//! One matte as it is kept: compressed, with what is known of it, and checked when it is read.
//!
//! Layout, little endian: magic `AIRM`, u16 version, u8 present, u8 what was noticed or 0, u32 width, u32 height,
//! f32 confidence, i32 left, top, right, bottom of what is not 0, u32 length of the payload, u32 length of
//! the carried drawing, i64 frame of what was noticed, u32 length of the confidence map, 16 bytes of the BLAKE3 digest of
//! all else, payload, carried drawing, confidence map. The payload is
//! the `f32`s of that rectangle in four planes of bytes, zstd-compressed: signs and exponents lie together,
//! and a matte is mostly 0 and 1. The carried drawing, where there is one, is u32 columns and rows of its
//! grid, i32 left, top, right, bottom of its part, and its distances and trusts, zstd-compressed. The confidence map,
//! where there is one, is u32 columns and rows of its grid and its cells, zstd-compressed.

use std::sync::Arc;

use crate::job::{ConfidenceMap, Happening, Noticed};
use crate::models::hybrid::Carried;
use crate::raster::{Matte, RectI};

const MAGIC: &[u8; 4] = b"AIRM";
const VERSION: u16 = 5;
const HEADER: usize = 72;
/// Bytes before the compressed numbers of a carried drawing.
const CARRIED_HEADER: usize = 24;
/// Bytes before the compressed cells of a confidence map.
const MAP_HEADER: usize = 8;
/// Pixels of a carried drawing or cells of a confidence map at most: more than their grids ever have.
const MOST_CARRIED: usize = 1 << 22;
/// zstd's fastest level that is not negative: mattes shrink about a hundredfold at any.
const LEVEL: i32 = 1;

/// A matte and what the tracker said of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// The matte at the size of the footage.
    pub matte: Matte,
    /// 0 to 1.
    pub confidence: f32,
    /// How far the matte is to be trusted in each part of the frame, where that is not the same everywhere.
    pub confidence_map: Option<ConfidenceMap>,
    /// Whether the object is seen.
    pub present: bool,
    /// The drawing of the keyframe, carried to the frame, where it is one between keyframes.
    pub carried: Option<Arc<Carried>>,
    /// What was noticed on the way to the frame.
    pub noticed: Option<Noticed>,
}

/// What is known of a record beside its matte.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordSummary {
    /// 0 to 1.
    pub confidence: f32,
    /// The drawing of the keyframe, carried to the frame.
    pub carried: Option<Arc<Carried>>,
    /// What was noticed on the way to the frame.
    pub noticed: Option<Noticed>,
}

impl RecordSummary {
    /// From the bytes of a record, whose matte is neither unpacked nor checked.
    pub fn of_bytes(bytes: &[u8]) -> Option<Self> {
        let confidence = confidence(bytes)?;
        let (head, payload) = bytes.split_at_checked(HEADER)?;
        let length = |at: usize| u32::from_le_bytes([0, 1, 2, 3].map(|i| head[at + i])) as usize;
        let (_, rest) = payload.split_at_checked(length(36))?;
        let whole = |parts: &(&[u8], &[u8])| parts.1.len() == length(52);
        let (carried, _) = rest.split_at_checked(length(40)).filter(whole)?;
        Some(Self { confidence, carried: carried_of(carried).ok()?, noticed: noticed_of(head).ok()? })
    }

    /// Whether the frame is in another shot than the keyframe that it is reached from.
    pub fn is_beyond_cut(&self) -> bool {
        self.noticed.is_some_and(|noticed| noticed.is_cut())
    }
}

/// Bytes that are not a record of the expected size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Damaged;

impl Record {
    /// Of a matte that a prompt gives: it is sure.
    pub fn given(matte: Matte) -> Self {
        let present = !matte.is_empty();
        Self { matte, confidence: 1.0, confidence_map: None, present, carried: None, noticed: None }
    }

    /// What is known of it beside the matte.
    pub fn summary(&self) -> RecordSummary {
        RecordSummary { confidence: self.confidence, carried: self.carried.clone(), noticed: self.noticed }
    }

    /// Whether the object was lost on the way to the frame.
    pub fn is_lost(&self) -> bool {
        self.noticed.is_some() && !self.present
    }

    /// To bytes.
    pub fn encode(&self) -> Vec<u8> {
        let part = self.matte.tight();
        let data = self.matte.cut(part);
        let mut planes = Vec::with_capacity(data.len() * 4);
        for byte in 0..4 {
            planes.extend(data.iter().map(|v| v.to_le_bytes()[byte]));
        }
        // Compression into memory has no way to fail that input could reach; an empty payload
        // would be found damaged and computed again.
        let payload = zstd::bulk::compress(&planes, LEVEL).unwrap_or_default();
        let mut out = Vec::with_capacity(HEADER + payload.len());
        out.extend(MAGIC);
        out.extend(VERSION.to_le_bytes());
        out.extend([u8::from(self.present), self.noticed.map_or(0, |noticed| noticed.what as u8)]);
        out.extend(self.matte.width().to_le_bytes());
        out.extend(self.matte.height().to_le_bytes());
        out.extend(self.confidence.to_le_bytes());
        [part.x0, part.y0, part.x1, part.y1].iter().for_each(|v| out.extend(v.to_le_bytes()));
        let carried = self.carried.as_deref().map_or_else(Vec::new, encode_carried);
        for part in [&payload, &carried] {
            out.extend(u32::try_from(part.len()).unwrap_or(u32::MAX).to_le_bytes());
        }
        out.extend(self.noticed.map_or(0, |noticed| noticed.time).to_le_bytes());
        let map = self.confidence_map.as_ref().map_or_else(Vec::new, encode_map);
        out.extend(u32::try_from(map.len()).unwrap_or(u32::MAX).to_le_bytes());
        let rest = [payload, carried, map].concat();
        out.extend(checksum(&out, &rest));
        out.extend(rest);
        out
    }

    /// From bytes, which may be anything; the matte must be `width` x `height`.
    pub fn decode(bytes: &[u8], width: u32, height: u32) -> Result<Self, Damaged> {
        let (head, rest) = bytes.split_at_checked(HEADER).ok_or(Damaged)?;
        let (head, sum) = head.split_at(HEADER - 16);
        let word = |at: usize| -> [u8; 4] { [head[at], head[at + 1], head[at + 2], head[at + 3]] };
        let whole = head.starts_with(MAGIC)
            && u16::from_le_bytes([head[4], head[5]]) == VERSION
            && u32::from_le_bytes(word(8)) == width
            && u32::from_le_bytes(word(12)) == height;
        if !whole || checksum(head, rest) != sum {
            return Err(Damaged);
        }
        let length = |at: usize| u32::from_le_bytes(word(at)) as usize;
        let (payload, rest) = rest.split_at_checked(length(36)).ok_or(Damaged)?;
        let (carried, map) = rest.split_at_checked(length(40)).ok_or(Damaged)?;
        if map.len() != length(52) {
            return Err(Damaged);
        }
        let [x0, y0, x1, y1] = [20, 24, 28, 32].map(|at| i32::from_le_bytes(word(at)));
        let part = RectI::new(x0, y0, x1, y1);
        if !RectI::of_size(width, height).contains(&part) {
            return Err(Damaged);
        }
        let count = part.width() as usize * part.height() as usize;
        let planes = zstd::bulk::decompress(payload, count * 4).map_err(|_| Damaged)?;
        if planes.len() != count * 4 {
            return Err(Damaged);
        }
        let value = |i: usize| f32::from_le_bytes([0, 1, 2, 3].map(|plane| planes[plane * count + i]));
        let values: Vec<f32> = (0..count).map(value).collect();
        let matte = Matte::placed(width, height, part, &values).map_err(|_| Damaged)?;
        let (carried, noticed) = (carried_of(carried)?, noticed_of(head)?);
        let confidence_map = if map.is_empty() { None } else { Some(decode_map(map)?) };
        let (confidence, present) = (f32::from_le_bytes(word(16)), head[6] != 0);
        Ok(Self { matte, confidence, confidence_map, present, carried, noticed })
    }
}

/// The confidence in the bytes of a record, of which nothing else is read or checked.
pub fn confidence(bytes: &[u8]) -> Option<f32> {
    let head = bytes.get(..HEADER)?;
    let whole = head.starts_with(MAGIC) && head[4..6] == VERSION.to_le_bytes();
    let value = f32::from_le_bytes([head[16], head[17], head[18], head[19]]);
    (whole && value.is_finite()).then(|| value.clamp(0.0, 1.0))
}

/// What was noticed, as the first bytes of a record tell.
fn noticed_of(head: &[u8]) -> Result<Option<Noticed>, Damaged> {
    let time = i64::from_le_bytes(head[44..52].try_into().map_err(|_| Damaged)?);
    Ok(match head[7] {
        0 => None,
        what => Some(Noticed { what: Happening::of_number(what).ok_or(Damaged)?, time }),
    })
}

fn carried_of(bytes: &[u8]) -> Result<Option<Arc<Carried>>, Damaged> {
    Ok(if bytes.is_empty() { None } else { Some(Arc::new(decode_carried(bytes)?)) })
}

fn encode_carried(carried: &Carried) -> Vec<u8> {
    let ((columns, rows), part) = (carried.grid(), carried.part());
    let (distances, trust) = carried.kept();
    let mut numbers: Vec<u8> = distances.iter().map(|d| d.to_le_bytes()[0]).collect();
    numbers.extend(&trust);
    let mut out = Vec::new();
    [columns, rows].iter().for_each(|v| out.extend(v.to_le_bytes()));
    [part.x0, part.y0, part.x1, part.y1].iter().for_each(|v| out.extend(v.to_le_bytes()));
    out.extend(zstd::bulk::compress(&numbers, LEVEL).unwrap_or_default());
    out
}

fn decode_carried(bytes: &[u8]) -> Result<Carried, Damaged> {
    let (head, numbers) = bytes.split_at_checked(CARRIED_HEADER).ok_or(Damaged)?;
    let word = |at: usize| -> [u8; 4] { [head[at], head[at + 1], head[at + 2], head[at + 3]] };
    let grid = (u32::from_le_bytes(word(0)), u32::from_le_bytes(word(4)));
    let [x0, y0, x1, y1] = [8, 12, 16, 20].map(|at| i32::from_le_bytes(word(at)));
    let part = RectI::new(x0, y0, x1, y1);
    let count = part.width() as usize * part.height() as usize;
    if count > MOST_CARRIED {
        return Err(Damaged);
    }
    let numbers = zstd::bulk::decompress(numbers, 2 * count + 1).map_err(|_| Damaged)?;
    let (distances, trust) = numbers.split_at_checked(count).ok_or(Damaged)?;
    let distances: Vec<i8> = distances.iter().map(|&d| i8::from_le_bytes([d])).collect();
    Carried::from_parts(grid, part, &distances, trust).ok_or(Damaged)
}

fn encode_map(map: &ConfidenceMap) -> Vec<u8> {
    let (columns, rows) = map.size();
    let mut out = [columns.to_le_bytes(), rows.to_le_bytes()].concat();
    out.extend(zstd::bulk::compress(map.cells(), LEVEL).unwrap_or_default());
    out
}

fn decode_map(bytes: &[u8]) -> Result<ConfidenceMap, Damaged> {
    let (head, cells) = bytes.split_at_checked(MAP_HEADER).ok_or(Damaged)?;
    let word = |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
    let count = (word(0) as usize).checked_mul(word(4) as usize).filter(|count| *count <= MOST_CARRIED);
    let cells = zstd::bulk::decompress(cells, count.ok_or(Damaged)?).map_err(|_| Damaged)?;
    ConfidenceMap::new(word(0), word(4), &cells).map_err(|_| Damaged)
}

fn checksum(head: &[u8], rest: &[u8]) -> [u8; 16] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(head).update(rest);
    let mut sum = [0; 16];
    hasher.finalize_xof().fill(&mut sum);
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn record() -> Record {
        let data = (0..35).map(|i| i as f32 / 34.0).collect();
        let matte = Matte::new(7, 5, data).expect("35 values");
        let part = RectI::new(1, 2, 3, 4);
        let carried = Carried::from_parts((7, 5), part, &[-3, 9, 120, -120], &[0, 1, 2, 255, 40]);
        let noticed = Some(Noticed { what: Happening::Cut, time: -7 });
        let confidence_map = ConfidenceMap::new(3, 2, &[0, 255, 7, 9, 200, 128]).ok();
        Record {
            matte,
            confidence: 0.75,
            confidence_map,
            present: true,
            carried: carried.map(Arc::new),
            noticed,
        }
    }

    #[test]
    fn a_record_comes_back_bit_for_bit() {
        assert_eq!(Record::decode(&record().encode(), 7, 5), Ok(record()));
        assert_eq!(Record::decode(&record().encode(), 5, 7), Err(Damaged));
        assert_eq!(RecordSummary::of_bytes(&record().encode()), Some(record().summary()));
    }

    #[test]
    fn a_part_of_a_record_is_none() {
        let good = record().encode();
        for cut in 0..good.len() {
            assert_eq!(Record::decode(&good[..cut], 7, 5), Err(Damaged), "{cut} bytes");
            assert_eq!(RecordSummary::of_bytes(&good[..cut]), None, "{cut} bytes");
        }
    }

    proptest! {
        #[test]
        fn damage_is_found(at in 0_usize..4096, value in any::<u8>(), cut in 0_usize..4096) {
            let good = record().encode();
            let mut bad = good.clone();
            let at = at % bad.len();
            bad[at] = value;
            prop_assert_eq!(Record::decode(&bad, 7, 5).is_ok(), bad == good);
            let cut = cut % good.len();
            prop_assert_eq!(Record::decode(&good[..cut], 7, 5), Err(Damaged));
            prop_assert_eq!(RecordSummary::of_bytes(&good[..cut]), None);
            // It may be another one, and ends nothing.
            let _ = RecordSummary::of_bytes(&bad);
        }
    }
}

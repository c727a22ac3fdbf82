//! What lies in the cache folder: mattes, memories of trackers, frames along a path, and the identity of a tracker.
//! The first byte of an input says which; the rest is the file.
//!
//! Whoever writes such a file on purpose gets its checksum right, so that what is kept is changed and sealed anew;
//! the file itself is changed now and then. The layouts are those of `src/engine/store/{entry,record}.rs`.

use airoto::engine::fuzzing::{self, Stored};
use airoto::raster::Matte;

use fastrand::Rng;

use super::Target;
use super::mutate::{bytes, json, once_in};

pub const TARGET: Target = Target { name: "store", seeds, mutate, run, inputs: 6_000, accepted: 0.3 };

const KINDS: [Stored; 4] = [Stored::Matte, Stored::Memory, Stored::Path, Stored::Tracker];
/// Where in a matte's file its checksum is, and where its payload begins.
const SUM: usize = 40;
const PAYLOAD: usize = 56;
/// Bytes of a frame in a path: its digest and its stamp.
const FRAME: usize = 64;
/// No seed is larger than this, unpacked.
const MOST: usize = 1 << 20;

fn seeds() -> Vec<Vec<u8>> {
    let matte = |width: u32, height: u32, value: fn(usize) -> f32| {
        let data = (0..(width * height) as usize).map(value).collect();
        fuzzing::matte(&Matte::new(width, height, data).expect("the size"), 0.75, true)
    };
    let kinds = [
        (0, matte(16, 12, |i| (i % 7) as f32 / 6.0)),
        (0, matte(1, 1, |_| 1.0)),
        (0, matte(32, 8, |i| if (40..90).contains(&i) { 0.5 } else { 0.0 })),
        (0, matte(9, 9, |_| 0.0)),
        (1, fuzzing::memory(&[7; 1000])),
        (1, fuzzing::memory(b"")),
        (2, fuzzing::path(&[[1; 32], [2; 32], [3; 32]])),
        (2, fuzzing::path(&[[9; 32]])),
        (3, br#"["swift","5+0123456789ab","CPU"]"#.to_vec()),
    ];
    let sealed = |(kind, kept): (u8, Vec<u8>)| sealed(kind, &kept);
    kinds.into_iter().map(sealed).collect()
}

/// An input of the kind at `place` in [`KINDS`] that keeps this.
fn sealed(place: u8, kept: &[u8]) -> Vec<u8> {
    let kind = KINDS.get(usize::from(place)).copied().unwrap_or(Stored::Tracker);
    [vec![place], fuzzing::sealed(kind, kept)].concat()
}

/// The kind of an input, and what it keeps; none of one whose file is not whole.
fn kept(input: &[u8]) -> Option<(u8, Stored, &[u8])> {
    let (&place, file) = input.split_first()?;
    let kind = *KINDS.get(usize::from(place))?;
    Some((place, kind, fuzzing::opens(kind, file)?))
}

fn mutate(rng: &mut Rng, input: &[u8], seeds: &[Vec<u8>]) -> Vec<u8> {
    let Some((place, kind, body)) = kept(input) else { return seeds[0].clone() };
    let others: Vec<Vec<u8>> =
        seeds.iter().filter_map(|s| kept(s)).filter(|s| s.0 == place).map(|s| s.2.to_vec()).collect();
    let body = match kind {
        Stored::Tracker => json::change(rng, body, &others),
        Stored::Matte => matte(rng, body, &others),
        Stored::Memory => memory(rng, body, &others),
        Stored::Path => path(rng, body, &others),
    };
    let mut file = sealed(place, &body);
    if once_in(rng, 8) {
        bytes::change(rng, &mut file, seeds);
    }
    file
}

fn path(rng: &mut Rng, body: &[u8], others: &[Vec<u8>]) -> Vec<u8> {
    let mut frames = body.to_vec();
    // Whole frames more or fewer are right, others are not.
    match (rng.u32(..4), frames.len()) {
        (0, _) | (_, 0) => frames.extend([rng.u8(..); FRAME]),
        (1, length) => frames.truncate(length - FRAME.min(length)),
        (2, length) => bytes::number(rng, &mut frames, 0..length),
        _ => bytes::change(rng, &mut frames, others),
    }
    frames
}

fn matte(rng: &mut Rng, file: &[u8], others: &[Vec<u8>]) -> Vec<u8> {
    let Some((head, payload)) = file.split_at_checked(PAYLOAD) else { return file.to_vec() };
    let mut head = head[..SUM].to_vec();
    let mut planes = zstd::bulk::decompress(payload, MOST).unwrap_or_default();
    let end = planes.len();
    match rng.u32(..8) {
        0 => bytes::number(rng, &mut head, 0..SUM),
        1 => bytes::number(rng, &mut head, 8..SUM),
        2 => bytes::change(rng, &mut planes, others),
        // What a matte's numbers are is nothing that a file is refused for.
        3..=4 => bytes::number(rng, &mut head, 16..20),
        _ => bytes::number(rng, &mut planes, 0..end),
    }
    let payload = zstd::bulk::compress(&planes, 1).unwrap_or_default();
    if !once_in(rng, 8) {
        head[SUM - 4..].copy_from_slice(&(payload.len() as u32).to_le_bytes());
    }
    let mut sum = [0; PAYLOAD - SUM];
    blake3::Hasher::new().update(&head).update(&payload).finalize_xof().fill(&mut sum);
    [&head[..], &sum, &payload].concat()
}

fn memory(rng: &mut Rng, file: &[u8], others: &[Vec<u8>]) -> Vec<u8> {
    let Some((length, payload)) = file.split_at_checked(8) else {
        return file.to_vec();
    };
    let mut length = length.to_vec();
    let mut content = zstd::bulk::decompress(payload, MOST).unwrap_or_default();
    if once_in(rng, 4) {
        bytes::number(rng, &mut length, 0..8);
    } else {
        bytes::change(rng, &mut content, others);
        length = (content.len() as u64).to_le_bytes().to_vec();
    }
    [length, zstd::bulk::compress(&content, 1).unwrap_or_default()].concat()
}

fn run(input: &[u8]) -> bool {
    let Some((_, kind, body)) = kept(input) else { return false };
    // A record is read for footage of a size; that of most is the one that it says.
    let side = |at: usize| body.get(at..at + 4)?.try_into().ok().map(u32::from_le_bytes);
    let size =
        side(8).zip(side(12)).filter(|(w, h)| *w > 0 && *h > 0 && u64::from(*w) * u64::from(*h) <= 1 << 22);
    fuzzing::reads(kind, body, size.unwrap_or((16, 12)))
}

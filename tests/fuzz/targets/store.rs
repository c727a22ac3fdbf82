//! What lies in the cache folder: mattes, memories of trackers, digests of frames along a path, and the identity
//! of a tracker. The first byte of an input says which.
//!
//! Whoever writes such a file on purpose gets its checksum right, so that it is set anew after most changes; the
//! layouts are those that `src/engine/record.rs` and `src/engine/store.rs` describe.

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
/// Bytes of a digest.
const DIGEST: usize = 32;
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
        (2, fuzzing::path(&[[1; DIGEST], [2; DIGEST], [3; DIGEST]])),
        (2, fuzzing::path(&[])),
        (3, br#"["swift","5+0123456789ab","CPU"]"#.to_vec()),
    ];
    kinds.into_iter().map(|(kind, body)| [vec![kind], body].concat()).collect()
}

fn mutate(rng: &mut Rng, input: &[u8], seeds: &[Vec<u8>]) -> Vec<u8> {
    let Some((&kind, body)) = input.split_first() else { return seeds[0].clone() };
    let others: Vec<Vec<u8>> =
        seeds.iter().filter(|s| s.first() == Some(&kind)).map(|s| s[1..].to_vec()).collect();
    let mut body = match KINDS.get(usize::from(kind)) {
        Some(Stored::Tracker) => return [vec![kind], json::change(rng, body, &others)].concat(),
        Some(Stored::Matte) => matte(rng, body, &others),
        Some(Stored::Memory) => memory(rng, body, &others),
        Some(Stored::Path) | None => {
            let mut frames = body.to_vec();
            frames.truncate(body.len().saturating_sub(DIGEST));
            // Whole digests more or fewer are right, others are not.
            match (rng.u32(..4), frames.len()) {
                (0, _) | (_, 0) => frames.extend([rng.u8(..); DIGEST]),
                (1, _) => frames.truncate(frames.len() - DIGEST.min(frames.len())),
                (2, length) => bytes::number(rng, &mut frames, 0..length),
                _ => bytes::change(rng, &mut frames, &others),
            }
            let sum = digest("path", &frames);
            [&frames[..], &sum].concat()
        }
    };
    if once_in(rng, 8) {
        bytes::change(rng, &mut body, &others);
    }
    [vec![kind], body].concat()
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
    let Some((length, payload)) = file.get(DIGEST..).and_then(|body| body.split_at_checked(8)) else {
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
    let body = [length, zstd::bulk::compress(&content, 1).unwrap_or_default()].concat();
    [&digest("memory file", &body)[..], &body].concat()
}

/// The digest that the store makes of `bytes`.
fn digest(kind: &str, bytes: &[u8]) -> [u8; DIGEST] {
    let mut hasher = blake3::Hasher::new();
    for text in ["airoto track 1", kind] {
        hasher.update(&(text.len() as i64).to_le_bytes()).update(text.as_bytes());
    }
    *hasher.update(bytes).finalize().as_bytes()
}

fn run(input: &[u8]) -> bool {
    let Some((&kind, body)) = input.split_first() else { return false };
    let Some(kind) = KINDS.get(usize::from(kind)) else { return false };
    // A record is read for footage of a size; that of most is the one that it says.
    let side = |at: usize| body.get(at..at + 4)?.try_into().ok().map(u32::from_le_bytes);
    let size =
        side(8).zip(side(12)).filter(|(w, h)| *w > 0 && *h > 0 && u64::from(*w) * u64::from(*h) <= 1 << 22);
    fuzzing::reads(*kind, body, size.unwrap_or((16, 12)))
}

//! A tracker's memory as it is kept on disk: its length as a u64, and the memory compressed.

use super::disk::MOST_BYTES;

/// zstd's fastest: numbers of a network hardly shrink at any level.
const MEMORY_LEVEL: i32 = 1;

/// `memory` as it is kept.
pub fn pack(memory: &[u8]) -> Vec<u8> {
    let mut packed = (memory.len() as u64).to_le_bytes().to_vec();
    // An empty payload would be found damaged and the memory made again.
    packed.extend(zstd::bulk::compress(memory, MEMORY_LEVEL).unwrap_or_default());
    packed
}

/// The memory that was kept as `packed`, which may be anything; none where it is damaged.
pub fn unpack(packed: &[u8]) -> Option<Vec<u8>> {
    let (length, payload) = packed.split_first_chunk::<8>()?;
    let length = usize::try_from(u64::from_le_bytes(*length)).ok().filter(|&l| l as u64 <= MOST_BYTES)?;
    zstd::bulk::decompress(payload, length).ok().filter(|memory| memory.len() == length)
}

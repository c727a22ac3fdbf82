//! Changes to bytes whose meaning is not known, or only by their place.

use std::ops::Range;

use fastrand::Rng;

use super::{any, atoms, once_in, repeats};

/// One change somewhere in `bytes`; `others` are what a part may come from.
pub fn change(rng: &mut Rng, bytes: &mut Vec<u8>, others: &[Vec<u8>]) {
    let length = bytes.len();
    if length == 0 {
        bytes.extend(any(rng, others).cloned().unwrap_or_default());
        return;
    }
    let at = rng.usize(..length);
    match rng.u32(..10) {
        0 => bytes[at] ^= 1 << rng.u32(..8),
        1 => bytes[at] = rng.u8(..),
        2 | 3 => number(rng, bytes, 0..length),
        4 => bytes.truncate(at),
        5 => drop(bytes.drain(part(rng, length))),
        6 => {
            let copied = bytes[part(rng, length)].repeat(repeats(rng).min(64));
            bytes.splice(at..at, copied);
        }
        7 => {
            let new: Vec<u8> = (0..rng.usize(1..9)).map(|_| rng.u8(..)).collect();
            bytes.splice(at..at, new);
        }
        8 => {
            let value = *any(rng, &[0, 0xff, b'0', b' ', 0x7f, 0x80]).unwrap_or(&0);
            bytes[part(rng, length)].fill(value);
        }
        _ => {
            if let Some(other) = any(rng, others).filter(|o| !o.is_empty()) {
                let taken = other[part(rng, other.len())].to_vec();
                bytes.splice(part(rng, length), taken);
            }
        }
    }
}

/// A short part of so many bytes.
fn part(rng: &mut Rng, length: usize) -> Range<usize> {
    let from = rng.usize(..length);
    let most = if once_in(rng, 8) { length } else { 32.min(length) };
    from..(from + rng.usize(1..=most)).min(length)
}

/// Another number of 8, 16, 32 or 64 bits, of either order of bytes, at a place within `range`.
pub fn number(rng: &mut Rng, bytes: &mut [u8], range: Range<usize>) {
    let end = range.end.min(bytes.len());
    if range.start >= end {
        return;
    }
    let size = *any(rng, &[1, 2, 2, 4, 4, 4, 8]).unwrap_or(&1);
    let at = rng.usize(range.start..end);
    let Some(place) = bytes.get_mut(at..at + size) else { return };
    let big = rng.bool();
    let mut all = [0; 8];
    if big {
        all[8 - size..].copy_from_slice(place);
    } else {
        all[..size].copy_from_slice(place);
    }
    let old = if big { u64::from_be_bytes(all) } else { u64::from_le_bytes(all) };
    let new = match rng.u32(..4) {
        0 => *any(rng, &[0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x7fff_ffff, 0xffff_ffff, u64::MAX])
            .unwrap_or(&0),
        1 => old ^ (1 << rng.u32(..8 * size as u32)),
        _ => atoms::near(rng, old as f64) as i64 as u64,
    };
    let all = if big { new.to_be_bytes() } else { new.to_le_bytes() };
    place.copy_from_slice(if big { &all[8 - size..] } else { &all[..size] });
}

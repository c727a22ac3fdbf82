//! A bank as bytes, and back: little endian, no padding, a digest at the end.
//!
//! | bytes | what |
//! |---|---|
//! | 4 | `AS2B` |
//! | 1 | version, 1 |
//! | 1 | precision of the memories: 0 for 32 bits, 1 for bfloat16 |
//! | 4, 4 | numbers of a memory, numbers of a pointer |
//! | 4, 4, 4 | limits: memories, prompted (`u32::MAX` for all), pointers |
//! | 4, 4 | prompted frames, recent frames |
//! | for each | 8 time, 1 whether the memory is there, pointer, memory |
//! | 16 | the first half of BLAKE3 of all before |

use std::collections::VecDeque;
use std::sync::Arc;

use half::bf16;

use super::bank::{Bank, Entry, Feature, Limits};
use super::constants::Precision;
use crate::models::saved::{Reader, seal, unseal};

const MAGIC: [u8; 4] = *b"AS2B";
const VERSION: u8 = 1;
/// Stands for no limit.
const ALL: u32 = u32::MAX;

/// What a bank must be like to serve a model.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fit {
    /// Numbers of a memory.
    pub memory: usize,
    /// Numbers of a pointer.
    pub pointer: usize,
    /// How memories are kept.
    pub precision: Precision,
    /// Limits for footage of any length.
    pub limits: Limits,
}

/// `bank` as bytes.
pub(super) fn encode(bank: &Bank) -> Vec<u8> {
    let mut out = Vec::with_capacity(64 + bank_bytes(bank));
    let entries = || bank.prompted.iter().chain(&bank.recent);
    let feature = entries().find_map(|e| e.feature.as_deref());
    let (precision, memory) = match feature {
        Some(Feature::Brain(values)) => (1, values.len()),
        Some(Feature::Full(values)) => (0, values.len()),
        None => (0, 0),
    };
    let pointer = entries().next().map_or(0, |e| e.pointer.len());
    out.extend(MAGIC);
    out.extend([VERSION, precision]);
    let Limits { memories, prompted, pointers } = bank.limits;
    let counts = [
        memory,
        pointer,
        memories,
        prompted.unwrap_or(ALL as usize),
        pointers,
        bank.prompted.len(),
        bank.recent.len(),
    ];
    counts.iter().for_each(|&count| out.extend((count as u32).to_le_bytes()));
    for entry in entries() {
        out.extend(entry.time.to_le_bytes());
        out.push(u8::from(entry.feature.is_some()));
        entry.pointer.iter().for_each(|v| out.extend(v.to_le_bytes()));
        match entry.feature.as_deref() {
            Some(Feature::Full(values)) => values.iter().for_each(|v| out.extend(v.to_le_bytes())),
            Some(Feature::Brain(values)) => values.iter().for_each(|v| out.extend(v.to_le_bytes())),
            None => {}
        }
    }
    seal(out)
}

fn bank_bytes(bank: &Bank) -> usize {
    bank.bytes() + 9 * (bank.prompted.len() + bank.recent.len())
}

/// The bank that [`encode`] gave; none when the bytes are damaged or of a model that is no `fit`.
pub(super) fn decode(bytes: &[u8], fit: &Fit) -> Option<Bank> {
    let mut rest = Reader(unseal(bytes)?);
    if rest.take::<4>()? != MAGIC || rest.take::<1>()? != [VERSION] {
        return None;
    }
    let [precision] = rest.take::<1>()?;
    let (memory, pointer) = (rest.count()?, rest.count()?);
    let (memories, prompted, pointers) = (rest.count()?, rest.count()?, rest.count()?);
    let counts = (rest.count()?, rest.count()?);
    let limits = Limits { memories, prompted: Some(prompted).filter(|&p| p != ALL as usize), pointers };
    // Pointers are fewer where the footage is short.
    let short = Limits { pointers, ..fit.limits };
    if limits != short || !(2..=fit.limits.pointers).contains(&pointers) {
        return None;
    }
    let empty = counts == (0, 0);
    if !empty && (pointer != fit.pointer || counts.0 == 0 || counts.1 > memories.max(pointers)) {
        return None;
    }
    let wanted = match fit.precision {
        Precision::F32 => 0,
        Precision::Bf16 => 1,
    };
    if !empty && (memory != fit.memory || precision != wanted) {
        return None;
    }
    let mut entries = |count: usize| -> Option<VecDeque<Entry>> {
        // Each entry takes bytes, so a count that is too large ends with them.
        (0..count).map(|_| entry(&mut rest, fit)).collect()
    };
    let bank = Bank { prompted: entries(counts.0)?.into(), recent: entries(counts.1)?, limits };
    let ordered = bank.prompted.is_sorted_by(|a, b| a.time < b.time);
    let whole = bank.prompted.iter().all(|e| e.feature.is_some());
    (rest.0.is_empty() && ordered && whole).then_some(bank)
}

fn floats(rest: &mut Reader, count: usize) -> Option<Vec<f32>> {
    let bytes = rest.slice(count.checked_mul(4)?)?;
    let values: Vec<f32> = bytes.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect();
    values.iter().all(|v| v.is_finite()).then_some(values)
}

fn brains(rest: &mut Reader, count: usize) -> Option<Vec<bf16>> {
    let bytes = rest.slice(count.checked_mul(2)?)?;
    let values: Vec<bf16> = bytes.as_chunks::<2>().0.iter().map(|b| bf16::from_le_bytes(*b)).collect();
    values.iter().all(|v| v.is_finite()).then_some(values)
}

fn entry(rest: &mut Reader, fit: &Fit) -> Option<Entry> {
    let time = rest.time()?;
    let [whole] = rest.take()?;
    let pointer = Arc::from(floats(rest, fit.pointer)?);
    let feature = match (whole, fit.precision) {
        (0, _) => None,
        (1, Precision::F32) => Some(Arc::new(Feature::Full(floats(rest, fit.memory)?))),
        (1, Precision::Bf16) => Some(Arc::new(Feature::Brain(brains(rest, fit.memory)?))),
        _ => return None,
    };
    Some(Entry { time, feature, pointer })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LIMITS: Limits = Limits { memories: 3, prompted: None, pointers: 5 };

    fn fit(precision: Precision) -> Fit {
        Fit { memory: 4, pointer: 2, precision, limits: LIMITS }
    }

    fn bank(values: &[f32], prompted: usize, recent: i64, precision: Precision, limits: Limits) -> Bank {
        let mut bank = Bank::new(limits);
        let mut values = values.iter().copied().cycle();
        let mut entry = |time: i64| Entry {
            time,
            feature: Some(Arc::new(Feature::new(values.by_ref().take(4).collect(), precision))),
            pointer: values.by_ref().take(2).collect(),
        };
        (0..prompted).for_each(|i| bank.remember_prompted(entry(i as i64 * 100)));
        (1..=recent).for_each(|i| bank.remember_recent(entry(i)));
        bank
    }

    fn numbers() -> impl Strategy<Value = Vec<f32>> {
        proptest::collection::vec(-1e30_f32..1e30, 6..40)
    }

    proptest! {
        #[test]
        fn a_bank_comes_back_exactly(
            values in numbers(), prompted in 0_usize..4, recent in 0_i64..9, brain in any::<bool>(),
            pointers in 2_usize..=5,
        ) {
            let precision = if brain { Precision::Bf16 } else { Precision::F32 };
            let recent = if prompted == 0 { 0 } else { recent };
            let kept = bank(&values, prompted, recent, precision, Limits { pointers, ..LIMITS });
            let back = decode(&encode(&kept), &fit(precision));
            prop_assert_eq!(back, Some(kept));
        }

        #[test]
        fn damaged_bytes_give_none(values in numbers(), at in 0_usize..400, bit in 0_u32..8, cut in any::<bool>()) {
            let mut bytes = encode(&bank(&values, 2, 4, Precision::F32, LIMITS));
            let at = at % bytes.len();
            if cut { bytes.truncate(at) } else { bytes[at] ^= 1 << bit }
            prop_assert_eq!(decode(&bytes, &fit(Precision::F32)), None);
        }

        #[test]
        fn hostile_bytes_with_a_true_digest_never_panic(
            mut body in proptest::collection::vec(any::<u8>(), 0..200), sound in any::<bool>(),
        ) {
            if sound {
                // The counts are reached only behind a header that fits.
                let head = encode(&Bank::new(LIMITS));
                let rest = body.split_off(body.len().min(8));
                body = [&head[..6], &4_u32.to_le_bytes(), &2_u32.to_le_bytes(), &head[14..26], &body, &rest].concat();
            }
            let body = seal(body);
            if let Some(bank) = decode(&body, &fit(Precision::F32)) {
                prop_assert_eq!(encode(&bank).len(), body.len());
            }
        }
    }

    #[test]
    fn a_bank_of_another_model_is_not_taken() {
        let bytes = encode(&bank(&[1.0, 2.0], 1, 3, Precision::Bf16, LIMITS));
        let good = fit(Precision::Bf16);
        assert!(decode(&bytes, &good).is_some());
        let others = [
            fit(Precision::F32),
            Fit { memory: 5, ..good },
            Fit { pointer: 3, ..good },
            Fit { limits: Limits { memories: 4, ..LIMITS }, ..good },
            Fit { limits: Limits { prompted: Some(4), ..LIMITS }, ..good },
            Fit { limits: Limits { pointers: 4, ..LIMITS }, ..good },
        ];
        for other in others {
            assert!(decode(&bytes, &other).is_none(), "{other:?}");
        }
    }
}

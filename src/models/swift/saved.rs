//! A bank as bytes, and back exactly: little endian, no padding, a digest at the end.
//!
//! | bytes | what |
//! |---|---|
//! | 4 | `ASWB` |
//! | 1 | version, 1 |
//! | 4, 4 | columns, rows of the picture that the graphs see |
//! | 4, 4 | prompted frames, recent frames |
//! | for each | 8 time; key and value, each 1 axes, 4 for each axis, 4 planes of bytes |
//! | 4 | the frame, of those, that is the last; `u32::MAX` for none, and then its key and value |
//! | | the last picture, 3 planes of bytes, and its mask, 4 planes of bytes |
//! | 16 | the first half of BLAKE3 of all before |
//!
//! The scales of the last picture are computed again.

use std::sync::Arc;

use super::bank::{Bank, Entry, Last};
use super::cues::Picture;
use crate::models::runtime::Tensor;
use crate::models::saved::{Reader, Sink, seal, unseal};
use crate::raster::{Frame, Matte};

const MAGIC: [u8; 4] = *b"ASWB";
const VERSION: u8 = 1;
/// Stands for a last frame that is not among those that are kept.
const APART: usize = u32::MAX as usize;
/// A side of the picture that the graphs see, at most (`check` in `mod.rs`), in pixels.
const MOST_SIDE: usize = 4096;
/// Axes of a tensor, at most.
const MOST_AXES: u8 = 8;

/// What a bank must be like to serve a model.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fit {
    /// Recent frames, at most.
    pub recent: usize,
    /// Channels of a key.
    pub key: usize,
    /// Channels of a value.
    pub value: usize,
}

/// `bank` as bytes; none of an empty one.
pub(super) fn encode(bank: &Bank) -> Option<Vec<u8>> {
    let last = bank.last.as_ref()?;
    let mut out = Sink::default();
    out.0.extend(MAGIC);
    out.0.push(VERSION);
    let small = &last.picture.small;
    let counts = [small.width() as usize, small.height() as usize, bank.prompted.len(), bank.recent.len()];
    counts.into_iter().for_each(|count| out.count(count));
    let kept = || bank.prompted.iter().chain(&bank.recent);
    for entry in kept() {
        out.time(entry.time);
        tensor(&mut out, &entry.key)?;
        tensor(&mut out, &entry.value)?;
    }
    let same = |e: &Entry| Arc::ptr_eq(&e.key, &last.key) && Arc::ptr_eq(&e.value, &last.value);
    match kept().position(same) {
        Some(place) => out.count(place),
        None => {
            out.count(APART);
            tensor(&mut out, &last.key)?;
            tensor(&mut out, &last.value)?;
        }
    }
    out.picture(small);
    out.floats(last.mask.data());
    Some(seal(out.0))
}

fn tensor(out: &mut Sink, tensor: &Tensor) -> Option<()> {
    out.0.push(u8::try_from(tensor.shape.len()).ok()?);
    tensor.shape.iter().for_each(|&side| out.count(side));
    out.floats(&tensor.data);
    Some(())
}

/// The bank that [`encode`] gave; none when the bytes are damaged or of a model that is no `fit`.
pub(super) fn decode(bytes: &[u8], fit: Fit) -> Option<Bank> {
    let mut rest = Reader(unseal(bytes)?);
    if rest.take::<4>()? != MAGIC || rest.take::<1>()? != [VERSION] {
        return None;
    }
    let size = (rest.count()?, rest.count()?);
    let side = |v: usize| (8..=MOST_SIDE).contains(&v) && v.is_multiple_of(8);
    if !side(size.0) || !side(size.1) {
        return None;
    }
    let cells = (size.0 / 8) * (size.1 / 8);
    let (prompted, recent) = (rest.count()?, rest.count()?);
    if recent > fit.recent {
        return None;
    }
    let pair = |rest: &mut Reader| {
        let key = read_tensor(rest, fit.key.checked_mul(cells)?)?;
        // The graphs declare the axes of a key, and only how many numbers a value has.
        let axes = [1, fit.key, size.1 / 8, size.0 / 8];
        let value = read_tensor(rest, fit.value.checked_mul(cells)?)?;
        (key.shape == axes).then_some((key, value))
    };
    // Each entry takes bytes, so a count that is too large ends with them.
    let mut entries = |count: usize| -> Option<Vec<Entry>> {
        let entry = |rest: &mut Reader| {
            let time = rest.time()?;
            let (key, value) = pair(rest)?;
            Some(Entry { time, key, value })
        };
        (0..count).map(|_| entry(&mut rest)).collect()
    };
    let (prompted, recent) = (entries(prompted)?, entries(recent)?);
    let (key, value) = match rest.count()? {
        APART => pair(&mut rest)?,
        place => {
            let entry = prompted.iter().chain(&recent).nth(place)?;
            (Arc::clone(&entry.key), Arc::clone(&entry.value))
        }
    };
    let picture = Arc::new(Picture::new(rest.picture(size)?));
    let mask = Matte::new(size.0 as u32, size.1 as u32, rest.floats(size.0 * size.1)?).ok()?;
    let last = Some(Last { picture, mask: Arc::new(mask), key, value });
    rest.0.is_empty().then_some(Bank { prompted, recent, last })
}

/// A tensor of so many numbers.
fn read_tensor(rest: &mut Reader, numbers: usize) -> Option<Arc<Tensor>> {
    let [axes] = rest.take()?;
    let shape = (0..axes.min(MOST_AXES + 1)).map(|_| rest.count()).collect::<Option<Vec<usize>>>()?;
    let product = shape.iter().try_fold(1_usize, |all, &side| all.checked_mul(side))?;
    if axes > MOST_AXES || product != numbers {
        return None;
    }
    Some(Arc::new(Tensor { shape, data: rest.floats(numbers)? }))
}

/// What a bank of [`sample_of`] fits.
pub(super) const SAMPLE: Fit = Fit { recent: 3, key: 2, value: 1 };

/// A small bank after frames 0 to `last`, one in `every` of them prompted, for tests.
pub(super) fn sample_of(last: i64, every: i64) -> Bank {
    let mut bank = Bank::default();
    for time in 0..=last {
        let tensor = |channels: usize, seed: f32| {
            let data = (0..channels * 6).map(|i| (i as f32 + seed).sin() / 3.0).collect();
            Arc::new(Tensor { shape: vec![1, channels, 2, 3], data })
        };
        let mut frame = Frame::filled(24, 16, [0; 3]);
        frame.data_mut().iter_mut().enumerate().for_each(|(i, v)| *v = (i as i64 * 7 + time) as u8);
        let mut mask = Matte::filled(24, 16, 0.0);
        mask.data_mut().iter_mut().enumerate().for_each(|(i, v)| *v = (i % 9) as f32 / 9.0);
        let (key, value) = (tensor(2, time as f32), tensor(1, -time as f32));
        let picture = Arc::new(Picture::new(frame));
        bank.add(time, Last { picture, mask: Arc::new(mask), key, value }, time % every == 0, 2, 3);
    }
    bank
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::Memory;
    use proptest::prelude::*;

    #[test]
    fn a_bank_comes_back_exactly() {
        assert_eq!(encode(&Bank::default()), None);
        for (last, every) in [(0, 1), (3, 9), (20, 7), (21, 7)] {
            let kept = sample_of(last, every);
            let bytes = encode(&kept).expect("something to remember");
            let back = decode(&bytes, SAMPLE).expect("what was written");
            assert_eq!(encode(&back).as_ref(), Some(&bytes));
            assert_eq!((back.bytes(), back.gather(30, 4)), (kept.bytes(), kept.gather(30, 4)));
            let (one, other) = (kept.last().expect("a frame"), back.last().expect("a frame"));
            assert_eq!((&one.key, &one.value, &one.mask), (&other.key, &other.value, &other.mask));
            assert_eq!(one.picture.levels[0].gx.data, other.picture.levels[0].gx.data);
            assert!(decode(&bytes[..bytes.len() - 1], SAMPLE).is_none() && decode(&[], SAMPLE).is_none());
        }
    }

    #[test]
    fn a_bank_of_another_model_is_not_taken() {
        let bytes = encode(&sample_of(20, 7)).expect("a bank");
        assert!(decode(&bytes, SAMPLE).is_some());
        for other in [Fit { recent: 2, ..SAMPLE }, Fit { key: 3, ..SAMPLE }, Fit { value: 2, ..SAMPLE }] {
            assert!(decode(&bytes, other).is_none(), "{other:?}");
        }
    }

    proptest! {
        #[test]
        fn hostile_bytes_with_a_true_digest_never_panic(
            changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6), cut in any::<bool>(),
        ) {
            let sealed = encode(&sample_of(9, 4)).expect("a bank");
            let mut body = unseal(&sealed).expect("sealed").to_vec();
            for (at, value) in &changes {
                let at = at.index(body.len());
                body[if value % 2 == 0 { at % 64 } else { at }] = *value;
            }
            if cut {
                body.truncate(changes[0].0.index(body.len()));
            }
            if let Some(bank) = decode(&seal(body), SAMPLE) {
                prop_assert!(encode(&bank).is_some_and(|again| decode(&again, SAMPLE).is_some()));
            }
        }
    }
}

//! A memory as bytes, and back exactly: little endian, no padding, a digest at the end.
//!
//! | bytes | what |
//! |---|---|
//! | 4 | `AFLM` |
//! | 1 | version, 1 |
//! | 4, 4 | width, height of the label grid |
//! | 1 | references |
//! | for each | the picture, 3 planes of bytes; the labels, 4 planes of bytes |
//! | 1 | the reference that is the last frame |
//! | 1, 1 | prompted frames, older frames |
//! | for each | 1 reference, 32 motion of the camera, 32 of the object, 4 age |
//! | 1 | whether there are counts, and then on and off, 4 planes of bytes each |
//! | 8, 8 | drift right, down |
//! | 16 | the first half of BLAKE3 of all before |
//!
//! A reference is its picture and its labels: colours, scales, bounds and area are computed again, and the scales for the flow of the last frame. The last
//! frame is often among those that are kept, and stands here once.

use std::sync::Arc;

use rayon::prelude::*;

use super::colour::{BINS_IN_ALL, Counts};
use super::features::Features;
use super::memory::{FlowMemory, Kept, OLDER, PROMPTED, Reference};
use super::motion::Similarity;
use super::plane::Plane;
use crate::models::saved::{Reader, Sink, seal, unseal};
use crate::raster::Frame;

const MAGIC: [u8; 4] = *b"AFLM";
const VERSION: u8 = 1;
/// Pixels that no label grid has (`features.rs`).
const MOST_PIXELS: usize = 1 << 18;

/// `memory` as bytes; none of an empty one.
pub(super) fn encode(memory: &FlowMemory) -> Option<Vec<u8>> {
    let last = memory.last.as_ref()?;
    let mut references: Vec<&Arc<Reference>> = Vec::new();
    let kept = || memory.prompted.iter().chain(&memory.older);
    for reference in kept().map(|k| &k.reference).chain([last]) {
        if !references.iter().any(|r| Arc::ptr_eq(r, reference)) {
            references.push(reference);
        }
    }
    let number = |reference: &Arc<Reference>| references.iter().position(|r| Arc::ptr_eq(r, reference));
    let byte = |count: usize| u8::try_from(count).ok();
    let mut out = Sink::default();
    out.0.extend(MAGIC);
    out.0.push(VERSION);
    out.count(last.features.width());
    out.count(last.features.height());
    out.0.push(byte(references.len())?);
    for reference in &references {
        out.picture(&reference.features.small);
        out.floats(&reference.labels.data);
    }
    out.0.push(byte(number(last)?)?);
    out.0.extend([byte(memory.prompted.len())?, byte(memory.older.len())?]);
    for k in kept() {
        out.0.push(byte(number(&k.reference)?)?);
        for s in [&k.camera, &k.object] {
            [s.a, s.b, s.u, s.v].into_iter().for_each(|v| out.real(v));
        }
        out.count(k.age);
    }
    out.0.push(u8::from(memory.counts.is_some()));
    for bins in memory.counts.iter().flat_map(|c| c.bins()) {
        out.floats(bins);
    }
    out.real(memory.drift.0);
    out.real(memory.drift.1);
    Some(seal(out.0))
}

/// The memory that [`encode`] gave; none when the bytes are damaged.
pub(super) fn decode(bytes: &[u8]) -> Option<FlowMemory> {
    let mut rest = Reader(unseal(bytes)?);
    if rest.take::<4>()? != MAGIC || rest.take::<1>()? != [VERSION] {
        return None;
    }
    let (width, height) = (rest.count()?, rest.count()?);
    width.checked_mul(height).filter(|n| (1..=MOST_PIXELS).contains(n))?;
    let [count] = rest.take()?;
    if usize::from(count) > PROMPTED + OLDER + 1 {
        return None;
    }
    let mut given = Vec::with_capacity(usize::from(count));
    for _ in 0..count {
        let picture = rest.picture((width, height))?;
        given.push((picture, Plane { width, height, data: rest.floats(width * height)? }));
    }
    let [last, prompted, older] = rest.take()?;
    // Flow begins at the last frame alone.
    let features = |number: usize, picture: Frame| match number == usize::from(last) {
        true => Features::of_small(picture),
        false => Features::colours_of(picture),
    };
    let references: Vec<Arc<Reference>> = given
        .into_par_iter()
        .enumerate()
        .map(|(n, (picture, labels))| Arc::new(Reference::new(Arc::new(features(n, picture)), labels)))
        .collect();
    let last = Some(Arc::clone(references.get(usize::from(last))?));
    if usize::from(prompted) > PROMPTED || usize::from(older) > OLDER {
        return None;
    }
    let mut kept =
        |count: u8| (0..count).map(|_| one_kept(&mut rest, &references)).collect::<Option<Vec<_>>>();
    let (prompted, older) = (kept(prompted)?, kept(older)?);
    let counts = match rest.take()? {
        [0] => None,
        [1] => Some(Counts::of_bins([rest.floats(BINS_IN_ALL)?, rest.floats(BINS_IN_ALL)?])?),
        _ => return None,
    };
    let drift = (rest.real()?, rest.real()?);
    let odds = counts.as_ref().map(|c| Arc::new(c.odds()));
    let memory = FlowMemory { last, prompted, older, counts: counts.map(Arc::new), odds, drift };
    rest.0.is_empty().then_some(memory)
}

fn one_kept(rest: &mut Reader, references: &[Arc<Reference>]) -> Option<Kept> {
    let [number] = rest.take()?;
    let reference = Arc::clone(references.get(usize::from(number))?);
    let (camera, object) = (similarity(rest)?, similarity(rest)?);
    Some(Kept { reference, camera, object, age: rest.count()? })
}

/// A motion that has a way back.
fn similarity(rest: &mut Reader) -> Option<Similarity> {
    let s = Similarity { a: rest.real()?, b: rest.real()?, u: rest.real()?, v: rest.real()? };
    (s.a * s.a + s.b * s.b).is_normal().then_some(s)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::Memory;
    use crate::models::saved::DIGEST;
    use proptest::prelude::*;

    /// What is remembered after so many frames of a square that moves over noise, one in `every` prompted.
    fn memory(frames: usize, every: usize) -> FlowMemory {
        let (w, h) = (24_usize, 16_usize);
        let mut memory = FlowMemory::default();
        for t in 0..frames {
            let mut frame = Frame::filled(24, 16, [0; 3]);
            for (i, v) in frame.data_mut().iter_mut().enumerate() {
                *v = (i * 37 + t * 11 + i / 50) as u8;
            }
            let features = Arc::new(Features::new(&frame));
            let labels =
                Plane::from_fn(w, h, |x, y| if (4 + t..10 + t).contains(&x) && y > 5 { 0.75 } else { 0.0 });
            let turned = Similarity { a: 1.01, b: 0.02, u: 1.0 / 3.0, v: -0.1 };
            let motion = super::super::motion::Motion { camera: turned, object: Some(turned) };
            memory.add(&features, labels, t % every == 0, (t > 0).then_some(motion));
        }
        memory
    }

    #[test]
    fn a_memory_comes_back_exactly() {
        assert_eq!(encode(&FlowMemory::default()), None);
        for (frames, every) in [(1, 1), (2, 5), (7, 3), (40, 9)] {
            let kept = memory(frames, every);
            let bytes = encode(&kept).expect("something to remember");
            let back = decode(&bytes).expect("what was written");
            assert_eq!(encode(&back).as_ref(), Some(&bytes));
            assert!(back.bytes() <= kept.bytes());
            let (one, other) = (kept.last.as_ref().expect("a frame"), back.last.as_ref().expect("a frame"));
            assert_eq!(one.labels, other.labels);
            assert_eq!(one.features.colour, other.features.colour);
            assert_eq!((one.bounds, kept.expected_area()), (other.bounds, back.expected_area()));
            assert_eq!(
                kept.odds().expect("prompted").of([9.0; 3]),
                back.odds().expect("prompted").of([9.0; 3])
            );
            assert!(decode(&bytes[..bytes.len() - 1]).is_none() && decode(&[]).is_none());
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn hostile_bytes_with_a_true_digest_never_panic(
            changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6), cut in any::<bool>(),
        ) {
            let sealed = encode(&memory(6, 2)).expect("a memory");
            let mut body = unseal(&sealed).expect("sealed").to_vec();
            for (at, value) in &changes {
                // Half of them near the head and the tail, where the counts are.
                let length = body.len();
                let at = at.index(length);
                body[if value % 2 == 0 { at % 16 } else { at }] = *value;
            }
            if cut {
                body.truncate(changes[0].0.index(body.len()));
            }
            if let Some(memory) = decode(&seal(body.clone())) {
                // A reference that nobody names any more is left out.
                let again = encode(&memory).expect("a memory");
                prop_assert!(again.len() <= body.len() + DIGEST && decode(&again).is_some());
            }
        }
    }
}

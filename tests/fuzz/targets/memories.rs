//! What trackers remember, as it is saved for a later session. The first byte of an input says of which family;
//! the rest is the memory without its digest, which is made right: what is damaged by chance is found by that.

use airoto::engine::fuzzing::{self, Family};

use fastrand::Rng;

use super::Target;
use super::mutate::{any, bytes, once_in};

pub const TARGET: Target = Target { name: "memories", seeds, mutate, run, inputs: 400, accepted: 0.3 };

const FAMILIES: [Family; 2] = [Family::Flow, Family::Swift];
/// Counts and sizes are among the first bytes.
const HEAD: usize = 64;

fn seeds() -> Vec<Vec<u8>> {
    let of = |(place, family): (usize, &Family)| {
        [1, 2, 9].map(|frames| [vec![place as u8], fuzzing::tracker_memory(*family, frames)].concat())
    };
    FAMILIES.iter().enumerate().flat_map(of).collect()
}

fn mutate(rng: &mut Rng, input: &[u8], seeds: &[Vec<u8>]) -> Vec<u8> {
    let mut changed = input.to_vec();
    let length = changed.len();
    match rng.u32(..8) {
        0 => bytes::change(rng, &mut changed, seeds),
        1 => bytes::number(rng, &mut changed, 1..HEAD),
        2 => changed.truncate(rng.usize(..=length)),
        _ => bytes::number(rng, &mut changed, HEAD..length),
    }
    if once_in(rng, 16)
        && let (Some(first), Some(other)) = (changed.first_mut(), any(rng, &[0, 1, 7]))
    {
        *first = *other;
    }
    changed
}

fn run(input: &[u8]) -> bool {
    let Some((place, body)) = input.split_first() else { return false };
    FAMILIES.get(usize::from(*place)).is_some_and(|family| fuzzing::restores(*family, body))
}

//! Changes to inputs that leave most of them readable: what is changed is a value or a part of the tree that a
//! format describes, and only now and then a byte.

pub mod atoms;
pub mod bytes;
pub mod json;
pub mod tree;
pub mod wire;

use fastrand::Rng;

/// One of `items`; none where there are none.
pub fn any<'a, T>(rng: &mut Rng, items: &'a [T]) -> Option<&'a T> {
    (!items.is_empty()).then(|| &items[rng.usize(..items.len())])
}

/// True once in `times`.
pub fn once_in(rng: &mut Rng, times: u32) -> bool {
    rng.u32(..times) == 0
}

/// How often something is repeated: mostly once or twice, seldom as often as a thing that is built to hurt.
pub fn repeats(rng: &mut Rng) -> usize {
    match rng.u32(..64) {
        0 => rng.usize(100..3000),
        1..=6 => rng.usize(3..30),
        _ => rng.usize(1..3),
    }
}

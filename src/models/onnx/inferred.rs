//! What is known of a result before it is computed: at least how many numbers there are.

/// What is known of a result. Of what is not known the least is taken, so that nothing is refused by a guess.
#[derive(Debug, Clone)]
pub struct Inferred {
    /// How many numbers it has at least.
    pub count: u64,
    /// How often it holds what it is made of, where nobody knows how many numbers that has.
    pub growth: u64,
    /// Sizes of its axes, where all are known.
    pub shape: Option<Vec<u64>>,
    /// Bytes of one of its numbers, at least.
    pub width: u64,
    /// Its numbers, where they are few and whole.
    pub integers: Option<Vec<i64>>,
    /// Its numbers, where they are few and of 32 bits.
    pub floats: Option<Vec<f32>>,
    /// Whether it does not depend on what the graph is fed, so that it is computed when the graph is loaded.
    pub fixed: bool,
}

impl Inferred {
    /// Of which nothing is known.
    pub fn nothing() -> Self {
        Self { count: 1, growth: 1, shape: None, width: 1, integers: None, floats: None, fixed: false }
    }

    /// Of known axes.
    pub fn of(shape: Vec<u64>, width: u64) -> Self {
        Self { count: product(&shape), shape: Some(shape), width, ..Self::nothing() }
    }

    /// Bytes, at least.
    pub fn bytes(&self) -> u64 {
        self.count.saturating_mul(self.width)
    }

    /// Of at least so many numbers.
    pub fn at_least(count: u64, width: u64) -> Self {
        Self { count, width, ..Self::nothing() }
    }

    /// So often what it is made of.
    pub fn grown(self, growth: u64) -> Self {
        // Where the size is known that tells all.
        Self { growth: if self.shape.is_some() { 1 } else { growth }, ..self }
    }
}

/// How many numbers there are in a tensor of these sizes.
pub fn product(sides: &[u64]) -> u64 {
    // None of them is large where one is none.
    if sides.contains(&0) { 0 } else { sides.iter().fold(1, |all: u64, side| all.saturating_mul(*side)) }
}

/// Whole numbers as sizes; none where one is negative.
pub fn sizes(numbers: &[i64]) -> Option<Vec<u64>> {
    numbers.iter().map(|n| u64::try_from(*n).ok()).collect()
}

/// The axes of two results that are combined number by number.
pub fn broadcast(a: &[u64], b: &[u64]) -> Option<Vec<u64>> {
    let rank = a.len().max(b.len());
    let side = |of: &[u64], i: usize| (i + of.len()).checked_sub(rank).map_or(1, |i| of[i]);
    (0..rank)
        .map(|i| match (side(a, i), side(b, i)) {
            (1, n) | (n, 1) => Some(n),
            (n, m) => (n == m).then_some(n),
        })
        .collect()
}

/// An axis counted from the end where it is negative.
pub fn axis(at: i64, rank: usize) -> Option<usize> {
    let at = if at < 0 { at + rank as i64 } else { at };
    usize::try_from(at).ok().filter(|at| *at < rank)
}

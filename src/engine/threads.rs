//! How many threads inference takes.

/// Threads of inference that are taken unasked: beyond it a model of this kind gains little, and a
/// host has other uses for its processors.
const MOST_THREADS: usize = 8;

/// How many threads are asked for, 0 for as many as the machine has use for.
#[derive(Debug, Clone, Copy)]
pub struct Threads(pub usize);

impl Threads {
    /// Threads of inference, at least one.
    pub fn count(self) -> usize {
        match self.0 {
            0 => std::thread::available_parallelism().map_or(1, |n| n.get().min(MOST_THREADS)),
            asked => asked,
        }
    }
}

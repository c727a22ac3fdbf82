//! The inputs of a run, by number: first what was found once, then the seeds, then changed ones.

use std::path::{Path, PathBuf};

use crate::targets::Target;

/// What an input is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A file under `found`.
    Found(PathBuf),
    /// A seed, by its number.
    Seed(usize),
    /// Made of seeds.
    Changed,
}

/// The inputs of a target.
pub struct Inputs {
    target: &'static Target,
    found: Vec<PathBuf>,
    seeds: Vec<Vec<u8>>,
    seed: u64,
}

impl Inputs {
    /// Those that come from `seed`.
    pub fn of(target: &'static Target, seed: u64) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/found").join(target.name);
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let mut found: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
        found.sort();
        Self { target, found, seeds: (target.seeds)(), seed }
    }

    /// How many are given whatever the number of changed ones.
    pub fn fixed(&self) -> u64 {
        (self.found.len() + self.seeds.len()) as u64
    }

    /// The input of a number.
    pub fn get(&self, number: u64) -> (Origin, Vec<u8>) {
        let at = number as usize;
        if let Some(path) = self.found.get(at) {
            let bytes = std::fs::read(path).expect("what was found can be read");
            return (Origin::Found(path.clone()), bytes);
        }
        let at = at - self.found.len();
        if let Some(bytes) = self.seeds.get(at) {
            return (Origin::Seed(at), bytes.clone());
        }
        (Origin::Changed, self.target.input(self.seed, number - self.fixed(), &self.seeds))
    }
}

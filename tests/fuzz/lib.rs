//! The targets for libFuzzer. `tests/fuzz/main.rs` drives the same ones without it, on every run of the tests.

pub mod targets;

use std::fs::OpenOptions;
use std::io::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Once, OnceLock};

use fastrand::Rng;
pub use libfuzzer_sys;

use targets::Target;
use targets::meter::{LONGEST, MOST_MEMORY, peak, processor_time};

/// The environment variable that names the file to which each program adds how many inputs it read and accepted.
const COUNTS: &str = "AIROTO_FUZZ_COUNTS";
/// A line is written once in so many inputs.
const OFTEN: u64 = 256;

/// Reads an input.
pub fn run(name: &str, bytes: &[u8]) {
    static HOOK: Once = Once::new();
    // libFuzzer's own hook ends the process at a panic that is caught, too, as the tokenizer's are.
    HOOK.call_once(|| {
        drop(std::panic::take_hook());
        targets::hush_expected_panics();
    });
    let before = processor_time();
    let accepted = (target(name).run)(bytes);
    // libFuzzer's own limit goes by the clock, which other programs run by, too.
    let took = processor_time().saturating_sub(before);
    assert!(took <= LONGEST, "took {:.1} s of processor time", took.as_secs_f64());
    assert!(peak() <= MOST_MEMORY, "brought the process to {} MB of memory", peak() / 1_000_000);
    count(name, accepted);
}

/// Changes an input in its place; gives its new length.
pub fn mutate(name: &str, data: &mut [u8], length: usize, most: usize, seed: u32) -> usize {
    static SEEDS: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    let target = target(name);
    let seeds = SEEDS.get_or_init(target.seeds);
    let mut rng = Rng::with_seed(u64::from(seed));
    // The corpus holds what is refused, too, whose changes are refused again: seeds keep the share of the others up.
    let from_seed = length < 2 || rng.u32(..4) == 0;
    let start = if from_seed { seeds[rng.usize(..seeds.len())].clone() } else { data[..length].to_vec() };
    // One input in eight is left to libFuzzer, which knows what the program compared with what.
    if !from_seed && rng.u32(..8) == 0 {
        return libfuzzer_sys::fuzzer_mutate(data, length, most);
    }
    let changed = (target.mutate)(&mut rng, &start, seeds);
    let made = if changed.len() <= most.min(data.len()) { changed } else { start };
    let kept = made.len().min(most).min(data.len());
    data[..kept].copy_from_slice(&made[..kept]);
    kept
}

fn target(name: &str) -> &'static Target {
    targets::find(name).expect("a target of this name")
}

fn count(name: &str, accepted: bool) {
    static ALL: AtomicU64 = AtomicU64::new(0);
    static ACCEPTED: AtomicU64 = AtomicU64::new(0);
    let taken = ACCEPTED.fetch_add(u64::from(accepted), Ordering::Relaxed) + u64::from(accepted);
    let all = ALL.fetch_add(1, Ordering::Relaxed) + 1;
    if all.is_multiple_of(OFTEN)
        && let Some(path) = std::env::var_os(COUNTS)
        && let Ok(mut file) = OpenOptions::new().create(true).append(true).open(path)
    {
        let _ = writeln!(file, "{name} {} {all} {taken}", std::process::id());
    }
}

/// The program of a target.
#[macro_export]
macro_rules! program {
    ($name:literal) => {
        $crate::libfuzzer_sys::fuzz_target!(|data: &[u8]| $crate::run($name, data));
        $crate::libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
            $crate::mutate($name, data, size, max_size, seed)
        });
    };
}

//! What reads bytes that others may have made, each with inputs that it accepts and a way to change them.
//!
//! Two programs drive these: the test `fuzz`, a bounded number of inputs from a seed on every run of the tests,
//! and the package beside this folder, by libFuzzer for as long as one likes (`docs/security.md` has the commands).

mod memories;
mod messages;
pub mod meter;
mod mutate;
mod packs;
mod patterns;
mod pictures;
mod png;
mod presets;
mod prompts;
mod requests;
mod shapes;
mod store;

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use fastrand::Rng;

/// Another input made of one.
pub type Change = fn(&mut Rng, &[u8], &[Vec<u8>]) -> Vec<u8>;

/// Something that is fuzzed.
pub struct Target {
    /// Its name, also that of its program and of its folder under `found`.
    pub name: &'static str,
    /// Inputs that are accepted.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// Another input made of one; the seeds are what parts may come from.
    pub mutate: Change,
    /// Reads an input, does with it what the program does, and tells whether it was accepted.
    pub run: fn(&[u8]) -> bool,
    /// Inputs in the bounded run.
    pub inputs: u64,
    /// The least part of those that is accepted: below it, what comes after the reader is hardly reached.
    pub accepted: f64,
}

/// All targets.
pub const ALL: [Target; 19] = [
    prompts::TARGET,
    presets::TARGET,
    patterns::TARGET,
    requests::TARGET,
    shapes::FXS,
    shapes::NK,
    shapes::JSON,
    packs::MANIFEST,
    packs::ONNX,
    packs::TOKENIZER,
    store::TARGET,
    memories::TARGET,
    messages::TO_WORKER,
    messages::FROM_WORKER,
    pictures::PNG,
    pictures::JPEG,
    pictures::TIFF,
    pictures::EXR,
    pictures::DPX,
];

/// The target of a name.
pub fn find(name: &str) -> Option<&'static Target> {
    ALL.iter().find(|target| target.name == name)
}

impl Target {
    /// The changed input of a number: the same for the same seed, whatever came before it.
    pub fn input(&self, seed: u64, number: u64, seeds: &[Vec<u8>]) -> Vec<u8> {
        let name = self.name.bytes().fold(0_u64, |sum, b| sum.wrapping_mul(31).wrapping_add(u64::from(b)));
        let mut rng =
            Rng::with_seed(seed ^ name.rotate_left(32) ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        // The first numbers of neighbouring seeds are alike.
        rng.u64(..);
        match mutate::any(&mut rng, seeds) {
            Some(start) => (self.mutate)(&mut rng, start, seeds),
            None => Vec::new(),
        }
    }
}

thread_local! {
    /// Whether a panic of this thread is expected, and caught.
    static EXPECTED: Cell<bool> = const { Cell::new(false) };
}

/// Does not tell of panics that are expected: there may be thousands, and a backtrace takes longer than an input.
pub fn hush_expected_panics() {
    let told = take_hook();
    set_hook(Box::new(move |panic| {
        if !EXPECTED.get() {
            told(panic);
        }
    }));
}

/// What `work` gives; none where it panics, as is expected of it.
fn catch_expected<T>(work: impl FnOnce() -> T) -> Option<T> {
    EXPECTED.set(true);
    let done = catch_unwind(AssertUnwindSafe(work));
    EXPECTED.set(false);
    done.ok()
}

/// The environment variable that names a folder for files that readers open.
pub const SCRATCH: &str = "AIROTO_FUZZ_SCRATCH";

/// A folder for files that readers open.
fn scratch() -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    let made = FOLDER.get_or_init(|| {
        let named = std::env::var_os(SCRATCH).map(PathBuf::from);
        let place = option_env!("CARGO_TARGET_TMPDIR").map_or_else(std::env::temp_dir, PathBuf::from);
        let folder = named.unwrap_or_else(|| place.join(format!("airoto-fuzz-{}", std::process::id())));
        std::fs::create_dir_all(&folder).expect("the folder for scratch files can be made");
        folder
    });
    made.clone()
}

/// A file of the repository; empty where it is not there.
fn shipped(path: &str) -> Vec<u8> {
    // The manifest of the test's package lies in the root, that of the fuzz package below it.
    let found =
        Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(|above| above.join(path)).find(|p| p.is_file());
    found.and_then(|path| std::fs::read(path).ok()).unwrap_or_default()
}

/// Writes a file for a reader.
fn put(name: &str, bytes: &[u8]) -> PathBuf {
    let path = scratch().join(name);
    // A file that is written over is brought to the disk by some file systems; one that is gone is not.
    let _ = std::fs::remove_file(&path);
    std::fs::write(&path, bytes).expect("the scratch file can be written");
    path
}

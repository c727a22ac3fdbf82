//! The process in which inputs are read: it bounds itself, and notes which input it is at.

use std::fs::File;
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::inputs::{Inputs, Origin};
use crate::outcome::{Fault, Outcome};
use crate::targets::meter::{LONGEST, MOST_MEMORY, peak, processor_time};
use crate::targets::{SCRATCH, Target, hush_expected_panics};

/// Names the target, in the environment of the process.
pub const TARGET: &str = "AIROTO_FUZZ_TARGET";
/// Another seed than that of every day.
pub const SEED: &str = "AIROTO_FUZZ_SEED";
/// For how long inputs are made, in seconds, in the place of their number.
pub const SECONDS: &str = "AIROTO_FUZZ_SECONDS";

/// Memory that the process cannot have, so that an input that asks for all there is harms nobody.
#[cfg(unix)]
const LIMIT: u64 = 4 << 30;

/// Files in the scratch folder: the number of the input that is read, and what became of all.
pub const PROGRESS: &str = "progress";
/// See [`PROGRESS`].
pub const OUTCOME: &str = "outcome";

/// A number out of the environment.
pub fn asked(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.trim().parse().ok()
}

/// Reads inputs until their number or the time is used up, or one does what none may.
pub fn run(target: &'static Target) {
    bound();
    hush_expected_panics();
    let folder = PathBuf::from(std::env::var_os(SCRATCH).expect("the overseer names a folder"));
    let inputs = Inputs::of(target, asked(SEED).unwrap_or(1));
    let seconds = asked(SECONDS).map(Duration::from_secs);
    let began = Instant::now();
    let mut progress = File::create(folder.join(PROGRESS)).expect("progress can be noted");
    let mut outcome = Outcome::default();
    for number in 0.. {
        let more = match seconds {
            Some(seconds) => began.elapsed() < seconds,
            None => number < inputs.fixed() + target.inputs,
        };
        if number >= inputs.fixed() && !more {
            break;
        }
        let (origin, bytes) = inputs.get(number);
        progress.seek(SeekFrom::Start(0)).expect("a file");
        progress.write_all(&number.to_le_bytes()).expect("progress can be noted");
        let before = processor_time();
        let accepted = (target.run)(&bytes);
        let took = processor_time().saturating_sub(before);
        outcome.note(number, &origin, accepted, took);
        if outcome.fault.is_some() {
            break;
        }
    }
    outcome.processor = processor_time().as_secs_f64();
    outcome.write(&folder.join(OUTCOME));
}

impl Outcome {
    fn note(&mut self, number: u64, origin: &Origin, accepted: bool, took: Duration) {
        self.executions += 1;
        if *origin == Origin::Changed {
            self.changed += 1;
            self.accepted += u64::from(accepted);
        }
        if took.as_secs_f64() > self.slowest {
            (self.slowest, self.slowest_at) = (took.as_secs_f64(), number);
        }
        self.peak = peak();
        let what = match origin {
            _ if took > LONGEST => Some(format!("took {:.1} s of processor time", took.as_secs_f64())),
            _ if self.peak > MOST_MEMORY => {
                Some(format!("brought the process to {} MB of memory", self.peak / 1_000_000))
            }
            Origin::Seed(at) if !accepted => Some(format!("is seed {at}, and is refused")),
            _ => None,
        };
        self.fault = what.map(|what| Fault { number, what });
    }
}

/// Takes from this process what no input should need.
fn bound() {
    #[cfg(unix)]
    {
        use nix::sys::resource::{Resource, setrlimit};
        // Where it is not to be had, the check after each input remains.
        let _ = setrlimit(Resource::RLIMIT_DATA, LIMIT, LIMIT);
        let _ = setrlimit(Resource::RLIMIT_CORE, 0, 0);
    }
}

/// The input at which the process that wrote into `folder` ended or stands still.
pub fn reached(folder: &Path) -> Option<u64> {
    let bytes = std::fs::read(folder.join(PROGRESS)).ok()?;
    bytes.first_chunk().map(|number| u64::from_le_bytes(*number))
}
